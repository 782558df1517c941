//! Converts header fields from the form of the HTTP client to the form that is stored.

use std::fmt::Write as _;

use reqwest::header::{self, HeaderMap, HeaderName};
use url::Url;

use super::HeaderField;
use super::route::authority_of;
use crate::model::{MASK, mask_credentials};

/// Request fields that prove who asks. They are sent, and recorded with a mask.
const SECRET_FIELDS: [HeaderName; 3] = [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE];

/// Fields that name where another page is.
const TARGET_FIELDS: [HeaderName; 3] = [header::LOCATION, header::REFRESH, header::CONTENT_LOCATION];

/// The fields of a request as they are recorded: as they were sent, but with a mask for credentials. The client itself adds `Host` where it is not set.
pub(super) fn request_fields(headers: &HeaderMap, url: &Url) -> Vec<HeaderField> {
    let mut fields = Vec::with_capacity(headers.len() + 1);
    if !headers.contains_key(header::HOST) {
        fields.push(HeaderField { name: "host".to_owned(), value: authority_of(url) });
    }
    fields.extend(headers.iter().map(|(name, value)| {
        let secret = SECRET_FIELDS.contains(name);
        to_header_field(name, if secret { MASK.as_bytes() } else { value.as_bytes() })
    }));
    fields
}

/// The fields of an answer, in the order received, corrected to describe the body that is stored: the
/// transfer coding is always removed, the content coding where the body was `decoded`.
pub(super) fn response_fields(headers: &HeaderMap, decoded: bool, body_length: usize) -> Vec<HeaderField> {
    let mut fields: Vec<HeaderField> = Vec::with_capacity(headers.len());
    let chunked = headers.contains_key(header::TRANSFER_ENCODING);
    for (name, value) in headers {
        let removed = name == header::TRANSFER_ENCODING || (decoded && name == header::CONTENT_ENCODING);
        if !removed && !(name == header::CONTENT_LENGTH && (decoded || chunked)) {
            fields.push(to_header_field(name, value.as_bytes()));
        }
    }
    if decoded || chunked {
        fields.push(HeaderField { name: "content-length".to_owned(), value: body_length.to_string() });
    }
    fields
}

fn to_header_field(name: &HeaderName, value: &[u8]) -> HeaderField {
    let value = match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        // A redirect target in raw GBK bytes works when they are percent-encoded, not when they are replaced.
        Err(_) if name == header::LOCATION || name == header::REFRESH => percent_encode_non_ascii(value),
        Err(_) => String::from_utf8_lossy(value).into_owned(),
    };
    let mut field = HeaderField { name: name.as_str().to_owned(), value };
    clean_target(&mut field);
    field
}

/// Makes a field that names where another page is fit to be stored. A name and a password in it are never sent,
/// so they are masked; control characters, which would reach terminals and other files, are percent-encoded as
/// by whoever follows it (URL Standard, C0 control percent-encode set). Other fields stay as they are.
pub fn clean_target(field: &mut HeaderField) {
    if !TARGET_FIELDS.iter().any(|name| name.as_str() == field.name) {
        return;
    }
    // Around a URL they mean nothing, and within it a tab means nothing.
    let value = field.value.trim_matches(|c: char| c <= ' ');
    let value = mask_credentials(value);
    let mut cleaned = String::with_capacity(value.len());
    for c in value.chars() {
        if c.is_control() && c != '\t' {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(cleaned, "%{byte:02X}");
            }
        } else {
            cleaned.push(c);
        }
    }
    field.value = cleaned;
}

fn percent_encode_non_ascii(value: &[u8]) -> String {
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
