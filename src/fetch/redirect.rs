//! Where a chain of exchanges goes next.
//!
//! HTTP redirects (RFC 9110, section 15.4) and pages that do nothing but send a browser elsewhere
//! at once (`Refresh`, `<meta http-equiv=refresh>` of at most a second).

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde::{Deserialize, Serialize};
use url::Url;

use super::body::charset;
use super::{Exchange, Response};
use crate::markup::{self, Token, Tokens};

/// How far into a page a refresh is looked for.
const HEAD: usize = 64 * 1024;
/// A delay in seconds up to which a refresh is a redirect; longer ones are notices to be read.
const INSTANT: f64 = 1.0;

/// Elements in which a browser that runs scripts obeys no `<meta>`.
const INERT: [&str; 2] = ["noscript", "template"];

/// What follows after the last exchange of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The chain is at its end.
    Final,
    /// Another hop.
    Hop {
        /// The URL to ask for, without fragment.
        url: Url,
        /// Whether the redirect is for good: 301, 308, or an instant refresh.
        permanent: bool,
    },
    /// The chain leads nowhere.
    Failed(RedirectFailure),
}

/// Why a chain leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum RedirectFailure {
    /// It comes back to where it was.
    #[error("the redirects come back to where they were")]
    Loop,
    /// More hops than allowed.
    #[error("too many redirects")]
    TooMany,
    /// No target, or none that is a web address.
    #[error("a redirect without a usable target")]
    Bad,
}

/// What follows after `chain`, the exchanges so far in their order.
pub fn next(chain: &[Exchange], max_redirects: usize) -> Next {
    let Some(last) = chain.last() else { return Next::Final };
    let Ok(response) = &last.outcome else { return Next::Final };
    let (url, permanent) = match hop(&last.url, response) {
        Ok(None) => return Next::Final,
        Ok(Some(found)) => found,
        Err(failure) => return Next::Failed(failure),
    };
    if loops(chain, &url) {
        return Next::Failed(RedirectFailure::Loop);
    }
    if chain.len() > max_redirects {
        return Next::Failed(RedirectFailure::TooMany);
    }
    Next::Hop { url, permanent }
}

/// The redirect that one answer makes, and whether it is permanent. What [`next`] judges a chain by.
pub fn hop(url: &Url, response: &Response) -> Result<Option<(Url, bool)>, RedirectFailure> {
    let permanent = match response.status {
        301 | 308 => true,
        302 | 303 | 307 => false,
        // A choice of which the server prefers one (RFC 9110, section 15.4.1).
        300 if response.header("location").is_some() => false,
        200..=299 => return Ok(refresh(url, response).map(|target| (target, true))),
        _ => return Ok(None),
    };
    let location = response.header("location").ok_or(RedirectFailure::Bad)?;
    let target = web_target(url, location).ok_or(RedirectFailure::Bad)?;
    Ok(Some((target, permanent)))
}

/// A URL may come back once where a cookie was set in between: that is how some sites test for
/// cookies. Without one, the answer would be the same for ever.
fn loops(chain: &[Exchange], url: &Url) -> bool {
    let same = |exchange: &Exchange| {
        let mut asked = exchange.url.clone();
        asked.set_fragment(None);
        asked == *url
    };
    let Some(first) = chain.iter().position(same) else { return false };
    let sets_cookie = |exchange: &Exchange| {
        exchange.outcome.as_ref().is_ok_and(|response| response.header("set-cookie").is_some())
    };
    let seen = chain.iter().filter(|exchange| same(exchange)).count();
    seen > 1 || !chain.iter().skip(first).any(sets_cookie)
}

fn web_target(base: &Url, location: &str) -> Option<Url> {
    let location = location.trim();
    if location.is_empty() {
        return None;
    }
    let mut target = base.join(location).ok()?;
    target.set_fragment(None);
    // A name and password are never sent, and so belong in no address that is shown or kept.
    let _ = target.set_username("");
    let _ = target.set_password(None);
    (matches!(target.scheme(), "http" | "https") && target.has_host()).then_some(target)
}

fn refresh(url: &Url, response: &Response) -> Option<Url> {
    let value = match response.header("refresh") {
        Some(value) => value.to_owned(),
        None => refresh_in_page(response)?,
    };
    let target = refresh_target(&value)?;
    let target = web_target(url, target)?;
    let mut own = url.clone();
    own.set_fragment(None);
    // A page that reloads itself is no redirect.
    (target != own).then_some(target)
}

fn refresh_in_page(response: &Response) -> Option<String> {
    static WORD: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(["refresh"]).ok());
    let media = response.media_type();
    if !media.as_deref().is_none_or(|media| media.contains("html")) {
        return None;
    }
    let body = response.body.expose();
    let head = body.get(..HEAD).unwrap_or(body);
    // Most pages hold no such word; it is ASCII in every charset that is in use.
    WORD.as_ref()?.find(head)?;
    let text = charset::decode(head, response.header("content-type")).text;
    refresh_in_markup(&text)
}

