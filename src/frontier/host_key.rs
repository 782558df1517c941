//! Names a host: the unit that has a queue.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use url::Url;

/// An exact host, with its port where that is not the default of the scheme. Each host has a queue.
///
/// `http` and `https` of one host share the queue and the limiter, since they reach the same machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostKey(Arc<str>);

impl HostKey {
    /// The host of a URL; the empty key for a URL without a host. The final dot of a fully qualified name
    /// (RFC 1034, section 3.1) is dropped, since it names the same machine.
    pub fn from_url(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        Self(match url.port() {
            Some(port) => format!("{host}:{port}").into(),
            None => host.into(),
        })
    }

    /// The host as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host without its port, as `[hosts."name"]` in the configuration names it.
    pub fn host_name(&self) -> &str {
        match self.0.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
            _ => &self.0,
        }
    }

    /// The address, where the host is written as one.
    pub(super) fn literal_address(&self) -> Option<IpAddr> {
        self.host_name().trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    /// The registrable domain by the public suffix list. A literal address, or a name without a registrable
    /// domain, is returned itself.
    #[must_use]
    pub fn registrable_domain(&self) -> Self {
        if self.literal_address().is_some() {
            return self.clone();
        }
        let name = self.host_name();
        psl::domain_str(name).map_or_else(|| Self(name.into()), Self::from)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_host_key_keeps_a_port_and_its_name_leaves_it_out() {
        let key = |url: &str| HostKey::from_url(&Url::parse(url).unwrap());
        assert_eq!(key("https://Example.org:443/a"), key("http://example.org/b"));
        assert_eq!(key("https://example.org./a"), key("http://example.org/b"));
        assert_eq!(key("http://example.org.:8080/").as_str(), "example.org:8080");
        assert_eq!(key("http://example.org:8080/").as_str(), "example.org:8080");
        assert_eq!(key("http://example.org:8080/").host_name(), "example.org");
        assert_eq!(key("http://[::1]/").host_name(), "[::1]");
        assert_eq!(key("http://[::1]:81/").host_name(), "[::1]");
    }
}
