//! Bodies as other tools keep them: chunked or not, coded or not, whatever their fields say.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use crate::fetch::{HeaderField, Truncation};
use crate::store::warc::http_block::content_length;

/// A longer body is skipped.
pub(super) const MAX_BODY: u64 = 256 << 20;

/// The payload of a record in its forms.
#[derive(Debug)]
pub(super) struct Body<'a> {
    /// Without chunks.
    pub sent: Cow<'a, [u8]>,
    /// Without content codings too; none where that is the same.
    pub plain: Option<Vec<u8>>,
    /// Why it ends early, if it does.
    pub truncated: Option<Truncation>,
}

impl Body<'_> {
    /// The body as it is kept.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.plain.unwrap_or_else(|| self.sent.into_owned())
    }
}

/// Reads the payload of a `response`. Many writers keep the fields and undo what they speak of, so
/// what does not look like the coding that is stated is taken as it is.
pub(super) fn read<'a>(status: u16, raw: &'a [u8], headers: &[HeaderField]) -> Result<Body<'a>, String> {
    let chunked = values(headers, "transfer-encoding").any(|coding| coding == "chunked");
    let (sent, mut truncated) = match without_chunks(raw) {
        Chunks::Whole(body) if chunked => (Cow::Owned(body), None),
        Chunks::Cut(body) if chunked => (Cow::Owned(body), Some(Truncation::Disconnect)),
        _ => (Cow::Borrowed(raw), None),
    };
    let mut plain: Option<Vec<u8>> = None;
    let (mut undone, mut stated) = (false, false);
    for coding in values(headers, "content-encoding").rev().filter(|coding| coding != "identity") {
        stated = true;
        let body = plain.as_deref().unwrap_or(&sent);
        match uncoded(&coding, body)? {
            Uncoded::Not => {}
            Uncoded::Whole(out) => (plain, undone) = (Some(out), true),
            Uncoded::Cut(out) => {
                (plain, undone) = (Some(out), true);
                truncated = truncated.or(Some(Truncation::Decode));
            }
        }
    }
    // The length is that of the body as it was sent (RFC 9110, section 8.6), which is gone where the
    // writer undid the coding. It says nothing of a chunked body.
    let as_sent = !chunked && (undone || !stated);
    let short = content_length(headers).is_some_and(|length| length > raw.len() as u64);
    if status == 206 && !is_all(headers) || as_sent && short && !matches!(status, 204 | 304) {
        truncated = Some(Truncation::Disconnect);
    }
    Ok(Body { sent, plain, truncated })
}

/// Whether `Content-Range` of a partial answer speaks of all there is (RFC 9110, section 14.4).
fn is_all(headers: &[HeaderField]) -> bool {
    let all = |range: String| {
        let (range, total) = range.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let last: u64 = last.trim().parse().ok()?;
        Some(first.trim() == "0" && last.checked_add(1) == total.trim().parse().ok())
    };
    values(headers, "content-range").next().and_then(all).unwrap_or(false)
}

/// The members of a field that is a list, in lower case.
fn values<'a>(headers: &'a [HeaderField], name: &'a str) -> impl DoubleEndedIterator<Item = String> {
    let own: Vec<String> = headers
        .iter()
        .filter(|field| field.name == name)
        .flat_map(|field| field.value.split(','))
        .map(|value| value.trim().to_ascii_lowercase())
        .filter(|value| !value.is_empty())
        .collect();
    own.into_iter()
}

/// Makes the fields speak of the body as it is kept: decoded, without chunks. The length of a body
/// that was cut short stays what it was: it says how much is missing.
pub(super) fn set_lengths(headers: &mut Vec<HeaderField>, len: Option<usize>) {
    headers.retain(|field| !matches!(field.name.as_str(), "transfer-encoding" | "content-encoding"));
    if let Some(len) = len {
        for field in headers.iter_mut().filter(|field| field.name == "content-length") {
            field.value = len.to_string();
        }
    }
}

/// What became of a chunked body.
enum Chunks {
    /// It is not chunked.
    Not,
    Whole(Vec<u8>),
    /// It ends before its last chunk, or is no longer chunked from some place on.
    Cut(Vec<u8>),
}

/// The content of a chunked body (RFC 9112, section 7.1).
fn without_chunks(body: &[u8]) -> Chunks {
    let mut out = Vec::new();
    let mut rest = body;
    let mut first = true;
    loop {
        let Some((size, after)) = chunk_size(rest) else {
            return if first { Chunks::Not } else { Chunks::Cut(out) };
        };
        if size == 0 {
            return Chunks::Whole(out);
        }
        let Some((data, behind)) = after.split_at_checked(size) else {
            out.extend_from_slice(after);
            return Chunks::Cut(out);
        };
        match behind.strip_prefix(b"\r\n").or_else(|| behind.strip_prefix(b"\n")) {
            Some(next) => rest = next,
            None if first && !matches!(behind, b"" | b"\r") => return Chunks::Not,
            None => {
                out.extend_from_slice(data);
                return Chunks::Cut(out);
            }
        }
        out.extend_from_slice(data);
        first = false;
    }
}

