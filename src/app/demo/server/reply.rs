//! Defines what a handler answers and how the server misbehaves while it sends the answer.

use std::time::Duration;

use bytes::Bytes;

/// How the answer is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Conduct {
    /// As HTTP requires.
    #[default]
    Proper,
    /// Closes the connection without a byte.
    Close,
    /// Resets the connection (a TCP RST) without a byte.
    Reset,
    /// Sends the body alone, with no status line or header, and closes.
    Raw,
    /// States a length that is this many bytes more than the body has, and closes after the body.
    Short(usize),
    /// Sends the body in pieces of `piece` bytes with a pause of `pause` before each.
    Drip {
        /// Bytes a piece, at least one.
        piece: usize,
        /// The pause before each piece.
        pause: Duration,
    },
    /// Sends the body again and again, without a length, until the client goes away.
    Endless,
    /// Reads the request and never answers; the connection stays open.
    Silent,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Header fields besides `Content-Length`, which the server sets.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// How long the server waits before it answers.
    pub delay: Duration,
    /// How the answer is sent.
    pub conduct: Conduct,
}

impl Reply {
    /// A status with its reason phrase as the body.
    pub fn status(status: u16) -> Self {
        let body = format!("{status} {}\n", reason(status));
        Self::bytes(status, "text/plain; charset=utf-8", body.into_bytes())
    }

    /// 200 with an HTML page in UTF-8.
    pub fn html(page: impl Into<String>) -> Self {
        Self::bytes(200, "text/html; charset=utf-8", page.into().into_bytes())
    }

    /// 200 with plain text in UTF-8.
    pub fn text(text: impl Into<String>) -> Self {
        Self::bytes(200, "text/plain; charset=utf-8", text.into().into_bytes())
    }

    /// Any status, media type (no field where it is empty) and body.
    pub fn bytes(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let mut headers = Vec::new();
        if !content_type.is_empty() {
            headers.push(("Content-Type".to_owned(), content_type.to_owned()));
        }
        Self { status, headers, body: body.into(), ..Self::default() }
    }

    /// A redirect.
    pub fn redirect(status: u16, to: &str) -> Self {
        Self { status, headers: vec![("Location".to_owned(), to.to_owned())], ..Self::default() }
    }

    /// An answer that is not sent properly; add a body with [`Self::with_body`] where one is needed.
    pub fn misbehaving(conduct: Conduct) -> Self {
        Self { status: 200, conduct, ..Self::default() }
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same with one more header field.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with another body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The same after a pause.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The same, sent in another way.
    #[must_use]
    pub fn sent(mut self, conduct: Conduct) -> Self {
        self.conduct = conduct;
        self
    }

    /// Whether the status forbids a body (RFC 9110, section 6.4.1).
    fn bodiless(&self) -> bool {
        matches!(self.status, 100..=199 | 204 | 304)
    }

    /// Status line and header fields, with the stated length where there is one.
    pub(super) fn head(&self, length: Option<usize>, closes: bool) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(name);
            head.push_str(": ");
            head.push_str(value);
            head.push_str("\r\n");
        }
        if let Some(length) = length.filter(|_| !self.bodiless()) {
            head.push_str("Content-Length: ");
            head.push_str(&length.to_string());
            head.push_str("\r\n");
        }
        if closes {
            head.push_str("Connection: close\r\n");
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    /// The body to send for this method.
    pub(super) fn body_for(&self, method: &str) -> Bytes {
        if method == "HEAD" || self.bodiless() { Bytes::new() } else { self.body.clone() }
    }
}

/// The usual reason phrase of a status.
fn reason(status: u16) -> &'static str {
    http::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason()).unwrap_or("Unnamed")
}
