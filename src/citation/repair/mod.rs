//! From what is written to what a careful human would follow, with a record of each step.
//!
//! A step acts only on what no working URL looks like; where a right URL could look the same, the
//! destination stays as it is.

pub(in crate::citation) mod scheme;
pub(in crate::citation) mod split_urls;
#[cfg(test)]
pub(in crate::citation) mod tests;

use crate::archive::markdown::entities;
use crate::archive::rule_phrase;

use super::repair::scheme::Scheme;
use crate::model::CanonicalUrl;

/// Where a destination leads once it is repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// An `http` or `https` URL.
    Web { url: String, canonical: CanonicalUrl },
    /// A path in the archive.
    Local(String),
    /// Words, no destination, unless a file of the archive has this name.
    Words(String),
    /// Another scheme.
    Other { url: String, scheme: String },
    /// Nowhere, and why.
    Nowhere(String),
}

/// A lead and the steps that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repaired {
    pub lead: Lead,
    pub repairs: Vec<&'static str>,
}

/// Servers refuse longer request lines (8 KB is the common limit); in bytes.
const LONGEST: usize = 16 * 1024;

/// Repairs a destination; `label` is the link's text, which may hold the better URL.
///
/// More than one answer comes where several URLs were written as one.
pub(super) fn repair(destination: &str, label: &str) -> Vec<Repaired> {
    let mut repairs = Vec::new();
    if destination.len() > LONGEST {
        let lead = match destination.split_once(':') {
            Some(("data", _)) => Lead::Other { url: "data:".into(), scheme: "data".into() },
            _ => Lead::Nowhere("longer than any server takes".into()),
        };
        return vec![Repaired { lead, repairs }];
    }
    let mut text = cleaned(destination, &mut repairs);
    if let Some(inner) = nested(&text) {
        repairs.push("nested-link");
        text = inner;
    }
    let shown = label_url(label);
    if text.is_empty() {
        let Some(url) = shown else {
            let lead = Lead::Nowhere("the destination is empty".into());
            return vec![Repaired { lead, repairs }];
        };
        repairs.push("empty-destination");
        return parts(url, repairs);
    }
    if let Some(url) = shown.filter(|url| is_stand_in(&text, url)) {
        repairs.push("label-url");
        text = url.to_owned();
    }
    let out = parts(&text, repairs);
    match (out.as_slice(), shown) {
        // "http://" and the like: the label says more.
        ([Repaired { lead: Lead::Nowhere(_) | Lead::Words(_), .. }], Some(url)) if text != url => {
            let better = parts(url, vec!["label-url"]);
            if better.iter().any(|part| matches!(part.lead, Lead::Web { .. })) { better } else { out }
        }
        _ => out,
    }
}

/// A text's URLs, cut apart where several were written as one.
fn parts(text: &str, mut repairs: Vec<&'static str>) -> Vec<Repaired> {
    let url = scheme::without_lead(text);
    if url.len() < text.len() {
        repairs.push("leading-text");
    }
    let text = scheme::undoubled(url, &mut repairs);
    let parts = split_urls::split(&text);
    let single = parts.len() == 1;
    let mut out: Vec<_> = parts.into_iter().map(|part| finish(&part, repairs.clone())).collect();
    // A sentence with a URL somewhere inside is a sentence.
    if single || !matches!(out.first(), Some(Repaired { lead: Lead::Web { .. }, .. })) {
        out.truncate(1);
        return out;
    }
    out.retain(|part| matches!(part.lead, Lead::Web { .. }));
    if out.len() > 1 {
        for part in &mut out {
            part.repairs.push("split");
        }
    }
    out
}

