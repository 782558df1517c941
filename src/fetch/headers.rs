//! Header fields, from the client's form to the one that is kept.

use std::fmt::Write as _;

use reqwest::header::{self, HeaderMap, HeaderName};
use url::Url;

use super::HeaderField;

/// The fields of a request as they were sent; `Host` is added by the client where it is not set.
pub(super) fn sent(headers: &HeaderMap, url: &Url) -> Vec<HeaderField> {
    let mut fields = Vec::with_capacity(headers.len() + 1);
    if !headers.contains_key(header::HOST) {
        let mut host = url.host_str().unwrap_or_default().to_owned();
        if let Some(port) = url.port() {
            let _ = write!(host, ":{port}");
        }
        fields.push(HeaderField { name: "host".to_owned(), value: host });
    }
    fields.extend(headers.iter().map(|(name, value)| field(name, value.as_bytes())));
    fields
}

/// The fields of an answer, in the order received, made true of the body that is kept: the
/// transfer coding is always gone, the content coding where it was `decoded`.
pub(super) fn received(headers: &HeaderMap, decoded: bool, body: usize) -> Vec<HeaderField> {
    let mut fields: Vec<HeaderField> = Vec::with_capacity(headers.len());
    let chunked = headers.contains_key(header::TRANSFER_ENCODING);
    for (name, value) in headers {
        let gone = name == header::TRANSFER_ENCODING || (decoded && name == header::CONTENT_ENCODING);
        if !gone && !(name == header::CONTENT_LENGTH && (decoded || chunked)) {
            fields.push(field(name, value.as_bytes()));
        }
    }
    if decoded || chunked {
        fields.push(HeaderField { name: "content-length".to_owned(), value: body.to_string() });
    }
    fields
}

fn field(name: &HeaderName, value: &[u8]) -> HeaderField {
    let value = match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        // A redirect to raw GBK bytes leads somewhere; to replacement characters, nowhere.
        Err(_) if name == header::LOCATION || name == header::REFRESH => escaped(value),
        Err(_) => String::from_utf8_lossy(value).into_owned(),
    };
    HeaderField { name: name.as_str().to_owned(), value }
}

fn escaped(value: &[u8]) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value {
        if byte.is_ascii() {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}
