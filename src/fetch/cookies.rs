//! Cookies for one redirect chain.
//!
//! Some sites answer the first request with a cookie and a redirect to the same page; without the
//! cookie that is a loop. So cookies are kept while one chain is followed, and dropped after: no
//! page ever sees what another left. The rules are those of RFC 6265, section 5.

use url::{Host, Url};

use super::{Exchange, retry_after};

/// More than this is no session but an attack.
const MAX_COOKIES: usize = 64;
/// The longest name and value together (RFC 6265, section 6.1).
const MAX_COOKIE: usize = 4096;
/// The longest `Cookie` header: servers refuse more.
const MAX_HEADER: usize = 8192;

/// The cookies of one chain.
#[derive(Clone, Debug, Default)]
pub struct CookieJar {
    cookies: Vec<Cookie>,
}

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    domain: String,
    host_only: bool,
    path: String,
    secure: bool,
}

impl CookieJar {
    /// An empty jar.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the `Set-Cookie` fields of an answer.
    pub fn absorb(&mut self, exchange: &Exchange) {
        let Ok(response) = &exchange.outcome else { return };
        for field in response.headers.iter().filter(|field| field.name == "set-cookie") {
            self.set(&field.value, &exchange.url, exchange.at);
        }
    }

    /// The `Cookie` header for a URL, where any cookie is for it. Longer paths come first.
    pub fn header_for(&self, url: &Url) -> Option<String> {
        let host = url.host_str()?;
        let mut fitting: Vec<&Cookie> =
            self.cookies.iter().filter(|cookie| cookie.is_for(url, host)).collect();
        fitting.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let mut header = String::new();
        for cookie in fitting {
            let length = header.len() + cookie.name.len() + cookie.value.len() + 3;
            if length > MAX_HEADER {
                break;
            }
            if !header.is_empty() {
                header.push_str("; ");
            }
            if !cookie.name.is_empty() {
                header.push_str(&cookie.name);
                header.push('=');
            }
            header.push_str(&cookie.value);
        }
        (!header.is_empty()).then_some(header)
    }

    fn set(&mut self, field: &str, url: &Url, now: jiff::Timestamp) {
        let Some(host) = url.host_str() else { return };
        let mut parts = field.split(';');
        let pair = parts.next().unwrap_or_default();
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let (name, value) = (name.trim(), value.trim());
        let clean = |text: &str| text.chars().all(|c| !c.is_control());
        if (name.is_empty() && value.is_empty())
            || name.len() + value.len() > MAX_COOKIE
            || !clean(name)
            || !clean(value)
        {
            return;
        }
        let mut cookie = Cookie {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: host.to_owned(),
            host_only: true,
            path: default_path(url),
            secure: false,
        };
        let (mut lifetime, mut end) = (None, None);
        for attribute in parts {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "domain" if !value.is_empty() => {
                    let domain = value.trim_start_matches('.').to_ascii_lowercase();
                    if domain != host {
                        if !covers(&domain, host, url) {
                            return;
                        }
                        cookie.domain = domain;
                    }
                    cookie.host_only =
                        cookie.domain == host && matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_)));
                }
                "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
                "secure" => cookie.secure = true,
                "max-age" => lifetime = value.parse::<i64>().ok(),
                "expires" => end = retry_after::http_date(value),
                _ => {}
            }
        }
        let expired = lifetime.map_or_else(|| end.is_some_and(|time| time <= now), |seconds| seconds <= 0);
        self.cookies.retain(|old| {
            !(old.name == cookie.name && old.domain == cookie.domain && old.path == cookie.path)
        });
        if !expired && self.cookies.len() < MAX_COOKIES {
            self.cookies.push(cookie);
        }
    }
}

impl Cookie {
    fn is_for(&self, url: &Url, host: &str) -> bool {
        let domain = host == self.domain
            || (!self.host_only && host.strip_suffix(&self.domain).is_some_and(|rest| rest.ends_with('.')));
        let path = url
            .path()
            .strip_prefix(self.path.as_str())
            .is_some_and(|rest| rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/'));
        domain && path && (!self.secure || url.scheme() == "https")
    }
}

/// Whether a host may set a cookie for a domain above it: never for a whole public suffix.
fn covers(domain: &str, host: &str, url: &Url) -> bool {
    let below = host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    let named = matches!(url.host(), Some(Host::Domain(_)));
    below && named && psl::domain_str(domain).is_some()
}

/// RFC 6265, section 5.1.4.
fn default_path(url: &Url) -> String {
    let path = url.path();
    match path.rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(last) => path.get(..last).unwrap_or("/").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn after(url: &str, fields: &[&str]) -> CookieJar {
        let mut jar = CookieJar::new();
        for field in fields {
            jar.set(field, &Url::parse(url).unwrap(), "2026-01-01T00:00:00Z".parse().unwrap());
        }
        jar
    }

    #[test]
    fn a_cookie_goes_back_where_it_belongs() {
        for (set_by, field, asked, expected) in [
            ("http://a.example/x", "id=1", "http://a.example/y", Some("id=1")),
            ("http://a.example/x", "id=1; Path=/x", "http://a.example/x/y", Some("id=1")),
            ("http://a.example/x", "id=1; Path=/x", "http://a.example/xy", None),
            ("http://a.example/d/x", "id=1", "http://a.example/d/y", Some("id=1")),
            ("http://a.example/d/x", "id=1", "http://a.example/", None),
            ("http://a.example/", "id=1", "http://b.a.example/", None),
            ("http://b.a.example/", "id=1; Domain=.A.example", "http://c.a.example/", Some("id=1")),
            ("http://b.a.example/", "id=1; domain=example", "http://c.example/", None),
            ("http://x.co.uk/", "id=1; domain=co.uk", "http://y.co.uk/", None),
            ("http://a.example/", "id=1; domain=b.example", "http://b.example/", None),
            ("https://a.example/", "id=1; Secure", "http://a.example/", None),
            ("https://a.example/", "id=1; Secure", "https://a.example/", Some("id=1")),
            ("http://a.example/", "id=1; Max-Age=0", "http://a.example/", None),
            ("http://a.example/", "id=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://a.example/", None),
            (
                "http://a.example/",
                "id=1; Expires=Thu, 01 Jan 2037 00:00:00 GMT",
                "http://a.example/",
                Some("id=1"),
            ),
            ("http://a.example/", "id=a\u{1}b", "http://a.example/", None),
            ("http://127.0.0.1/", "id=1; domain=127.0.0.1", "http://127.0.0.1/", Some("id=1")),
        ] {
            let got = after(set_by, &[field]).header_for(&Url::parse(asked).unwrap());
            assert_eq!(got.as_deref(), expected, "{set_by} {field} → {asked}");
        }
    }

    #[test]
    fn a_later_cookie_replaces_and_removes() {
        let url = Url::parse("http://a.example/").unwrap();
        let jar = after("http://a.example/", &["a=1", "b=2", "a=3", "b=; max-age=-1"]);
        assert_eq!(jar.header_for(&url).as_deref(), Some("a=3"));
        let many: Vec<String> = (0..500).map(|n| format!("c{n}={}", "x".repeat(1000))).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let header = after("http://a.example/", &many).header_for(&url).unwrap();
        assert!(header.len() <= MAX_HEADER, "{}", header.len());
    }
}
