//! The payload of a `response` record as another tool wrote it: chunked or not, coded or not, whatever its
//! fields say.

use std::borrow::Cow;

use super::chunked_body::{Dechunked, decode_chunks};
use super::content_codings::{Decoded, decode_content_coding};
use crate::fetch::{HeaderField, Truncation};
use crate::store::warc::http_block::content_length;

/// The payload of a record in its forms.
#[derive(Debug)]
pub(super) struct Payload<'a> {
    /// Without chunks.
    pub dechunked: Cow<'a, [u8]>,
    /// Without content codings as well; `None` if that is the same.
    pub decoded: Option<Vec<u8>>,
    /// Why the body ends early, if it does.
    pub truncated: Option<Truncation>,
}

impl Payload<'_> {
    /// The body as the store keeps it: decoded and without chunks.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.decoded.unwrap_or_else(|| self.dechunked.into_owned())
    }
}

/// Decodes the payload of a `response`. Many writers keep the fields and undo what these describe, so
/// data that does not look like the stated coding is taken as it is.
///
/// # Errors
/// The text is a reason to skip the record.
pub(super) fn decode_payload<'a>(
    status: u16,
    raw: &'a [u8],
    headers: &[HeaderField],
) -> Result<Payload<'a>, String> {
    let is_chunked = list_members(headers, "transfer-encoding").any(|coding| coding == "chunked");
    let (dechunked, mut truncated) = match decode_chunks(raw) {
        Dechunked::Whole(body) if is_chunked => (Cow::Owned(body), None),
        Dechunked::Cut(body) if is_chunked => (Cow::Owned(body), Some(Truncation::Disconnect)),
        _ => (Cow::Borrowed(raw), None),
    };
    let mut decoded: Option<Vec<u8>> = None;
    let (mut is_decoded, mut states_coding) = (false, false);
    for coding in list_members(headers, "content-encoding").rev().filter(|coding| coding != "identity") {
        states_coding = true;
        let body = decoded.as_deref().unwrap_or(&dechunked);
        match decode_content_coding(&coding, body)? {
            Decoded::NotCoded => {}
            Decoded::Whole(out) => (decoded, is_decoded) = (Some(out), true),
            Decoded::Cut(out) => {
                (decoded, is_decoded) = (Some(out), true);
                truncated = truncated.or(Some(Truncation::Decode));
            }
        }
    }
    // `Content-Length` is that of the body as it was sent (RFC 9110, section 8.6). It cannot be compared
    // if the writer of the file undid the coding, and it does not apply to a chunked body.
    let is_as_sent = !is_chunked && (is_decoded || !states_coding);
    let is_short = content_length(headers).is_some_and(|length| length > raw.len() as u64);
    if status == 206 && !covers_whole_range(headers) || is_as_sent && is_short && !matches!(status, 204 | 304)
    {
        truncated = Some(Truncation::Disconnect);
    }
    Ok(Payload { dechunked, decoded, truncated })
}

/// Whether `Content-Range` of a partial answer covers the whole content (RFC 9110, section 14.4).
fn covers_whole_range(headers: &[HeaderField]) -> bool {
    let covers_all = |range: String| {
        let (range, total) = range.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let last: u64 = last.trim().parse().ok()?;
        Some(first.trim() == "0" && last.checked_add(1) == total.trim().parse().ok())
    };
    list_members(headers, "content-range").next().and_then(covers_all).unwrap_or(false)
}

/// The members of a field that holds a comma-separated list, in lower case.
fn list_members<'a>(headers: &'a [HeaderField], name: &'a str) -> impl DoubleEndedIterator<Item = String> {
    let members: Vec<String> = headers
        .iter()
        .filter(|field| field.name == name)
        .flat_map(|field| field.value.split(','))
        .map(|value| value.trim().to_ascii_lowercase())
        .filter(|value| !value.is_empty())
        .collect();
    members.into_iter()
}

