//! Resolves names to addresses: by the resolve map of the operator, otherwise by DNS and the address filter.
//!
//! DNS uses hickory, which distinguishes a name that does not exist from a server that cannot answer. The
//! `getaddrinfo` of the system does not, and only the first means that a link is dead.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::Name as DnsName;
use tokio::sync::OnceCell;

use crate::fetch::FetchFailure;
use crate::fetch::dns::address_filter::is_public_address;
use crate::fetch::dns::resolve_map::ResolveMap;
use crate::fetch::exhaustion::is_descriptor_exhaustion;

/// Why a name has no address that may be connected to. The HTTP client wraps it in its own errors.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(in crate::fetch) enum ResolveError {
    /// The look-up failed for this reason.
    #[error("{0}")]
    Failure(FetchFailure),
    /// This machine had no file descriptor left, which says nothing about the name.
    #[error("no file descriptor is left")]
    Exhausted,
}

impl From<FetchFailure> for ResolveError {
    fn from(failure: FetchFailure) -> Self {
        Self::Failure(failure)
    }
}

/// The resolver of the HTTP client.
#[derive(Clone)]
pub(in crate::fetch) struct Resolver(Arc<ResolverState>);

struct ResolverState {
    map: ResolveMap,
    nameservers: Vec<SocketAddr>,
    timeout: Duration,
    /// Whether the address filter applies.
    filtered: bool,
    /// Connected at the first lookup; `None` where the DNS settings of the system cannot be read.
    dns: OnceCell<Option<TokioResolver>>,
}

impl Resolver {
    /// Creates a resolver. `filtered` is false with `allow_private`, and for a resolver that only looks up
    /// the name of a proxy.
    pub(in crate::fetch) fn new(
        map: ResolveMap,
        nameservers: Vec<SocketAddr>,
        timeout: Duration,
        filtered: bool,
    ) -> Self {
        Self(Arc::new(ResolverState { map, nameservers, timeout, filtered, dns: OnceCell::new() }))
    }

    /// The addresses of a host that may be connected to. The port is 0 unless the resolve map sets one.
    pub(in crate::fetch) async fn resolve_host(&self, host: &str) -> Result<Vec<SocketAddr>, ResolveError> {
        let state = &*self.0;
        if let Some(mapped) = state.map.get(host) {
            return Ok(vec![SocketAddr::new(mapped.ip, mapped.port.unwrap_or(0))]);
        }
        let found = tokio::time::timeout(state.timeout, state.lookup_name(host))
            .await
            .map_err(|_| FetchFailure::DnsFailure)??;
        if found.is_empty() {
            return Err(FetchFailure::DnsFailure.into());
        }
        let allowed: Vec<SocketAddr> = found
            .into_iter()
            .filter(|ip| !state.filtered || is_public_address(*ip))
            .map(|ip| SocketAddr::new(ip, 0))
            .collect();
        if allowed.is_empty() { Err(FetchFailure::ForbiddenAddress.into()) } else { Ok(allowed) }
    }
}

impl ResolverState {
    async fn lookup_name(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let Some(dns) = self.dns.get_or_try_init(async || self.build_dns_client()).await? else {
            // Without readable DNS settings, the resolver of the system is used.
            return tokio::net::lookup_host((host, 0))
                .await
                .map(|found| found.map(|address| address.ip()).collect())
                .map_err(|error| {
                    if is_descriptor_exhaustion(&error) {
                        ResolveError::Exhausted
                    } else {
                        FetchFailure::DnsFailure.into()
                    }
                });
        };
        let mut name = DnsName::from_ascii(host).map_err(|_| invalid_name_failure(host))?;
        // A fully qualified name uses no search domains: `news` must never become `news.office.example`.
        name.set_fqdn(true);
        match dns.lookup_ip(name).await {
            Ok(found) => Ok(found.iter().collect()),
            Err(NetError::Dns(DnsError::NoRecordsFound(none)))
                if none.response_code == ResponseCode::NXDomain =>
            {
                Err(FetchFailure::DnsNxdomain.into())
            }
            Err(error) if is_exhausted(&error) => Err(ResolveError::Exhausted),
            Err(_) => Err(FetchFailure::DnsFailure.into()),
        }
    }

    /// Connects to the name servers; `None` where the DNS settings of the system cannot be read.
    fn build_dns_client(&self) -> Result<Option<TokioResolver>, ResolveError> {
        let builder = if self.nameservers.is_empty() {
            match TokioResolver::builder_tokio() {
                Ok(builder) => builder,
                Err(error) if is_exhausted(&error) => return Err(ResolveError::Exhausted),
                Err(error) => {
                    tracing::warn!(%error, "the DNS settings of the system could not be read; names are resolved by the system");
                    return Ok(None);
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
            Ok(resolver) => Ok(Some(resolver)),
            Err(error) if is_exhausted(&error) => Err(ResolveError::Exhausted),
            Err(error) => {
                tracing::warn!(%error, "the DNS resolver could not be set up; names are resolved by the system");
                Ok(None)
            }
        }
    }
}

fn is_exhausted(error: &NetError) -> bool {
    matches!(error, NetError::Io(io) if is_descriptor_exhaustion(io))
}

/// The failure for a name that hickory cannot write. A name that DNS cannot hold (RFC 1035, section 2.3.4)
/// cannot exist; any other may.
fn invalid_name_failure(host: &str) -> FetchFailure {
    let host = host.trim_end_matches('.');
    let fits = host.len() <= 253 && host.split('.').all(|label| (1..=63).contains(&label.len()));
    if fits { FetchFailure::DnsFailure } else { FetchFailure::DnsNxdomain }
}

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let this = self.clone();
        Box::pin(async move {
            let addresses = this.resolve_host(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn an_invalid_name_is_missing_only_if_dns_cannot_hold_it() {
        let long = "x".repeat(64);
        for (host, failure) in [
            (format!("{long}.example"), FetchFailure::DnsNxdomain),
            ("a..example".to_owned(), FetchFailure::DnsNxdomain),
            (format!("{}example", "abcdefgh.".repeat(30)), FetchFailure::DnsNxdomain),
            ("-a.example".to_owned(), FetchFailure::DnsFailure),
            ("a'b.example".to_owned(), FetchFailure::DnsFailure),
        ] {
            assert!(DnsName::from_ascii(&host).is_err(), "{host}");
            assert_eq!(invalid_name_failure(&host), failure, "{host}");
        }
        assert!(DnsName::from_ascii("my_blog.example").is_ok(), "underscores occur in practice");
    }

    #[tokio::test]
    async fn a_mapped_private_address_is_allowed() {
        let map = ResolveMap::new([("a.example", "10.0.0.1:81")]).unwrap();
        let resolver = Resolver::new(map, Vec::new(), Duration::from_secs(5), true);
        assert_eq!(resolver.resolve_host("a.example").await.unwrap(), ["10.0.0.1:81".parse().unwrap()]);
    }
}
