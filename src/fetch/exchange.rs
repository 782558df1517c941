//! One request and its outcome.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::retry_after::{parse_http_date, parse_retry_after};
use super::{FetchFailure, HeaderField, Response, Truncation, Validators};

/// What to request.
#[derive(Clone, Debug)]
pub struct ExchangeRequest {
    /// The URL of this hop.
    pub url: Url,
    /// The validators of an earlier capture of exactly this URL, for a conditional request.
    pub validators: Option<Validators>,
    /// The value of the `Cookie` header.
    pub cookies: Option<String>,
    /// The language in which the page is preferred, as a BCP 47 tag. It has no effect where the client has a
    /// fixed `Accept-Language`.
    pub language: Option<Arc<str>>,
    /// The limit on the decoded bytes of the body; `None` for the limit of the client.
    pub max_body: Option<u64>,
    /// Whether to use HTTP/1.1 only, because HTTP/2 failed at this host before.
    pub http1: bool,
}

impl ExchangeRequest {
    /// A plain GET request.
    pub fn get(url: Url) -> Self {
        Self { url, validators: None, cookies: None, language: None, max_body: None, http1: false }
    }
}

/// One request and its outcome.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The URL that was requested.
    pub url: Url,
    /// When the request was sent.
    pub at: jiff::Timestamp,
    /// How long it took, the body included.
    pub elapsed: Duration,
    /// The address of the server, where there was an answer.
    pub remote: Option<SocketAddr>,
    /// Whether a connection was made, including the TLS handshake of `https`. A failure before that
    /// concerns the origin as a whole, a failure after it only this request.
    pub connected: bool,
    /// The header fields of the request, as far as the HTTP client shows them.
    pub request_headers: Vec<HeaderField>,
    /// The answer, or why no answer came.
    pub outcome: Result<Response, FetchFailure>,
}

impl Exchange {
    /// How long the server asks to wait (`Retry-After`); the longest time, where it states several. A date is
    /// read by the server's own clock, if it says what that shows (`Date`), since the clock here may differ.
    pub fn retry_after(&self) -> Option<Duration> {
        let headers = &self.outcome.as_ref().ok()?.headers;
        let fields = |name: &'static str| headers.iter().filter(move |field| field.name == name);
        let now = fields("date").find_map(|field| parse_http_date(&field.value)).unwrap_or(self.at);
        fields("retry-after").filter_map(|field| parse_retry_after(&field.value, now)).max()
    }

    /// Whether another attempt soon may succeed: after a failure that may pass, a body that was cut off, or
    /// one of the statuses 408, 425, 429 and 5xx.
    pub fn is_worth_retrying(&self) -> bool {
        match &self.outcome {
            Err(failure) => failure.is_transient(),
            Ok(response) => {
                matches!(response.status, 408 | 425 | 429 | 500..=599)
                    || response.truncated == Some(Truncation::Disconnect)
            }
        }
    }
}
