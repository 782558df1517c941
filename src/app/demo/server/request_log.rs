//! Records the requests that a server answered, for tests to look at.

use std::net::SocketAddr;
use std::time::Instant;

/// One request as the server saw it.
#[derive(Clone, Debug)]
pub struct LoggedRequest {
    /// When its last header field arrived.
    pub at: Instant,
    /// When the answer was written or given up; `None` while it is being written.
    pub ended: Option<Instant>,
    /// The method.
    pub method: String,
    /// The host from the `Host` field, in lower case, without a port.
    pub host: String,
    /// The path with its query.
    pub path: String,
    /// Every header field, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Whether it was a conditional request (`If-None-Match` or `If-Modified-Since`).
    pub conditional: bool,
    /// Whether it came over TLS.
    pub tls: bool,
    /// The server's address to which it was sent.
    pub local: SocketAddr,
}

impl LoggedRequest {
    /// The first value of a header field (name in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The requests since the log was last cleared, and how many there were before.
#[derive(Default)]
pub(super) struct RequestLog {
    /// How many requests were cleared.
    pub cleared: usize,
    /// The requests since then, in the order of arrival.
    pub entries: Vec<LoggedRequest>,
}
