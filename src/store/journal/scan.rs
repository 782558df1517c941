//! Reads the records of a segment in order, past places that are damaged.

use std::fs::File;
use std::path::Path;

use crate::store::StoreError;
use crate::store::warc::read::WarcRecord;
use crate::store::warc::scan::{ScannedItem, read_member_start, resume_at_next_member, scan_records};

/// The longest block that is read, in bytes. The crawl keeps no body that is longer.
pub(in crate::store) const MAX_BLOCK: u64 = 1 << 30;

/// Reads the segment at `path` from the offset `from` to its end. A record is submission to `take` only after
/// the checksum of its gzip member was verified.
pub(in crate::store) fn scan_segment(
    path: &Path,
    from: u64,
    mut take: impl FnMut(ScannedItem) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    // A record whose gzip member goes on after it, so that the checksum has not been read yet.
    let mut unverified: Option<WarcRecord> = None;
    let end = scan_records(path, from, MAX_BLOCK, resume_at_next_member, |item| {
        let (at, is_damage) = match &item {
            ScannedItem::Record(_, end) => (*end, false),
            ScannedItem::Damage(damage) => (damage.start, true),
        };
        if let Some(record) = unverified.take()
            && !(is_damage && record.offset == at)
        {
            take(ScannedItem::Record(record, at))?;
        }
        match item {
            ScannedItem::Record(record, end) if end == record.offset => unverified = Some(record),
            item => take(item)?,
        }
        Ok(())
    })?;
    match unverified {
        Some(record) => take(ScannedItem::Record(record, end)),
        None => Ok(()),
    }
}

/// Whether the record that begins at `offset` is of a type that comes before its group's `metadata` record.
pub(in crate::store) fn precedes_metadata(path: &Path, offset: u64) -> std::io::Result<bool> {
    let start = read_member_start(&mut File::open(path)?, offset, 256)?;
    let types = ["warcinfo", "response", "revisit", "request", "resource"];
    Ok(types.iter().any(|name| {
        let line = format!("\r\nWARC-Type: {name}\r\n");
        memchr::memmem::find(&start, line.as_bytes()).is_some()
    }))
}
