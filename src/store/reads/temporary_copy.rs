//! Copies a store that cannot be written, so that it can be read.
//!
//! sled writes when it opens, so a store on a read-only or full disk cannot be opened in its place. Its
//! database is copied into a temporary folder and opened there. The segments are only read, so the copy links
//! to them.

use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::store::StoreError;
use crate::store::db::folder::is_unfinished_snapshot;
use crate::store::journal::segment::{list_segments, segments_dir};
use crate::store::lock::StoreLock;
use crate::store::options::StoreOptions;

/// Whether this error means that the store's folder cannot be written.
pub(in crate::store) fn is_unwritable(error: &StoreError) -> bool {
    use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let StoreError::Io { source, .. } = error else { return false };
    matches!(source.kind(), PermissionDenied | QuotaExceeded | ReadOnlyFilesystem | StorageFull)
}

/// Makes a temporary folder with a copy of the store in `dir`, which is locked against writers meanwhile.
/// `why` is the error of opening the original.
pub(in crate::store) fn copy_store(
    dir: &Path,
    why: &StoreError,
    options: &StoreOptions,
) -> Result<TempDir, StoreError> {
    let _lock = StoreLock::acquire_shared(dir, options)?;
    let temporary = std::env::temp_dir();
    let done = || {
        let copy = tempfile::Builder::new().prefix("driftline-").tempdir_in(&temporary)?;
        copy_files(dir, copy.path())?;
        Ok(copy)
    };
    let copy = done().map_err(|error: io::Error| StoreError::Unwritable {
        why: why.to_string(),
        reason: format!("{}: {error}", temporary.display()),
    })?;
    tracing::info!("{why}: reading a copy of the store's database in {}", copy.path().display());
    Ok(copy)
}

fn copy_files(dir: &Path, copy: &Path) -> io::Result<()> {
    // An interrupted compaction leaves the database under the second name.
    for name in ["db", "db.replaced"] {
        copy_folder(&dir.join(name), &copy.join(name))?;
    }
    if dir.join("schema").is_file() {
        copy_file(&dir.join("schema"), &copy.join("schema"))?;
    }
    let segments = list_segments(dir).map_err(io::Error::other)?;
    if !segments.is_empty() {
        std::fs::create_dir(segments_dir(copy))?;
    }
    for segment in segments {
        let to = segments_dir(copy).join(segment.file_name());
        // Opening a store closes the segment that a stopped writer left and truncates it.
        if segment.open {
            copy_file(&segment.path, &to)?;
        } else {
            link_segment(&std::fs::canonicalize(&segment.path)?, &to)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link_segment(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(not(unix))]
fn link_segment(from: &Path, to: &Path) -> io::Result<()> {
    copy_file(from, to)
}

/// Copies the bytes only. `fs::copy` would also copy permissions, and the copy must be writable.
fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    io::copy(&mut std::fs::File::open(from)?, &mut std::fs::File::create(to)?).map(|_| ())
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    let entries = match std::fs::read_dir(from) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    std::fs::create_dir(to)?;
    for entry in entries {
        let entry = entry?;
        if is_unfinished_snapshot(&entry.file_name()) {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            copy_file(&entry.path(), &target)?;
        }
    }
    Ok(())
}
