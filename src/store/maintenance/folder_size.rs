//! The size of a folder on disk.

use std::path::Path;

use crate::store::StoreError;
use crate::store::journal::segment::io_error;

/// The size of all files in a folder and its subfolders, in bytes; 0 if there is no folder.
pub(super) fn folder_bytes(path: &Path) -> Result<u64, StoreError> {
    let failed = |error| io_error(path, error);
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(failed(error)),
    };
    let mut sum = 0;
    for entry in entries {
        let entry = entry.map_err(failed)?;
        // sled may remove one of its files at any time.
        let Ok(metadata) = entry.metadata() else { continue };
        sum += if metadata.is_dir() { folder_bytes(&entry.path())? } else { metadata.len() };
    }
    Ok(sum)
}
