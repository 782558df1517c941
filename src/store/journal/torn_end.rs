//! Removes the torn end that a stopped writer leaves in its segment.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;

use super::scan::{precedes_metadata, scan_segment};
use super::segment::{io_error, path_beside, sync_folder};
use crate::store::StoreError;
use crate::store::warc::scan::ScannedItem;

/// Cuts a segment at `keep`, the end of its last complete group. Nothing after it was reported as stored,
/// because no `metadata` record follows. `torn` is the offset of an incomplete last record. If that may be
/// the `metadata` record, it may once have been whole, so the end is kept in a file beside.
pub(super) fn cut_off_end(path: &Path, keep: u64, torn: Option<u64>) -> Result<(), StoreError> {
    let failed = |error| io_error(path, error);
    let mut file = File::options().read(true).write(true).open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() <= keep {
        return Ok(());
    }
    if let Some(at) = torn
        && !precedes_metadata(path, at).map_err(failed)?
    {
        let beside = path_beside(path, "torn");
        let failed = |error| io_error(&beside, error);
        file.seek(SeekFrom::Start(keep)).map_err(failed)?;
        let mut kept = File::options().write(true).create_new(true).open(&beside).map_err(failed)?;
        std::io::copy(&mut file, &mut kept).and_then(|_| kept.sync_all()).map_err(failed)?;
        sync_folder(&beside)?;
        tracing::info!("{}: the incomplete last group of the journal was moved here", beside.display());
    }
    file.set_len(keep).and_then(|()| file.sync_all()).map_err(failed)
}

/// The end of the last whole record before the first damage in a segment.
pub(super) fn end_of_whole_records(path: &Path) -> Result<u64, StoreError> {
    let (mut end, mut is_damaged) = (0, false);
    scan_segment(path, 0, |item| {
        match item {
            ScannedItem::Record(_, record_end) if !is_damaged => end = record_end,
            ScannedItem::Record(..) => {}
            ScannedItem::Damage(_) => is_damaged = true,
        }
        Ok(())
    })?;
    Ok(end)
}