/// The `content` of the first `<meta http-equiv=refresh>` that a browser with scripts obeys.
fn refresh_in_markup(html: &str) -> Option<String> {
    let mut inert: Option<&str> = None;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, .. } if inert.is_none() && markup::is_one_of(name, &INERT) => {
                inert = Some(name);
            }
            Token::EndTag { name, .. } if inert.is_some_and(|open| open.eq_ignore_ascii_case(name)) => {
                inert = None;
            }
            Token::StartTag { name, attributes, .. }
                if inert.is_none() && name.eq_ignore_ascii_case("meta") =>
            {
                let kind = markup::attribute_value(attributes, "http-equiv").unwrap_or_default();
                let content = markup::attribute_value(attributes, "content");
                if let Some(content) = content.filter(|_| kind.trim().eq_ignore_ascii_case("refresh")) {
                    return Some(htmlize::unescape_attribute(content).into_owned());
                }
            }
            _ => {}
        }
    }
    None
}

/// `0; url=…`, with the liberties of the HTML standard (quotes, `,` for `;`, no `url=`).
fn refresh_target(value: &str) -> Option<&str> {
    let value = value.trim_start();
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let (delay, rest) = value.split_at(digits);
    let delay: f64 = if delay.is_empty() || delay == "." { return None } else { delay.parse().ok()? };
    if delay > INSTANT {
        return None;
    }
    let rest = rest.trim_start().trim_start_matches([';', ',']).trim();
    let target = match rest.get(..3) {
        Some(word) if word.eq_ignore_ascii_case("url") => {
            let after = rest.get(3..).unwrap_or_default().trim_start();
            after.strip_prefix('=').map_or(rest, str::trim_start)
        }
        _ => rest,
    };
    let target = match target.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = target.get(1..).unwrap_or_default();
            inner.split(quote).next().unwrap_or_default()
        }
        _ => target,
    };
    (!target.trim().is_empty()).then_some(target.trim())
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
                protocol: Protocol::Http11,
                headers: fields.iter().map(own).collect(),
                body: Untrusted::new(body.as_bytes().to_vec()),
                truncated: None,
            }),
        }
    }

    const BASE: &str = "http://a.example/d/page?x=1#part";

    fn after(status: u16, fields: &[(&str, &str)], body: &str) -> Next {
        next(&[exchange(BASE, status, fields, body)], 10)
    }

    fn hop(url: &str, permanent: bool) -> Next {
        Next::Hop { url: Url::parse(url).unwrap(), permanent }
    }

    #[test]
    fn statuses_and_targets() {
        for (status, location, expected) in [
            (301, "http://b.example/", hop("http://b.example/", true)),
            (308, "/x#part", hop("http://a.example/x", true)),
            (302, "y", hop("http://a.example/d/y", false)),
            (303, "//b.example/z", hop("http://b.example/z", false)),
            (307, "?q", hop("http://a.example/d/page?q", false)),
            (302, " /新闻 ", hop("http://a.example/%E6%96%B0%E9%97%BB", false)),
            (302, "/%D0%C2%CE%C5", hop("http://a.example/%D0%C2%CE%C5", false)),
            (302, "HTTPS:\\\\b.example\\x", hop("https://b.example/x", false)),
            (301, "", Next::Failed(RedirectFailure::Bad)),
            (301, "weixin://dl", Next::Failed(RedirectFailure::Bad)),
            (301, "mailto:a@b.example", Next::Failed(RedirectFailure::Bad)),
            (301, "http://", Next::Failed(RedirectFailure::Bad)),
            (302, "http://a.example/d/page?x=1", Next::Failed(RedirectFailure::Loop)),
            (302, "http://u:p@b.example/z", hop("http://b.example/z", false)),
            (300, "/preferred", hop("http://a.example/preferred", false)),
            (200, "http://b.example/", Next::Final),
            (304, "http://b.example/", Next::Final),
            (404, "http://b.example/", Next::Final),
        ] {
            assert_eq!(after(status, &[("location", location)], ""), expected, "{status} {location}");
        }
        assert_eq!(after(301, &[], ""), Next::Failed(RedirectFailure::Bad), "no target");
        assert_eq!(next(&[], 10), Next::Final);
        let mut failed = exchange(BASE, 301, &[], "");
        failed.outcome = Err(FetchFailure::Timeout);
        assert_eq!(next(&[failed], 10), Next::Final);
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
        ] {
            assert_eq!(after(200, &html, target), hop("http://a.example/x", true), "{target}");
        }
        assert_eq!(after(200, &[("refresh", "0; url=/x")], ""), hop("http://a.example/x", true));
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
            assert_eq!(after(200, &html, page), Next::Final, "{page}");
        }
        let page = r#"<meta http-equiv="refresh" content="0; url=/x">"#;
        assert_eq!(after(404, &html, page), Next::Final, "a page that is not there leads nowhere");
        assert_eq!(after(200, &[("content-type", "text/plain")], page), Next::Final);
    }

    #[test]
    fn loops_are_told_from_cookie_tests_and_long_chains() {
        let to = |url: &str, target: &str| exchange(url, 302, &[("location", target)], "");
        let (a, b) = ("http://a.example/", "http://b.example/");
        assert_eq!(next(&[to(a, b), to(b, a)], 10), Next::Failed(RedirectFailure::Loop));
        let test = exchange(a, 302, &[("location", a), ("set-cookie", "seen=1")], "");
        assert_eq!(next(std::slice::from_ref(&test), 10), hop(a, false));
        assert_eq!(next(&[test.clone(), test], 10), Next::Failed(RedirectFailure::Loop));
        let chain: Vec<Exchange> = (0..4).map(|n| to(&format!("{a}{n}"), &format!("{a}{}", n + 1))).collect();
        assert_eq!(next(&chain[..3], 3), hop("http://a.example/3", false));
        assert_eq!(next(&chain, 3), Next::Failed(RedirectFailure::TooMany));
    }
}
