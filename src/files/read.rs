//! Reads files that may be something else than files, without waiting for ever and within a limit.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use super::FileError;

/// What may lie under the name of a file that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptedKinds {
    /// Regular files, also through symbolic links: what an archive holds.
    Files,
    /// Pipes as well, whose writer is waited for: what a user names on the command line.
    FilesAndPipes,
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// The file cannot be read, is longer than `limit`, or is a folder, a device, a socket, or a pipe that is not
/// accepted. None of these is waited for, also if the name changes between the check and the opening.
pub fn read_limited(path: &Path, limit: u64, accepted: AcceptedKinds) -> Result<Vec<u8>, FileError> {
    read_with_metadata(path, limit, accepted).map(|(bytes, _)| bytes)
}

/// The same, with what the system says of the very file that was read.
pub fn read_with_metadata(
    path: &Path,
    limit: u64,
    accepted: AcceptedKinds,
) -> Result<(Vec<u8>, Metadata), FileError> {
    let file = open_accepted(path, accepted)?;
    let metadata = file.metadata()?;
    let length = metadata.len();
    if length > limit {
        return Err(FileError::TooLarge { limit });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    // The length of a pipe, or of a file that grows, is not known before.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(FileError::TooLarge { limit }) } else { Ok((bytes, metadata)) }
}

fn open_accepted(path: &Path, accepted: AcceptedKinds) -> Result<File, FileError> {
    let kind = std::fs::metadata(path)?.file_type();
    let is_pipe = |kind: FileType| describe_kind(kind) == PIPE;
    if accepted == AcceptedKinds::FilesAndPipes && is_pipe(kind) {
        return Ok(File::open(path)?);
    }
    // Opening a device can already have an effect, so its kind is checked before and after.
    require_file(kind)?;
    let mut options = OpenOptions::new();
    set_flags(options.read(true), Follow::Links);
    let file = options.open(path)?;
    require_file(file.metadata()?.file_type())?;
    Ok(file)
}

/// Opens a regular file whose last name is no symbolic link, as `options` say.
///
/// # Errors
/// The file cannot be opened, or is a link or anything else than a regular file.
pub fn open_without_following(path: &Path, options: &mut OpenOptions) -> Result<File, FileError> {
    match std::fs::symlink_metadata(path) {
        Ok(metadata) => require_file(metadata.file_type())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    set_flags(options, Follow::Never);
    let file = options.open(path)?;
    require_file(file.metadata()?.file_type())?;
    Ok(file)
}

fn require_file(kind: FileType) -> Result<(), FileError> {
    if kind.is_file() { Ok(()) } else { Err(FileError::NotAFile { kind: describe_kind(kind) }) }
}

const PIPE: &str = "a pipe";

/// What lies under a name, in words and with an article.
pub fn describe_kind(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return PIPE;
        } else if kind.is_socket() {
            return "a socket";
        } else if kind.is_block_device() || kind.is_char_device() {
            return "a device";
        }
    }
    if kind.is_symlink() {
        "a symbolic link"
    } else if kind.is_dir() {
        "a folder"
    } else {
        "a file"
    }
}

/// What happens where the last name of a path is a symbolic link.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Follow {
    Links,
    Never,
}

/// Makes opening return at once for pipes, and fail for links that are not followed.
#[cfg(unix)]
fn set_flags(options: &mut OpenOptions, follow: Follow) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    if follow == Follow::Never {
        flags |= OFlags::NOFOLLOW;
    }
    options.custom_flags(flags.bits().cast_signed());
}

#[cfg(not(unix))]
fn set_flags(_: &mut OpenOptions, _: Follow) {}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::os::unix::fs::symlink;

    use super::*;

    fn make_pipe(path: &Path) {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    #[test]
    fn only_files_within_the_limit_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let name = |name: &str| dir.path().join(name);
        std::fs::write(name("file"), "four").unwrap();
        symlink("file", name("link")).unwrap();
        symlink("/dev/zero", name("device")).unwrap();
        symlink("pipe", name("to-pipe")).unwrap();
        make_pipe(&name("pipe"));
        let _socket = std::os::unix::net::UnixListener::bind(name("socket")).unwrap();

        let read = |file: &str, limit| {
            read_limited(&name(file), limit, AcceptedKinds::Files).map_err(|error| error.to_string())
        };
        assert_eq!(read("file", 4).unwrap(), b"four");
        assert_eq!(read("link", 4).unwrap(), b"four");
        assert_eq!(read("file", 3).unwrap_err(), "it is larger than 0 MiB");
        assert_eq!(read("device", 4).unwrap_err(), "it is a device, not a file");
        assert_eq!(read("pipe", 4).unwrap_err(), "it is a pipe, not a file");
        assert_eq!(read("to-pipe", 4).unwrap_err(), "it is a pipe, not a file");
        assert_eq!(read("socket", 4).unwrap_err(), "it is a socket, not a file");
        assert_eq!(read(".", 4).unwrap_err(), "it is a folder, not a file");
    }

    #[test]
    fn a_pipe_that_was_named_is_read_up_to_the_limit() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        make_pipe(&pipe);
        for (limit, expected) in [(6, Some(6)), (5, None)] {
            let to = pipe.clone();
            let writer = std::thread::spawn(move || std::fs::write(to, "sixsix"));
            let read = read_limited(&pipe, limit, AcceptedKinds::FilesAndPipes);
            assert_eq!(read.ok().map(|bytes| bytes.len()), expected);
            writer.join().unwrap().unwrap();
        }
    }

    #[test]
    fn a_link_is_not_opened_where_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("file"), dir.path().join("link"));
        std::fs::write(&file, "kept").unwrap();
        symlink("file", &link).unwrap();
        let open = |path: &Path| open_without_following(path, OpenOptions::new().write(true).truncate(true));
        assert_eq!(open(&link).unwrap_err().to_string(), "it is a symbolic link, not a file");
        assert_eq!(std::fs::read(&file).unwrap(), b"kept");
        open(&file).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"");
    }
}
