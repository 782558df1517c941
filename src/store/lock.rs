//! Allows one writer for each store, with an advisory lock of the operating system on `DIR/lock`.
//!
//! The operating system releases the lock when its holder ends in any way, so a killed process never leaves a
//! store locked. The process id in the file is only used in messages and to decide whether to wait.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::Path;

use std::time::{Duration, Instant};

use super::StoreError;

/// How long a writer waits for a process that only reads.
const READER_WAIT: Duration = Duration::from_secs(10);
const READING_MARK: &str = "reading";

/// The lock of a store. Dropping it unlocks the store.
pub(super) struct StoreLock {
    file: File,
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
    /// Acquires the lock of the store in `dir`; an error that names the holder if another process has it.
    pub(super) fn acquire(dir: &Path, purpose: LockPurpose) -> Result<Self, StoreError> {
        let path = dir.join("lock");
        let failed = |source| StoreError::Io { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
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
        Ok(Self { file })
    }

    /// Prevents other processes from writing the store in `dir`, without writing into it. Returns `None` if
    /// there is no lock file, because then no process has ever locked the store.
    pub(super) fn acquire_shared(dir: &Path) -> Result<Option<Self>, StoreError> {
        let path = dir.join("lock");
        let failed = |source| StoreError::Io { path: path.clone(), source };
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        match fs4::FileExt::try_lock_shared(&file) {
            Ok(()) => Ok(Some(Self { file })),
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

/// The process id in the lock file, and whether that process only reads.
fn read_holder(file: &mut File) -> (String, bool) {
    let mut text = String::new();
    let _ = file.rewind().and_then(|()| file.read_to_string(&mut text));
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

/// The socket path that the holder of the store in `dir` has [written](StoreLock::write_socket_path).
#[cfg(unix)]
pub(super) fn read_socket_path(dir: &Path) -> Option<std::path::PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let bytes = std::fs::read(dir.join("lock")).ok()?;
    let line = bytes.split(|byte| *byte == b'\n').nth(1).filter(|line| !line.is_empty())?;
    Some(std::ffi::OsStr::from_bytes(line).into())
}

impl Drop for StoreLock {
    fn drop(&mut self) {
        // The file stays: removing it would let two processes lock two different files of the same name.
        let _ = self.file.set_len(0);
        let _ = fs4::FileExt::unlock(&self.file);
    }
}
