//! Names of hosts: the unit of politeness, and the unit of robots.txt.

use std::fmt;
use std::sync::Arc;

use url::Url;

/// The unit of politeness: the exact host, with its port where that is not the scheme's own.
///
/// `http` and `https` of one host share a queue and a limiter: it is the same machine that is
/// spared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostKey(Arc<str>);

impl HostKey {
    /// The host of a URL. A URL without a host has the empty key.
    pub fn of(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        Self(match url.port() {
            Some(port) => format!("{host}:{port}").into(),
            None => host.into(),
        })
    }

    /// The host as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host without its port: what `[hosts."name"]` in the configuration names.
    pub fn name(&self) -> &str {
        match self.0.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
            _ => &self.0,
        }
    }
}

impl From<&str> for HostKey {
    fn from(host: &str) -> Self {
        Self(host.into())
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Scheme, host and port: what one robots.txt speaks for (RFC 9309, section 2.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(Arc<str>);

impl Origin {
    /// The origin of a URL.
    pub fn of(url: &Url) -> Self {
        Self(url.origin().ascii_serialization().into())
    }

    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Origin {
    fn from(origin: &str) -> Self {
        Self(origin.into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_host_keeps_its_own_port_and_names_itself_without_it() {
        let key = |url: &str| HostKey::of(&Url::parse(url).unwrap());
        assert_eq!(key("https://Example.org:443/a"), key("http://example.org/b"));
        assert_eq!(key("http://example.org:8080/").as_str(), "example.org:8080");
        assert_eq!(key("http://example.org:8080/").name(), "example.org");
        assert_eq!(key("http://[::1]/").name(), "[::1]");
        assert_eq!(key("http://[::1]:81/").name(), "[::1]");
    }
}