/// Makes the fields describe the body as it is stored: decoded, without chunks. `len` is its length in
/// bytes, or `None` for a body that was cut short, whose stated length says how much is missing.
pub(super) fn describe_stored_body(headers: &mut Vec<HeaderField>, len: Option<usize>) {
    headers.retain(|field| !matches!(field.name.as_str(), "transfer-encoding" | "content-encoding"));
    if let Some(len) = len {
        for field in headers.iter_mut().filter(|field| field.name == "content-length") {
            field.value = len.to_string();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write;

    use super::*;

    /// Brotli's stored form (RFC 7932): a header, the uncompressed bytes, the end.
    fn brotli_stored(text: &[u8]) -> Vec<u8> {
        let length = u8::try_from(text.len() - 1).unwrap();
        [&[0x0b | (length & 1) << 7, length >> 1, 128], text, &[3]].concat()
    }

    fn field(name: &str, value: &str) -> HeaderField {
        HeaderField { name: name.to_owned(), value: value.to_owned() }
    }

    fn decoded_body(status: u16, fields: &[(&str, &str)], raw: &[u8]) -> (String, Option<Truncation>) {
        let fields: Vec<_> = fields.iter().map(|(name, value)| field(name, value)).collect();
        let payload = decode_payload(status, raw, &fields).unwrap();
        let truncated = payload.truncated;
        (String::from_utf8(payload.into_bytes()).unwrap(), truncated)
    }

    #[test]
    fn chunks_are_decoded_as_far_as_they_are_valid() {
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
            assert_eq!(decoded_body(200, &chunked, raw), expected, "{}", String::from_utf8_lossy(raw));
        }
    }

    #[test]
    fn a_body_shorter_than_its_stated_length_is_truncated() {
        let cut = Some(Truncation::Disconnect);
        assert_eq!(decoded_body(200, &[("content-length", "9")], b"short"), ("short".to_owned(), cut));
        assert_eq!(decoded_body(200, &[("content-length", "5")], b"whole").1, None);
        assert_eq!(decoded_body(200, &[("content-length", "3")], b"longer").1, None);
        // A writer that undid the coding may have kept the length of the coded body.
        assert_eq!(
            decoded_body(200, &[("content-length", "90"), ("content-encoding", "gzip")], b"<p>").1,
            None
        );
        assert_eq!(decoded_body(206, &[("content-range", "bytes 0-4/9")], b"short").1, cut);
        assert_eq!(decoded_body(206, &[("content-range", "bytes 0-4/*")], b"short").1, cut);
        assert_eq!(decoded_body(206, &[], b"short").1, cut);
        assert_eq!(decoded_body(206, &[("content-range", "bytes 0-4/5")], b"whole").1, None);
    }

    #[test]
    fn text_that_was_already_decoded_is_taken_as_it_is() {
        let long = "page after page ".repeat(300);
        for coding in ["br", "deflate", "gzip", "zstd"] {
            for text in ["; a semicolon", "\u{6} a control character", "<p>压缩</p>", &long] {
                let found = decoded_body(200, &[("content-encoding", coding)], text.as_bytes());
                assert_eq!(found, (text.to_owned(), None), "{coding}");
            }
        }
        let packed = brotli_stored("压缩的正文".as_bytes());
        assert_eq!(decoded_body(200, &[("content-encoding", "br")], &packed).0, "压缩的正文");
    }

    #[test]
    fn truncated_coded_data_gives_what_can_be_decoded() {
        let text = "page after page ".repeat(3000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
        gzip.write_all(text.as_bytes()).unwrap();
        let packed = gzip.finish().unwrap();
        let half = packed.len() / 2;
        let (came, truncated) = decoded_body(200, &[("content-encoding", "gzip")], &packed[..half]);
        assert!(came.len() > 1000 && text.starts_with(&came) && truncated == Some(Truncation::Decode));
        let length = packed.len().to_string();
        let fields = [("content-encoding", "gzip"), ("content-length", length.as_str())];
        assert_eq!(decoded_body(200, &fields, &packed[..half]).1, Some(Truncation::Disconnect));
        let padded = [&packed[..], &[0; 9]].concat();
        assert_eq!(decoded_body(200, &[("content-encoding", "gzip")], &padded), (text, None));
        let fields = [field("content-encoding", "gzip")];
        assert!(decode_payload(200, b"\x1f\x8b\xff\xff", &fields).is_err());
    }
}
