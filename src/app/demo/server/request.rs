//! Reads requests from the bytes of a connection.

use bytes::Bytes;

/// The largest request head, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// The largest request body, in bytes.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// One request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The host from the `Host` field (or the absolute target), in lower case, without a port.
    pub host: String,
    /// The path with its query, as it was sent.
    pub target: String,
    /// The path without its query, as it was sent (still percent-encoded).
    pub path: String,
    /// Every header field in the order in which they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; empty for most.
    pub body: Bytes,
    /// Whether it came over TLS.
    pub tls: bool,
}

impl Request {
    /// The first value of a header field (name in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The query after the `?`; empty if there is no query.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// Whether it asks for the page only if it has changed (RFC 9110, section 13.1).
    pub fn is_conditional(&self) -> bool {
        self.header("if-none-match").is_some() || self.header("if-modified-since").is_some()
    }

    /// Whether the client wants the connection kept (RFC 9112, section 9.3).
    pub(super) fn keeps_alive(&self, version: &str) -> bool {
        let wish = self.header("connection").unwrap_or_default().to_ascii_lowercase();
        if version == "HTTP/1.0" { wish.contains("keep-alive") } else { !wish.contains("close") }
    }
}

/// What the bytes received so far are.
pub(super) enum Parsed {
    /// The start of a request.
    More,
    /// A request, the version that its line states, and how many bytes it took.
    Whole(Box<Request>, String, usize),
    /// Not a request.
    Bad,
}

/// Reads one request from the start of `bytes`.
pub(super) fn parse_request(bytes: &[u8]) -> Parsed {
    let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
        return if bytes.len() > MAX_HEAD { Parsed::Bad } else { Parsed::More };
    };
    let (head, rest) = bytes.split_at(end);
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else {
        return Parsed::Bad;
    };
    if !version.starts_with("HTTP/1.") {
        return Parsed::Bad;
    }
    let mut request = Request { method: method.to_owned(), ..Request::default() };
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { return Parsed::Bad };
        request.headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    set_target(&mut request, target);
    let length = match request.header("content-length").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(length)) if length <= MAX_BODY => length,
        Some(_) => return Parsed::Bad,
    };
    match rest.get(4..4 + length) {
        Some(body) => request.body = Bytes::copy_from_slice(body),
        None => return Parsed::More,
    }
    let version = version.to_owned();
    Parsed::Whole(Box::new(request), version, end + 4 + length)
}

/// Sets host and path. A client that uses the server as a proxy sends the whole URL as target.
fn set_target(request: &mut Request, target: &str) {
    let absolute = ["http://", "https://"].iter().find_map(|scheme| target.strip_prefix(scheme));
    let (authority, path) = match absolute {
        Some(rest) => match rest.find('/') {
            Some(slash) => (rest[..slash].to_owned(), rest[slash..].to_owned()),
            None => (rest.to_owned(), "/".to_owned()),
        },
        None => (request.header("host").unwrap_or_default().to_owned(), target.to_owned()),
    };
    request.host = without_port(&authority).to_ascii_lowercase();
    path.split('?').next().unwrap_or_default().clone_into(&mut request.path);
    request.target = path;
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        // The colons of an IPv6 address do not separate a port.
        Some((host, port)) if !port.contains(']') && (host.ends_with(']') || !host.contains(':')) => host,
        _ => authority,
    }
}
