//! Copies the journal of a store whose other files are not to be opened, and gives the store what was stored in
//! its place once it is trusted.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::files::open_without_following;
use crate::store::disk_space::SpaceRule;
use crate::store::journal::applied_position::read_applied_position;
use crate::store::journal::replay::catch_up;
use crate::store::journal::segment::{
    Segment, io_error, last_segment_number, list_segments, segments_dir, sync_folder,
};
use crate::store::options::{Replay, StoreOptions};
use crate::store::{SledStore, SnapshotStore, StoreError};

/// The largest journal that is copied, in bytes. Whoever made it chose its length, and a sparse file of any
/// length takes no room in an archive.
pub const MAX_JOURNAL_COPY: u64 = 4 << 30;
/// A part of a segment that is copied at once, in bytes. One of zeros alone becomes a hole.
const PART: usize = 1 << 16;

/// What a store got that was stored in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenOver {
    /// Runs that it did not have.
    pub runs: usize,
    /// Visits that were read.
    pub visits: u64,
    /// Visits among them that contain a snapshot.
    pub captures: u64,
    /// What could not be read, and why.
    pub faults: Vec<String>,
    /// Whether the copy holds nothing else, so that it can be removed.
    pub is_all: bool,
}

impl SledStore {
    /// Copies the segments of the store in `from` into a new store in `to`, which must not exist; opening that
    /// one makes a database from them. Nothing else of `from` is read, no link in it is followed, and nothing
    /// is written to it. Returns whether there were segments; without any, nothing is made.
    ///
    /// The new folder appears when it is complete.
    ///
    /// # Errors
    /// The journal is longer than [`MAX_JOURNAL_COPY`], or `space` says that there is no room for it and for
    /// a database; a file cannot be read or written.
    pub fn copy_journal(from: &Path, to: &Path, space: &SpaceRule) -> Result<bool, StoreError> {
        let plain_length = |segment: &Segment| {
            let about = fs::symlink_metadata(&segment.path).ok()?;
            about.is_file().then_some(about.len())
        };
        if fs::symlink_metadata(segments_dir(from)).is_ok_and(|about| about.is_symlink()) {
            return Ok(false);
        }
        let segments = list_segments(from)?;
        let plain: Vec<(Segment, u64)> = segments
            .into_iter()
            .filter_map(|segment| plain_length(&segment).map(|length| (segment, length)))
            .collect();
        if plain.is_empty() {
            return Ok(false);
        }
        let length = plain.iter().fold(0_u64, |sum, (_, length)| sum.saturating_add(*length));
        if length > MAX_JOURNAL_COPY {
            return Err(StoreError::LargeJournal {
                path: segments_dir(from),
                length,
                most: MAX_JOURNAL_COPY,
            });
        }
        // A database takes about half of what its journal takes.
        space.require(to, "a copy of the store's journal", length.saturating_add(length / 2))?;
        let folder = to.parent().unwrap_or(Path::new("."));
        create_private_folder(folder).map_err(|error| io_error(folder, error))?;
        let partial = tempfile::Builder::new()
            .prefix(".partial-")
            .tempdir_in(folder)
            .map_err(|error| io_error(folder, error))?;
        let target = segments_dir(partial.path());
        fs::create_dir(&target).map_err(|error| io_error(&target, error))?;
        for (segment, length) in &plain {
            copy_file(&segment.path, &target.join(segment.file_name()), *length)
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

    /// Gives the store in `to` what was stored in `copy`, which [`Self::copy_journal`] made from it: the segments
    /// that `copy` has written since become the next ones of `to`, and its database reads them.
    ///
    /// # Errors
    /// One of the stores cannot be opened; the journal of `to` is no longer the one that was copied; the disk
    /// has no room. What was added by then is read when the store is opened next.
    pub fn take_over(copy: &Path, to: &Path, options: &StoreOptions) -> Result<TakenOver, StoreError> {
        // Opening both finishes the segments that a killed process left, and keeps other processes out.
        let (source, _) = Self::open(copy, options)?;
        let (store, _) = Self::open(to, options)?;
        let last = last_segment_number(to, read_applied_position(&store.database)?)?;
        let (common, new): (Vec<_>, Vec<_>) =
            list_segments(copy)?.into_iter().partition(|segment| segment.number <= last);
        let names = |segments: &[Segment]| segments.iter().map(Segment::finished_name).collect::<Vec<_>>();
        if names(&common) != names(&list_segments(to)?) {
            return Err(StoreError::OtherJournal { path: to.to_owned(), copy: copy.to_owned() });
        }
        let length_of = |segment: &Segment| fs::metadata(&segment.path).map_or(0, |about| about.len());
        options.space.require(to, "what was stored in its place", new.iter().map(length_of).sum())?;
        for segment in &new {
            let path = segments_dir(to).join(segment.file_name());
            copy_file(&segment.path, &path, u64::MAX).map_err(|error| io_error(&path, error))?;
            sync_folder(&path)?;
        }
        let runs_before = store.read_runs()?.len();
        let Replay { visits, captures, faults, .. } = catch_up(&store.database, options.compression_level)?;
        let runs = store.read_runs()?.len().saturating_sub(runs_before);
        let is_all = faults.is_empty() && holds_all(&source, &store)?;
        source.close()?;
        store.close()?;
        Ok(TakenOver { runs, visits, captures, faults, is_all })
    }
}

/// Whether a store has the runs of another one, and no fewer visits and captures.
fn holds_all(source: &SledStore, store: &SledStore) -> Result<bool, StoreError> {
    let runs = store.read_runs()?;
    let has_runs = source.read_runs()?.iter().all(|run| runs.iter().any(|own| own.id == run.id));
    let (theirs, own) = (source.stats()?, store.stats()?);
    Ok(has_runs && theirs.visits <= own.visits && theirs.snapshots <= own.snapshots)
}

/// Makes a folder that only this user can read, and those above it.
fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Copies at most `length` bytes of a regular file that is no link, and leaves out what is zeros alone.
fn copy_file(from: &Path, to: &Path, length: u64) -> io::Result<()> {
    let mut source = open_without_following(from, OpenOptions::new().read(true))?.take(length);
    let mut target = File::create_new(to)?;
    let mut part = Vec::with_capacity(PART);
    let mut copied = 0;
    loop {
        part.clear();
        let count = source.by_ref().take(PART as u64).read_to_end(&mut part)?;
        if count == 0 {
            break;
        }
        copied += count as u64;
        if part.iter().all(|byte| *byte == 0) {
            target.seek(SeekFrom::Start(copied))?;
        } else {
            target.write_all(&part)?;
        }
    }
    target.set_len(copied)?;
    target.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::store::disk_space::{DiskSpace, MinFree, SpaceGauge};

    fn sparse_journal(folder: &Path, length: u64) -> std::path::PathBuf {
        let store = folder.join("store");
        fs::create_dir_all(segments_dir(&store)).unwrap();
        let mut file = File::create(segments_dir(&store).join("00000001-20260101T000000Z.warc.gz")).unwrap();
        file.write_all(b"start").unwrap();
        file.set_len(length).unwrap();
        store
    }

    fn plenty() -> SpaceRule {
        let gauge = SpaceGauge::new(|_| Ok(DiskSpace { total: 1 << 50, free: 1 << 49 }));
        SpaceRule { min_free: MinFree::Auto, gauge }
    }

    #[test]
    fn a_journal_that_is_too_long_or_has_no_room_is_not_copied() {
        let folder = tempfile::tempdir().unwrap();
        let (store, place) = (sparse_journal(folder.path(), 5 << 30), folder.path().join("state/copies/a"));
        let error = SledStore::copy_journal(&store, &place, &plenty()).unwrap_err();
        assert!(error.to_string().contains("5.0 GiB"), "{error}");
        let store = sparse_journal(folder.path(), 100 << 20);
        let gauge = SpaceGauge::new(|_| Ok(DiskSpace { total: 1 << 40, free: 1 << 30 }));
        let full = SpaceRule { min_free: MinFree::Auto, gauge };
        let error = SledStore::copy_journal(&store, &place, &full).unwrap_err();
        assert!(matches!(error, StoreError::LowSpace { .. }), "{error}");
        assert!(!folder.path().join("state").exists(), "nothing was made");
    }

    #[cfg(unix)]
    #[test]
    fn holes_stay_holes_and_links_are_not_followed() {
        use std::os::unix::fs::{MetadataExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let store = sparse_journal(folder.path(), 64 << 20);
        let name = "00000001-20260101T000000Z.warc.gz";
        symlink(segments_dir(&store).join(name), segments_dir(&store).join("00000002-x.warc.gz")).unwrap();
        let place = folder.path().join("copy");
        assert!(SledStore::copy_journal(&store, &place, &plenty()).unwrap());
        let copied = segments_dir(&place).join(name);
        let about = fs::metadata(&copied).unwrap();
        assert_eq!(about.len(), 64 << 20);
        assert!(about.blocks() * 512 < 1 << 20, "{} blocks", about.blocks());
        assert!(fs::read(&copied).unwrap().starts_with(b"start\0"));
        assert_eq!(fs::read_dir(segments_dir(&place)).unwrap().count(), 1);
        let linked = copy_file(&segments_dir(&store).join("00000002-x.warc.gz"), &folder.path().join("b"), 9);
        assert!(linked.unwrap_err().to_string().contains("symbolic link"));
    }
}
