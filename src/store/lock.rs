//! Allows one writer for each store, with an advisory lock of the operating system on `DIR/lock`.
//!
//! The operating system releases the lock when its holder ends in any way, so a killed process never leaves a
//! store locked. The process id in the file is only used in messages and to decide whether to wait.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use std::time::{Duration, Instant};

use super::StoreError;
use super::exception::StoreException;
use super::folder_check::check_store;
use super::lock_reach::LockReach;
use super::options::StoreOptions;
use super::permissions::close_to_others;
use crate::files::{FileError, open_without_following};

/// How long a writer waits for a process that only reads.
const READER_WAIT: Duration = Duration::from_secs(10);
const READING_MARK: &str = "reading";

/// The longest lock file that is read, in bytes: two lines, of which one is a path.
const MAX_LENGTH: u64 = 8 << 10;

/// The lock of a store. Dropping it unlocks the store.
pub(super) struct StoreLock {
    file: File,
    /// The folder, whose new files are closed to others at the end. `None` for a lock that only keeps writers
    /// out.
    written: Option<PathBuf>,
}

/// What a store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LockPurpose {
    /// To write.
    Write,
    /// To read once. This is soon over, so a process that wants to write waits for it.
    Read,
}

impl StoreLock {
    /// Checks the store in `dir` and acquires its lock; an error that names the holder if another process has
    /// it. Nothing in the store is opened before.
    pub(super) fn acquire(
        dir: &Path,
        purpose: LockPurpose,
        options: &StoreOptions,
    ) -> Result<Self, StoreError> {
        Self::acquire_where(dir, purpose, options, LockReach::of_file)
    }

    /// The same where `reach_of` says how far a lock on the file reaches.
    pub(super) fn acquire_where(
        dir: &Path,
        purpose: LockPurpose,
        options: &StoreOptions,
        reach_of: impl Fn(&File) -> LockReach,
    ) -> Result<Self, StoreError> {
        check_store(dir, options)?;
        let path = dir.join("lock");
        let failed = |source| StoreError::Io { path: path.clone(), source };
        let mut to_write = OpenOptions::new();
        to_write.read(true).write(true).create(true).truncate(false);
        let mut file =
            open_without_following(&path, &mut to_write).map_err(|error| unopened(&path, error))?;
        require_reach(dir, reach_of(&file), options)?;
        let started = Instant::now();
        loop {
            match fs4::FileExt::try_lock(&file) {
                Ok(()) => break,
                Err(fs4::TryLockError::WouldBlock) => {}
                Err(fs4::TryLockError::Error(source)) => return Err(failed(source)),
            }
            let (pid, reading) = read_holder(&mut file);
            // A holder that is just locking or unlocking has written nothing into the file.
            let passing = reading || pid.is_empty();
            if !(passing && purpose == LockPurpose::Write) || started.elapsed() > READER_WAIT {
                return Err(in_use_error(dir, &pid));
            }
            std::thread::sleep(Duration::from_millis(40));
        }
        let purpose = if purpose == LockPurpose::Read { format!(" {READING_MARK}") } else { String::new() };
        // On a full disk the process id cannot be written, but the lock is held all the same.
        let said = file.set_len(0).and_then(|()| file.rewind());
        if let Err(error) = said.and_then(|()| writeln!(file, "{}{purpose}", std::process::id())) {
            tracing::debug!("{}: {error}", path.display());
        }
        Ok(Self { file, written: Some(dir.to_owned()) })
    }

    /// Prevents other processes from writing the store in `dir`, without writing into it. Returns `None` if
    /// there is no lock file, because then no process has ever locked the store.
    pub(super) fn acquire_shared(dir: &Path, options: &StoreOptions) -> Result<Option<Self>, StoreError> {
        Self::acquire_shared_where(dir, options, LockReach::of_file)
    }

