//! Reads all records of a file, going on after places that are damaged.
//!
//! The journal, the import and the export's search all read files this way; they differ in the longest
//! block that they accept and in where they resume after damage.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use super::read::{WarcReader, WarcRecord};
use crate::store::StoreError;

/// One step of a scan.
pub(in crate::store) enum ScannedItem {
    /// A whole record, and the offset of its end.
    Record(WarcRecord, u64),
    /// A place that cannot be read.
    Damage(DamagedRange),
}

/// A range of a file that cannot be read.
pub(in crate::store) struct DamagedRange {
    /// The offset at which it begins.
    pub start: u64,
    /// The offset of the next readable record; `None` if none follows.
    pub end: Option<u64>,
    /// Whether the file ends inside a record and nothing else is wrong, which is what a stopped writer
    /// leaves. A wrong checksum or format never counts as torn.
    pub is_torn: bool,
    /// What the reader reported.
    pub reason: String,
}

/// Where a scan goes on after a place that holds no readable record.
pub(in crate::store) enum Resumption {
    /// The place holds padding, which is not damage. Reading goes on at the offset, or ends.
    AfterPadding(Option<u64>),
    /// The place is damaged. Reading goes on at the offset, or ends.
    AfterDamage(Option<u64>),
}

/// Reads the file at `path` from the offset `from` to its end, hands every item to `take`, and returns
/// the offset at which reading ended. `resume` is called with the offset of each unreadable place.
///
/// # Errors
/// `take` failed, or the file could not be read; damage is an item and not an error.
pub(in crate::store) fn scan_records(
    path: &Path,
    from: u64,
    max_block: u64,
    mut resume: impl FnMut(&mut File, u64) -> io::Result<Resumption>,
    mut take: impl FnMut(ScannedItem) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let failed = |source| StoreError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut position = from;
    loop {
        file.seek(SeekFrom::Start(position)).map_err(failed)?;
        let input = BufReader::with_capacity(1 << 18, &file);
        let mut reader = WarcReader::new(input, position, max_block).map_err(failed)?;
        let damage = loop {
            match reader.next_record() {
                Ok(Some(record)) => take(ScannedItem::Record(record, reader.offset()))?,
                Ok(None) => return Ok(reader.offset()),
                Err(error) if is_damage(&error) => break error,
                Err(error) => return Err(failed(error)),
            }
        };
        let start = reader.offset();
        let next = match resume(&mut file, start).map_err(failed)? {
            Resumption::AfterPadding(next) => next,
            Resumption::AfterDamage(end) => {
                let is_torn = end.is_none() && damage.kind() == ErrorKind::UnexpectedEof;
                let reason = damage.to_string();
                take(ScannedItem::Damage(DamagedRange { start, end, is_torn, reason }))?;
                end
            }
        };
        let Some(next) = next else { return Ok(start) };
        position = next;
    }
}

/// Resumes at the next gzip member after `offset` that holds a record.
pub(in crate::store) fn resume_at_next_member(file: &mut File, offset: u64) -> io::Result<Resumption> {
    find_next_member(file, offset.saturating_add(1)).map(Resumption::AfterDamage)
}

/// Whether the error means that the file's contents are wrong, rather than that reading failed.
pub(in crate::store) fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput)
}

/// The offset of the first gzip member at or after `from` that begins with a record.
fn find_next_member(file: &mut File, from: u64) -> io::Result<Option<u64>> {
    const WINDOW: usize = 1 << 20;
    let mut base = from;
    loop {
        let mut window = Vec::with_capacity(WINDOW);
        file.seek(SeekFrom::Start(base))?;
        file.by_ref().take(WINDOW as u64).read_to_end(&mut window)?;
        for at in memchr::memmem::find_iter(&window, &[0x1f, 0x8b, 0x08]) {
            let offset = base + at as u64;
            if read_member_start(file, offset, 5)? == b"WARC/" {
                return Ok(Some(offset));
            }
        }
        if window.len() < WINDOW {
            return Ok(None);
        }
        // The three bytes of the signature may be split between two windows.
        base += (WINDOW - 2) as u64;
    }
}

/// The first bytes of the gzip member at `offset`, decompressed: at most `max_len`, fewer where damage
/// comes first.
pub(in crate::store) fn read_member_start(file: &mut File, offset: u64, max_len: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut start = Vec::new();
    // An error leaves what was decompressed before it in `start`.
    let _ = flate2::bufread::GzDecoder::new(BufReader::new(file)).take(max_len).read_to_end(&mut start);
    Ok(start)
}
