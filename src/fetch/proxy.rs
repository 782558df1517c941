//! Decides which requests go through a proxy.
//!
//! The HTTP client does not decide this, since a proxied request and a direct one need different address
//! checks: the names of proxied requests are resolved by the proxy.

use std::net::IpAddr;

use url::Url;

/// The proxies from the setting or from the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ProxyRules {
    http: Option<Url>,
    https: Option<Url>,
    /// Hosts without a proxy: in lower case, without a leading dot; `*` means every host.
    exempt: Vec<String>,
}

impl ProxyRules {
    /// One proxy for every request; `None` where it is not an HTTP proxy.
    pub(super) fn for_everything(proxy: &Url) -> Option<Self> {
        let usable = is_http_proxy(proxy);
        usable.then(|| Self { http: Some(proxy.clone()), https: Some(proxy.clone()), exempt: Vec::new() })
    }

    /// The rules in `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case. The lower-case
    /// variable has precedence, as in curl.
    pub(super) fn from_env() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| {
            let value = lookup(&name.to_ascii_lowercase()).or_else(|| lookup(name))?;
            let value = value.trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        let url = |name: &str| {
            let value = get(name)?;
            let with_scheme = if value.contains("://") { value } else { format!("http://{value}") };
            match Url::parse(&with_scheme) {
                Ok(url) if is_http_proxy(&url) => Some(url),
                _ => {
                    tracing::warn!(
                        variable = name,
                        "the variable holds no address of an HTTP proxy and is ignored"
                    );
                    None
                }
            }
        };
        let all = url("ALL_PROXY");
        let exempt = get("NO_PROXY").unwrap_or_default();
        Self {
            http: url("HTTP_PROXY").or_else(|| all.clone()),
            https: url("HTTPS_PROXY").or(all),
            exempt: exempt
                .split([',', ' '])
                .map(|entry| {
                    entry.trim().trim_start_matches("*.").trim_start_matches('.').to_ascii_lowercase()
                })
                .filter(|entry| !entry.is_empty())
                .collect(),
        }
    }

    /// Whether no request goes through a proxy.
    pub(super) fn is_empty(&self) -> bool {
        self.http.is_none() && self.https.is_none()
    }

    /// The proxy for the scheme of a URL. Every request of a proxied client goes there: such a client has
    /// no address filter, so an exemption must not make it connect directly.
    pub(super) fn proxy_for_scheme(&self, url: &Url) -> Option<&Url> {
        if url.scheme() == "https" { self.https.as_ref() } else { self.http.as_ref() }
    }

    /// The proxy for a URL; `None` where it has none or is exempt.
    pub(super) fn proxy_for_url(&self, url: &Url) -> Option<&Url> {
        let proxy = self.proxy_for_scheme(url)?;
        let host = url.host_str().unwrap_or_default();
        (!self.exempt.iter().any(|entry| entry_matches(entry, host))).then_some(proxy)
    }
}

fn is_http_proxy(proxy: &Url) -> bool {
    matches!(proxy.scheme(), "http" | "https") && proxy.has_host()
}

fn entry_matches(entry: &str, host: &str) -> bool {
    if entry == "*" {
        return true;
    }
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = literal.parse::<IpAddr>() {
        return match entry.split_once('/') {
            Some((network, bits)) => network
                .parse()
                .ok()
                .zip(bits.parse().ok())
                .is_some_and(|(network, bits)| is_in_network(address, network, bits)),
            None => entry.trim_start_matches('[').trim_end_matches(']').parse() == Ok(address),
        };
    }
    host == entry || host.strip_suffix(entry).is_some_and(|rest| rest.ends_with('.'))
}

fn is_in_network(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => {
            bits <= 32 && (u32::from(a) ^ u32::from(n)).checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(a), IpAddr::V6(n)) => {
            bits <= 128 && (u128::from(a) ^ u128::from(n)).checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn the_environment_decides_which_urls_are_proxied() {
        let rules = ProxyRules::from_lookup(|name| match name {
            "http_proxy" => Some("proxy.example:3128".into()),
            "HTTPS_PROXY" => Some("http://secure.example:8080".into()),
            "NO_PROXY" => Some(".inner.example, plain.example,10.0.0.0/8,::1".into()),
            _ => None,
        });
        let via =
            |url: &str| rules.proxy_for_url(&Url::parse(url).unwrap()).map(|proxy| proxy.host_str().unwrap());
        assert_eq!(via("http://a.example/"), Some("proxy.example"));
        assert_eq!(via("https://a.example/"), Some("secure.example"));
        for direct in
            ["http://x.inner.example/", "http://plain.example/", "http://10.9.8.7/", "http://[::1]/"]
        {
            assert_eq!(via(direct), None, "{direct}");
        }
        assert_eq!(via("http://notplain.example/"), Some("proxy.example"));
        assert_eq!(via("http://11.0.0.1/"), Some("proxy.example"));
        assert!(ProxyRules::from_lookup(|_| None).is_empty());
        assert!(ProxyRules::from_lookup(|_| Some("socks5://x".into())).is_empty());
        assert_eq!(ProxyRules::for_everything(&Url::parse("socks5://x.example").unwrap()), None);
    }
}
