//! Keeps cookies for one redirect chain.
//!
//! Some sites answer the first request with a cookie and a redirect to the same page, which is a loop
//! without the cookie. A jar therefore lives as long as one chain, so that no page receives the cookies of
//! another. The crate `cookie_store` applies the rules of RFC 6265; this file adds the limits, and the
//! public suffix list.

use cookie_store::{Cookie, CookieDomain, CookieStore};
use url::Url;

use super::Exchange;

/// The most cookies that a chain keeps.
const MAX_COOKIES: usize = 64;
/// The most bytes of a name and value together (RFC 6265, section 6.1).
const MAX_COOKIE_BYTES: usize = 4096;
/// The most bytes of a `Set-Cookie` field with its attributes.
const MAX_FIELD_BYTES: usize = 2 * MAX_COOKIE_BYTES;
/// The most bytes of a `Cookie` header; servers refuse longer ones.
const MAX_HEADER_BYTES: usize = 8192;

/// The cookies of one redirect chain.
#[derive(Clone, Debug, Default)]
pub struct CookieJar {
    store: CookieStore,
}

impl CookieJar {
    /// Creates a jar without cookies.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores the cookies that an answer sets.
    pub fn store_cookies(&mut self, exchange: &Exchange) {
        let Ok(response) = &exchange.outcome else { return };
        for field in response.headers.iter().filter(|field| field.name == "set-cookie") {
            self.store_field(&field.value, &exchange.url);
        }
    }

    /// The value of the `Cookie` header for a URL, where any cookie applies to it. Cookies with longer
    /// paths come first (RFC 6265, section 5.4).
    pub fn cookie_header(&self, url: &Url) -> Option<String> {
        let mut cookies = self.store.matches(url);
        cookies.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let mut header = String::new();
        for (name, value) in cookies.iter().map(|cookie| cookie.name_value()) {
            if header.len() + name.len() + value.len() + "; =".len() > MAX_HEADER_BYTES {
                break;
            }
            if !header.is_empty() {
                header.push_str("; ");
            }
            header.push_str(name);
            header.push('=');
            header.push_str(value);
        }
        (!header.is_empty()).then_some(header)
    }

    fn store_field(&mut self, field: &str, url: &Url) {
        if field.len() > MAX_FIELD_BYTES {
            return;
        }
        let Ok(mut cookie) = Cookie::parse(field, url) else { return };
        let (name, value) = cookie.name_value();
        let has_control = |text: &str| text.chars().any(char::is_control);
        if name.len() + value.len() > MAX_COOKIE_BYTES || has_control(name) || has_control(value) {
            return;
        }
        // A cookie for a whole public suffix would reach the sites of strangers (RFC 6265, section 5.3,
        // step 5).
        if matches!(&cookie.domain, CookieDomain::Suffix(domain) if psl::domain_str(domain).is_none()) {
            let Ok(host_only) = CookieDomain::host_only(url) else { return };
            if !cookie.domain.host_is_identical(url) {
                return;
            }
            cookie.domain = host_only;
        }
        let domain = cookie.domain.as_cow().unwrap_or_default();
        let replaces = self.store.contains_any(&domain, &cookie.path, cookie.name());
        if replaces || self.store.iter_any().count() < MAX_COOKIES {
            // An error means that the rules refuse the cookie.
            let _ = self.store.insert(cookie.into_owned(), url);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn jar_after(url: &str, fields: &[&str]) -> CookieJar {
        let mut jar = CookieJar::new();
        for field in fields {
            jar.store_field(field, &Url::parse(url).unwrap());
        }
        jar
    }

    #[test]
    fn a_cookie_is_sent_only_to_the_urls_that_it_applies_to() {
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
            ("http://x.co.uk/", "id=1; domain=co.uk", "http://x.co.uk/", None),
            ("http://github.io/", "id=1; domain=github.io", "http://github.io/", Some("id=1")),
            ("http://github.io/", "id=1; domain=github.io", "http://a.github.io/", None),
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
            let header = jar_after(set_by, &[field]).cookie_header(&Url::parse(asked).unwrap());
            assert_eq!(header.as_deref(), expected, "{set_by} {field} → {asked}");
        }
    }

    #[test]
    fn a_later_cookie_replaces_and_removes() {
        let url = Url::parse("http://a.example/").unwrap();
        let jar = jar_after("http://a.example/", &["a=1", "b=2", "a=3", "b=; max-age=-1"]);
        assert_eq!(jar.cookie_header(&url).as_deref(), Some("a=3"));
        let deeper = Url::parse("http://a.example/d/x").unwrap();
        let jar = jar_after("http://a.example/d/x", &["a=1; path=/", "b=2; path=/d", "c=3; path=/"]);
        assert_eq!(jar.cookie_header(&deeper).as_deref(), Some("b=2; a=1; c=3"));
    }

    #[test]
    fn cookies_are_limited_in_number_and_bytes() {
        let url = Url::parse("http://a.example/").unwrap();
        let many: Vec<String> = (0..500).map(|n| format!("c{n}={}", "x".repeat(1000))).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let jar = jar_after("http://a.example/", &many);
        assert_eq!(jar.store.iter_any().count(), MAX_COOKIES);
        let header = jar.cookie_header(&url).unwrap();
        assert!(header.len() <= MAX_HEADER_BYTES, "{}", header.len());
        let long = format!("a={}", "x".repeat(MAX_COOKIE_BYTES));
        let long_path = format!("a=1; path=/{}", "x".repeat(MAX_FIELD_BYTES));
        assert_eq!(jar_after("http://a.example/", &[&long, &long_path]).store.iter_any().count(), 0);
    }
}
