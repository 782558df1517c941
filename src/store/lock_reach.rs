//! Tells how far a lock reaches that is taken on a file: to this host, or to every host that sees the file.
//!
//! The lock is `flock(2)`. Linux passes it to the server of an NFS file system as a lock on the whole file,
//! since 2.6.12, unless the mount says `local_lock` (nfs(5)). Cluster file systems share it, Lustre with the
//! mount option `flock` only. What other network file systems do with it differs by version and option, or is
//! nothing, so there a second host could open the store at the same time.

use std::fs::File;

/// Which processes a lock keeps out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LockReach {
    /// All that can see the file: the file system is of this host, or shares its locks.
    Everyone,
    /// Those of this host. The name is that of the file system.
    ThisHostOnly(String),
}

/// Network file systems that do not share such locks, or not in every version and with every option.
const UNSHARED: [&str; 10] =
    ["cifs", "smb3", "smbfs", "afs", "coda", "ncpfs", "davfs", "beegfs", "pvfs2", "orangefs"];

/// Programs under FUSE that bring a network file system, and leave the lock to the local kernel (fuse(4)).
const UNSHARED_FUSE: [&str; 18] = [
    "sshfs",
    "rclone",
    "s3fs",
    "goofys",
    "gcsfuse",
    "mount-s3",
    "blobfuse",
    "blobfuse2",
    "davfs",
    "curlftpfs",
    "gvfsd-fuse",
    "kio-fuse",
    "smbnetfs",
    "simple-mtpfs",
    "onedriver",
    "google-drive-ocamlfuse",
    "acd_cli",
    "ipfs",
];

impl LockReach {
    /// How far a lock on this open file reaches. Where the system does not say, as outside of Linux, the file
    /// system counts as one of this host.
    pub(super) fn of_file(file: &File) -> Self {
        find_mount(file).map_or(Self::Everyone, |mount| Self::of_mount(&mount))
    }

    /// How far a lock reaches on a file system that a line of `/proc/self/mountinfo` describes
    /// (`proc_pid_mountinfo(5)`).
    fn of_mount(mount: &str) -> Self {
        let Some((_, described)) = mount.split_once(" - ") else { return Self::Everyone };
        let mut words = described.split(' ');
        let (kind, options) = (words.next().unwrap_or_default(), words.nth(1).unwrap_or_default());
        let has = |wanted: &[&str]| options.split(',').any(|option| wanted.contains(&option));
        let program = kind.strip_prefix("fuse.");
        let is_shared = match kind {
            "nfs" | "nfs4" => !has(&["local_lock=all", "local_lock=flock", "nolock"]),
            "lustre" => has(&["flock"]),
            _ => !UNSHARED.contains(&kind) && !program.is_some_and(|name| UNSHARED_FUSE.contains(&name)),
        };
        if is_shared { Self::Everyone } else { Self::ThisHostOnly(kind.to_owned()) }
    }
}

/// The line of `/proc/self/mountinfo` for the file system of an open file.
#[cfg(target_os = "linux")]
fn find_mount(file: &File) -> Option<String> {
    use std::os::fd::AsRawFd;
    let opened = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd())).ok()?;
    let id = opened.lines().find_map(|line| line.strip_prefix("mnt_id:"))?.trim();
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    mounts.lines().find(|line| line.split(' ').next() == Some(id)).map(str::to_owned)
}

#[cfg(not(target_os = "linux"))]
fn find_mount(_: &File) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn the_kind_and_the_options_of_a_mount_decide() {
        let reach = |described: &str| {
            LockReach::of_mount(&format!(
                "41 27 0:36 / /mnt/a\\040b rw,noatime shared:1 master:2 - {described}"
            ))
        };
        for shared in [
            "ext4 /dev/vda rw",
            "btrfs /dev/vda rw,subvol=/home",
            "nfs4 server:/x rw,vers=4.2,local_lock=none,addr=10.0.0.1",
            "nfs server:/x rw,vers=3,local_lock=none",
            "nfs server:/x rw,vers=3,local_lock=posix",
            "lustre a@tcp:/x rw,flock,lazystatfs",
            "ceph 10.0.0.1:/ rw,acl",
            "fuse.mergerfs 1:2 rw",
            "fuseblk /dev/sdb1 rw",
            "9p drvfs rw,cache=5",
            "virtiofs shared rw",
        ] {
            assert_eq!(reach(shared), LockReach::Everyone, "{shared}");
        }
        for (unshared, name) in [
            ("nfs server:/x rw,vers=3,nolock,local_lock=all", "nfs"),
            ("nfs4 server:/x rw,local_lock=flock", "nfs4"),
            ("cifs //server/x rw,vers=3.1.1", "cifs"),
            ("lustre a@tcp:/x rw,localflock", "lustre"),
            ("lustre a@tcp:/x rw", "lustre"),
            ("fuse.sshfs me@server: rw,user_id=0", "fuse.sshfs"),
            ("fuse.rclone remote: rw", "fuse.rclone"),
        ] {
            assert_eq!(reach(unshared), LockReach::ThisHostOnly(name.to_owned()), "{unshared}");
        }
        assert_eq!(LockReach::of_mount("41 27 0:36 / / rw"), LockReach::Everyone);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_mount_of_an_open_file_is_found() {
        let file = tempfile::tempfile().unwrap();
        assert!(find_mount(&file).unwrap().contains(" - "));
    }
}
