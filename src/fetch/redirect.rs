//! Decides where a chain of exchanges goes next.
//!
//! Followed are HTTP redirects (RFC 9110, section 15.4), and pages that send a browser elsewhere within a
//! second.

use serde::{Deserialize, Serialize};
use url::Url;

use super::meta_refresh::find_refresh_target;
use super::{Exchange, Response};
use crate::frontier::HostKey;

/// What follows after the last exchange of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectStep {
    /// Nothing: the chain is complete.
    Final,
    /// Another hop.
    Hop {
        /// The URL to request, without fragment.
        url: Url,
        /// Whether the redirect is permanent: 301, 308, or an instant refresh.
        permanent: bool,
    },
    /// The chain cannot be followed further.
    Failed(RedirectFailure),
}

/// Why a chain cannot be followed further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum RedirectFailure {
    /// It returns to a URL that it visited before.
    #[error("the redirects come back to where they were")]
    Loop,
    /// It has more hops than allowed.
    #[error("too many redirects")]
    TooMany,
    /// It has no target, or one that is not a web address.
    #[error("a redirect without a usable target")]
    Bad,
}

/// What follows after `chain`, the exchanges so far in their order.
pub fn next_step(chain: &[Exchange], max_redirects: usize) -> RedirectStep {
    let Some(last) = chain.last() else { return RedirectStep::Final };
    let Ok(response) = &last.outcome else { return RedirectStep::Final };
    let (url, permanent) = match redirect_target(&last.url, response) {
        Ok(None) => return RedirectStep::Final,
        Ok(Some(target)) => target,
        Err(failure) => return RedirectStep::Failed(failure),
    };
    if closes_loop(chain, &url) {
        return RedirectStep::Failed(RedirectFailure::Loop);
    }
    if chain.len() > max_redirects {
        return RedirectStep::Failed(RedirectFailure::TooMany);
    }
    RedirectStep::Hop { url, permanent }
}

/// The target of the redirect in one answer, and whether it is permanent; `None` where the answer is no
/// redirect.
pub fn redirect_target(url: &Url, response: &Response) -> Result<Option<(Url, bool)>, RedirectFailure> {
    let permanent = match response.status {
        301 | 308 => true,
        302 | 303 | 307 => false,
        // A choice of several, of which the server prefers one (RFC 9110, section 15.4.1).
        300 if response.header("location").is_some() => false,
        200..=299 => return Ok(refresh_target(url, response).map(|target| (target, true))),
        _ => return Ok(None),
    };
    let location = response.header("location").ok_or(RedirectFailure::Bad)?;
    let target = resolve_target(url, location).ok_or(RedirectFailure::Bad)?;
    Ok(Some((target, permanent)))
}

/// Whether a target closes a loop. A URL may occur a second time if a cookie was set in between, which is
/// how some sites test for cookies. Otherwise the answer would be the same each time.
fn closes_loop(chain: &[Exchange], url: &Url) -> bool {
    let is_same = |exchange: &Exchange| {
        let mut requested = exchange.url.clone();
        requested.set_fragment(None);
        requested == *url
    };
    let Some(first) = chain.iter().position(is_same) else { return false };
    let sets_cookie = |exchange: &Exchange| {
        exchange.outcome.as_ref().is_ok_and(|response| response.header("set-cookie").is_some())
    };
    let visits = chain.iter().filter(|exchange| is_same(exchange)).count();
    visits > 1 || !chain.iter().skip(first).any(sets_cookie)
}

/// The web address that a target names, without fragment; `None` where it names none.
fn resolve_target(base: &Url, location: &str) -> Option<Url> {
    let location = location.trim();
    if location.is_empty() {
        return None;
    }
    let mut target = one_slash_target(base, location).or_else(|| base.join(location).ok())?;
    target.set_fragment(None);
    // A name and password are never sent, so they are not part of the URL that is shown and stored.
    let _ = target.set_username("");
    let _ = target.set_password(None);
    (matches!(target.scheme(), "http" | "https") && target.has_host()).then_some(target)
}

