//! Names of hosts: whose queue it is, who is spared together, and whom robots.txt speaks for.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use url::Url;

/// An exact host, with its port where that is not the scheme's own: it has a queue.
///
/// `http` and `https` of one host share a queue and a limiter: it is the same machine that is
/// spared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostKey(Arc<str>);

impl HostKey {
    /// The host of a URL. A URL without a host has the empty key. The dot of a name that is written
    /// out to the root (RFC 1034, section 3.1) says nothing: it is the same machine.
    pub fn of(url: &Url) -> Self {
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

    /// The host without its port: what `[hosts."name"]` in the configuration names.
    pub fn name(&self) -> &str {
        match self.0.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
            _ => &self.0,
        }
    }

    /// The registrable domain, by the public suffix list; a literal address, and a name that has none,
    /// stands for itself.
    #[must_use]
    pub fn domain(&self) -> Self {
        let name = self.name();
        if literal(name).is_some() {
            return self.clone();
        }
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

/// Which hosts are spared together: `politeness.host_key`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostUnit {
    /// Each host for itself.
    #[default]
    Host,
    /// All hosts of one registrable domain, by the public suffix list.
    Domain,
    /// All hosts whose first lookup gave the same address.
    Address,
}

/// Tells which hosts share a limiter, a back-off and a budget.
#[derive(Clone, Debug, Default)]
pub struct HostGroups {
    unit: HostUnit,
    /// By host; none where no address could be found.
    addresses: HashMap<HostKey, Option<IpAddr>>,
}

impl HostGroups {
    /// Groups by this unit.
    pub fn new(unit: HostUnit) -> Self {
        Self { unit, addresses: HashMap::new() }
    }

    /// Whether a host's address must be told with [`HostGroups::locate`] before its group is known.
    pub fn needs_address(&self, host: &HostKey) -> bool {
        self.unit == HostUnit::Address && literal(host.name()).is_none() && !self.addresses.contains_key(host)
    }

    /// Tells where a host lies; none where that could not be found out: it is then spared alone.
    pub fn locate(&mut self, host: HostKey, address: Option<IpAddr>) {
        self.addresses.entry(host).or_insert(address);
    }

    /// The name of the group that a host is in. A group of one host has that host's name.
    pub fn of(&self, host: &HostKey) -> HostKey {
        let name = host.name();
        match self.unit {
            HostUnit::Host => host.clone(),
            HostUnit::Domain => host.domain(),
            HostUnit::Address => {
                let address = literal(name).or_else(|| self.addresses.get(host).copied().flatten());
                match address {
                    Some(IpAddr::V6(address)) => HostKey(format!("[{address}]").into()),
                    Some(IpAddr::V4(address)) => HostKey(address.to_string().into()),
                    None => host.clone(),
                }
            }
        }
    }
}

/// The address that a host's name is, where it is one.
fn literal(name: &str) -> Option<IpAddr> {
    name.trim_start_matches('[').trim_end_matches(']').parse().ok()
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
        assert_eq!(key("https://example.org./a"), key("http://example.org/b"));
        assert_eq!(key("http://example.org.:8080/").as_str(), "example.org:8080");
        assert_eq!(key("http://example.org:8080/").as_str(), "example.org:8080");
        assert_eq!(key("http://example.org:8080/").name(), "example.org");
        assert_eq!(key("http://[::1]/").name(), "[::1]");
        assert_eq!(key("http://[::1]:81/").name(), "[::1]");
    }

    #[test]
    fn groups_are_hosts_domains_or_addresses() {
        let key = |url: &str| HostKey::of(&Url::parse(url).unwrap());
        let hosts = HostGroups::new(HostUnit::Host);
        assert_eq!(hosts.of(&key("http://www.a.example:81/")).as_str(), "www.a.example:81");

        let domains = HostGroups::new(HostUnit::Domain);
        for (url, group) in [
            ("http://www.news.co.uk/", "news.co.uk"),
            ("http://a.b.news.co.uk:8080/", "news.co.uk"),
            ("http://one.github.io/", "one.github.io"),
            ("http://two.github.io/", "two.github.io"),
            ("http://news.com./", "news.com"),
            ("http://localhost:81/", "localhost"),
            ("http://192.0.2.7:81/", "192.0.2.7:81"),
            ("http://[2001:db8::1]/", "[2001:db8::1]"),
        ] {
            assert_eq!(domains.of(&key(url)).as_str(), group, "{url}");
            assert!(!domains.needs_address(&key(url)));
        }

        let mut addresses = HostGroups::new(HostUnit::Address);
        let (one, two, gone) =
            (key("http://one.example/"), key("http://two.example:81/"), key("http://x.test/"));
        assert!(addresses.needs_address(&one));
        assert!(!addresses.needs_address(&key("http://192.0.2.7/")));
        addresses.locate(one.clone(), Some("192.0.2.7".parse().unwrap()));
        addresses.locate(two.clone(), Some("192.0.2.7".parse().unwrap()));
        addresses.locate(gone.clone(), None);
        assert_eq!(addresses.of(&one), addresses.of(&two));
        assert_eq!(addresses.of(&one), addresses.of(&key("http://192.0.2.7/")));
        assert_eq!(addresses.of(&gone), gone);
        assert!(!addresses.needs_address(&gone));
    }
}
