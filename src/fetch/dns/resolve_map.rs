//! The hosts whose addresses the operator sets: `network.resolve`.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use url::Host;

/// The address that the map gives a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MappedAddress {
    /// The address.
    pub ip: IpAddr,
    /// The port; `None` for the port of the URL.
    pub port: Option<u16>,
}

/// Hosts whose addresses the operator sets. Such an address replaces DNS, and passes the address filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolveMap {
    hosts: HashMap<String, MappedAddress>,
    /// The address of all other hosts, from the key `*`.
    others: Option<MappedAddress>,
}

/// An entry of the resolve map that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveMapError {
    /// The key is neither a host nor `*`.
    #[error(
        "network.resolve: \"{0}\" is not a host name; write it without scheme, port or path, or \"*\" for all others"
    )]
    Host(String),
    /// The value is not an address.
    #[error(
        "network.resolve: \"{host}\" = \"{value}\": expected an address, as in \"127.0.0.1\", \"127.0.0.1:8443\" or \"[::1]:8443\""
    )]
    Address {
        /// The key.
        host: String,
        /// The value.
        value: String,
    },
}

impl ResolveMap {
    /// Builds the map from pairs of a host (or `*` for all others) and an address, `"IP[:PORT]"`.
    pub fn new<H: AsRef<str>, A: AsRef<str>>(
        entries: impl IntoIterator<Item = (H, A)>,
    ) -> Result<Self, ResolveMapError> {
        let mut map = Self::default();
        for (host, value) in entries {
            let (host, value) = (host.as_ref().trim(), value.as_ref().trim());
            let address = parse_address(value)
                .ok_or_else(|| ResolveMapError::Address { host: host.to_owned(), value: value.to_owned() })?;
            if host == "*" {
                map.others = Some(address);
            } else {
                let key = normalize_host(host).ok_or_else(|| ResolveMapError::Host(host.to_owned()))?;
                map.hosts.insert(key, address);
            }
        }
        Ok(map)
    }

    /// The entry of a host, written as by [`url::Url::host_str`]; the `*` entry for a host without one.
    pub fn get(&self, host: &str) -> Option<MappedAddress> {
        if self.hosts.is_empty() {
            return self.others;
        }
        let key = host.trim_end_matches('.');
        self.hosts.get(key).copied().or(self.others)
    }
}

fn parse_address(value: &str) -> Option<MappedAddress> {
    if let Ok(address) = value.parse::<SocketAddr>() {
        return (address.port() != 0)
            .then_some(MappedAddress { ip: address.ip(), port: Some(address.port()) });
    }
    let bare = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
    bare.parse().ok().map(|ip| MappedAddress { ip, port: None })
}

/// The host as in a parsed URL: in lower case and punycode, with brackets around IPv6.
fn normalize_host(host: &str) -> Option<String> {
    let host = if host.parse::<std::net::Ipv6Addr>().is_ok() { format!("[{host}]") } else { host.to_owned() };
    let host = Host::parse(host.trim_end_matches('.')).ok()?.to_string();
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use url::Url;

    #[test]
    fn the_map_accepts_hosts_literals_and_a_wildcard() {
        let map = ResolveMap::new([
            ("News.Example", "127.0.0.1:8443"),
            ("新闻.example", "127.0.0.2"),
            ("198.51.100.7", "[::1]:99"),
            ("2001:db8::1", "::1"),
        ])
        .unwrap();
        let at = |host: &str| map.get(host).map(|m| (m.ip.to_string(), m.port));
        assert_eq!(at("news.example"), Some(("127.0.0.1".into(), Some(8443))));
        assert_eq!(at("news.example."), Some(("127.0.0.1".into(), Some(8443))));
        let punycode = Url::parse("http://新闻.example/").unwrap();
        assert_eq!(at(punycode.host_str().unwrap()), Some(("127.0.0.2".into(), None)));
        assert_eq!(at("198.51.100.7"), Some(("::1".into(), Some(99))));
        assert_eq!(at("[2001:db8::1]"), Some(("::1".into(), None)));
        assert_eq!(at("other.example"), None);
        let all = ResolveMap::new([("*", "127.0.0.1:1")]).unwrap();
        assert_eq!(all.get("anything.example").unwrap().port, Some(1));
    }

    #[test]
    fn the_error_names_the_wrong_entry() {
        for (host, value) in [
            ("a.example", "localhost"),
            ("a.example", "127.0.0.1:0"),
            ("a.example", "127.0.0.1:99999"),
            ("*", ""),
        ] {
            let error = ResolveMap::new([(host, value)]).unwrap_err();
            assert!(matches!(error, ResolveMapError::Address { .. }), "{error}");
            assert!(error.to_string().contains(&format!("\"{host}\"")), "{error}");
        }
        for host in ["http://a.example/", "", "a b"] {
            let error = ResolveMap::new([(host, "127.0.0.1")]).unwrap_err();
            assert!(matches!(error, ResolveMapError::Host(_)), "{host}: {error}");
        }
    }
}
