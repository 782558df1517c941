//! Repairs the files of the journal: removes damaged ranges, and fills the numbers of lost segments.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::chain::ChainLinks;
use super::segment::{
    finished_name, io_error, new_temporary_file, open_segment_path, path_beside, segments_dir, sync_folder,
};
use super::segment_seal::{Hashed, SegmentSeal};
use crate::store::StoreError;
use crate::store::warc::warcinfo::write_warcinfo_with;

/// A file that is to take the place of a segment: written completely, but not yet under its name.
pub(in crate::store) struct Replacement {
    /// The file, which is closed, since there may be more of them than descriptors.
    file: tempfile::TempPath,
    path: PathBuf,
    /// What the segment will be.
    pub seal: SegmentSeal,
}

impl Replacement {
    /// Puts the file in place of a segment, which is kept beside; its path is returned.
    pub(in crate::store) fn replace_segment(self) -> Result<PathBuf, StoreError> {
        let Self { file, path, .. } = self;
        let failed = |error| io_error(&path, error);
        let kept = path_beside(&path, "damaged");
        // A hard link needs no space; where the file system has none, the file is copied.
        if std::fs::hard_link(&path, &kept).is_err() {
            std::fs::copy(&path, &kept).and_then(|_| File::open(&kept)?.sync_all()).map_err(failed)?;
        }
        file.persist(&path).map_err(|error| failed(error.error))?;
        sync_folder(&path)?;
        Ok(kept)
    }

    /// Puts the file where no segment is.
    pub(in crate::store) fn add_segment(self) -> Result<(), StoreError> {
        let Self { file, path, .. } = self;
        file.persist_noclobber(&path).map_err(|error| io_error(&path, error.error))?;
        sync_folder(&path)
    }
}

/// Makes a segment without captures: in place of a lost one, so that the numbers have no gap, or to say what
/// `links` says. `description` goes into its `warcinfo` record.
pub(in crate::store) fn make_empty_segment(
    dir: &Path,
    number: u64,
    description: &str,
    links: &ChainLinks,
) -> Result<Replacement, StoreError> {
    let now = jiff::Timestamp::now();
    let path = open_segment_path(dir, number, now).with_extension("");
    let failed = |error| io_error(&path, error);
    let mut out = Hashed::new(new_temporary_file(&segments_dir(dir)).map_err(failed)?);
    let name = finished_name(&path);
    write_warcinfo_with(&mut out, Some(name.clone()), now, Some(description), &links.to_fields())
        .map_err(failed)?;
    let seal = out.seal(name);
    let file = out.inner;
    file.as_file().sync_all().map_err(failed)?;
    Ok(Replacement { file: file.into_temp_path(), path, seal })
}

/// Makes a copy of a segment without its unreadable ranges, each given by its start and end.
pub(in crate::store) fn make_without_ranges(
    path: &Path,
    ranges: &[(u64, u64)],
) -> Result<Replacement, StoreError> {
    let failed = |error| io_error(path, error);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut from = File::open(path).map_err(failed)?;
    let len = from.metadata().map_err(failed)?.len();
    let mut to = Hashed::new(new_temporary_file(folder).map_err(failed)?);
    let mut position = 0;
    for (start, end) in ranges.iter().copied().chain([(len, len)]) {
        from.seek(SeekFrom::Start(position)).map_err(failed)?;
        let mut part = from.by_ref().take(start.saturating_sub(position));
        std::io::copy(&mut part, &mut to).map_err(failed)?;
        position = position.max(end).min(len);
    }
    let seal = to.seal(finished_name(path));
    let file = to.inner;
    file.as_file().sync_all().map_err(failed)?;
    Ok(Replacement { file: file.into_temp_path(), path: path.to_owned(), seal })
}
