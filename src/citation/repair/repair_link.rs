//! Repairs the destination of a link with the help of its label.

use super::cleanup::clean_destination;
use super::destination::{Destination, RepairedLink};
use super::web_url::{exact_url, finish_url};
use super::{scheme, split_urls};
use crate::unicode::cjk::is_cjk_punctuation;

/// The longest destination, in bytes. Servers refuse longer request lines, commonly from 8 KB on.
const LONGEST: usize = 16 * 1024;

/// Repairs a destination. `label` is the text of the link, which may contain a better URL.
///
/// The result has more than one element if several URLs were written as one.
pub(in crate::citation) fn repair_destination(destination: &str, label: &str) -> Vec<RepairedLink> {
    let mut repairs = Vec::new();
    if destination.len() > LONGEST {
        let outcome = match destination.split_once(':') {
            Some(("data", _)) => Destination::Other { url: "data:".into(), scheme: "data".into() },
            _ => Destination::Nowhere("longer than servers accept".into()),
        };
        return vec![RepairedLink { destination: outcome, repairs }];
    }
    let mut text = clean_destination(destination, &mut repairs);
    if let Some(inner) = nested_destination(&text) {
        repairs.push("nested-link");
        text = inner;
    }
    let shown = url_in_label(label);
    if text.is_empty() {
        let Some(url) = shown else {
            let outcome = Destination::Nowhere("the destination is empty".into());
            return vec![RepairedLink { destination: outcome, repairs }];
        };
        repairs.push("empty-destination");
        return split_and_finish(url, repairs);
    }
    if let Some(url) = shown.filter(|url| is_placeholder(&text, url)) {
        repairs.push("label-url");
        text = url.to_owned();
    }
    let out = split_and_finish(&text, repairs);
    match (out.as_slice(), shown) {
        // A destination such as "http://" says less than the label.
        ([RepairedLink { destination: Destination::Nowhere(_) | Destination::Words(_), .. }], Some(url))
            if text != url =>
        {
            let better = split_and_finish(url, vec!["label-url"]);
            if better.iter().any(|part| matches!(part.destination, Destination::Web { .. })) {
                better
            } else {
                out
            }
        }
        _ => out,
    }
}

/// Repairs the destination of an autolink. Its writer marked where it ends, and backslashes escape nothing
/// in it (`CommonMark` 0.31, 6.5), so that "*" or a backslash at its end is part of the URL. Converters escape "_" all the same, and no URL
/// has a backslash before it.
pub(in crate::citation) fn repair_autolink(destination: &str) -> Vec<RepairedLink> {
    let out = repair_destination(destination, destination);
    let is_marked_end = |name: &&str| matches!(*name, "trailing-punctuation" | "escape");
    match out.as_slice() {
        [RepairedLink { repairs, .. }]
            if !repairs.is_empty()
                && repairs.iter().all(is_marked_end)
                && destination.bytes().all(|byte| byte.is_ascii_graphic())
                && !destination.contains("\\_") =>
        {
            exact_url(destination).map_or(out, |exact| vec![exact])
        }
        _ => out,
    }
}

/// Repairs the URLs of a text, of which there may be several.
fn split_and_finish(text: &str, mut repairs: Vec<&'static str>) -> Vec<RepairedLink> {
    let url = scheme::strip_leading_text(text);
    if url.len() < text.len() {
        repairs.push("leading-text");
    }
    let text = scheme::strip_doubled_scheme(url, &mut repairs);
    let parts = split_urls::split_joined_urls(&text);
    let single = parts.len() == 1;
    let mut out: Vec<_> = parts.into_iter().map(|part| finish_url(&part, repairs.clone())).collect();
    // A sentence that contains a URL remains a sentence.
    if single || !matches!(out.first(), Some(RepairedLink { destination: Destination::Web { .. }, .. })) {
        out.truncate(1);
        return out;
    }
    out.retain(|part| matches!(part.destination, Destination::Web { .. }));
    if out.len() > 1 {
        for part in &mut out {
            part.repairs.push("split");
        }
    }
    out
}

/// The destination of a link that was written inside a destination: `[u](u`.
fn nested_destination(text: &str) -> Option<String> {
    let (_, inner) = text.rsplit_once("](")?;
    let inner = inner.trim_end_matches(')').trim();
    inner.starts_with("http").then(|| inner.to_owned())
}

/// The only URL of a label: "原文：https://…", "www.…".
fn url_in_label(label: &str) -> Option<&str> {
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
    let ends = |c: char| c.is_whitespace() || is_cjk_punctuation(c) || matches!(c, '<' | '>' | '"');
    let (url, tail) = url.split_at(url.find(ends).unwrap_or(url.len()));
    let cut_short = tail.starts_with('…') || url.ends_with("...");
    // A URL in the query of another one is not a second URL, and one behind a path is part of it.
    let second = schemes.any(|(at, _)| at >= start + url.len());
    (!second && !cut_short && !before.contains('/')).then_some(url)
}

/// Whether a destination is only a home page, or a word such as "url", while the label contains the URL of
/// a page.
fn is_placeholder(destination: &str, label: &str) -> bool {
    if destination.bytes().all(|b| b.is_ascii_alphabetic()) {
        return true;
    }
    let (Ok(to), Ok(shown)) = (url::Url::parse(destination), url::Url::parse(label)) else { return false };
    let home =
        |url: &url::Url| matches!(url.path(), "/" | "") && url.query().is_none() && url.fragment().is_none();
    matches!(to.scheme(), "http" | "https") && home(&to) && !home(&shown)
}
