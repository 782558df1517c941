//! HTTP messages in the block of a `request`, `response` or `revisit` record.
//!
//! Bodies are stored decoded and without chunks, so fields that describe the transfer
//! (`Transfer-Encoding`, a differing `Content-Length`) would mislead other readers. They are written
//! with a prefix, and restored when a file that driftline wrote is read back.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::write::one_line;
use crate::fetch::{Exchange, HeaderField, Protocol, Truncation};

/// The longest status line that is kept, in characters.
const MAX_STATUS_LINE: usize = 1000;

/// The longest head that is parsed, in bytes. Servers and browsers refuse far shorter ones (Apache 800 KB,
/// Chromium 256 KB), and a field takes many times its bytes once it is parsed.
const MAX_HEAD: usize = 1 << 20;

/// The prefix for fields that would mislead readers of the record.
const ORIGINAL: &str = "x-archive-orig-";

/// The block of a `request` record.
pub(in crate::store) fn request_block(exchange: &Exchange) -> String {
    let url = &exchange.url;
    let mut block = format!("GET {}", url.path());
    if let Some(query) = url.query() {
        block.push('?');
        block.push_str(query);
    }
    block.push_str(" HTTP/1.1\r\n");
    let names_host = exchange.request_headers.iter().any(|field| field.name == "host");
    if let (false, Some(host)) = (names_host, url.host_str()) {
        // Writing to a string cannot fail.
        let _ = write!(block, "host: {host}");
        if let Some(port) = url.port() {
            let _ = write!(block, ":{port}");
        }
        block.push_str("\r\n");
    }
    for field in &exchange.request_headers {
        let _ = write!(block, "{}: {}\r\n", field.name, one_line(&field.value));
    }
    block.push_str("\r\n");
    block
}

/// The status line of HTTP/1.1 with the usual reason phrase.
fn usual_status_line(status: u16) -> String {
    let reason = http::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason());
    format!("HTTP/1.1 {status} {}", reason.unwrap_or("Unknown"))
}

/// The head of a `response` or `revisit` record: status line (the usual one if `None`), fields, empty line.
/// HTTP/2 has no status line, so one of HTTP/1.1 is written and `WARC-Protocol` names the real protocol.
pub(in crate::store) fn response_head(
    status_line: Option<&str>,
    status: u16,
    headers: &[HeaderField],
    body_len: usize,
) -> String {
    let mut head = status_line.map_or_else(|| usual_status_line(status), |line| one_line(line).into_owned());
    head.push_str("\r\n");
    for field in headers {
        // Writing to a string cannot fail.
        let _ = write!(head, "{}: {}\r\n", field_name_to_write(field, body_len), one_line(&field.value));
    }
    head.push_str("\r\n");
    head
}

fn field_name_to_write(field: &HeaderField, body_len: usize) -> Cow<'_, str> {
    let misleads = match field.name.as_str() {
        "transfer-encoding" => true,
        "content-length" => field.value.trim().parse() != Ok(body_len),
        name => name.starts_with(ORIGINAL),
    };
    if misleads { format!("{ORIGINAL}{}", field.name).into() } else { (&field.name).into() }
}

/// A parsed response head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct ResponseHead {
    /// The status.
    pub status: u16,
    /// The status line, where it is not `HTTP/1.1`, the status and its usual reason phrase.
    pub status_line: Option<String>,
    /// HTTP/2 or HTTP/3, where the status line names it: nobody sends it, so a tool wrote it to say so.
    pub protocol: Protocol,
    /// The fields, names in lower case.
    pub headers: Vec<HeaderField>,
    /// The length of the head in bytes: where the body begins in the block.
    pub len: usize,
}

/// Why a block has no head that [`parse_response_head`] takes.
pub(in crate::store) fn explain_missing_head(block: &[u8]) -> &'static str {
    let is_long = block.starts_with(b"HTTP/") && find_head_end(block).is_some_and(|(len, _)| len > MAX_HEAD);
    if is_long { "a status line and header fields above 1 MiB" } else { "no HTTP answer in it" }
}

