//! Parses reference definitions: `[label]: destination "title"` (`CommonMark` 0.31, 4.7).

use std::collections::HashSet;
use std::ops::Range;

use super::line;

/// The longest label, in bytes; the standard allows 999 characters.
const LONGEST_LABEL: usize = 999;
/// The longest title behind a destination, in bytes.
const LONGEST_TITLE: usize = 2048;

/// A reference definition of the file.
pub(super) struct LinkDefinition {
    pub destination: Range<usize>,
    /// The link that represents the definition while no other link uses it.
    pub link: Option<usize>,
    /// The first link that uses it.
    pub user: Option<usize>,
}

/// A reference definition as it is written.
pub(super) struct ParsedDefinition {
    /// The normalised label.
    pub label: String,
    pub destination: Range<usize>,
    /// Where the next line starts.
    pub next: usize,
    /// Whether the destination looks like a URL or a path. A single word behind a label and a colon may
    /// also be prose, so it counts only if a link uses the label.
    pub is_address: bool,
}

/// Parses the definition whose `[` is at `start`.
pub(super) fn parse_definition(text: &str, start: usize) -> Option<ParsedDefinition> {
    let rest = text.get(start..)?;
    if !rest.starts_with('[') || rest.starts_with("[^") {
        return None;
    }
    let close = start + label_length(rest)?;
    let label = text.get(start + 1..close)?;
    if label.trim().is_empty() || !text.get(close..)?.starts_with("]:") {
        return None;
    }
    let (first_end, first_next) = line::line_bounds(text, close);
    let mut from = close + 2 + space_length(text.get(close + 2..first_end)?);
    let (mut end, mut next) = (first_end, first_next);
    if from == first_end {
        // The destination is on the next line.
        (end, next) = line::line_bounds(text, first_next);
        from = first_next + space_length(text.get(first_next..end)?);
    }
    let (destination, after) = destination_range(text, from, end)?;
    let written = text.get(destination.clone())?;
    let is_address = written.contains(['/', '#', '.']) && !written.starts_with('[');
    let tail = text.get(after..end)?;
    let definition = |next| {
        Some(ParsedDefinition {
            label: normalize_label(label),
            destination: destination.clone(),
            next,
            is_address,
        })
    };
    if tail.trim().is_empty() {
        let title = next + space_length(text.get(next..)?);
        return definition(title_next(text, title).unwrap_or(next));
    }
    if !tail.starts_with([' ', '\t']) {
        return None;
    }
    match title_next(text, after + space_length(tail)) {
        Some(next) => definition(next),
        // Text behind a title is a typing error if the destination is an address.
        None if is_address && tail.trim_start().starts_with(['"', '\'', '(']) => definition(next),
        None => None,
    }
}

/// The length of the label at the start of `rest` up to its `]`.
fn label_length(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at <= LONGEST_LABEL {
        match bytes.get(at)? {
            b'\\' => at += 1,
            b'[' => return None,
            b']' => return Some(at),
            b'\n' | b'\r' if starts_blank_line(rest, at) => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether the line below the line break at `at` is blank.
fn starts_blank_line(text: &str, at: usize) -> bool {
    let (_, next) = line::line_bounds(text, at);
    let (end, _) = line::line_bounds(text, next);
    line::is_blank(text.get(next..end).unwrap_or_default())
}

fn space_length(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// The range of the destination that starts at `from`, and the offset behind it.
fn destination_range(text: &str, from: usize, end: usize) -> Option<(Range<usize>, usize)> {
    let rest = text.get(from..end)?;
    if let Some(inner) = rest.strip_prefix('<') {
        let length = inner.find(['>', '<'])?;
        return inner
            .get(length..)?
            .starts_with('>')
            .then_some((from + 1..from + 1 + length, from + length + 2));
    }
    let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
    (length > 0).then_some((from..from + length, from + length))
}

/// Returns where the next line starts if a complete title, which ends its line, is at `start`.
fn title_next(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let close = match bytes.get(start)? {
        quote @ (b'"' | b'\'') => *quote,
        b'(' => b')',
        _ => return None,
    };
    let mut at = start + 1;
    while at - start <= LONGEST_TITLE {
        match *bytes.get(at)? {
            b'\\' => at += 1,
            b'\n' | b'\r' if starts_blank_line(text, at) => return None,
            byte if byte == close => {
                let (end, next) = line::line_bounds(text, at + 1);
                return text.get(at + 1..end)?.trim().is_empty().then_some(next);
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Normalises a label: labels are compared without case, and with white space collapsed (`CommonMark` 0.31,
/// 4.7). Converting to lower case first makes "ẞ" and "SS" equal.
pub(super) fn normalize_label(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase().to_uppercase()
}

/// The labels that the file uses in full and collapsed references, `[text][label]` and `[label][]`.
pub(super) fn used_labels(text: &str) -> HashSet<String> {
    let mut labels = HashSet::new();
    for at in memchr::memmem::find_iter(text.as_bytes(), b"][") {
        let label = match text.get(at + 1..).and_then(|rest| Some((rest, label_length(rest)?))) {
            Some((rest, length)) if length > 1 => rest.get(1..length),
            _ => {
                let from = super::destination::floor_char_boundary(text, at.saturating_sub(LONGEST_LABEL));
                text.get(from..at).and_then(|before| before.rsplit('[').next())
            }
        };
        labels.extend(label.map(normalize_label));
    }
    labels
}
