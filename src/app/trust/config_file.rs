//! Reads a configuration together with what tells whose it is, from one open file, so that it cannot be
//! exchanged in between.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::{AcceptedKinds, is_trusted_owner, owner_of, read_with_metadata};

/// The most that is read of a configuration, in bytes.
const MAX_CONFIG: u64 = 4 << 20;

/// A configuration as it is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// The file, in a folder without links.
    pub path: PathBuf,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Its owner, if that is neither the user of this process nor the administrator.
    pub other_owner: Option<u32>,
    /// Which file it is; `None` where the file system does not tell.
    pub birth: Option<FileBirth>,
}

/// What stays the same when a file is edited in place or moved, and differs when another file takes its name,
/// as `git checkout` and `tar` do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileBirth {
    inode: u64,
    /// Nanoseconds from 1970 on. The number of an inode alone is soon given to another file; that of the
    /// device is left out, because it changes when disks are mounted in another order.
    created_ns: u64,
}

impl FileBirth {
    /// Which file or folder this is; `None` where the file system keeps no time of birth.
    pub fn of(about: &Metadata) -> Option<Self> {
        let created = about.created().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        let created_ns = u64::try_from(created.as_nanos()).ok()?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(about);
        #[cfg(not(unix))]
        let inode = 0;
        Some(Self { inode, created_ns })
    }
}

impl ConfigFile {
    /// Reads a file.
    pub fn read(path: &Path, accepted: AcceptedKinds) -> io::Result<Self> {
        let (bytes, about) = read_with_metadata(path, MAX_CONFIG, accepted)?;
        let other_owner = owner_of(&about).filter(|_| !is_trusted_owner(&about));
        Ok(Self { path: resolve_folder(path)?, bytes, other_owner, birth: FileBirth::of(&about) })
    }
}

/// The path with a folder that is absolute and free of links. The file itself may be a link: what counts is
/// the name under which it is found.
pub fn resolve_folder(path: &Path) -> io::Result<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    Ok(std::fs::canonicalize(folder)?.join(name))
}