/// Parses the head of a response; `None` if the block does not begin with one, or with one above
/// [`MAX_HEAD`].
pub(in crate::store) fn parse_response_head(block: &[u8]) -> Option<ResponseHead> {
    let (head_len, body_at) = find_head_end(block).filter(|(len, _)| *len <= MAX_HEAD)?;
    let mut lines = block.get(..head_len)?.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let status_line = String::from_utf8_lossy(lines.next()?).into_owned();
    let mut words = status_line.split_whitespace();
    let version = words.next()?;
    if !version.starts_with("HTTP/") {
        return None;
    }
    let status = words.next()?.parse().ok()?;
    let protocol = match version {
        "HTTP/2" | "HTTP/2.0" => Protocol::H2,
        "HTTP/3" | "HTTP/3.0" => Protocol::H3,
        _ => Protocol::Unknown,
    };
    let line: String = status_line.trim().chars().take(MAX_STATUS_LINE).collect();
    let is_usual = protocol != Protocol::Unknown || line == usual_status_line(status);
    let status_line = (!is_usual).then_some(line);
    let mut headers: Vec<HeaderField> = Vec::new();
    for line in lines {
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            // A folded line (obsolete, RFC 9112, section 5.2) continues the field before it.
            if let Some(last) = headers.last_mut() {
                last.value.push(' ');
                last.value.push_str(&decode_field_value(&last.name, line.trim_ascii()));
            }
        } else if let Some((name, value)) = split_at_byte(line, b':') {
            let name = String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase();
            let value = decode_field_value(&name, value.trim_ascii());
            headers.push(HeaderField { name, value });
        }
    }
    Some(ResponseHead { status, status_line, protocol, headers, len: body_at })
}

fn split_at_byte(line: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(at, line)?;
    Some((line.get(..at)?, line.get(at + 1..)?))
}

/// Decodes a field's value: UTF-8, or else Latin-1, the historical encoding of fields (RFC 9110, section
/// 5.5). In a URL field the bytes matter, so bytes that are not ASCII are percent-encoded.
fn decode_field_value(name: &str, value: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(value) {
        return text.to_owned();
    }
    let mut text = String::with_capacity(value.len());
    for byte in value {
        if !byte.is_ascii() && matches!(name, "location" | "refresh") {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        } else {
            text.push(char::from(*byte));
        }
    }
    text
}

/// Finds the end of the head and the start of the body: the first empty line, with any line ending.
/// The earliest match wins, because the body may hold empty lines with another line ending.
fn find_head_end(block: &[u8]) -> Option<(usize, usize)> {
    let ends = [&b"\r\n\r\n"[..], b"\n\n", b"\n\r\n"];
    let found = ends.iter().filter_map(|end| Some((memchr::memmem::find(block, end)?, end.len())));
    if let Some((at, len)) = found.min_by_key(|(at, len)| at + len) {
        return Some((at, at + len));
    }
    // Some writers leave out the empty line of a head without a body.
    block.starts_with(b"HTTP/").then_some((block.len(), block.len()))
}

/// The fields as the server sent them, from a record that driftline wrote.
pub(in crate::store) fn restore_original_headers(headers: Vec<HeaderField>) -> Vec<HeaderField> {
    let restore = |field: HeaderField| match field.name.strip_prefix(ORIGINAL) {
        Some(name) => HeaderField { name: name.to_owned(), value: field.value },
        None => field,
    };
    headers.into_iter().map(restore).collect()
}

/// The value of `WARC-Protocol`; `None` where the protocol is not known.
pub(in crate::store) fn protocol_name(protocol: Protocol) -> Option<&'static str> {
    match protocol {
        Protocol::Unknown => None,
        Protocol::Http10 => Some("http/1.0"),
        Protocol::Http11 => Some("http/1.1"),
        Protocol::H2 => Some("h2"),
        Protocol::H3 => Some("h3"),
    }
}

/// The protocol that a value of `WARC-Protocol` names; `None` for what is no version of HTTP.
pub(in crate::store) fn parse_protocol(name: &str) -> Option<Protocol> {
    match name.trim().to_ascii_lowercase().as_str() {
        "http/1.0" => Some(Protocol::Http10),
        "http/1.1" => Some(Protocol::Http11),
        "h2" | "h2c" | "http/2" | "http/2.0" => Some(Protocol::H2),
        "h3" | "http/3" | "http/3.0" => Some(Protocol::H3),
        _ => None,
    }
}

/// The value of `WARC-Truncated` (WARC 1.1, section 5.13).
pub(in crate::store) fn truncation_name(truncation: Truncation) -> &'static str {
    match truncation {
        Truncation::Length => "length",
        Truncation::Time => "time",
        Truncation::Disconnect => "disconnect",
        Truncation::Decode => "unspecified",
    }
}

/// The value of `Content-Length`; the first one that is a number, if the field is repeated.
pub(in crate::store) fn content_length(headers: &[HeaderField]) -> Option<u64> {
    let named = headers.iter().filter(|field| field.name == "content-length");
    named.flat_map(|field| field.value.split(',')).find_map(|value| value.trim().parse().ok())
}