/// Entities, escapes, wikilinks and line breaks: what markdown and its writers put around a URL.
fn cleaned(destination: &str, repairs: &mut Vec<&'static str>) -> String {
    let mut text = destination.trim().to_owned();
    if is_plain(&text) {
        return text;
    }
    if text.contains(['\n', '\r', '\u{2028}', '\u{2029}', '\u{85}']) {
        let breaks = ['\n', '\r', '\u{2028}', '\u{2029}', '\u{85}'];
        text = text.split(breaks).map(str::trim).collect();
        repairs.push("joined-lines");
    }
    if text.contains(rule_phrase::is_zero_width) {
        text.retain(|c| !rule_phrase::is_zero_width(c));
        repairs.push("invisible");
    }
    if let Some(plain) = without_wikilinks(&text) {
        text = plain;
        repairs.push("wikilink");
    }
    // Twice: "&amp;amp;" is seen where a page was converted twice.
    for round in 0..2 {
        let Some(decoded) = without_entities(&text) else { break };
        text = decoded;
        if round == 0 {
            repairs.push("entity");
        }
    }
    if let Some(plain) = without_escapes(&text) {
        text = plain;
        repairs.push("escape");
    }
    let trimmed = text.trim();
    if trimmed.len() < text.len() { trimmed.to_owned() } else { text }
}

/// Whether a destination holds nothing that any of these steps looks for, as most do.
fn is_plain(text: &str) -> bool {
    let mut before = 0;
    text.bytes().all(|byte| {
        let encoded_backslash = before == b'%' && byte == b'5';
        before = byte;
        byte.is_ascii_graphic() && !matches!(byte, b'&' | b'[' | b'\\') && !encoded_backslash
    })
}

/// Wikilinks with a language prefix as their text, also where one stands inside another.
fn without_wikilinks(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match (rule_phrase::wiki_opening(rest), open.last()) {
            (Some(length), _) => {
                open.push(out.len());
                length
            }
            (None, Some(_)) if rest.starts_with("]]") => {
                open.pop();
                2
            }
            (None, Some(start)) if c == '|' => {
                out.truncate(*start);
                1
            }
            _ => {
                out.push(c);
                c.len_utf8()
            }
        };
        rest = rest.get(length..)?;
    }
    (out != text).then_some(out)
}

fn without_entities(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(rest.get(..at)?);
        rest = rest.get(at..)?;
        let (c, length) = entities::decode(rest).unwrap_or(('&', 1));
        out.push(c);
        rest = rest.get(length..)?;
    }
    out.push_str(rest);
    (out != text).then_some(out)
}

/// Markdown's backslashes, also where a converter has encoded them into the URL.
fn without_escapes(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        let rest = text.get(at..)?;
        let escaped = |after: &str| {
            after.starts_with([
                '_', '*', '~', '[', ']', '(', ')', '#', '&', '-', '.', '=', '+', '!', '>', '<', '|', '{',
                '}', '`', '\\',
            ])
        };
        let encoded = rest.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("%5c"));
        if c == '\\' && rest.get(1..).is_some_and(escaped) {
            out.extend(chars.next().map(|(_, next)| next));
        } else if c == '\\' && rest.len() == 1 {
            // At the very end it escaped the bracket that closed the link.
        } else if encoded && rest.get(3..).is_some_and(|after| after.starts_with(['_', '*', '~'])) {
            chars.nth(1);
        } else {
            out.push(c);
        }
    }
    (out != text).then_some(out)
}

/// The destination of a link that was written into a destination: `[u](u`.
fn nested(text: &str) -> Option<String> {
    let (_, inner) = text.rsplit_once("](")?;
    let inner = inner.trim_end_matches(')').trim();
    inner.starts_with("http").then(|| inner.to_owned())
}

/// The one URL that a label holds, whole: "原文：https://…", "www.…".
fn label_url(label: &str) -> Option<&str> {
    let label = label.trim();
    let mut schemes = label.match_indices("http").filter(|(at, _)| {
        label.get(*at..).is_some_and(|url| url.starts_with("http://") || url.starts_with("https://"))
    });
    let start = match schemes.next() {
        Some((at, _)) => at,
        None if label.starts_with("www.") => 0,
        None => return None,
    };
    let before = label.get(..start)?;
    let url = label.get(start..)?;
    let ends =
        |c: char| c.is_whitespace() || rule_phrase::is_cjk_punctuation(c) || matches!(c, '<' | '>' | '"');
    let (url, tail) = url.split_at(url.find(ends).unwrap_or(url.len()));
    let cut_short = tail.starts_with('…') || url.ends_with("...");
    // A URL in another's query is no second one; one behind a path is a part of it.
    let second = schemes.any(|(at, _)| at >= start + url.len());
    (!second && !cut_short && !before.contains('/')).then_some(url)
}