/// The size that a chunk's first line states, and what stands behind that line.
fn chunk_size(rest: &[u8]) -> Option<(usize, &[u8])> {
    let end = memchr::memchr(b'\n', rest)?;
    let line = std::str::from_utf8(rest.get(..end)?).ok()?;
    let digits = line.split(';').next()?.trim();
    // A sign is no digit, though numbers are read with one.
    let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let size = usize::from_str_radix(digits, 16).ok().filter(|_| hexadecimal)?;
    Some((size, rest.get(end + 1..)?))
}

/// What became of a body that is said to be coded.
enum Uncoded {
    /// It is not coded, or no longer.
    Not,
    Whole(Vec<u8>),
    /// The coding ends before its end.
    Cut(Vec<u8>),
}

fn uncoded(coding: &str, body: &[u8]) -> Result<Uncoded, String> {
    let part = match coding {
        "gzip" | "x-gzip" if body.starts_with(&[0x1f, 0x8b]) => gunzipped(body),
        "zstd" if body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) => {
            let mut out = Capped::default();
            let end = zstd::stream::copy_decode(body, &mut out).err();
            Part { out, end, rest: &[] }
        }
        "gzip" | "x-gzip" | "zstd" => return Ok(Uncoded::Not),
        "deflate" if has_zlib_header(body) => {
            let mut decoder = flate2::bufread::ZlibDecoder::new(body);
            let (out, end) = drained(&mut decoder);
            Part { out, end, rest: decoder.into_inner() }
        }
        "deflate" => {
            let mut decoder = flate2::bufread::DeflateDecoder::new(body);
            let (out, end) = drained(&mut decoder);
            Part { out, end, rest: decoder.into_inner() }
        }
        "br" => unbrotlied(body),
        other => return Err(format!("the content coding {other}")),
    };
    if part.out.full {
        return Err("a body above 256 MiB".to_owned());
    }
    // `br` and `deflate` begin like anything. Text that is text already does not fill them.
    let filled = part.end.is_none() && part.rest.is_empty();
    let vague = matches!(coding, "br" | "deflate");
    if vague && !filled && std::str::from_utf8(body).is_ok() {
        return Ok(Uncoded::Not);
    }
    match part.end {
        None => Ok(Uncoded::Whole(part.out.bytes)),
        Some(end) if !part.out.bytes.is_empty() && (!vague || is_early_end(&end)) => {
            Ok(Uncoded::Cut(part.out.bytes))
        }
        Some(_) => Err(format!("a body that is not what its coding {coding} says")),
    }
}

/// What a decoder gave.
struct Part<'a> {
    out: Capped,
    /// Why it stopped before the coding's end.
    end: Option<io::Error>,
    /// What stands behind the coding's end.
    rest: &'a [u8],
}

/// Bytes up to the longest body.
#[derive(Default)]
struct Capped {
    bytes: Vec<u8>,
    full: bool,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + bytes.len()) as u64 > MAX_BODY {
            self.full = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All that comes out, and why no more does.
fn drained(input: &mut impl Read) -> (Capped, Option<io::Error>) {
    let mut out = Capped::default();
    let end = io::copy(input, &mut out).err();
    (out, end)
}

/// One gzip member after the other (RFC 1952, section 2.2); what is none behind them is ignored.
fn gunzipped(body: &[u8]) -> Part<'_> {
    let (mut out, mut rest) = (Capped::default(), body);
    loop {
        let mut decoder = flate2::bufread::GzDecoder::new(rest);
        if let Err(end) = io::copy(&mut decoder, &mut out) {
            return Part { out, end: Some(end), rest: &[] };
        }
        rest = decoder.into_inner();
        if !rest.starts_with(&[0x1f, 0x8b]) {
            return Part { out, end: None, rest };
        }
    }
}

fn unbrotlied(body: &[u8]) -> Part<'_> {
    let mut decoder = brotli_decompressor::DecompressorWriter::new(Capped::default(), 16 * 1024);
    let mut rest = body;
    let mut end = None;
    while !rest.is_empty() && end.is_none() {
        match decoder.write(rest) {
            Ok(0) => break,
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(error) => end = Some(error),
        }
    }
    if end.is_none() && decoder.close().is_err() {
        end = Some(io::ErrorKind::UnexpectedEof.into());
    }
    Part { out: std::mem::take(decoder.get_mut()), end, rest }
}

