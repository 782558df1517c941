//! [`OutputFile`]: a file that a user named as the place of a result.
//!
//! A regular file is replaced by renaming a complete one over it, so that an interrupted command leaves the
//! earlier one whole. A rename over a device or a pipe would destroy it, so these are written directly. A
//! symbolic link stays, and what it leads to is replaced.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{FileError, describe_kind, is_trusted_owner};

/// The most symbolic links that are followed from one name, as on Linux.
const MAX_LINKS: usize = 40;

/// A file that is being written. Dropping it without [`Self::commit`] leaves what was there before, unless
/// that is no regular file.
#[derive(Debug)]
pub struct OutputFile {
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// A device, a pipe, or an open file under `/proc`.
    Direct(File),
    /// A temporary file, and the path that it gets at the end.
    Renamed(NamedTempFile, PathBuf),
}

/// Where a name leads.
enum Destination {
    /// To a path that is no link.
    Path(PathBuf),
    /// To a file that this process has open, such as `/dev/stdout`.
    OpenFile(PathBuf),
}

impl OutputFile {
    /// Opens the file of a result. A pipe waits here for its reader.
    ///
    /// # Errors
    /// The path leads to a folder or a socket, or over a symbolic link of another user; its folder is
    /// missing or cannot be written.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let path = match follow_links(path)? {
            Destination::Path(path) => path,
            Destination::OpenFile(path) => return open_directly(OpenOptions::new().append(true), &path),
        };
        let replaced = match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => Some(found),
            Ok(found) => match describe_kind(found.file_type()) {
                kind @ ("a folder" | "a socket") => return Err(FileError::NotAFile { kind }),
                _ => return open_directly(OpenOptions::new().write(true), &path),
            },
            Err(_) => None,
        };
        let temporary = create_beside(&path, replaced.as_ref())?;
        Ok(Self { place: Place::Renamed(temporary, path) })
    }

    /// The open file.
    pub fn as_file(&self) -> &File {
        match &self.place {
            Place::Direct(file) => file,
            Place::Renamed(temporary, _) => temporary.as_file(),
        }
    }

    /// Completes the result: makes it durable and gives it its name.
    ///
    /// # Errors
    /// It cannot be written, or something else than a file has taken its name since.
    pub fn commit(self) -> Result<(), FileError> {
        let (temporary, path) = match self.place {
            Place::Direct(mut file) => return Ok(file.flush()?),
            Place::Renamed(temporary, path) => (temporary, path),
        };
        temporary.as_file().sync_all()?;
        match std::fs::symlink_metadata(&path) {
            Ok(found) if !found.is_file() => {
                return Err(FileError::NotAFile { kind: describe_kind(found.file_type()) });
            }
            _ => {}
        }
        temporary.persist(&path).map_err(|error| error.error)?;
        Ok(())
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.as_file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.as_file().flush()
    }
}

/// Writes a result of which all bytes are known.
///
/// # Errors
/// As [`OutputFile::create`] and [`OutputFile::commit`].
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut out = OutputFile::create(path)?;
    out.write_all(bytes)?;
    out.commit()
}

fn open_directly(options: &OpenOptions, path: &Path) -> Result<OutputFile, FileError> {
    Ok(OutputFile { place: Place::Direct(options.open(path)?) })
}

/// Follows the symbolic links of a path's last name, one by one. Those of another user are refused: in a
/// folder that others can write, they would choose which file is replaced.
fn follow_links(path: &Path) -> Result<Destination, FileError> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(found) = std::fs::symlink_metadata(&path) else { return Ok(Destination::Path(path)) };
        if !found.file_type().is_symlink() {
            return Ok(Destination::Path(path));
        }
        let folder = folder_of(&path);
        if std::fs::canonicalize(folder).is_ok_and(|folder| folder.starts_with("/proc")) {
            return Ok(Destination::OpenFile(path));
        }
        if !is_trusted_owner(&found) {
            let reason = format!("{} is a symbolic link of another user", path.display());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason).into());
        }
        path = folder.join(std::fs::read_link(&path)?);
    }
    Err(io::Error::other("it leads over too many symbolic links").into())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a temporary file in the folder of `path`, with the permissions of the file that it replaces, or
