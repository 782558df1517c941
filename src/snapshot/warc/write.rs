//! Records out.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{VERSION_LINE, digest, record_id};

/// A record to be written: its named fields and its block.
pub(in crate::snapshot) struct Record<'a> {
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

/// Writes a record as one gzip member and returns its id.
pub(in crate::snapshot) fn write_record<W: Write>(out: &mut W, record: Record<'_>) -> io::Result<String> {
    let id = record.id.unwrap_or_else(record_id);
    let length: usize = record.block.iter().map(|part| part.len()).sum();
    let mut member = GzEncoder::new(out, Compression::default());
    write!(member, "{VERSION_LINE}\r\nWARC-Type: {}\r\n", record.kind)?;
    write!(member, "WARC-Record-ID: {id}\r\nWARC-Date: {}\r\n", record.date)?;
    for (name, value) in &record.fields {
        write!(member, "{name}: {}\r\n", one_line(value))?;
    }
    write!(member, "WARC-Block-Digest: {}\r\n", digest(record.block))?;
    write!(member, "Content-Type: {}\r\nContent-Length: {length}\r\n\r\n", record.content_type)?;
    for part in record.block {
        member.write_all(part)?;
    }
    member.write_all(b"\r\n\r\n")?;
    member.finish()?;
    Ok(id)
}

/// A field's value without line ends: no value may begin a field of its own.
pub(in crate::snapshot) fn one_line(value: &str) -> std::borrow::Cow<'_, str> {
    if value.contains(['\r', '\n']) { value.replace(['\r', '\n'], " ").into() } else { value.into() }
}
