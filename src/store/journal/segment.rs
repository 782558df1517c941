//! The files of the journal: their names, their order, and which of them are missing.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::position::JournalPosition;
use crate::store::StoreError;

/// The end of a finished segment's name.
const FINISHED_SUFFIX: &str = ".warc.gz";
/// The end of the name of a segment that is being written.
const OPEN_SUFFIX: &str = ".warc.gz.open";

/// The highest number that the first segment may have. Numbers begin at 1, and old segments may be gone.
const MAX_FIRST: u64 = 1 << 40;
/// The most that a segment's number may exceed that of the one before.
const MAX_GAP: u64 = 1_000_000;

/// A segment on disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct Segment {
    /// Its number. Segments are read in the order of their numbers.
    pub number: u64,
    /// Its file.
    pub path: PathBuf,
    /// Whether its writer has not finished it.
    pub open: bool,
}

impl Segment {
    /// The name of its file.
    pub(in crate::store) fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The name of its file once it is finished.
    pub(in crate::store) fn finished_name(&self) -> String {
        finished_name(&self.path)
    }
}

/// The name that the segment at a path has once it is finished.
pub(super) fn finished_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.strip_suffix(".open").unwrap_or(&name).to_owned()
}

/// The folder of a store's segments.
pub(in crate::store) fn segments_dir(dir: &Path) -> PathBuf {
    dir.join("segments")
}

/// An input or output error at a path.
pub(in crate::store) fn io_error(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::Io { path: path.to_owned(), source }
}

/// What has the name of a segment.
#[derive(Debug, Default)]
struct NamedSegments {
    /// The segments, in order.
    segments: Vec<Segment>,
    /// What is left alone, and why.
    stray: Vec<(PathBuf, String)>,
}

/// The segments of the store in `dir`, in order. Files with other names are ignored, and so is what has the name
/// of a segment and cannot be one.
pub(in crate::store) fn list_segments(dir: &Path) -> Result<Vec<Segment>, StoreError> {
    Ok(find_segments(dir)?.segments)
}

/// Says of what has the name of a segment and cannot be one what it is, and what to do.
pub(in crate::store) fn describe_stray_segments(dir: &Path) -> Result<Vec<String>, StoreError> {
    let describe = |(path, reason): (PathBuf, String)| format!("{}: {reason}", path.display());
    Ok(find_segments(dir)?.stray.into_iter().map(describe).collect())
}

fn find_segments(dir: &Path) -> Result<NamedSegments, StoreError> {
    let folder = segments_dir(dir);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(NamedSegments::default()),
        Err(error) => return Err(io_error(&folder, error)),
    };
    let mut stray = Vec::new();
    let mut segments = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| io_error(&folder, error))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let open = name.ends_with(OPEN_SUFFIX);
        let number = name.split_once('-').and_then(|(number, _)| number.parse().ok());
        let (Some(number), true) = (number, open || name.ends_with(FINISHED_SUFFIX)) else { continue };
        if path.is_dir() {
            let reason = "it is a folder with the name of a segment and is left alone; move it away";
            stray.push((path, reason.to_owned()));
        } else {
            segments.push(Segment { number, path, open });
        }
    }
    segments.sort();
    let mut before = None;
    segments.retain(|segment| {
        let limit = before.map_or(MAX_FIRST, |before: u64| before.saturating_add(MAX_GAP));
        if segment.number > limit {
            let reason = "its number is far beyond those of the other segments, so it is not read; move it away, or give it the number that it had";
            stray.push((segment.path.clone(), reason.to_owned()));
            return false;
        }
        before = Some(segment.number);
        true
    });
    Ok(NamedSegments { segments, stray })
}

/// The path of a new segment while it is written.
pub(in crate::store) fn open_segment_path(dir: &Path, number: u64, now: jiff::Timestamp) -> PathBuf {
    segments_dir(dir).join(format!("{number:08}-{}{OPEN_SUFFIX}", now.strftime("%Y%m%dT%H%M%SZ")))
}

/// Finishes a segment: its name loses `.open`.
pub(in crate::store) fn finish_segment(path: &Path) -> Result<(), StoreError> {
    let name = path.to_string_lossy();
    let Some(finished) = name.strip_suffix(".open").map(PathBuf::from) else { return Ok(()) };
    std::fs::rename(path, &finished).map_err(|error| io_error(path, error))?;
    sync_folder(&finished)
}

/// Makes the name of a file durable, by syncing its folder.
pub(in crate::store) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    // Only POSIX systems can sync a folder, and need it.
    if let (true, Some(folder)) = (cfg!(unix), path.parent()) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| io_error(folder, error))?;
    }
    Ok(())
}

/// The number of the last segment that was ever written: the highest of the files, or of `applied`, which is
/// how much of the journal the database holds.
pub(in crate::store) fn last_segment_number(dir: &Path, applied: JournalPosition) -> Result<u64, StoreError> {
    // A position at the beginning of a segment does not mean that the segment was written.
    let last_applied = if applied.offset > 0 { applied.segment } else { applied.segment.saturating_sub(1) };
    Ok(list_segments(dir)?.last().map_or(0, |last| last.number).max(last_applied))
}

/// The numbers of segments that were written and are gone: the first and the last of each range.
pub(in crate::store) fn missing_segments(
    dir: &Path,
    applied: JournalPosition,
) -> Result<Vec<(u64, u64)>, StoreError> {
    let mut missing = Vec::new();
    let mut next = 1;
    let last = last_segment_number(dir, applied)?;
    let numbers = list_segments(dir)?.into_iter().map(|segment| segment.number);
    for number in numbers.chain([last.saturating_add(1)]) {
        if number > next {
            missing.push((next, number - 1));
        }
        next = next.max(number.saturating_add(1));
    }
    Ok(missing)
}

/// A free path beside a segment, for a part that is removed from it. The name is not that of a segment.
pub(in crate::store) fn path_beside(path: &Path, what: &str) -> PathBuf {
    let name = path.to_string_lossy();
    let name = name.strip_suffix(".open").unwrap_or(&name);
    let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let candidate = |number: u32| match number {
        1 => PathBuf::from(format!("{name}.{what}-{stamp}")),
        number => PathBuf::from(format!("{name}.{what}-{stamp}-{number}")),
    };
    let mut number = 1;
    while candidate(number).exists() {
        number += 1;
    }
    candidate(number)
}

/// Describes missing segments in words.
pub(in crate::store) fn describe_missing(first: u64, last: u64) -> String {
    if first == last {
        format!("segment {first} is missing")
    } else {
        format!("segments {first} to {last} are missing")
    }
}

/// A temporary file in `folder` that gets its final name once it is complete. Its permissions are those of
/// an ordinary file under the umask, not the owner's only.
pub(in crate::store) fn new_temporary_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.prefix(".driftline-").tempfile_in(folder)
}
