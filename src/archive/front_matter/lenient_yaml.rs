//! Reads front matter that is not valid YAML, line by line.
//!
//! People write `title: Harbour: the plan`, indent with tabs and leave quotes open. A YAML parser rejects
//! the whole text for that, although a person still sees the source.

use super::entry::{FrontMatterEntry, WRAPPERS, position_in_line};

/// The deepest nesting of lists and maps on one line; deeper ones are ignored.
const DEEPEST: u8 = 3;
/// A longer line, in bytes, is not searched for lists and maps, because finding the position of each value
/// takes time in proportion to the line's length.
const LONGEST_FLOW: usize = 4096;

/// A line's index and its text.
type IndexedLine<'l> = (usize, &'l str);

/// The key at the margin whose lines are being read.
#[derive(Default)]
struct OpenKey {
    key: String,
    /// A text over several lines follows (`|`, `>`): the last entry takes them.
    is_block_text: bool,
}

/// Returns the entries of a front matter, or `None` where a line at the margin has no key. The fences are
/// thematic breaks then.
pub(super) fn parse_lenient_yaml(body: &str) -> Option<Vec<FrontMatterEntry>> {
    let mut entries: Vec<FrontMatterEntry> = Vec::new();
    let mut open = OpenKey::default();
    for (index, line) in body.split('\n').map(str::trim_end).enumerate() {
        let trimmed = line.trim_start();
        let indented = trimmed.len() < line.len();
        if trimmed.is_empty() || (trimmed.starts_with('#') && !open.is_block_text) {
            continue;
        }
        if indented && open.is_block_text {
            if let Some(entry) = entries.last_mut() {
                append_block_line(entry, index, line);
            }
            continue;
        }
        if let Some(item) = trimmed.strip_prefix("- ") {
            if open.key.is_empty() {
                return None;
            }
            push_nested(&open.key, item, (index, line), 0, &mut entries);
            continue;
        }
        if indented {
            if !open.key.is_empty() {
                push_nested(&open.key, trimmed, (index, line), 0, &mut entries);
            }
            continue;
        }
        let (key, value) = line.split_once(':')?;
        let is_key_char = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'' | ' ');
        if key.is_empty()
            || !key.chars().all(is_key_char)
            || !(value.is_empty() || value.starts_with([' ', '\t']))
        {
            return None;
        }
        key.trim().trim_matches(['"', '\'']).clone_into(&mut open.key);
        let value = value.trim();
        open.is_block_text = matches!(value, "|" | "|-" | "|+" | ">" | ">-" | ">+");
        if open.is_block_text {
            entries.push(make_entry(&open.key, "", (index, line)));
        } else {
            push_values(&open.key, value, (index, line), 0, &mut entries);
        }
    }
    (!open.key.is_empty()).then_some(entries)
}

/// Adds a line to a text over several lines; the first line gives the entry its position.
fn append_block_line(entry: &mut FrontMatterEntry, index: usize, line: &str) {
    let text = line.trim();
    if entry.value.is_empty() {
        entry.position = position_in_line(index, line, text);
    } else {
        entry.value.push(' ');
    }
    entry.value.push_str(text);
}

/// Adds a list item or a pair of a map below a key. A pair counts for its own key below a wrapper
/// ("params"), and for the key above otherwise: "sources: - url: …".
fn push_nested(key: &str, text: &str, line: IndexedLine<'_>, depth: u8, entries: &mut Vec<FrontMatterEntry>) {
    let pair = text.split_once(": ").filter(|(name, _)| is_name(name));
    match pair {
        Some((name, value)) if WRAPPERS.contains(&key) => push_values(name, value, line, depth, entries),
        Some((name, value)) => {
            let from = entries.len();
            push_values(key, value, line, depth, entries);
            for entry in entries.iter_mut().skip(from) {
                name.clone_into(&mut entry.part);
            }
        }
        // "url:" alone opens a deeper level, which is ignored.
        None if text.ends_with(':') => {}
        None => push_values(key, text, line, depth, entries),
    }
}

/// Adds one value, or the values of a list or map on one line.
fn push_values(
    key: &str,
    value: &str,
    line: IndexedLine<'_>,
    depth: u8,
    entries: &mut Vec<FrontMatterEntry>,
) {
    let value = value.trim();
    let inside = |open: char, close: char| value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    let short = line.1.len() <= LONGEST_FLOW;
    match (inside('[', ']').filter(|_| short), inside('{', '}').filter(|_| short)) {
        _ if depth > DEEPEST => {}
        (Some(list), _) => {
            for item in split_at_commas(list) {
                push_values(key, item, line, depth + 1, entries);
            }
        }
        (None, Some(map)) => {
            for pair in split_at_commas(map) {
                push_nested(key, pair.trim(), line, depth + 1, entries);
            }
        }
        _ if value.is_empty() => {}
        _ => entries.push(make_entry(key, value, line)),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '"' | '\''))
}

/// Splits a list at the commas outside of quotes.
fn split_at_commas(list: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut quote) = (0, None);
    for (at, c) in list.char_indices() {
        match quote {
            Some(open) => quote = quote.filter(|_| c != open),
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c == ',' => {
                parts.extend(list.get(from..at));
                from = at + 1;
            }
            None => {}
        }
    }
    parts.extend(list.get(from..));
    parts
}

fn make_entry(key: &str, value: &str, (index, line): IndexedLine<'_>) -> FrontMatterEntry {
    let value = value.trim();
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => unquoted(value, quote),
        // A comment needs a space before it; "#" inside a URL does not start one.
        _ => value.split(" #").next().unwrap_or_default().trim_end(),
    };
    FrontMatterEntry {
        key: key.to_owned(),
        part: String::new(),
        value: value.to_owned(),
        position: position_in_line(index, line, value),
    }
}

/// The text of a quoted value. A value that contains its own quotation mark ends at the last one of the
/// line: `'The council's plan'`.
fn unquoted(value: &str, quote: char) -> &str {
    let rest = value.get(1..).unwrap_or_default();
    match rest.rsplit_once(quote) {
        Some((inner, "")) => inner,
        Some(_) => rest.split(quote).next().unwrap_or_default(),
        None => rest,
    }
}