/// Whether a destination is a mere home page, or a word such as "url", while the label names a page.
fn is_stand_in(destination: &str, label: &str) -> bool {
    if destination.bytes().all(|b| b.is_ascii_alphabetic()) {
        return true;
    }
    let (Ok(to), Ok(shown)) = (url::Url::parse(destination), url::Url::parse(label)) else { return false };
    let home =
        |url: &url::Url| matches!(url.path(), "/" | "") && url.query().is_none() && url.fragment().is_none();
    matches!(to.scheme(), "http" | "https") && home(&to) && !home(&shown)
}

/// One URL, with what was glued to its end taken off and its scheme put right.
fn finish(part: &str, mut repairs: Vec<&'static str>) -> Repaired {
    let lead = match scheme::read(part, &mut repairs) {
        Scheme::Web(url) => web(&url, &mut repairs),
        Scheme::Other { url, scheme } => Lead::Other { url, scheme },
        Scheme::Local => local(part),
    };
    Repaired { lead, repairs }
}

fn web(url: &str, repairs: &mut Vec<&'static str>) -> Lead {
    let trimmed = split_urls::without_tail(url, repairs);
    let mut spaced = trimmed;
    if spaced.contains([' ', '\u{3000}']) {
        spaced = spaced.replace(' ', "%20").replace('\u{3000}', "%E3%80%80");
        repairs.push("space");
    }
    match url::Url::parse(&spaced) {
        Err(error) => Lead::Nowhere(format!("not a URL: {error}")),
        Ok(parsed) => match host_fault(&parsed) {
            Some(fault) => Lead::Nowhere(fault),
            // The parser takes a plain number for an address; nobody writes one so.
            None if matches!(parsed.host(), Some(url::Host::Ipv4(_))) && !has_dotted_host(&spaced) => {
                Lead::Nowhere("a number, not a host name".into())
            }
            None => match CanonicalUrl::new(parsed) {
                Some(canonical) => Lead::Web { url: spaced, canonical },
                None => Lead::Nowhere("not a URL for the web".into()),
            },
        },
    }
}

fn has_dotted_host(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().is_some_and(|host| host.matches('.').count() == 3)
}

/// Why a host cannot be one on the public web.
fn host_fault(url: &url::Url) -> Option<String> {
    let Some(url::Host::Domain(host)) = url.host() else {
        return url.host().is_none().then(|| "the URL has no host".to_owned());
    };
    let name = host.trim_end_matches('.');
    if name == "localhost" {
        return None;
    }
    let Some((_, last)) = name.rsplit_once('.') else {
        return Some(format!("\"{host}\" is no host name: it has no dot"));
    };
    let lettered =
        last.len() >= 2 && (last.starts_with("xn--") || last.bytes().all(|b| b.is_ascii_alphabetic()));
    let broken = name.split('.').any(str::is_empty);
    (!lettered || broken).then(|| format!("\"{host}\" is no host name: it has no top-level domain"))
}

/// A path, or words that were never meant as a destination.
fn local(text: &str) -> Lead {
    let name = text.split(['?', '#']).next().unwrap_or_default();
    let decoded = super::local::decode(name);
    let sentence = decoded
        .chars()
        .any(|c| rule_phrase::is_cjk(c) || rule_phrase::is_cjk_punctuation(c) || c.is_whitespace());
    let file = decoded.contains('/')
        || decoded.rsplit_once('.').is_some_and(|(_, end)| {
            (1..=8).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphanumeric())
        });
    if sentence && !file {
        return Lead::Words(text.to_owned());
    }
    Lead::Local(text.to_owned())
}