    /// The same where `reach_of` says how far a lock on the file reaches.
    pub(super) fn acquire_shared_where(
        dir: &Path,
        options: &StoreOptions,
        reach_of: impl Fn(&File) -> LockReach,
    ) -> Result<Option<Self>, StoreError> {
        check_store(dir, options)?;
        let path = dir.join("lock");
        let failed = |source| StoreError::Io { path: path.clone(), source };
        let mut file = match open_without_following(&path, OpenOptions::new().read(true)) {
            Ok(file) => file,
            Err(FileError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unopened(&path, error)),
        };
        require_reach(dir, reach_of(&file), options)?;
        match fs4::FileExt::try_lock_shared(&file) {
            Ok(()) => Ok(Some(Self { file, written: None })),
            Err(fs4::TryLockError::WouldBlock) => Err(in_use_error(dir, &read_holder(&mut file).0)),
            Err(fs4::TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Writes the path of the readers' socket into the lock file, for sockets outside the store's folder.
    #[cfg(unix)]
    pub(super) fn write_socket_path(&mut self, socket: &Path) -> std::io::Result<()> {
        use std::os::unix::ffi::OsStrExt;
        let line = [socket.as_os_str().as_bytes(), b"\n"].concat();
        self.file.write_all(&line)
    }
}

/// The error for a lock file that cannot be opened.
fn unopened(path: &Path, error: FileError) -> StoreError {
    match error {
        FileError::Io(source) => StoreError::io(path, source),
        other => StoreError::Refused { path: path.to_owned(), reason: other.to_string(), exception: None },
    }
}

/// Refuses a lock that other hosts would not see.
fn require_reach(dir: &Path, reach: LockReach, options: &StoreOptions) -> Result<(), StoreError> {
    match reach {
        LockReach::ThisHostOnly(kind) if !options.allow.contains(&StoreException::UnseenLock) => {
            let reason = format!(
                "it lies on a network file system ({kind}) on which other hosts do not see that a driftline has it open, so that two could write it at once"
            );
            Err(StoreError::Refused {
                path: dir.to_owned(),
                reason,
                exception: Some(StoreException::UnseenLock),
            })
        }
        _ => Ok(()),
    }
}

/// The process id in the lock file, and whether that process only reads.
fn read_holder(file: &mut File) -> (String, bool) {
    let mut text = String::new();
    let _ = file.rewind().and_then(|()| file.take(MAX_LENGTH).read_to_string(&mut text));
    let mut words = text.lines().next().unwrap_or_default().split(' ');
    let pid = words.next().unwrap_or_default().to_owned();
    (pid, words.next() == Some(READING_MARK))
}

/// The error for a locked store. The process id is `?` if the holder has not written it yet.
fn in_use_error(dir: &Path, pid: &str) -> StoreError {
    let known = !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit());
    let pid = if known { pid.to_owned() } else { "?".to_owned() };
    StoreError::InUse { path: dir.to_owned(), pid }
}

/// The socket path that the holder of the store in `dir` has [written](StoreLock::write_socket_path), if it
/// is a socket of this user.
#[cfg(unix)]
pub(super) fn read_socket_path(dir: &Path) -> Option<PathBuf> {
    use crate::files::is_trusted_owner;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::FileTypeExt;
    let file = open_without_following(&dir.join("lock"), OpenOptions::new().read(true)).ok()?;
    let mut bytes = Vec::new();
    file.take(MAX_LENGTH).read_to_end(&mut bytes).ok()?;
    let line = bytes.split(|byte| *byte == b'\n').nth(1).filter(|line| !line.is_empty())?;
    let path = PathBuf::from(std::ffi::OsStr::from_bytes(line));
    let found = std::fs::symlink_metadata(&path).ok()?;
    (found.file_type().is_socket() && is_trusted_owner(&found)).then_some(path)
}

impl Drop for StoreLock {
    fn drop(&mut self) {
        if let Some(dir) = &self.written {
            close_to_others(dir);
        }
        // The file stays: removing it would let two processes lock two different files of the same name.
        let _ = self.file.set_len(0);
        let _ = fs4::FileExt::unlock(&self.file);
    }
}
