//! Writes WARC records, each as one gzip member.

use std::cell::RefCell;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use libdeflater::{CompressionLvl, Compressor};

use super::digest::sha256_digest;
use crate::store::content::compression_level::CompressionEffort;

/// The first line of every record that is written.
const VERSION_LINE: &str = "WARC/1.1";

/// A record to write. Its id, length and block digest are added when it is written.
pub(in crate::store) struct NewRecord<'a> {
    /// `WARC-Type`.
    pub record_type: &'static str,
    /// `WARC-Date`. Fractions of a second are kept (WARC 1.1, section 5.4).
    pub date: jiff::Timestamp,
    /// The `Content-Type` of the block.
    pub content_type: &'static str,
    /// All other fields.
    pub fields: Vec<(&'static str, String)>,
    /// The block, as parts that are written one after the other.
    pub block: &'a [&'a [u8]],
}

/// Blocks up to this many bytes are compressed in one call, longer ones as a stream, so that no long body
/// is in memory twice.
const MAX_ONE_CALL: usize = 1 << 20;

/// Records below this many bytes get no smaller from a higher compression level.
const SMALL_RECORD: usize = 1024;

struct Compressors {
    /// One for each [`CompressionEffort`].
    by_effort: [Option<Compressor>; 2],
    output: Vec<u8>,
}

thread_local! {
    /// Reused, because creating a compressor and its output buffer costs more than compressing a small
    /// record.
    static COMPRESSORS: RefCell<Compressors> = const { RefCell::new(Compressors { by_effort: [None, None], output: Vec::new() }) };
}

/// Writes a record as one gzip member, with the highest compression, and returns its new id.
pub(in crate::store) fn write_record<W: Write>(out: &mut W, record: &NewRecord<'_>) -> io::Result<String> {
    write_record_with(out, record, CompressionEffort::Thorough)
}

/// Writes a record as one gzip member with the given compression effort, and returns its new id.
pub(in crate::store) fn write_record_with<W: Write>(
    out: &mut W,
    record: &NewRecord<'_>,
    effort: CompressionEffort,
) -> io::Result<String> {
    let id = new_record_id();
    let length: usize = record.block.iter().map(|part| part.len()).sum();
    let mut head = Vec::with_capacity(1024 + if length <= MAX_ONE_CALL { length } else { 0 });
    write!(head, "{VERSION_LINE}\r\nWARC-Type: {}\r\n", record.record_type)?;
    write!(head, "WARC-Record-ID: {id}\r\nWARC-Date: {}\r\n", record.date)?;
    for (name, value) in &record.fields {
        write!(head, "{name}: {}\r\n", one_line(value))?;
    }
    write!(head, "WARC-Block-Digest: {}\r\n", sha256_digest(record.block))?;
    write!(head, "Content-Type: {}\r\nContent-Length: {length}\r\n\r\n", record.content_type)?;
    if length <= MAX_ONE_CALL {
        for part in record.block {
            head.extend_from_slice(part);
        }
        head.extend_from_slice(b"\r\n\r\n");
        write_gzip_member(
            out,
            &head,
            if head.len() < SMALL_RECORD { CompressionEffort::Quick } else { effort },
        )?;
        return Ok(id);
    }
    let mut member = GzEncoder::new(out, Compression::default());
    member.write_all(&head)?;
    for part in record.block {
        member.write_all(part)?;
    }
    member.write_all(b"\r\n\r\n")?;
    member.finish()?;
    Ok(id)
}

fn write_gzip_member<W: Write>(out: &mut W, plain: &[u8], effort: CompressionEffort) -> io::Result<()> {
    COMPRESSORS.with_borrow_mut(|Compressors { by_effort, output }| {
        let level = CompressionLvl::new(effort.gzip_level()).unwrap_or_default();
        let compressor = by_effort[effort.cache_index()].get_or_insert_with(|| Compressor::new(level));
        let bound = compressor.gzip_compress_bound(plain.len());
        if output.len() < bound {
            output.resize(bound, 0);
        }
        // The bound guarantees that the output fits.
        let length = compressor.gzip_compress(plain, output).map_err(io::Error::other)?;
        out.write_all(output.get(..length).unwrap_or_default())
    })
}

/// A new record id: a random UUID of version 4 (RFC 9562, section 5.4) as a URN.
fn new_record_id() -> String {
    let random = fastrand::u128(..);
    let uuid = random & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{uuid:032x}");
    let part = |range| hex.get(range).unwrap_or_default();
    format!("<urn:uuid:{}-{}-{}-{}-{}>", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32))
}

/// Replaces line breaks in a field's value with spaces, so that no value can begin a new field.
pub(in crate::store) fn one_line(value: &str) -> std::borrow::Cow<'_, str> {
    if value.contains(['\r', '\n']) { value.replace(['\r', '\n'], " ").into() } else { value.into() }
}
