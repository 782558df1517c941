//! Tells by its first bytes what a file holds. Names are not looked at, since they are often wrong.

use std::io::{self, Read, Seek, SeekFrom};

use crate::store::warc::member::is_compressed;
use crate::store::warc::scan::read_member_start;

/// How many bytes are looked at: a tar header has its signature at byte 257.
const LOOKED_AT: u64 = 512;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum InputFormat {
    /// Records of WARC or ARC, compressed or not.
    Records,
    /// A zip file, which may be a WACZ.
    Zip,
    /// What cannot be imported: what it is, and what to do.
    Unsupported(&'static str),
    /// None of these: a damaged file, or no capture file at all.
    Unknown,
}

/// Tells what `file` holds, and leaves it at its beginning.
pub(in crate::store) fn detect_format<F: Read + Seek>(file: &mut F) -> io::Result<InputFormat> {
    let mut start = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.by_ref().take(LOOKED_AT).read_to_end(&mut start)?;
    let is_packed = is_compressed(&start);
    if is_packed && !matches!(start[..], [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]) {
        start = read_member_start(file, 0, LOOKED_AT, &None)?;
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(match format_of(&start) {
        InputFormat::Zip if is_packed => InputFormat::Unsupported(
            "a zip file in a gzip or zstd file; unpack it with gunzip or unzstd first",
        ),
        // A damaged first member, or a zstd frame whose dictionary comes before it, tells nothing.
        InputFormat::Unknown if is_packed => InputFormat::Records,
        format => format,
    })
}

fn format_of(start: &[u8]) -> InputFormat {
    let begins = |with: &[u8]| start.starts_with(with);
    let begins_text = |with: &str| {
        start
            .trim_ascii_start()
            .get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
    };
    if begins_text("WARC/") || begins_text("filedesc:") {
        return InputFormat::Records;
    }
    if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") || begins(b"PK\x07\x08") {
        return InputFormat::Zip;
    }
    let named = if begins(&[0x04, 0x22, 0x4d, 0x18]) || begins(&[0x02, 0x21, 0x4c, 0x18]) {
        "an lz4 file, which is not supported; unpack it with `lz4 -d FILE`, or pipe it: lz4 -dc FILE | driftline import -"
    } else if begins(b"BZh") {
        "a bzip2 file, which is not supported; unpack it with `bunzip2 -k FILE`, or pipe it: bzcat FILE | driftline import -"
    } else if begins(&[0xfd, b'7', b'z', b'X', b'Z', 0]) {
        "an xz file, which is not supported; unpack it with `unxz -k FILE`, or pipe it: xzcat FILE | driftline import -"
    } else if begins(&[b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c]) || begins(b"Rar!\x1a\x07") {
        "a 7z or RAR archive, which is not supported; unpack it and import the WARC files in it"
    } else if start.get(257..262) == Some(b"ustar") {
        "a tar archive, which is not supported; unpack it with `tar -xf FILE` and import the WARC files in it"
    } else if begins(b" CDX ") || is_cdxj_line(start) {
        "an index (CDX) that holds no captures; import the WARC files that it names"
    } else if begins_text("{") && memchr::memmem::find(start, b"multi-wacz-package").is_some() {
        "a list of WACZ files (multi-WACZ); import the files that it names"
    } else if begins_text("{") && memchr::memmem::find(start, b"\"log\"").is_some() {
        "a HAR file, which is not supported; convert it to WARC, for example with har2warc"
    } else if begins_text("From: <Saved by") || begins_text("MIME-Version:") {
        "an MHTML file, which is not supported; import a WARC or WACZ file"
    } else {
        return InputFormat::Unknown;
    };
    InputFormat::Unsupported(named)
}

/// Whether a file begins with a line of a CDXJ index: a reversed host, 14 digits, and JSON.
fn is_cdxj_line(start: &[u8]) -> bool {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut words = line.splitn(3, |byte| *byte == b' ');
    let (key, date, json) = (words.next(), words.next(), words.next());
    key.is_some_and(|key| key.contains(&b')'))
        && date.is_some_and(|date| date.len() == 14 && date.iter().all(u8::is_ascii_digit))
        && json.is_some_and(|json| json.starts_with(b"{"))
}
