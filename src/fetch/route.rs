//! Decides how a URL is requested: directly or through a proxy, and to which address.

use std::fmt::Write as _;
use std::net::IpAddr;

use reqwest::header::HeaderValue;
use url::{Host, Url};

use super::dns::address_filter::{is_local_name, is_public_address};
use super::proxy::ProxyRules;
use super::{FetchFailure, MappedAddress, ResolveMap};

/// How a URL is requested.
pub(super) struct Route {
    /// The URL to send the request to.
    pub url: Url,
    /// The `Host` to send, where the URL was changed to reach a mapped address.
    pub host: Option<HeaderValue>,
    pub via_proxy: bool,
}

impl Route {
    /// Finds the route of a URL. Fails for a URL without a host, and for an address that must not be
    /// connected to.
    pub(super) fn for_request(
        url: &Url,
        resolve: &ResolveMap,
        proxies: &ProxyRules,
        allow_private: bool,
    ) -> Result<Self, FetchFailure> {
        let mut target = url.clone();
        target.set_fragment(None);
        // A name and password in a link of the archive belong to a trick or a leak, and are never sent.
        let _ = target.set_username("");
        let _ = target.set_password(None);
        let host = target.host_str().unwrap_or_default();
        let mapped = resolve.get(host);
        let via_proxy = mapped.is_none() && proxies.proxy_for_url(&target).is_some();
        let literal = match target.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(FetchFailure::Protocol),
        };
        let mut authority = None;
        match (mapped, literal) {
            // The client does not ask the resolver about literal addresses, so they are checked here.
            (None, Some(address)) if !allow_private && !is_public_address(address) => {
                return Err(FetchFailure::ForbiddenAddress);
            }
            // The address that a proxy finds for a name cannot be checked here.
            (None, None) if via_proxy && !allow_private && is_local_name(host) => {
                return Err(FetchFailure::ForbiddenAddress);
            }
            (Some(mapped), Some(_)) => {
                authority = Some(authority_of(&target));
                map_literal(&mut target, mapped)?;
            }
            // The client uses the port of the resolver only where the URL states none.
            (Some(MappedAddress { port: Some(_), .. }), None) if target.port().is_some() => {
                authority = Some(authority_of(&target));
                target.set_port(None).map_err(|()| FetchFailure::Protocol)?;
            }
            _ => {}
        }
        let host = authority.and_then(|text| HeaderValue::from_str(&text).ok());
        Ok(Self { url: target, host, via_proxy })
    }
}

/// The host and port of a URL, as the `Host` header states them.
pub(super) fn authority_of(url: &Url) -> String {
    let mut text = url.host_str().unwrap_or_default().to_owned();
    if let Some(port) = url.port() {
        let _ = write!(text, ":{port}");
    }
    text
}

/// Sends a URL with a literal address and a resolve entry to the mapped address. It keeps its `Host`; over
/// TLS the certificate must be for the mapped address.
fn map_literal(url: &mut Url, mapped: MappedAddress) -> Result<(), FetchFailure> {
    url.set_ip_host(mapped.ip).map_err(|()| FetchFailure::Protocol)?;
    if mapped.port.is_some() {
        url.set_port(mapped.port).map_err(|()| FetchFailure::Protocol)?;
    }
    Ok(())
}
