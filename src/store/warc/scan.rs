//! Reads all records of a file, going on after places that are damaged.
//!
//! The journal, the import and the export's search all read files this way; they differ in the longest
//! block that they accept and in where they resume after damage.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use super::member::{Dictionary, GZIP_MAGIC, Member, ZSTD_MAGIC, is_compressed};
use super::push_back::PushBackReader;
use super::read::WarcReader;
use super::record::WarcRecord;
use super::record_start::{find_record_start, skip_to_record_start};
use super::record_syntax::ReadRules;
use crate::store::StoreError;

/// How much is read at a time, in bytes; behind damage less, since the next damage may be near.
const READ_AHEAD: usize = 1 << 18;
const READ_AHEAD_BEHIND_DAMAGE: usize = 1 << 14;
/// How much of a gzip member and of a zstd frame is decompressed to see whether a record begins in it, in
/// bytes. A zstd block of 128 KB gives nothing before its end (RFC 8878, section 3.1.1.2.4).
const GZIP_START: usize = 4 << 10;
const ZSTD_START: usize = 160 << 10;
/// How much of that is looked at when it is decompressed.
const RECORD_START: u64 = 2048;

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
        let read_ahead = if position == from { READ_AHEAD } else { READ_AHEAD_BEHIND_DAMAGE };
        let input = BufReader::with_capacity(read_ahead, &mut *file);
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

/// The offset of the first gzip member or zstd frame at or after `from` that begins with a record. What is
/// looked at for each signature is bounded, and comes from memory where it can, since damage may look like
/// one at every few bytes.
fn find_next_member<F: Read + Seek>(
    file: &mut F,
    from: u64,
    dictionary: &Dictionary,
) -> io::Result<Option<u64>> {
    const FIRST_WINDOW: usize = 16 << 10;
    const MAX_WINDOW: usize = 1 << 20;
    let (mut base, mut length) = (from, FIRST_WINDOW);
    loop {
        let window = read_part(file, base, length)?;
        let is_last = window.len() < length;
        // The start of a gzip member may be split between two windows.
        let searched = if is_last { window.len() } else { length - GZIP_START };
        for at in
            memchr::memchr2_iter(GZIP_MAGIC[0], ZSTD_MAGIC[0], window.get(..searched).unwrap_or_default())
        {
            let rest = window.get(at..).unwrap_or_default();
            let wanted = match rest {
                _ if rest.starts_with(&[GZIP_MAGIC[0], GZIP_MAGIC[1], 8]) => GZIP_START,
                _ if rest.starts_with(&ZSTD_MAGIC) => ZSTD_START,
                _ => continue,
            };
            let offset = base + at as u64;
            let start = match rest.get(..wanted) {
                Some(part) => decompress_start(part, offset, RECORD_START, dictionary)?,
                None if is_last => decompress_start(rest, offset, RECORD_START, dictionary)?,
                None => {
                    let part = read_part(file, offset, wanted)?;
                    decompress_start(part.as_slice(), offset, RECORD_START, dictionary)?
                }
            };
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
        length = (length * 4).min(MAX_WINDOW);
    }
}

/// Reads `length` bytes from an offset, or fewer at the end of the file.
fn read_part<F: Read + Seek>(file: &mut F, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut part = Vec::with_capacity(length);
    file.by_ref().take(length as u64).read_to_end(&mut part)?;
    Ok(part)
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
    decompress_start(BufReader::new(file), offset, max_len, dictionary)
}

/// The same for a member or frame at which `input` is positioned.
fn decompress_start(
    input: impl BufRead,
    offset: u64,
    max_len: u64,
    dictionary: &Dictionary,
) -> io::Result<Vec<u8>> {
    let mut input = PushBackReader::new(input, offset);
    let mut start = Vec::new();
    if is_compressed(&input.peek(4)?) {
        // An error leaves what was decompressed before it in `start`.
        let _ =
            Member::begin(input, dictionary).and_then(|member| member.take(max_len).read_to_end(&mut start));
    }
    Ok(start)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::{Cursor, Write as _};

    use super::*;

    /// Counts the bytes that are read from a file.
    struct CountingFile {
        file: Cursor<Vec<u8>>,
        read: u64,
    }

    impl Read for CountingFile {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.file.read(buffer)?;
            self.read += count as u64;
            Ok(count)
        }
    }

    impl Seek for CountingFile {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.file.seek(to)
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_only_looks_like_members_is_read_once() {
        let record = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n\r\n\r\n";
        let signatures = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".repeat(300_000);
        for member in [gzip(record), zstd::bulk::compress(record, 3).unwrap()] {
            let whole = [&signatures[..], &member].concat();
            let mut file = CountingFile { file: Cursor::new(whole), read: 0 };
            let found = resume_at_next_member(&mut file, 0, &None).unwrap();
            let Resumption::AfterDamage(offset) = found else { unreachable!() };
            assert_eq!(offset, Some(signatures.len() as u64));
            assert!(file.read < 2 * signatures.len() as u64, "{} bytes were read", file.read);
        }
    }

    #[test]
    fn a_zstd_frame_is_found_wherever_it_begins_in_a_window() {
        let mut random = fastrand::Rng::with_seed(3);
        let noise: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(120_000).collect();
        let record = [&b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 0\r\n\r\n"[..], &noise].concat();
        // A single block that gives nothing before its end.
        let frame = zstd::bulk::compress(&record, 3).unwrap();
        for before in [1, 4_095, 12_287, 12_288, 12_289, 16_383, 70_000, 2_000_000] {
            let mut file = Cursor::new([vec![b'x'; before], frame.clone(), vec![b'x'; 3]].concat());
            let found = resume_at_next_member(&mut file, 0, &None).unwrap();
            assert!(matches!(found, Resumption::AfterDamage(Some(at)) if at == before as u64), "{before}");
        }
    }
}
