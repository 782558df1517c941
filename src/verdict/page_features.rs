//! What a page looks like: parked, paid for, behind a login, filled by scripts.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use url::Url;

use super::signatures::rule::{Face, Login, Parking, Shell, is_below};
use crate::markup::{self, Token, Tokens};
use crate::text;

/// How much of a page's source is searched for markers: they stand near its beginning.
const SEARCHED: usize = 512 * 1024;

/// An `articleBody` of so many characters is no teaser any more.
const GIVEN: usize = 1500;
/// A main text of this weight is none either: 2,500 Latin letters, or 1,000 Chinese characters.
const GIVEN_WEIGHT: usize = 5000;
/// A line of this weight is a paragraph, and no label of a form: 100 letters, or 40 characters.
const PROSE_WEIGHT: usize = 200;

/// What a page is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Its text stands in it.
    Page,
    /// Little visible text, and scripts that may fill it or hold it: its emptiness says nothing.
    Scripted,
    /// A shell that scripts fill.
    Shell,
}

/// Visible characters, white space not counted: of that, cleaned text has blanks and line ends only.
pub(super) fn visible_len(visible: &str) -> usize {
    let bytes = visible.as_bytes();
    let blanks = bytecount::count(bytes, b' ') + bytecount::count(bytes, b'\n');
    bytecount::num_chars(bytes).saturating_sub(blanks)
}

/// The source in which markers are looked for: without comments, and without `<meta>` policies and
/// connection hints, which name services that the page may use.
pub(super) fn source(html: &str) -> String {
    let mut end = html.len().min(SEARCHED);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let head = html.get(..end).unwrap_or(html);
    let mut kept = String::with_capacity(head.len());
    for token in Tokens::new(head) {
        match token {
            Token::Comment(_) => kept.push(' '),
            Token::StartTag { name, source, .. } if is_connection_hint(name, source) => kept.push(' '),
            Token::StartTag { source, .. }
            | Token::EndTag { source, .. }
            | Token::Doctype(source)
            | Token::CutTag(source)
            | Token::Text(source)
            | Token::RawText { content: source, .. } => kept.push_str(source),
        }
    }
    kept
}

/// Whether a tag is a content security policy or a hint about connections.
fn is_connection_hint(name: &str, source: &str) -> bool {
    let holds = |words: &[&str]| {
        let source = source.to_ascii_lowercase();
        words.iter().any(|word| source.contains(word))
    };
    (name.eq_ignore_ascii_case("meta") && holds(&["content-security-policy"]))
        || (name.eq_ignore_ascii_case("link") && holds(&["dns-prefetch", "preconnect"]))
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

/// Whether some line of a page's text is a paragraph.
pub(super) fn holds_prose(visible: &str) -> bool {
    visible.lines().any(|line| weight(line) >= PROSE_WEIGHT)
}

/// How much a text says: a character that stands for a word weighs five where a letter weighs two.
fn weight(text: &str) -> usize {
    let wide =
        |c: char| matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}');
    text.chars().filter(|c| !c.is_whitespace()).map(|c| if wide(c) { 5 } else { 2 }).sum()
}

/// Whether the page holds a whole text, whatever it says of its price: many publishers send it and let
/// scripts hide it.
pub(super) fn is_given(html: &str, url: &Url) -> bool {
    text::extract(html, Some(url), None).is_ok_and(|page| weight(&page.text()) >= GIVEN_WEIGHT)
}

/// What shows that the name is parked.
pub(super) fn parked(parking: &Parking, face: &Face<'_>) -> Option<String> {
    let sale = parking
        .hosts
        .iter()
        .find(|parent| is_below(face.final_url, parent) && !is_below(face.requested, parent));
    if let Some(parent) = sale {
        return Some(format!("redirected to {parent}, where names are sold"));
    }
    if face.visible_len > parking.max_text {
        return None;
    }
    parking
        .markers
        .first(face.source())
        .map(|marker| format!("the source holds the parking marker {marker:?}"))
}

/// What makes a page look like a name's that is for sale, or that lapsed. Articles are written about
/// that too, and sites in use offer their names: it is one only where the host answers so for whatever
/// is asked.
pub(super) fn for_sale(parking: &Parking, face: &Face<'_>) -> Option<String> {
    if face.visible_len > parking.max_text {
        return None;
    }
    let phrase = parking.phrases.first(face.visible)?;
    let host = face.final_url.host_str()?;
    let name = psl::domain_str(host).unwrap_or(host);
    let shown =
        face.visible.to_ascii_lowercase().contains(name) || face.title.to_ascii_lowercase().contains(name);
    shown.then(|| format!("a short page that names {name} and holds {phrase:?}"))
}

/// Whether the page is a shell, scripted, or plain.
pub(super) fn look(shell: &Shell, face: &Face<'_>) -> Look {
    let scripts = || face.source().to_ascii_lowercase().contains("<script");
    if face.visible_len >= shell.max_text || !scripts() {
        return Look::Page;
    }
    if face.visible_len == 0 || shell.mounts.iter().any(|mount| mount.is_match(face.source())) {
        // The text may stand in the state that the scripts are given.
        let told = text::extract(face.html, Some(face.final_url), None);
        let is_told = told.is_ok_and(|page| visible_len(&page.text()) >= shell.max_text);
        if is_told { Look::Scripted } else { Look::Shell }
    } else {
        Look::Scripted
    }
}

/// Whether the page's JSON-LD says that its text must be paid for (schema.org,
/// `isAccessibleForFree`).
pub(super) fn not_free(html: &str) -> bool {
    if !html.contains("isAccessibleForFree") {
        return false;
    }
    linked_data(html).into_iter().any(|json| match serde_json::from_str::<Value>(json.trim()) {
        Ok(value) => states_not_free(&value),
        Err(_) => says_not_free(json),
    })
}

/// The contents of a page's JSON-LD scripts.
fn linked_data(html: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut is_linked_data = false;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, attributes, .. } => {
                is_linked_data = name.eq_ignore_ascii_case("script")
                    && markup::attribute_value(attributes, "type").is_some_and(|kind| {
                        kind.trim().to_ascii_lowercase().starts_with("application/ld+json")
                    });
            }
            Token::RawText { content, .. } if is_linked_data => found.push(content),
            _ => {}
        }
    }
    found
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
