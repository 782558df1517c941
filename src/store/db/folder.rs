//! Names the database's folders in a store, and finishes an exchange of them that was interrupted.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// The folder of sled's files in a store.
pub(in crate::store) fn database_folder(dir: &Path) -> PathBuf {
    dir.join("db")
}

/// The folder in which a compaction makes the new database.
pub(in crate::store) fn compacted_folder(dir: &Path) -> PathBuf {
    dir.join("db.compact")
}

/// The folder of the old database while a compaction puts the new one in its place.
pub(in crate::store) fn replaced_folder(dir: &Path) -> PathBuf {
    dir.join("db.replaced")
}

/// Finishes or undoes a compaction that was interrupted. The caller holds the store's lock.
pub(in crate::store) fn finish_interrupted_compaction(dir: &Path) -> Result<(), StoreError> {
    let (current, old) = (database_folder(dir), replaced_folder(dir));
    if !current.exists() && old.exists() {
        std::fs::rename(&old, &current).map_err(|error| StoreError::io(&old, error))?;
    }
    for left in [old, compacted_folder(dir)] {
        if left.exists() {
            std::fs::remove_dir_all(&left).map_err(|error| StoreError::io(&left, error))?;
        }
    }
    Ok(())
}

/// Renames the database's folder to a dated name, which it returns. Nothing is deleted.
pub(in crate::store) fn quarantine_database(dir: &Path) -> Result<PathBuf, StoreError> {
    put_aside(&database_folder(dir))
}

/// Renames a damaged file or folder of a store to a dated name, which it returns.
pub(in crate::store) fn put_aside(from: &Path) -> Result<PathBuf, StoreError> {
    let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let name = from.file_name().unwrap_or_default().to_string_lossy();
    let mut to = from.with_file_name(format!("{name}.damaged-{stamp}"));
    let mut more = 1;
    while to.exists() {
        more += 1;
        to = from.with_file_name(format!("{name}.damaged-{stamp}-{more}"));
    }
    std::fs::rename(from, &to).map_err(|source| StoreError::io(from, source))?;
    Ok(to)
}

/// Whether a file is a snapshot that sled had not finished when its process ended or the disk was full. sled
/// never needs one, but reads it as its newest snapshot and then takes the database for damaged.
pub(in crate::store) fn is_unfinished_snapshot(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("snap.") && name.ends_with(".generating")
}

/// Removes unfinished snapshots. The store is locked, so nobody is writing one.
pub(in crate::store) fn remove_unfinished_snapshots(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|entry| is_unfinished_snapshot(&entry.file_name())) {
        let path = entry.path();
        match std::fs::remove_file(&path) {
            Ok(()) => tracing::info!("{}: removed, since sled had not finished it", path.display()),
            Err(error) => tracing::warn!("{}: {error}", path.display()),
        }
    }
}