/// with those of any new file.
fn create_beside(path: &Path, replaced: Option<&Metadata>) -> Result<NamedTempFile, FileError> {
    let folder = folder_of(path);
    if std::fs::metadata(folder).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        let reason = format!("there is no folder {}", folder.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, reason).into());
    }
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask reduces this. What replaces a file is closed until it has the file's permissions.
        let mode = if replaced.is_some() { 0o600 } else { 0o666 };
        builder.permissions(std::fs::Permissions::from_mode(mode));
    }
    // Only the kind, because the message of the error has the temporary name in it.
    let temporary =
        builder.prefix(".driftline-").tempfile_in(folder).map_err(|error| io::Error::from(error.kind()))?;
    if let Some(replaced) = replaced {
        keep_permissions(temporary.as_file(), replaced)?;
    }
    Ok(temporary)
}

/// Gives a file the owner and the permissions of the one that it replaces.
#[cfg(unix)]
fn keep_permissions(file: &File, replaced: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let own = file.metadata()?;
    let (owner, group) = (replaced.uid(), replaced.gid());
    let kept = (own.uid(), own.gid()) == (owner, group)
        || std::os::unix::fs::fchown(file, Some(owner), Some(group)).is_ok();
    // Where the group cannot be kept, another group gets no more than everybody.
    let everybody = replaced.mode() & 0o007;
    let mode =
        if kept { replaced.mode() & 0o777 } else { (replaced.mode() & 0o700) | everybody << 3 | everybody };
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn keep_permissions(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::fs;
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    use super::*;

    fn write(path: &Path, text: &str) -> Result<(), FileError> {
        write_whole(path, text.as_bytes())
    }

    fn mode_of(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_replaced_whole_and_keeps_its_permissions() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report");
        fs::write(&path, "earlier").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let mut unfinished = OutputFile::create(&path).unwrap();
        unfinished.write_all(b"half").unwrap();
        drop(unfinished);
        assert_eq!(fs::read_to_string(&path).unwrap(), "earlier");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        write(&path, "new").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap(), mode_of(&path)), ("new".to_owned(), 0o640));
    }

    #[test]
    fn a_new_file_has_the_permissions_of_any_new_file() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("other"), "").unwrap();
        write(&dir.path().join("report"), "new").unwrap();
        assert_eq!(mode_of(&dir.path().join("report")), mode_of(&dir.path().join("other")));
    }

    #[test]
    fn a_link_stays_and_its_target_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let name = |name: &str| dir.path().join(name);
        fs::create_dir(name("far")).unwrap();
        fs::write(name("far/report"), "earlier").unwrap();
        symlink("far/report", name("near")).unwrap();
        symlink("near", name("nearer")).unwrap();
        symlink("far/later", name("dangling")).unwrap();
        write(&name("nearer"), "new").unwrap();
        write(&name("dangling"), "first").unwrap();
        assert_eq!(fs::read_to_string(name("far/report")).unwrap(), "new");
        assert_eq!(fs::read_to_string(name("far/later")).unwrap(), "first");
        for link in ["near", "nearer", "dangling"] {
            assert!(name(link).is_symlink(), "{link}");
        }
        symlink("round", name("round")).unwrap();
        assert!(write(&name("round"), "").unwrap_err().to_string().contains("too many symbolic links"));
    }

    #[test]
    fn a_pipe_is_written_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        symlink("pipe", dir.path().join("to-pipe")).unwrap();
        for path in [pipe.clone(), dir.path().join("to-pipe")] {
            let from = pipe.clone();
            let reader = std::thread::spawn(move || fs::read_to_string(from).unwrap());
            write(&path, "through").unwrap();
            assert_eq!(reader.join().unwrap(), "through");
            assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
        }
    }

    #[test]
    fn what_is_no_place_for_a_result_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("socket")).unwrap();
        assert_eq!(write(dir.path(), "").unwrap_err().to_string(), "it is a folder, not a file");
        let error = write(&dir.path().join("socket"), "").unwrap_err();
        assert_eq!(error.to_string(), "it is a socket, not a file");
        // What takes the name before the end is not replaced.
        let path = dir.path().join("late");
        let out = OutputFile::create(&path).unwrap();
        symlink("elsewhere", &path).unwrap();
        assert_eq!(out.commit().unwrap_err().to_string(), "it is a symbolic link, not a file");
        assert!(path.is_symlink());
    }
}
