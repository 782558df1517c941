//! The files of the journal.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::snapshot::SnapshotError;

/// What a name ends in.
const DONE: &str = ".warc.gz";
const OPEN: &str = ".warc.gz.open";

/// A segment on disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::snapshot) struct Segment {
    /// Its number: segments are read in this order.
    pub number: u64,
    /// Its file.
    pub path: PathBuf,
    /// Whether its writer has not ended it.
    pub open: bool,
}

/// The folder of a store's segments.
pub(in crate::snapshot) fn segments_dir(dir: &Path) -> PathBuf {
    dir.join("segments")
}

pub(in crate::snapshot) fn io_error(path: &Path, source: std::io::Error) -> SnapshotError {
    SnapshotError::Io { path: path.to_owned(), source }
}

/// A store's segments in their order. Files that are named otherwise are left alone.
pub(in crate::snapshot) fn list(dir: &Path) -> Result<Vec<Segment>, SnapshotError> {
    let folder = segments_dir(dir);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io_error(&folder, error)),
    };
    let mut segments = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| io_error(&folder, error))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let open = name.ends_with(OPEN);
        let number = name.split_once('-').and_then(|(number, _)| number.parse().ok());
        if let (Some(number), true) = (number, open || name.ends_with(DONE)) {
            segments.push(Segment { number, path, open });
        }
    }
    segments.sort();
    Ok(segments)
}

/// The file of a new segment.
pub(in crate::snapshot) fn open_name(dir: &Path, number: u64, now: jiff::Timestamp) -> PathBuf {
    segments_dir(dir).join(format!("{number:08}-{}{OPEN}", now.strftime("%Y%m%dT%H%M%SZ")))
}

/// Ends a segment: its name loses `.open`. Returns the new path.
pub(in crate::snapshot) fn finish(path: &Path) -> Result<PathBuf, SnapshotError> {
    let name = path.to_string_lossy();
    let Some(done) = name.strip_suffix(".open").map(PathBuf::from) else { return Ok(path.to_owned()) };
    std::fs::rename(path, &done).map_err(|error| io_error(path, error))?;
    sync_folder(&done)?;
    Ok(done)
}

/// Makes a name in a folder durable.
pub(in crate::snapshot) fn sync_folder(path: &Path) -> Result<(), SnapshotError> {
    // Only POSIX systems can, and need to, sync a folder.
    if let (true, Some(folder)) = (cfg!(unix), path.parent()) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| io_error(folder, error))?;
    }
    Ok(())
}
