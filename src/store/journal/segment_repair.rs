//! Repairs the files of the journal: removes damaged ranges, and fills the numbers of lost segments.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::segment::{
    io_error, new_temporary_file, open_segment_path, path_beside, segments_dir, sync_folder,
};
use crate::store::StoreError;
use crate::store::warc::warcinfo::write_warcinfo;

/// Writes an empty segment in place of one that is lost, so that the numbers have no gap.
pub(in crate::store) fn write_placeholder(dir: &Path, number: u64) -> Result<(), StoreError> {
    let now = jiff::Timestamp::now();
    let path = open_segment_path(dir, number, now).with_extension("");
    let failed = |error| io_error(&path, error);
    let mut file = new_temporary_file(&segments_dir(dir)).map_err(failed)?;
    let description = "replaces a segment that was lost; what the database held of it is in later segments";
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    write_warcinfo(&mut file, name, now, Some(description)).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist_noclobber(&path).map_err(|error| failed(error.error))?;
    sync_folder(&path)
}

/// Removes unreadable ranges from a segment, each from its start to its end. The original segment is kept
/// beside; its path is returned.
pub(in crate::store) fn remove_ranges(path: &Path, ranges: &[(u64, u64)]) -> Result<PathBuf, StoreError> {
    let failed = |error| io_error(path, error);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut from = File::open(path).map_err(failed)?;
    let len = from.metadata().map_err(failed)?.len();
    let mut to = new_temporary_file(folder).map_err(failed)?;
    let mut position = 0;
    for (start, end) in ranges.iter().copied().chain([(len, len)]) {
        from.seek(SeekFrom::Start(position)).map_err(failed)?;
        let mut part = from.by_ref().take(start.saturating_sub(position));
        std::io::copy(&mut part, &mut to).map_err(failed)?;
        position = position.max(end).min(len);
    }
    to.as_file().sync_all().map_err(failed)?;
    let kept = path_beside(path, "damaged");
    // A hard link needs no space; where the file system has none, the file is copied.
    if std::fs::hard_link(path, &kept).is_err() {
        std::fs::copy(path, &kept).and_then(|_| File::open(&kept)?.sync_all()).map_err(failed)?;
    }
    to.persist(path).map_err(|error| failed(error.error))?;
    sync_folder(path)?;
    Ok(kept)
}
