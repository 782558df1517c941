//! A segment's records one after the other, past what is damaged.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use super::segment::io_error;
use crate::store::SnapshotError;
use crate::store::warc::read::{WarcReader, WarcRecord};

/// A longer block is no body that the crawl would have kept.
pub(in crate::store) const MAX_BLOCK: u64 = 1 << 30;

/// What stands in a segment.
pub(in crate::store) enum Found {
    /// A whole record, and where it ends.
    Record(WarcRecord, u64),
    /// A place that cannot be read.
    Damage(Damage),
}

/// A place that cannot be read.
pub(in crate::store) struct Damage {
    /// Where it begins.
    pub at: u64,
    /// Where the next whole record begins; none where nothing that can be read stands behind it.
    pub until: Option<u64>,
    /// Whether the file ends in the middle of a record, and nothing else is wrong: what a writer that
    /// was stopped leaves. A wrong checksum or format is never that.
    pub torn: bool,
    /// How it was seen.
    pub reason: String,
}

/// Reads a segment from an offset on, to its end.
pub(in crate::store) fn scan(
    path: &Path,
    from: u64,
    mut take: impl FnMut(Found) -> Result<(), SnapshotError>,
) -> Result<(), SnapshotError> {
    let failed = |error| io_error(path, error);
    let mut file = File::open(path).map_err(failed)?;
    let mut position = from;
    loop {
        file.seek(SeekFrom::Start(position)).map_err(failed)?;
        let input = BufReader::with_capacity(1 << 18, &file);
        let mut reader = WarcReader::new(input, position, MAX_BLOCK).map_err(failed)?;
        // A record whose gzip member goes on behind it: the member's checksum has not been seen yet.
        let mut held: Option<WarcRecord> = None;
        let error = loop {
            let next = reader.next_record();
            let at = reader.offset();
            let damaged = next.as_ref().err().is_some_and(is_damage);
            if let Some(record) = held.take_if(|record| !(damaged && record.offset == at)) {
                take(Found::Record(record, at))?;
            }
            match next {
                Ok(Some(record)) if at > record.offset => take(Found::Record(record, at))?,
                Ok(Some(record)) => held = Some(record),
                Ok(None) => return Ok(()),
                Err(error) if damaged => break error,
                Err(error) => return Err(failed(error)),
            }
        };
        let at = reader.offset();
        let until = next_member(path, at.saturating_add(1)).map_err(failed)?;
        let torn = until.is_none() && error.kind() == ErrorKind::UnexpectedEof;
        take(Found::Damage(Damage { at, until, torn, reason: error.to_string() }))?;
        let Some(until) = until else { return Ok(()) };
        position = until;
    }
}

/// Whether the file holds something wrong, rather than that it could not be read.
pub(in crate::store) fn is_damage(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput)
}

/// Where the next gzip member that holds a record begins, at `from` or behind it.
pub(in crate::store) fn next_member(path: &Path, from: u64) -> std::io::Result<Option<u64>> {
    const WINDOW: usize = 1 << 20;
    let mut file = File::open(path)?;
    let mut base = from;
    loop {
        let mut window = Vec::with_capacity(WINDOW);
        file.seek(SeekFrom::Start(base))?;
        file.by_ref().take(WINDOW as u64).read_to_end(&mut window)?;
        for at in memchr::memmem::find_iter(&window, &[0x1f, 0x8b, 0x08]) {
            let offset = base + at as u64;
            if member_start(&mut file, offset, 5)? == b"WARC/" {
                return Ok(Some(offset));
            }
        }
        if window.len() < WINDOW {
            return Ok(None);
        }
        // The three bytes may lie across two windows.
        base += (WINDOW - 2) as u64;
    }
}

/// The first bytes that the gzip member at `offset` gives, up to so many.
fn member_start(file: &mut File, offset: u64, len: u64) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut start = Vec::new();
    // What stands before damage is given all the same.
    let _ = flate2::bufread::GzDecoder::new(BufReader::new(file)).take(len).read_to_end(&mut start);
    Ok(start)
}

/// Whether the record that begins at `offset` says of itself that it is one of those that stand before
/// a group's `metadata` record.
pub(in crate::store) fn precedes_metadata(path: &Path, offset: u64) -> std::io::Result<bool> {
    let start = member_start(&mut File::open(path)?, offset, 256)?;
    let kinds = ["warcinfo", "response", "revisit", "request", "resource"];
    Ok(kinds.iter().any(|kind| {
        let line = format!("\r\nWARC-Type: {kind}\r\n");
        memchr::memmem::find(&start, line.as_bytes()).is_some()
    }))
}
