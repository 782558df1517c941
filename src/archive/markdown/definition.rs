//! Reference definitions: `[id]: destination "title"`.

use std::ops::Range;

/// A reference definition.
pub(super) struct LinkDefinition {
    pub destination: Range<usize>,
    /// The link that stands for it where nothing uses it.
    pub link: Option<usize>,
    /// The first link that uses it.
    pub user: Option<usize>,
}

/// `[id]: destination "title"` alone on a line: the id, normalised, and where the destination is.
pub(super) fn parse_definition(text: &str, start: usize, end: usize) -> Option<(String, Range<usize>)> {
    let line = text.get(start..end)?;
    if !line.starts_with('[') || line.starts_with("[^") {
        return None;
    }
    let close = line.find("]:")?;
    let id = line.get(1..close)?;
    if id.trim().is_empty() || id.contains(['[', ']']) {
        return None;
    }
    let rest = line.get(close + 2..)?;
    let at = start + close + 2 + (rest.len() - rest.trim_start().len());
    let rest = rest.trim();
    let (from, length, tail) = if let Some(inner) = rest.strip_prefix('<') {
        let length = inner.find('>')?;
        (at + 1, length, inner.get(length + 1..)?)
    } else {
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        (at, length, rest.get(length..)?)
    };
    let tail = tail.trim();
    let titled = tail.is_empty() || tail.starts_with(['"', '\'', '(']);
    let destination = text.get(from..from + length)?;
    // Anything else after an id and a colon is prose, or a numbered source.
    let leads = destination.contains(['/', '#', '.']) && !destination.starts_with('[');
    (titled && leads).then(|| (normalize_label(id), from..from + length))
}

/// Reference ids are compared without case and with white space collapsed (`CommonMark` 0.31, 4.7).
pub(super) fn normalize_label(id: &str) -> String {
    id.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
