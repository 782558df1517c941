//! Where a chain of exchanges goes next.
//!
//! HTTP redirects (RFC 9110, section 15.4) and pages that do nothing but send a browser elsewhere
//! at once (`Refresh`, `<meta http-equiv=refresh>` of at most a second).

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Exchange, Response, charset};

/// How far into a page a refresh is looked for.
const HEAD: usize = 64 * 1024;
/// A delay in seconds up to which a refresh is a redirect; longer ones are notices to be read.
const INSTANT: f64 = 1.0;

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
    static META: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?is)<meta\s[^>]*http-equiv\s*=\s*["']?\s*refresh\b[^>]*>"#).ok());
    static CONTENT: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?is)\scontent\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))"#).ok());
    // A browser runs no `<noscript>`, and neither comments nor scripts are markup.
    static ASIDE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?is)<!--.*?-->|<noscript\b.*?</noscript\s*>|<script\b.*?</script\s*>|<style\b.*?</style\s*>|<template\b.*?</template\s*>|<textarea\b.*?</textarea\s*>",
        )
        .ok()
    });
    let media = response.media_type();
    if !media.as_deref().is_none_or(|media| media.contains("html")) {
        return None;
    }
    let body = response.body.expose();
    let head = body.get(..HEAD).unwrap_or(body);
    // Most pages hold no such word; it is ASCII in every charset that is in use.
    if !contains_ignoring_case(head, b"http-equiv") || !contains_ignoring_case(head, b"refresh") {
        return None;
    }
    let text = charset::decode(head, response.header("content-type")).text;
    let text = ASIDE.as_ref()?.replace_all(&text, " ");
    let tag = META.as_ref()?.find(&text)?.as_str();
    let content = CONTENT.as_ref()?.captures(tag)?;
    let value = content.get(1).or_else(|| content.get(2)).or_else(|| content.get(3))?;
    Some(value.as_str().replace("&amp;", "&"))
}

fn contains_ignoring_case(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle))
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
