//! Records out.

use std::cell::RefCell;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use libdeflater::{CompressionLvl, Compressor};

use super::{VERSION_LINE, digest, record_id};
use crate::store::content::compression_level::Effort;

/// A record to be written: its named fields and its block.
pub(in crate::store) struct Record<'a> {
    /// `WARC-Type`.
    pub kind: &'static str,
    /// `WARC-Record-ID`; a new one where none is given.
    pub id: Option<String>,
    /// `WARC-Date`. Fractions of a second are kept (WARC 1.1, section 5.4).
    pub date: jiff::Timestamp,
    /// `Content-Type` of the block.
    pub content_type: &'static str,
    /// All other fields.
    pub fields: Vec<(&'static str, String)>,
    /// The block, in parts.
    pub block: &'a [&'a [u8]],
}

/// Records up to this length are packed at once, longer ones bit by bit: they must not lie in memory
/// twice.
const AT_ONCE: usize = 1 << 20;

/// The packing of shorter ones takes nothing from its effort but time.
const SMALL: usize = 1024;

struct Packers {
    packers: [Option<Compressor>; 2],
    room: Vec<u8>,
}

thread_local! {
    /// Kept for each effort, with the room for what they make: both cost more than packing a small record.
    static PACKERS: RefCell<Packers> = const { RefCell::new(Packers { packers: [None, None], room: Vec::new() }) };
}

/// Writes a record as one gzip member and returns its id.
pub(in crate::store) fn write_record<W: Write>(out: &mut W, record: Record<'_>) -> io::Result<String> {
    write_record_with(out, record, Effort::Thorough)
}

/// [`write_record`] with this effort.
pub(in crate::store) fn write_record_with<W: Write>(
    out: &mut W,
    record: Record<'_>,
    effort: Effort,
) -> io::Result<String> {
    let id = record.id.unwrap_or_else(record_id);
    let length: usize = record.block.iter().map(|part| part.len()).sum();
    let mut head = Vec::with_capacity(1024 + if length <= AT_ONCE { length } else { 0 });
    write!(head, "{VERSION_LINE}\r\nWARC-Type: {}\r\n", record.kind)?;
    write!(head, "WARC-Record-ID: {id}\r\nWARC-Date: {}\r\n", record.date)?;
    for (name, value) in &record.fields {
        write!(head, "{name}: {}\r\n", one_line(value))?;
    }
    write!(head, "WARC-Block-Digest: {}\r\n", digest(record.block))?;
    write!(head, "Content-Type: {}\r\nContent-Length: {length}\r\n\r\n", record.content_type)?;
    if length <= AT_ONCE {
        for part in record.block {
            head.extend_from_slice(part);
        }
        head.extend_from_slice(b"\r\n\r\n");
        write_packed(out, &head, if head.len() < SMALL { Effort::Quick } else { effort })?;
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

/// Writes these bytes as a gzip member.
fn write_packed<W: Write>(out: &mut W, plain: &[u8], effort: Effort) -> io::Result<()> {
    PACKERS.with_borrow_mut(|Packers { packers, room }| {
        let level = CompressionLvl::new(effort.gzip()).unwrap_or_default();
        let packer = packers[effort.index()].get_or_insert_with(|| Compressor::new(level));
        let bound = packer.gzip_compress_bound(plain.len());
        if room.len() < bound {
            room.resize(bound, 0);
        }
        // The bound is such that there is always room.
        let length = packer.gzip_compress(plain, room).map_err(io::Error::other)?;
        out.write_all(room.get(..length).unwrap_or_default())
    })
}

/// A field's value without line ends: no value may begin a field of its own.
pub(in crate::store) fn one_line(value: &str) -> std::borrow::Cow<'_, str> {
    if value.contains(['\r', '\n']) { value.replace(['\r', '\n'], " ").into() } else { value.into() }
}
