//! One writer a store: an advisory lock of the operating system on `DIR/lock`.
//!
//! The system drops the lock when its holder ends, however it ends, so a killed process never
//! leaves a store locked. The holder's process id is written into the file for the message only.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::SnapshotError;

/// The held lock; dropping it frees the store.
pub(super) struct StoreLock {
    file: File,
}

impl StoreLock {
    /// Takes the lock of the store in `dir`, or says who holds it.
    pub(super) fn take(dir: &Path) -> Result<Self, SnapshotError> {
        let path = dir.join("lock");
        let failed = |source| SnapshotError::Io { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(fs4::TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // The id is only for the message: a holder that has not written it yet is `?`.
                let _ = file.read_to_string(&mut pid);
                let pid = pid.trim();
                let known = !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit());
                let pid = if known { pid.to_owned() } else { "?".to_owned() };
                return Err(SnapshotError::InUse { path: dir.to_owned(), pid });
            }
            Err(fs4::TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).map_err(failed)?;
        file.rewind().map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { file })
    }
}

impl Drop for StoreLock {
    fn drop(&mut self) {
        // The file stays: removing it would let two openers lock two different files of one name.
        let _ = self.file.set_len(0);
        let _ = fs4::FileExt::unlock(&self.file);
    }
}
