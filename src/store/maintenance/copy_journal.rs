//! Copies the journal of a store whose other files are not to be opened.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::store::journal::segment::{io_error, list_segments, segments_dir, sync_folder};
use crate::store::{SledStore, StoreError};

impl SledStore {
    /// Copies the segments of the store in `from` into a new store in `to`, which must not exist; opening that
    /// one makes a database from them. Nothing else of `from` is read, no link in it is followed, and nothing
    /// is written to it. Returns whether there were segments; without any, nothing is made.
    ///
    /// The new folder appears when it is complete.
    pub fn copy_journal(from: &Path, to: &Path) -> Result<bool, StoreError> {
        let is_plain = |path: &Path| fs::symlink_metadata(path).is_ok_and(|about| about.is_file());
        let is_link = |path: &Path| fs::symlink_metadata(path).is_ok_and(|about| about.is_symlink());
        if is_link(&segments_dir(from)) {
            return Ok(false);
        }
        let segments = list_segments(from)?;
        if !segments.iter().any(|segment| is_plain(&segment.path)) {
            return Ok(false);
        }
        let folder = to.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|error| io_error(folder, error))?;
        let partial = tempfile::Builder::new()
            .prefix(".partial-")
            .tempdir_in(folder)
            .map_err(|error| io_error(folder, error))?;
        let target = segments_dir(partial.path());
        fs::create_dir(&target).map_err(|error| io_error(&target, error))?;
        for segment in segments.iter().filter(|segment| is_plain(&segment.path)) {
            copy_file(&segment.path, &target.join(segment.file_name()))
                .map_err(|error| io_error(&segment.path, error))?;
        }
        match fs::rename(partial.path(), to) {
            Ok(()) => sync_folder(to)?,
            // Another process was faster.
            Err(_) if to.is_dir() => {}
            Err(error) => return Err(io_error(to, error)),
        }
        Ok(true)
    }
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut target = File::create_new(to)?;
    io::copy(&mut File::open(from)?, &mut target)?;
    target.sync_all()
}
