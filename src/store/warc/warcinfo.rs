//! The `warcinfo` record that every written file begins with.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::write::{NewRecord, write_record};

/// Writes a `warcinfo` record that names the software and the format, and returns its id.
pub(in crate::store) fn write_warcinfo(
    out: &mut impl Write,
    file_name: Option<String>,
    date: jiff::Timestamp,
    description: Option<&str>,
) -> io::Result<String> {
    write_warcinfo_with(out, file_name, date, description, &[])
}

/// The same with further fields in its block.
pub(in crate::store) fn write_warcinfo_with(
    out: &mut impl Write,
    file_name: Option<String>,
    date: jiff::Timestamp,
    description: Option<&str>,
    more: &[(&'static str, String)],
) -> io::Result<String> {
    let mut text = format!(
        "software: driftline/{}\r\nformat: WARC File Format 1.1\r\nconformsTo: https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n",
        env!("CARGO_PKG_VERSION")
    );
    if let Some(description) = description {
        // Writing to a string cannot fail.
        let _ = write!(text, "description: {description}\r\n");
    }
    for (name, value) in more {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    let record = NewRecord {
        record_type: "warcinfo",
        date,
        content_type: "application/warc-fields",
        fields: file_name.map(|name| ("WARC-Filename", name)).into_iter().collect(),
        block: &[text.as_bytes()],
    };
    write_record(out, &record)
}

/// Whether the block of a `warcinfo` record names driftline as the software that wrote the file.
pub(in crate::store) fn names_driftline(block: &[u8]) -> bool {
    block.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"software: driftline/"))
}
