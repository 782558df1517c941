//! What a page looks like: parked, paid for, behind a login, filled by scripts.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use url::Url;

use super::rules::{Face, Login, Parking, Shell};
use crate::fetch::markup;

/// How much of a page's source is searched for markers: they stand near its beginning.
const SEARCHED: usize = 512 * 1024;

/// A text of so many characters is no teaser any more.
const GIVEN: usize = 1500;

/// What a page is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Its text stands in it.
    Page,
    /// Little text, and scripts that may fill it: its emptiness says nothing.
    Scripted,
    /// A shell that scripts fill.
    Shell,
}

/// Visible characters, white space not counted.
pub(super) fn visible_len(visible: &str) -> usize {
    visible.chars().filter(|c| !c.is_whitespace()).count()
}

/// The source in which markers are looked for: without comments, and without `<meta>` policies and
/// connection hints, which name services that the page may use.
pub(super) fn source(html: &str) -> String {
    let mut end = html.len().min(SEARCHED);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let head = html.get(..end).unwrap_or(html);
    markup::without(head, &[], |tag| {
        let tag = tag.to_ascii_lowercase();
        (tag.starts_with("<meta") && tag.contains("content-security-policy"))
            || (tag.starts_with("<link") && (tag.contains("dns-prefetch") || tag.contains("preconnect")))
    })
}

/// How a redirect shows that it leads to a login.
pub(super) enum LoginRedirect {
    /// It names where to return to, in this parameter.
    Returns(String),
    /// Only its path or host says so.
    PathOnly,
}

pub(super) fn login_redirect(login: &Login, requested: &Url, final_url: &Url) -> Option<LoginRedirect> {
    let path = |url: &Url| login.paths.iter().any(|pattern| pattern.is_match(url.path()));
    let host = |url: &Url| {
        url.host_str().is_some_and(|host| login.hosts.iter().any(|pattern| pattern.is_match(host)))
    };
    if path(requested) || host(requested) || !(path(final_url) || host(final_url)) {
        return None;
    }
    let returns = final_url.query_pairs().find_map(|(name, value)| {
        let named = login.parameters.iter().any(|known| known.eq_ignore_ascii_case(&name));
        (named && !value.is_empty()).then(|| name.into_owned())
    });
    Some(returns.map_or(LoginRedirect::PathOnly, LoginRedirect::Returns))
}

pub(super) fn password_field(login: &Login, source: &str) -> bool {
    login.fields.iter().any(|field| field.is_match(source))
}

/// What shows that the name is parked.
pub(super) fn parked(parking: &Parking, face: &Face<'_>) -> Option<String> {
    let below = |url: &Url, parent: &str| {
        url.host_str().is_some_and(|host| {
            host == parent || host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'))
        })
    };
    let sale =
        parking.hosts.iter().find(|parent| below(face.final_url, parent) && !below(face.requested, parent));
    if let Some(parent) = sale {
        return Some(format!("redirected to {parent}, where names are sold"));
    }
    if face.visible_len > parking.max_text {
        return None;
    }
    if let Some(marker) = parking.markers.first(face.source()) {
        return Some(format!("the source holds the parking marker {marker:?}"));
    }
    let phrase = parking.phrases.first(face.visible)?;
    Some(format!("a short page that holds {phrase:?}"))
}

/// Whether the page is a shell, scripted, or plain.
pub(super) fn look(shell: &Shell, face: &Face<'_>) -> Look {
    let scripts = || face.source().to_ascii_lowercase().contains("<script");
    if face.visible_len >= shell.max_text || !scripts() {
        return Look::Page;
    }
    if face.visible_len == 0 || shell.mounts.iter().any(|mount| mount.is_match(face.source())) {
        Look::Shell
    } else {
        Look::Scripted
    }
}

/// Whether the page's JSON-LD says that its text must be paid for (schema.org,
/// `isAccessibleForFree`).
pub(super) fn not_free(html: &str) -> bool {
    static BLOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?is)<script\b[^>]*\btype\s*=\s*["']?application/ld\+json[^>]*>(.*?)</script"#).ok()
    });
    if !html.contains("isAccessibleForFree") {
        return false;
    }
    let Some(block) = BLOCK.as_ref() else { return false };
    block.captures_iter(html).filter_map(|found| found.get(1)).any(|json| {
        match serde_json::from_str::<Value>(json.as_str().trim()) {
            Ok(value) => states_not_free(&value),
            Err(_) => says_not_free(json.as_str()),
        }
    })
}

/// Templates write JSON that is none (line breaks in strings, a comma too many). Then the words must
/// do, where nothing else could be meant.
fn says_not_free(json: &str) -> bool {
    static SAYS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?i)"isAccessibleForFree"\s*:\s*"?(?:https?://schema\.org/)?false\b"#).ok()
    });
    !json.contains("isPartOf") && SAYS.as_ref().is_some_and(|says| says.is_match(json))
}

/// Only what is said of the page itself and of its parts: what it belongs to (a magazine by
/// subscription) may have a price of its own.
fn states_not_free(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(states_not_free),
        Value::Object(fields) => {
            let here = match fields.get("isAccessibleForFree") {
                Some(Value::Bool(free)) => !free,
                Some(Value::String(free)) => free.trim().to_ascii_lowercase().ends_with("false"),
                _ => false,
            };
            // A page that states the whole text next to its price has given it (search engines ask
            // for that).
            let given = fields
                .get("articleBody")
                .and_then(Value::as_str)
                .is_some_and(|body| body.chars().nth(GIVEN).is_some());
            let mut parts = ["@graph", "hasPart", "mainEntity"].iter().filter_map(|part| fields.get(*part));
            !given && (here || parts.any(states_not_free))
        }
        _ => false,
    }
}