/// The target of `https:/a.example/x` on a page of the same domain. Browsers look for a folder of that name
/// (WHATWG URL, special relative or authority state), where the site means itself and lost a slash.
fn one_slash_target(base: &Url, location: &str) -> Option<Url> {
    let (scheme, rest) = location.split_once(":/")?;
    if !scheme.eq_ignore_ascii_case(base.scheme()) || rest.starts_with(['/', '\\']) {
        return None;
    }
    let target = Url::parse(&format!("{scheme}://{rest}")).ok()?;
    let domain = |url: &Url| HostKey::from_url(url).registrable_domain();
    (domain(&target) == domain(base)).then_some(target)
}

/// The target of an instant refresh to another page. A page that reloads itself is no redirect.
fn refresh_target(url: &Url, response: &Response) -> Option<Url> {
    let (target, base) = find_refresh_target(url, response)?;
    let target = resolve_target(&base, &target)?;
    let mut own = url.clone();
    own.set_fragment(None);
    (target != own).then_some(target)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::fetch::{FetchFailure, HeaderField, Protocol};
    use crate::model::Untrusted;
    use std::time::Duration;

    fn exchange(url: &str, status: u16, fields: &[(&str, &str)], body: &str) -> Exchange {
        let own = |(name, value): &(&str, &str)| HeaderField { name: (*name).into(), value: (*value).into() };
        Exchange {
            url: Url::parse(url).unwrap(),
            at: jiff::Timestamp::UNIX_EPOCH,
            elapsed: Duration::ZERO,
            remote: None,
            connected: true,
            request_headers: Vec::new(),
            outcome: Ok(Response {
                status,
                status_line: None,
                protocol: Protocol::Http11,
                headers: fields.iter().map(own).collect(),
                body: Untrusted::new(body.as_bytes().to_vec()),
                truncated: None,
            }),
        }
    }

    const BASE: &str = "http://a.example/d/page?x=1#part";

    fn step_after(status: u16, fields: &[(&str, &str)], body: &str) -> RedirectStep {
        next_step(&[exchange(BASE, status, fields, body)], 10)
    }

    fn hop(url: &str, permanent: bool) -> RedirectStep {
        RedirectStep::Hop { url: Url::parse(url).unwrap(), permanent }
    }

    #[test]
    fn statuses_and_locations_decide_the_next_hop() {
        for (status, location, expected) in [
            (301, "http://b.example/", hop("http://b.example/", true)),
            (308, "/x#part", hop("http://a.example/x", true)),
            (302, "y", hop("http://a.example/d/y", false)),
            (303, "//b.example/z", hop("http://b.example/z", false)),
            (307, "?q", hop("http://a.example/d/page?q", false)),
            (302, " /新闻 ", hop("http://a.example/%E6%96%B0%E9%97%BB", false)),
            (302, "/%D0%C2%CE%C5", hop("http://a.example/%D0%C2%CE%C5", false)),
            (302, "HTTPS:\\\\b.example\\x", hop("https://b.example/x", false)),
            (301, "http:/a.example/x/y", hop("http://a.example/x/y", true)),
            (301, "HTTP:/a.example", hop("http://a.example/", true)),
            (301, "http:/x/y", hop("http://a.example/x/y", true)),
            (301, "https:/b.example/x", hop("https://b.example/x", true)),
            (301, "", RedirectStep::Failed(RedirectFailure::Bad)),
            (301, "weixin://dl", RedirectStep::Failed(RedirectFailure::Bad)),
            (301, "mailto:a@b.example", RedirectStep::Failed(RedirectFailure::Bad)),
            (301, "http://", RedirectStep::Failed(RedirectFailure::Bad)),
            (302, "http://a.example/d/page?x=1", RedirectStep::Failed(RedirectFailure::Loop)),
            (302, "http://u:p@b.example/z", hop("http://b.example/z", false)),
            (300, "/preferred", hop("http://a.example/preferred", false)),
            (200, "http://b.example/", RedirectStep::Final),
            (304, "http://b.example/", RedirectStep::Final),
            (404, "http://b.example/", RedirectStep::Final),
        ] {
            assert_eq!(step_after(status, &[("location", location)], ""), expected, "{status} {location}");
        }
        assert_eq!(step_after(301, &[], ""), RedirectStep::Failed(RedirectFailure::Bad), "no target");
        assert_eq!(next_step(&[], 10), RedirectStep::Final);
        let mut failed = exchange(BASE, 301, &[], "");
        failed.outcome = Err(FetchFailure::Timeout);
        assert_eq!(next_step(&[failed], 10), RedirectStep::Final);
    }

    #[test]
    fn only_an_instant_refresh_of_a_page_is_a_redirect() {
        let html = [("content-type", "text/html; charset=utf-8")];
        for target in [
            r#"<meta http-equiv="refresh" content="0; url=/x">"#,
            r#"<META content='1;URL="/x"' HTTP-EQUIV=Refresh>"#,
            r#"<meta http-equiv=refresh content="0,/x" />"#,
            r#"<meta http-equiv=refresh content="0.5; url = '/x'">"#,
            "<!-- a --><html><head><script>var a;</script><meta http-equiv=refresh content=0;url=/x>",
            "<meta name='a>b' http-equiv=refresh content='0; url=&#47;x'>",
            "<meta http-equiv='refresh ' content='0;&#32;url = &quot;/x&quot;'>",
            "<meta http-equiv=refresh content='0;url=&apos;/x&apos;; x'>",
            "<base href=/y/z><meta http-equiv=refresh content='0;url=../x'>",
            "<base target=_top><base href='http://a.&#101;xample/y/'><base href=/w/><meta http-equiv=refresh content='0;url=../x'>",
            "<template><base href=http://b.example/></template><meta http-equiv=refresh content='0;url=/x'>",
        ] {
            assert_eq!(step_after(200, &html, target), hop("http://a.example/x", true), "{target}");
        }
        assert_eq!(step_after(200, &[("refresh", "0; url=/x")], ""), hop("http://a.example/x", true));
        let spaced = r#"<base href="/my files/"><meta http-equiv=refresh content="0;url=an &amp; b.html?c=1&amp;d=2">"#;
        let whole = hop("http://a.example/my%20files/an%20&%20b.html?c=1&d=2", true);
        assert_eq!(step_after(200, &html, spaced), whole);
        for page in [
            r#"<meta http-equiv="refresh" content="5; url=/x">"#,
            r#"<meta http-equiv="refresh" content="0">"#,
            r#"<meta http-equiv="refresh" content="0; url=page?x=1">"#,
            r#"<meta http-equiv="refresh" content="0; url=javascript:x()">"#,
            r#"<noscript><meta http-equiv="refresh" content="0; url=/x"></noscript>"#,
            r#"<!-- <meta http-equiv="refresh" content="0; url=/x"> -->"#,
            r#"<script>document.write('<meta http-equiv="refresh" content="0; url=/x">')</script>"#,
            "<p>Put http-equiv refresh in a meta tag",
        ] {
            assert_eq!(step_after(200, &html, page), RedirectStep::Final, "{page}");
        }
        let page = r#"<meta http-equiv="refresh" content="0; url=/x">"#;
        assert_eq!(step_after(404, &html, page), RedirectStep::Final, "a missing page is no redirect");
        assert_eq!(step_after(200, &[("content-type", "text/plain")], page), RedirectStep::Final);
    }

    #[test]
    fn a_loop_is_neither_a_cookie_test_nor_a_long_chain() {
        let to = |url: &str, target: &str| exchange(url, 302, &[("location", target)], "");
        let (a, b) = ("http://a.example/", "http://b.example/");
        assert_eq!(next_step(&[to(a, b), to(b, a)], 10), RedirectStep::Failed(RedirectFailure::Loop));
        let test = exchange(a, 302, &[("location", a), ("set-cookie", "seen=1")], "");
        assert_eq!(next_step(std::slice::from_ref(&test), 10), hop(a, false));
        assert_eq!(next_step(&[test.clone(), test], 10), RedirectStep::Failed(RedirectFailure::Loop));
        let chain: Vec<Exchange> = (0..4).map(|n| to(&format!("{a}{n}"), &format!("{a}{}", n + 1))).collect();
        assert_eq!(next_step(&chain[..3], 3), hop("http://a.example/3", false));
        assert_eq!(next_step(&chain, 3), RedirectStep::Failed(RedirectFailure::TooMany));
    }
}
