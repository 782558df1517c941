//! Removes what markdown and its writers put around a URL.

use crate::archive::markdown::entities;
use crate::archive::markdown::wikilink_opening_length;
use crate::unicode::character_classes::{is_joiner_between, is_zero_width};

/// Decodes entities and removes escapes, wikilinks and line breaks. Adds the name of each repair to
/// `repairs`.
pub(in crate::citation) fn clean_destination(destination: &str, repairs: &mut Vec<&'static str>) -> String {
    let mut text = destination.trim().to_owned();
    if needs_no_cleaning(&text) {
        return text;
    }
    if text.contains(['\n', '\r', '\u{2028}', '\u{2029}', '\u{85}']) {
        let breaks = ['\n', '\r', '\u{2028}', '\u{2029}', '\u{85}'];
        text = text.split(breaks).map(str::trim).collect();
        repairs.push("joined-lines");
    }
    if let Some(plain) = without_invisible(&text) {
        text = plain;
        repairs.push("invisible");
    }
    if let Some(plain) = without_wikilinks(&text) {
        text = plain;
        repairs.push("wikilink");
    }
    // Two rounds, because "&amp;amp;" occurs where a page was converted twice.
    for round in 0..2 {
        let Some(decoded) = entities::decode_entities(&text) else { break };
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

/// Whether none of these steps applies to a destination, as for most of them.
fn needs_no_cleaning(text: &str) -> bool {
    let mut before = 0;
    text.bytes().all(|byte| {
        let encoded_backslash = before == b'%' && byte == b'5';
        before = byte;
        byte.is_ascii_graphic() && !matches!(byte, b'&' | b'[' | b'\\') && !encoded_backslash
    })
}

/// Removes characters without width, except for the joiners that a spelling needs.
fn without_invisible(text: &str) -> Option<String> {
    if !text.contains(is_zero_width) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_needed = match (out.chars().next_back(), chars.peek()) {
            (Some(before), Some(&after)) => is_joiner_between(before, c, after),
            _ => false,
        };
        if !is_zero_width(c) || is_needed {
            out.push(c);
        }
    }
    (out.len() < text.len()).then_some(out)
}

/// Replaces wikilinks with a language prefix by their text, also where they are nested.
fn without_wikilinks(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match (wikilink_opening_length(rest), open.last()) {
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

/// Removes markdown's backslashes, also where a converter has percent-encoded them.
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
            // A backslash at the end escaped the bracket that closed the link.
        } else if encoded && rest.get(3..).is_some_and(|after| after.starts_with(['_', '*', '~'])) {
            chars.nth(1);
        } else {
            out.push(c);
        }
    }
    (out != text).then_some(out)
}
