//! One exchange: a request in, an [`Exchange`] out.
//!
//! Redirects are not followed here: each hop is an exchange of its own, since the next host has a
//! queue, a limiter and a robots file of its own. Nothing that a server sends is trusted: bodies
//! are [`Untrusted`] until a later stage has cleaned them, capped in bytes after decoding, and every
//! failure has a type, never a message that would have to be read.

pub mod body;
mod client;
pub mod dns;
mod failure;
mod headers;
mod proxy;
mod settings;
mod tls;

pub mod cookies;
pub mod redirect;
pub mod retry_after;

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::model::Untrusted;

#[cfg(test)]
mod tests;
#[cfg(all(test, feature = "demo"))]
mod tls_tests;

pub use client::Client;
pub use cookies::CookieJar;
pub use dns::resolver::{MappedAddress, ResolveMap, ResolveMapError};
pub use settings::FetchSettings;

/// The validators of an earlier answer, for a conditional request (RFC 9110, section 13).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// The `ETag`, sent as `If-None-Match`.
    pub etag: Option<String>,
    /// The `Last-Modified`, sent as `If-Modified-Since`.
    pub last_modified: Option<String>,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ExchangeRequest {
    /// The URL of this hop.
    pub url: Url,
    /// Validators, where an earlier capture of this very URL is kept.
    pub validators: Option<Validators>,
    /// The `Cookie` header: cookies live as long as one redirect chain.
    pub cookies: Option<String>,
    /// The cap on decoded body bytes; the client's own where none.
    pub max_body: Option<u64>,
    /// Whether HTTP/2 is not to be spoken: it failed at this host before.
    pub http1: bool,
}

impl ExchangeRequest {
    /// A plain request.
    pub fn get(url: Url) -> Self {
        Self { url, validators: None, cookies: None, max_body: None, http1: false }
    }
}

/// One request and what came of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The URL that was asked for.
    pub url: Url,
    /// When the request was sent.
    pub at: jiff::Timestamp,
    /// How long it took, body included.
    pub elapsed: Duration,
    /// The address that was connected to, where there was an answer.
    pub remote: Option<SocketAddr>,
    /// Whether a connection was made, with TLS where it is asked for: a failure before that is one of the
    /// way to the origin, a failure after it one of what was asked for.
    pub connected: bool,
    /// The request's header fields as they were sent, as far as the client shows them.
    pub request_headers: Vec<HeaderField>,
    /// The answer, or why there is none.
    pub outcome: Result<Response, FetchFailure>,
}

impl Exchange {
    /// How long the server asks to wait from now on (`Retry-After`); the longest, where it says several
    /// times.
    pub fn retry_after(&self, now: jiff::Timestamp) -> Option<Duration> {
        let fields = self.outcome.as_ref().ok()?.headers.iter();
        let stated = fields.filter(|field| field.name == "retry-after");
        stated.filter_map(|field| retry_after::parse(&field.value, now)).max()
    }

    /// Whether another try soon may come out better: faults of the connection or of DNS, a body cut
    /// off, and the statuses 408, 425, 429 and 5xx. Never for any other answer.
    pub fn worth_retrying(&self) -> bool {
        match &self.outcome {
            Err(failure) => failure.is_transient(),
            Ok(response) => {
                matches!(response.status, 408 | 425 | 429 | 500..=599)
                    || response.truncated == Some(Truncation::Disconnect)
            }
        }
    }
}

/// One header field. Values are bytes from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderField {
    /// The name, in lower case.
    pub name: String,
    /// The value; bytes that are not UTF-8 are replaced.
    pub value: String,
}

/// The version of HTTP that was spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// HTTP/1.0.
    Http10,
    /// HTTP/1.1.
    #[default]
    Http11,
    /// HTTP/2.
    H2,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The version that was spoken.
    pub protocol: Protocol,
    /// Header fields; where the client decoded the body, `content-encoding` and `content-length`
    /// are those of the decoded body.
    pub headers: Vec<HeaderField>,
    /// The body, decoded, up to the cap.
    pub body: Untrusted,
    /// Why the body ends before its end, if it does.
    pub truncated: Option<Truncation>,
}

impl Response {
    /// The first value of a header field (name in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|field| field.name == name).map(|field| field.value.as_str())
    }

    /// The media type without parameters, in lower case.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        let media = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        (!media.is_empty()).then_some(media)
    }

    /// What a later conditional request sends.
    pub fn validators(&self) -> Option<Validators> {
        let own = |name| self.header(name).map(ToOwned::to_owned);
        let found = Validators { etag: own("etag"), last_modified: own("last-modified") };
        (found != Validators::default()).then_some(found)
    }
}

/// Why a body ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Truncation {
    /// The cap on decoded bytes was reached.
    Length,
    /// The time for the whole request was over.
    Time,
    /// The connection ended before the stated length, or within a chunk.
    Disconnect,
    /// The content coding could not be decoded.
    Decode,
}

/// Why there is no answer. Each is told from a typed error, never from a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum FetchFailure {
    /// Nothing came within the time.
    #[error("timed out")]
    Timeout,
    /// The name does not exist (NXDOMAIN).
    #[error("the name does not exist")]
    DnsNxdomain,
    /// The name could not be resolved for another reason: SERVFAIL, timeout, no address.
    #[error("the name could not be resolved")]
    DnsFailure,
    /// Nobody listens.
    #[error("connection refused")]
    ConnectionRefused,
    /// The connection was reset.
    #[error("connection reset")]
    ConnectionReset,
    /// The connection was closed before an answer.
    #[error("connection closed before an answer")]
    ConnectionClosed,
    /// No route, or the network is down.
    #[error("network unreachable")]
    Unreachable,
    /// The certificate is expired or not yet valid.
    #[error("the certificate is expired")]
    TlsExpired,
    /// The certificate is for another name.
    #[error("the certificate is for another name")]
    TlsHostname,
    /// The certificate's issuer is not trusted.
    #[error("the certificate's issuer is not trusted")]
    TlsUntrusted,
    /// TLS failed otherwise.
    #[error("TLS failed")]
    TlsProtocol,
    /// The address guard refused the address.
    #[error("a private or reserved address")]
    ForbiddenAddress,
    /// The answer is not HTTP.
    #[error("the answer is not HTTP")]
    Protocol,
    /// HTTP/2 went wrong on a connection that works: worth a request over HTTP/1.1.
    #[error("HTTP/2 failed")]
    Http2,
}

impl FetchFailure {
    /// Whether it may pass: not a name that does not exist, a certificate, an address that is
    /// refused here, or an answer that is no HTTP.
    pub fn is_transient(self) -> bool {
        match self {
            Self::Timeout
            | Self::DnsFailure
            | Self::ConnectionRefused
            | Self::ConnectionReset
            | Self::ConnectionClosed
            | Self::Unreachable => true,
            Self::DnsNxdomain
            | Self::TlsExpired
            | Self::TlsHostname
            | Self::TlsUntrusted
            | Self::TlsProtocol
            | Self::ForbiddenAddress
            | Self::Protocol
            | Self::Http2 => false,
        }
    }
}

/// What can fail while setting up: nothing here is about a single page.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A certificate file could not be read.
    #[error("network.ca_certs: {path}: {reason}")]
    CaCerts {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be set up: {0}")]
    Client(String),
    /// The resolver could not be set up.
    #[error("the resolver could not be set up: {0}")]
    Resolver(String),
}
