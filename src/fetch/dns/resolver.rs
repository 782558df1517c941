//! Names to addresses: the operator's resolve map, then DNS, then the guard.
//!
//! DNS goes through hickory, which tells a name that does not exist from a server that cannot say;
//! the system's `getaddrinfo` blurs the two, and only one of them means that a link is dead.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::Name as DnsName;
use url::Host;

use crate::fetch::FetchFailure;
use crate::fetch::dns::address_filter;

/// Where the resolve map sends a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MappedAddress {
    /// The address.
    pub ip: IpAddr,
    /// The port; the URL's own where none.
    pub port: Option<u16>,
}

/// `network.resolve`: hosts whose address the operator has set. Such an address is always allowed,
/// and replaces DNS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolveMap {
    hosts: HashMap<String, MappedAddress>,
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
    /// Builds the map from pairs of host (or `*` for all others) and `"IP[:PORT]"`.
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
                let key = host_key(host).ok_or_else(|| ResolveMapError::Host(host.to_owned()))?;
                map.hosts.insert(key, address);
            }
        }
        Ok(map)
    }

    /// The entry for a host, as [`url::Url::host_str`] gives it; the `*` entry where it has none.
    pub fn get(&self, host: &str) -> Option<MappedAddress> {
        if self.hosts.is_empty() {
            return self.others;
        }
        let key = host.trim_end_matches('.');
        self.hosts.get(key).copied().or(self.others)
    }

    /// Whether there is no entry at all.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.others.is_none()
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

/// The host as a parsed URL shows it: lower case, punycode, brackets around IPv6.
fn host_key(host: &str) -> Option<String> {
    let host = if host.parse::<std::net::Ipv6Addr>().is_ok() { format!("[{host}]") } else { host.to_owned() };
    let host = Host::parse(host.trim_end_matches('.')).ok()?.to_string();
    (!host.is_empty()).then_some(host)
}

/// Why a name gives no address that may be connected to. Found again in the client's errors.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{0}")]
pub(in crate::fetch) struct ResolveFault(pub FetchFailure);

/// What the HTTP client asks for addresses.
#[derive(Clone)]
pub(in crate::fetch) struct Resolver(Arc<Inner>);

struct Inner {
    map: ResolveMap,
    nameservers: Vec<SocketAddr>,
    timeout: Duration,
    guarded: bool,
    dns: OnceLock<Option<TokioResolver>>,
}

impl Resolver {
    /// `guarded` is off with `allow_private`, and where only a proxy's own name is resolved.
    pub(in crate::fetch) fn new(
        map: ResolveMap,
        nameservers: Vec<SocketAddr>,
        timeout: Duration,
        guarded: bool,
    ) -> Self {
        Self(Arc::new(Inner { map, nameservers, timeout, guarded, dns: OnceLock::new() }))
    }

    pub(in crate::fetch) async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, ResolveFault> {
        let inner = &*self.0;
        if let Some(mapped) = inner.map.get(host) {
            return Ok(vec![SocketAddr::new(mapped.ip, mapped.port.unwrap_or(0))]);
        }
        let found = tokio::time::timeout(inner.timeout, inner.lookup(host))
            .await
            .map_err(|_| ResolveFault(FetchFailure::DnsFailure))?
            .map_err(ResolveFault)?;
        if found.is_empty() {
            return Err(ResolveFault(FetchFailure::DnsFailure));
        }
        let allowed: Vec<SocketAddr> = found
            .into_iter()
            .filter(|ip| !inner.guarded || address_filter::is_public(*ip))
            .map(|ip| SocketAddr::new(ip, 0))
            .collect();
        if allowed.is_empty() { Err(ResolveFault(FetchFailure::ForbiddenAddress)) } else { Ok(allowed) }
    }
}

impl Inner {
    async fn lookup(&self, host: &str) -> Result<Vec<IpAddr>, FetchFailure> {
        let Some(dns) = self.dns.get_or_init(|| self.connect()) else {
            // No readable system configuration: the system's own way is better than none.
            return tokio::net::lookup_host((host, 0))
                .await
                .map(|found| found.map(|address| address.ip()).collect())
                .map_err(|_| FetchFailure::DnsFailure);
        };
        let mut name = DnsName::from_ascii(host).map_err(|_| unnamable(host))?;
        // No search domains: `news` must never become `news.office.example`.
        name.set_fqdn(true);
        match dns.lookup_ip(name).await {
            Ok(found) => Ok(found.iter().collect()),
            Err(NetError::Dns(DnsError::NoRecordsFound(none)))
                if none.response_code == ResponseCode::NXDomain =>
            {
                Err(FetchFailure::DnsNxdomain)
            }
            Err(_) => Err(FetchFailure::DnsFailure),
        }
    }

    fn connect(&self) -> Option<TokioResolver> {
        let builder = if self.nameservers.is_empty() {
            match TokioResolver::builder_tokio() {
                Ok(builder) => builder,
                Err(error) => {
                    tracing::warn!(%error, "the system's DNS settings cannot be read; asking the system itself");
                    return None;
                }
            }
        } else {
            let servers = self.nameservers.iter().map(|server| {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                    connection.port = server.port();
                    connection
                });
                NameServerConfig::new(server.ip(), true, connections.into())
            });
            let config = ResolverConfig::from_parts(None, Vec::new(), servers.collect());
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        let mut builder = builder;
        let options = builder.options_mut();
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.timeout = options.timeout.min(self.timeout / 2);
        match builder.build() {
            Ok(resolver) => Some(resolver),
            Err(error) => {
                tracing::warn!(%error, "the resolver cannot be set up; asking the system itself");
                None
            }
        }
    }
}

/// Why a name cannot be asked for. One that DNS cannot hold (RFC 1035, section 2.3.4) cannot exist;
/// of one that only this program cannot write, nothing is known.
fn unnamable(host: &str) -> FetchFailure {
    let host = host.trim_end_matches('.');
    let fits = host.len() <= 253 && host.split('.').all(|label| (1..=63).contains(&label.len()));
    if fits { FetchFailure::DnsFailure } else { FetchFailure::DnsNxdomain }
}

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let this = self.clone();
        Box::pin(async move {
            let addresses = this.addresses(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use url::Url;

    #[test]
    fn the_resolve_map_takes_hosts_literals_and_a_wildcard() {
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
    fn the_resolve_map_names_what_is_wrong() {
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

    #[test]
    fn a_name_that_cannot_be_written_is_dead_only_where_dns_cannot_hold_it() {
        let long = "x".repeat(64);
        for (host, failure) in [
            (format!("{long}.example"), FetchFailure::DnsNxdomain),
            ("a..example".to_owned(), FetchFailure::DnsNxdomain),
            (format!("{}example", "abcdefgh.".repeat(30)), FetchFailure::DnsNxdomain),
            ("-a.example".to_owned(), FetchFailure::DnsFailure),
            ("a'b.example".to_owned(), FetchFailure::DnsFailure),
        ] {
            assert!(DnsName::from_ascii(&host).is_err(), "{host}");
            assert_eq!(unnamable(&host), failure, "{host}");
        }
        assert!(DnsName::from_ascii("my_blog.example").is_ok(), "an underscore is in use");
    }

    #[tokio::test]
    async fn a_mapped_private_address_is_allowed_and_a_found_one_is_not() {
        let map = ResolveMap::new([("a.example", "10.0.0.1:81")]).unwrap();
        let resolver = Resolver::new(map, Vec::new(), Duration::from_secs(5), true);
        assert_eq!(resolver.addresses("a.example").await.unwrap(), ["10.0.0.1:81".parse().unwrap()]);
    }
}