/// The first two bytes of the zlib form (RFC 1950, section 2.2).
fn has_zlib_header(body: &[u8]) -> bool {
    let Some(first) = body.first_chunk::<2>() else { return false };
    first[0] & 0xf == 8 && u16::from_be_bytes(*first) % 31 == 0
}

fn is_early_end(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::UnexpectedEof
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Brotli's stored form (RFC 7932): a header, the bytes as they are, the end.
    fn brotli(text: &[u8]) -> Vec<u8> {
        let length = u8::try_from(text.len() - 1).unwrap();
        [&[0x0b | (length & 1) << 7, length >> 1, 128], text, &[3]].concat()
    }

    fn field(name: &str, value: &str) -> HeaderField {
        HeaderField { name: name.to_owned(), value: value.to_owned() }
    }

    fn body(status: u16, fields: &[(&str, &str)], raw: &[u8]) -> (String, Option<Truncation>) {
        let fields: Vec<_> = fields.iter().map(|(name, value)| field(name, value)).collect();
        let body = read(status, raw, &fields).unwrap();
        let truncated = body.truncated;
        (String::from_utf8(body.into_bytes()).unwrap(), truncated)
    }

    #[test]
    fn chunks_are_undone_as_far_as_they_go() {
        let chunked = [("transfer-encoding", "chunked")];
        for (raw, text, cut) in [
            (&b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"[..], "abcde", false),
            (b"3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n", "abc", false),
            (b"3\r\nabc\r\n5\r\nde", "abcde", true),
            (b"3\r\nabc\r\n", "abc", true),
            (b"3\r\nabc\r\n5", "abc", true),
            (b"3\r\nabc", "abc", true),
            (b"ff\r\nabc", "abc", true),
            (b"<p>no chunks</p>\n", "<p>no chunks</p>\n", false),
            (b"12\r\nis a number, and this is text\r\n", "12\r\nis a number, and this is text\r\n", false),
            (b"+3\r\nabc\r\n0\r\n\r\n", "+3\r\nabc\r\n0\r\n\r\n", false),
            (b"", "", false),
        ] {
            let expected = (text.to_owned(), cut.then_some(Truncation::Disconnect));
            assert_eq!(body(200, &chunked, raw), expected, "{}", String::from_utf8_lossy(raw));
        }
    }

    #[test]
    fn a_body_that_is_shorter_than_it_was_sent_is_cut() {
        let cut = Some(Truncation::Disconnect);
        assert_eq!(body(200, &[("content-length", "9")], b"short"), ("short".to_owned(), cut));
        assert_eq!(body(200, &[("content-length", "5")], b"whole").1, None);
        assert_eq!(body(200, &[("content-length", "3")], b"longer").1, None);
        // A writer that undid the coding may have kept the length of what was sent.
        assert_eq!(body(200, &[("content-length", "90"), ("content-encoding", "gzip")], b"<p>").1, None);
        assert_eq!(body(206, &[("content-range", "bytes 0-4/9")], b"short").1, cut);
        assert_eq!(body(206, &[("content-range", "bytes 0-4/*")], b"short").1, cut);
        assert_eq!(body(206, &[], b"short").1, cut);
        assert_eq!(body(206, &[("content-range", "bytes 0-4/5")], b"whole").1, None);
    }

    #[test]
    fn text_that_is_no_longer_coded_stays_as_it_is() {
        let long = "page after page ".repeat(300);
        for coding in ["br", "deflate", "gzip", "zstd"] {
            for text in ["; a semicolon", "\u{6} a control character", "<p>压缩</p>", &long] {
                let found = body(200, &[("content-encoding", coding)], text.as_bytes());
                assert_eq!(found, (text.to_owned(), None), "{coding}");
            }
        }
        let packed = brotli("压缩的正文".as_bytes());
        assert_eq!(body(200, &[("content-encoding", "br")], &packed).0, "压缩的正文");
    }

    #[test]
    fn a_coding_that_is_cut_gives_what_came() {
        let text = "page after page ".repeat(3000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        gzip.write_all(text.as_bytes()).unwrap();
        let packed = gzip.finish().unwrap();
        let half = packed.len() / 2;
        let (came, truncated) = body(200, &[("content-encoding", "gzip")], &packed[..half]);
        assert!(came.len() > 1000 && text.starts_with(&came) && truncated == Some(Truncation::Decode));
        let length = packed.len().to_string();
        let fields = [("content-encoding", "gzip"), ("content-length", length.as_str())];
        assert_eq!(body(200, &fields, &packed[..half]).1, Some(Truncation::Disconnect));
        let padded = [&packed[..], &[0; 9]].concat();
        assert_eq!(body(200, &[("content-encoding", "gzip")], &padded), (text, None));
        let fields = [field("content-encoding", "gzip")];
        assert!(read(200, b"\x1f\x8b\xff\xff", &fields).is_err());
    }
}
