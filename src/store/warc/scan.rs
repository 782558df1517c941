//! Reads all records of a file, going on after places that are damaged.
//!
//! The journal, the import and the export's search all read files this way; they differ in the longest
//! block that they accept and in where they resume after damage.

use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use super::member::{Dictionary, GZIP_MAGIC, Member, ZSTD_MAGIC, is_compressed};
use super::push_back::PushBackReader;
use super::read::WarcReader;
use super::record::WarcRecord;
use super::record_start::{find_record_start, skip_to_record_start};
use super::record_syntax::ReadRules;
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

/// Reads a file from the offset `from` to its end, hands every item to `take`, and returns the offset at
/// which reading ended. `resume` is called with the offset of each unreadable place. `path` is for errors.
///
/// # Errors
/// `take` failed, or the file could not be read; damage is an item and not an error.
pub(in crate::store) fn scan_records<F: Read + Seek>(
    file: &mut F,
    path: &Path,
    from: u64,
    rules: ReadRules,
    mut resume: impl FnMut(&mut F, u64, &Dictionary) -> io::Result<Resumption>,
    mut take: impl FnMut(ScannedItem) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let failed = |source| StoreError::Io { path: path.to_owned(), source };
    let mut dictionary: Dictionary = None;
    let mut position = from;
    loop {
        file.seek(SeekFrom::Start(position)).map_err(failed)?;
        let input = BufReader::with_capacity(1 << 18, &mut *file);
        let mut reader =
            WarcReader::with_rules(input, position, rules, dictionary.clone()).map_err(failed)?;
        let damage = loop {
            match reader.next_record() {
                Ok(Some(record)) => take(ScannedItem::Record(record, reader.offset()))?,
                Ok(None) => return Ok(reader.offset()),
                Err(error) if is_damage(&error) => break error,
                Err(error) => return Err(failed(error)),
            }
        };
        let start = reader.offset();
        dictionary.clone_from(reader.dictionary());
        drop(reader);
        let next = match resume(file, start, &dictionary).map_err(failed)? {
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

/// Resumes at the next gzip member or zstd frame after `offset` that holds a record.
pub(in crate::store) fn resume_at_next_member<F: Read + Seek>(
    file: &mut F,
    offset: u64,
    dictionary: &Dictionary,
) -> io::Result<Resumption> {
    find_next_member(file, offset.saturating_add(1), dictionary).map(Resumption::AfterDamage)
}

/// Resumes where the next record begins in a file that is not compressed, after `offset`.
pub(in crate::store) fn resume_at_next_record<F: Read + Seek>(
    file: &mut F,
    offset: u64,
) -> io::Result<Resumption> {
    let from = offset.saturating_add(1);
    file.seek(SeekFrom::Start(from))?;
    let mut input = PushBackReader::new(BufReader::with_capacity(1 << 18, file), from);
    let (is_found, _) = skip_to_record_start(&mut input)?;
    Ok(Resumption::AfterDamage(is_found.then(|| input.offset())))
}

/// Whether the error means that the file's contents are wrong, rather than that reading failed.
pub(in crate::store) fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput)
}

/// The offset of the first gzip member or zstd frame at or after `from` that begins with a record.
fn find_next_member<F: Read + Seek>(
    file: &mut F,
    from: u64,
    dictionary: &Dictionary,
) -> io::Result<Option<u64>> {
    const WINDOW: usize = 1 << 20;
    const MAGIC: usize = 4;
    let mut base = from;
    loop {
        let mut window = Vec::with_capacity(WINDOW);
        file.seek(SeekFrom::Start(base))?;
        file.by_ref().take(WINDOW as u64).read_to_end(&mut window)?;
        let is_last = window.len() < WINDOW;
        // The bytes of a signature may be split between two windows.
        let searched = if is_last { window.len() } else { WINDOW - MAGIC };
        for at in
            memchr::memchr2_iter(GZIP_MAGIC[0], ZSTD_MAGIC[0], window.get(..searched).unwrap_or_default())
        {
            let rest = window.get(at..).unwrap_or_default();
            if !rest.starts_with(&[GZIP_MAGIC[0], GZIP_MAGIC[1], 8]) && !rest.starts_with(&ZSTD_MAGIC) {
                continue;
            }
            let offset = base + at as u64;
            let start = read_member_start(file, offset, 2048, dictionary)?;
            if start.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"WARC/"))
                || find_record_start(&start) == Some(0)
            {
                return Ok(Some(offset));
            }
        }
        if is_last {
            return Ok(None);
        }
        base += searched as u64;
    }
}

/// The first bytes of the gzip member or zstd frame at `offset`, decompressed: at most `max_len`, fewer
/// where damage comes first.
pub(in crate::store) fn read_member_start<F: Read + Seek>(
    file: &mut F,
    offset: u64,
    max_len: u64,
    dictionary: &Dictionary,
) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut input = PushBackReader::new(BufReader::new(file), offset);
    let mut start = Vec::new();
    if is_compressed(&input.peek(4)?) {
        // An error leaves what was decompressed before it in `start`.
        let _ =
            Member::begin(input, dictionary).and_then(|member| member.take(max_len).read_to_end(&mut start));
    }
    Ok(start)
}
