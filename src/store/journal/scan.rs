//! Reads the records of a segment in order, past places that are damaged.

use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::Path;

use super::segment::Segment;
use crate::store::StoreError;
use crate::store::warc::read::WarcReader;
use crate::store::warc::record::WarcRecord;
use crate::store::warc::record_syntax::ReadRules;
use crate::store::warc::scan::{
    DamagedRange, Resumption, ScannedItem, is_damage, read_member_start, resume_at_next_member, scan_records,
};

/// The longest block that is read, in bytes. The crawl keeps no body that is longer.
pub(in crate::store) const MAX_BLOCK: u64 = 1 << 30;

/// A part of a segment: the records that begin in it.
pub(in crate::store) struct JournalPart {
    /// The segment.
    pub segment: Segment,
    /// The offset of its first byte.
    pub start: u64,
    /// The offset after its last byte.
    pub end: u64,
    /// Whether a record begins at its first byte.
    pub is_at_record: bool,
}

impl JournalPart {
    /// A whole segment.
    pub(in crate::store) fn whole(segment: Segment) -> Self {
        Self { segment, start: 0, end: u64::MAX, is_at_record: true }
    }
}

/// Reads the segment at `path` from the offset `from` to its end. A record is submission to `take` only after
/// the checksum of its gzip member was verified.
pub(in crate::store) fn scan_segment(
    path: &Path,
    from: u64,
    mut take: impl FnMut(ScannedItem) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    // A record whose gzip member goes on after it, so that the checksum has not been read yet.
    let mut unverified: Option<WarcRecord> = None;
    let mut file = File::open(path).map_err(|source| StoreError::io(path, source))?;
    let rules = ReadRules { max_block: MAX_BLOCK, is_lenient: false };
    let end = scan_records(&mut file, path, from, rules, resume_at_next_member, |item| {
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

/// Reads the records that begin in a part of a segment. If no record begins where the part does,
/// the first one is searched; bytes within a record that look like one can mislead this.
pub(super) fn scan_part(
    part: &JournalPart,
    mut take: impl FnMut(ScannedItem) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let path = &part.segment.path;
    if part.is_at_record && part.end == u64::MAX {
        return scan_segment(path, part.start, take);
    }
    let failed = |source| StoreError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut next = Some(part.start);
    if !part.is_at_record {
        next = find_member_after(&mut file, part.start.saturating_sub(1)).map_err(failed)?;
    }
    while let Some(position) = next.filter(|position| *position < part.end) {
        file.seek(SeekFrom::Start(position)).map_err(failed)?;
        let input = BufReader::with_capacity(1 << 18, &file);
        let mut reader = WarcReader::new(input, position, MAX_BLOCK).map_err(failed)?;
        let damage = loop {
            if reader.offset() >= part.end {
                return Ok(());
            }
            match reader.next_record() {
                Ok(Some(record)) => take(ScannedItem::Record(record, reader.offset()))?,
                Ok(None) => return Ok(()),
                Err(error) if is_damage(&error) => break error,
                Err(error) => return Err(failed(error)),
            }
        };
        let start = reader.offset();
        next = find_member_after(&mut file, start).map_err(failed)?;
        let is_torn = next.is_none() && damage.kind() == std::io::ErrorKind::UnexpectedEof;
        take(ScannedItem::Damage(DamagedRange { start, end: next, is_torn, reason: damage.to_string() }))?;
    }
    Ok(())
}

/// The offset of the next gzip member after `offset` that holds a record.
fn find_member_after(file: &mut File, offset: u64) -> std::io::Result<Option<u64>> {
    Ok(match resume_at_next_member(file, offset, &None)? {
        Resumption::AfterPadding(next) | Resumption::AfterDamage(next) => next,
    })
}

/// Whether the record that begins at `offset` is of a type that comes before its group's `metadata` record.
pub(in crate::store) fn precedes_metadata(path: &Path, offset: u64) -> std::io::Result<bool> {
    let start = read_member_start(&mut File::open(path)?, offset, 256, &None)?;
    let types = ["warcinfo", "response", "revisit", "request", "resource"];
    Ok(types.iter().any(|name| {
        let line = format!("\r\nWARC-Type: {name}\r\n");
        memchr::memmem::find(&start, line.as_bytes()).is_some()
    }))
}
