//! The files of the journal.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::Mark;
use crate::store::SnapshotError;
use crate::store::warc::warcinfo::write_warcinfo;

/// What a name ends in.
const DONE: &str = ".warc.gz";
const OPEN: &str = ".warc.gz.open";

/// A segment on disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct Segment {
    /// Its number: segments are read in this order.
    pub number: u64,
    /// Its file.
    pub path: PathBuf,
    /// Whether its writer has not ended it.
    pub open: bool,
}

impl Segment {
    /// Its file's name.
    pub(in crate::store) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// The folder of a store's segments.
pub(in crate::store) fn segments_dir(dir: &Path) -> PathBuf {
    dir.join("segments")
}

pub(in crate::store) fn io_error(path: &Path, source: std::io::Error) -> SnapshotError {
    SnapshotError::Io { path: path.to_owned(), source }
}

/// A store's segments in their order. Files that are named otherwise are left alone.
pub(in crate::store) fn list(dir: &Path) -> Result<Vec<Segment>, SnapshotError> {
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
pub(in crate::store) fn open_name(dir: &Path, number: u64, now: jiff::Timestamp) -> PathBuf {
    segments_dir(dir).join(format!("{number:08}-{}{OPEN}", now.strftime("%Y%m%dT%H%M%SZ")))
}

/// Ends a segment: its name loses `.open`. Returns the new path.
pub(in crate::store) fn finish(path: &Path) -> Result<PathBuf, SnapshotError> {
    let name = path.to_string_lossy();
    let Some(done) = name.strip_suffix(".open").map(PathBuf::from) else { return Ok(path.to_owned()) };
    std::fs::rename(path, &done).map_err(|error| io_error(path, error))?;
    sync_folder(&done)?;
    Ok(done)
}

/// Makes a name in a folder durable.
pub(in crate::store) fn sync_folder(path: &Path) -> Result<(), SnapshotError> {
    // Only POSIX systems can, and need to, sync a folder.
    if let (true, Some(folder)) = (cfg!(unix), path.parent()) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| io_error(folder, error))?;
    }
    Ok(())
}

/// The number of the last segment that was written, by the files that are there and by what the
/// database holds.
pub(in crate::store) fn last_number(dir: &Path, mark: Mark) -> Result<u64, SnapshotError> {
    // A mark at a segment's beginning says nothing about that segment.
    let marked = if mark.offset > 0 { mark.segment } else { mark.segment.saturating_sub(1) };
    Ok(list(dir)?.last().map_or(0, |last| last.number).max(marked))
}

/// The numbers of segments that must have been there and are not: first and last of each row.
pub(in crate::store) fn missing(dir: &Path, mark: Mark) -> Result<Vec<(u64, u64)>, SnapshotError> {
    let mut missing = Vec::new();
    let mut next = 1;
    for number in list(dir)?.into_iter().map(|segment| segment.number).chain([last_number(dir, mark)? + 1]) {
        if number > next {
            missing.push((next, number - 1));
        }
        next = next.max(number + 1);
    }
    Ok(missing)
}

/// A name beside a segment's, for what is taken out of it. It is no segment's name.
pub(in crate::store) fn beside(path: &Path, what: &str) -> PathBuf {
    let name = path.to_string_lossy();
    let name = name.strip_suffix(".open").unwrap_or(&name);
    let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let taken = |number: u32| match number {
        1 => PathBuf::from(format!("{name}.{what}-{stamp}")),
        number => PathBuf::from(format!("{name}.{what}-{stamp}-{number}")),
    };
    let mut number = 1;
    while taken(number).exists() {
        number += 1;
    }
    taken(number)
}

/// Writes the record that every segment begins with, and gives its id.
pub(in crate::store) fn write_info(
    out: &mut impl std::io::Write,
    path: &Path,
    now: jiff::Timestamp,
    description: &str,
) -> std::io::Result<String> {
    let name = path.file_name().map(|name| name.to_string_lossy().replace(".open", ""));
    write_warcinfo(out, name, now, Some(description))
}

/// A file in a folder that is to take its name when it is whole. A temporary file is for its owner
/// only; this one will be an ordinary file, under the umask.
pub(in crate::store) fn new_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.prefix(".driftline-").tempfile_in(folder)
}

/// Puts an empty segment in the place of one that is gone, which says so.
pub(in crate::store) fn stand_in(dir: &Path, number: u64) -> Result<(), SnapshotError> {
    let now = jiff::Timestamp::now();
    let path = open_name(dir, number, now).with_extension("");
    let failed = |error| io_error(&path, error);
    let mut file = new_file(&segments_dir(dir)).map_err(failed)?;
    let said = "stands for a segment that was lost; what the database held of it stands in later segments";
    write_info(&mut file, &path, now, said).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist_noclobber(&path).map_err(|error| failed(error.error))?;
    sync_folder(&path)
}

/// Takes places out of a segment that cannot be read: each from where it begins to where it ends. The
/// segment as it was is kept beside, whole; gives its name.
pub(in crate::store) fn take_out(path: &Path, places: &[(u64, u64)]) -> Result<PathBuf, SnapshotError> {
    let failed = |error| io_error(path, error);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut from = File::open(path).map_err(failed)?;
    let len = from.metadata().map_err(failed)?.len();
    let mut to = new_file(folder).map_err(failed)?;
    let mut position = 0;
    for (begin, end) in places.iter().copied().chain([(len, len)]) {
        from.seek(SeekFrom::Start(position)).map_err(failed)?;
        let mut part = from.by_ref().take(begin.saturating_sub(position));
        std::io::copy(&mut part, &mut to).map_err(failed)?;
        position = position.max(end).min(len);
    }
    to.as_file().sync_all().map_err(failed)?;
    let kept = beside(path, "damaged");
    // A second name costs nothing; not every file system knows such.
    if std::fs::hard_link(path, &kept).is_err() {
        std::fs::copy(path, &kept).and_then(|_| File::open(&kept)?.sync_all()).map_err(failed)?;
    }
    to.persist(path).map_err(|error| failed(error.error))?;
    sync_folder(path)?;
    Ok(kept)
}
