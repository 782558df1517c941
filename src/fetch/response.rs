//! The answer of a server, with the parts of it that are stored.

use serde::{Deserialize, Serialize};

use crate::model::Untrusted;

/// The validators of an answer, for a later conditional request (RFC 9110, section 13).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The `ETag`, sent as `If-None-Match`.
    pub etag: Option<String>,
    /// The `Last-Modified`, sent as `If-Modified-Since`.
    pub last_modified: Option<String>,
}

/// One header field. The value is untrusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderField {
    /// The name, in lower case.
    pub name: String,
    /// The value; bytes that are not UTF-8 are replaced.
    pub value: String,
}

/// The version of HTTP that was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// Nothing says which: an answer that another tool recorded without it.
    #[default]
    Unknown,
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    Http11,
    /// HTTP/2.
    H2,
    /// HTTP/3.
    H3,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The status line, where it is not `HTTP/1.1`, the status and its usual reason phrase.
    pub status_line: Option<String>,
    /// The version of HTTP that was used.
    pub protocol: Protocol,
    /// The header fields. Where the client decoded the body, `content-encoding` and `content-length` are
    /// those of the decoded body.
    pub headers: Vec<HeaderField>,
    /// The decoded body, up to the limit.
    pub body: Untrusted,
    /// Why the body is incomplete, if it is.
    pub truncated: Option<Truncation>,
}

impl Response {
    /// The first value of a header field, whose name is given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }

    /// The media type without parameters, in lower case.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        let media = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        (!media.is_empty()).then_some(media)
    }

    /// The validators for a later conditional request, if there are any.
    pub fn validators(&self) -> Option<Validators> {
        let value_of = |name| self.header(name).map(ToOwned::to_owned);
        let validators = Validators { etag: value_of("etag"), last_modified: value_of("last-modified") };
        (validators != Validators::default()).then_some(validators)
    }
}

/// Why a body is incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Truncation {
    /// The limit on decoded bytes was reached.
    Length,
    /// The time for the whole request was over.
    Time,
    /// The connection ended before the stated length, or within a chunk.
    Disconnect,
    /// The content coding could not be decoded.
    Decode,
}
