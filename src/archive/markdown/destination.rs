//! Parses the part of a link behind its text: `(destination "title")`, including line breaks that people
//! leave in it.

use crate::unicode::character_classes::is_zero_width;
use std::ops::Range;

/// The longest destination with white space inside that still counts as one, in bytes.
const LONGEST_LOOSE: usize = 2048;
/// The longest destination, in bytes: most servers refuse URLs of 8 KB. Data URLs are longer, but contain
/// no parenthesis.
const LONGEST: usize = 8192;
/// The most line breaks in a destination.
const MOST_BREAKS: usize = 3;

/// The range of a destination and the offset at which reading continues.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DestinationSpan {
    pub range: Range<usize>,
    pub next: usize,
}

/// Parses the destination behind the `(` before `from`. `limit` is the end of the paragraph.
pub(super) fn parse_destination(text: &str, from: usize, limit: usize) -> Option<DestinationSpan> {
    let start = skip_space(text, from, limit);
    if text.get(start..limit)?.starts_with("data:") {
        let length = memchr::memchr(b')', text.as_bytes().get(start..limit)?)?;
        return Some(DestinationSpan { range: start..start + length, next: start + length + 1 });
    }
    let limit = floor_char_boundary(text, limit.min(start + LONGEST));
    match text.as_bytes().get(start)? {
        _ if start >= limit => None,
        b'<' => parse_angled(text, start, limit).or_else(|| parse_loose(text, start, limit)),
        b'[' => parse_nested_link(text, start, limit).or_else(|| parse_loose(text, start, limit)),
        _ => parse_loose(text, start, limit),
    }
}

/// Parses `<destination>`, which may contain spaces and parentheses, but no line break.
fn parse_angled(text: &str, start: usize, limit: usize) -> Option<DestinationSpan> {
    let inner = text.get(start + 1..limit)?;
    let mut is_escaped = false;
    let length = inner.find(|c: char| {
        let ends = !is_escaped && matches!(c, '>' | '\n' | '\r');
        is_escaped = c == '\\' && !is_escaped;
        ends
    })?;
    let close = start + 1 + length;
    if text.as_bytes().get(close) != Some(&b'>') {
        return None;
    }
    let after = skip_space(text, close + 1, limit);
    let end = if text.as_bytes().get(after) == Some(&b')') { after } else { title_end(text, after, limit)? };
    Some(DestinationSpan { range: start + 1..close, next: end + 1 })
}

/// Parses a whole link in place of a destination: `[u]([u](u)`, with or without a last `)`.
fn parse_nested_link(text: &str, start: usize, limit: usize) -> Option<DestinationSpan> {
    let inner = text.get(start..limit)?;
    let line = inner.split(['\n', '\r']).next()?;
    let open = line.find("](")?;
    let close = start + open + line.get(open..)?.find(')')?;
    let doubled = text.as_bytes().get(close + 1) == Some(&b')');
    Some(DestinationSpan { range: start..close, next: close + 1 + usize::from(doubled) })
}

/// Parses anything up to the parenthesis that closes it.
fn parse_loose(text: &str, start: usize, limit: usize) -> Option<DestinationSpan> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = start;
    let mut breaks = 0;
    while at < limit {
        match bytes[at] {
            b'\\' if bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation) => at += 1,
            b'(' => depth += 1,
            b')' if depth == 0 => return Some(DestinationSpan { range: start..at, next: at + 1 }),
            b')' => depth -= 1,
            b' ' | b'\t' | b'\n' | b'\r' => {
                let after = skip_space(text, at, limit);
                match bytes.get(after).filter(|_| after < limit) {
                    Some(b')') => return Some(DestinationSpan { range: start..at, next: after + 1 }),
                    Some(b'"' | b'\'' | b'(') => {
                        if let Some(end) = title_end(text, after, limit) {
                            return Some(DestinationSpan { range: start..at, next: end + 1 });
                        }
                    }
                    Some(b'=') if image_size_end(text, after, limit).is_some() => {
                        let end = image_size_end(text, after, limit)?;
                        return Some(DestinationSpan { range: start..at, next: end + 1 });
                    }
                    // A parenthesis inside the destination was opened and never closed.
                    _ if at > start && bytes[at - 1] == b')' => {
                        return Some(DestinationSpan { range: start..at - 1, next: at });
                    }
                    Some(b'[' | b'!' | b'<') | None => return None,
                    _ => {}
                }
                let gap = text.get(at..after)?;
                breaks += gap.matches('\n').count();
                if breaks > MOST_BREAKS || after - start > LONGEST_LOOSE {
                    return None;
                }
                at = after;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    // The paragraph ends inside the destination, because a parenthesis in it was never closed.
    (at > start && bytes[at - 1] == b')' && !text.get(start..at)?.contains(char::is_whitespace))
        .then(|| DestinationSpan { range: start..at - 1, next: at })
}

/// The offset of the `)` behind the size of an image, `=100x200`, which some editors write.
fn image_size_end(text: &str, at: usize, limit: usize) -> Option<usize> {
    let rest = text.get(at..limit)?.strip_prefix('=')?;
    let length = rest.bytes().take_while(|b| b.is_ascii_digit() || matches!(b, b'x' | b'*' | b'%')).count();
    let after = skip_space(text, at + 1 + length, limit);
    (length > 0 && after < limit && text.as_bytes().get(after) == Some(&b')')).then_some(after)
}

/// The offset of the `)` behind the title that starts at `at`, in quotes or parentheses.
fn title_end(text: &str, at: usize, limit: usize) -> Option<usize> {
    let quote = match *text.as_bytes().get(at)? {
        quote @ (b'"' | b'\'') => quote,
        b'(' => b')',
        _ => return None,
    };
    let mut from = at + 1;
    // A title may contain its own quotation mark; the closing one has the parenthesis behind it.
    for _ in 0..8 {
        let close = from + memchr::memchr(quote, text.as_bytes().get(from..limit)?)?;
        let after = skip_space(text, close + 1, limit);
        if after < limit && text.as_bytes().get(after) == Some(&b')') {
            return Some(after);
        }
        from = close + 1;
    }
    None
}

/// The nearest character boundary at or before an offset.
pub(super) fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn skip_space(text: &str, from: usize, limit: usize) -> usize {
    let rest = text.get(from..limit).unwrap_or_default();
    let skipped = |c: char| c.is_whitespace() || is_zero_width(c);
    limit.min(from + (rest.len() - rest.trim_start_matches(skipped).len()))
}
