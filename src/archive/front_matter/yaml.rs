//! The part of YAML that front matter holds: keys at the margin with a value, a list or a short map.
//!
//! A reader of our own: a file whose front matter breaks a rule of YAML is read all the same.

use super::entry::{FrontMatterEntry, WRAPPERS, position_in_line};

/// Lists and maps inside one another on one line; deeper ones are passed over.
const DEEPEST: u8 = 3;

/// A line's index and its text.
type Place<'l> = (usize, &'l str);

/// The lines under one key at the margin.
#[derive(Default)]
struct Block {
    key: String,
    /// A text over several lines follows (`|`, `>`): the entry that takes them.
    text: bool,
}

/// None where the lines between the fences are no YAML: then the fences are thematic breaks.
pub(in crate::archive) fn parse_yaml_entries(lines: &[&str]) -> Option<Vec<FrontMatterEntry>> {
    let mut entries: Vec<FrontMatterEntry> = Vec::new();
    let mut block = Block::default();
    for (index, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let indented = trimmed.len() < line.len();
        if trimmed.is_empty() || (trimmed.starts_with('#') && !block.text) {
            continue;
        }
        if indented && block.text {
            match entries.last_mut().filter(|entry| entry.value_follows) {
                Some(entry) if entry.value.is_empty() => {
                    trimmed.clone_into(&mut entry.value);
                    entry.position = position_in_line(index, line, trimmed);
                }
                Some(entry) => {
                    entry.value.push(' ');
                    entry.value.push_str(trimmed);
                }
                None => {}
            }
            continue;
        }
        if let Some(item) = trimmed.strip_prefix("- ") {
            if block.key.is_empty() {
                return None;
            }
            push_nested(&block.key, item, (index, line), 0, &mut entries);
            continue;
        }
        if indented {
            if !block.key.is_empty() {
                push_nested(&block.key, trimmed, (index, line), 0, &mut entries);
            }
            continue;
        }
        let (key, value) = line.split_once(':')?;
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'' | ' ');
        if key.is_empty() || !key.chars().all(plain) || !(value.is_empty() || value.starts_with([' ', '\t']))
        {
            return None;
        }
        key.trim().trim_matches(['"', '\'']).clone_into(&mut block.key);
        let value = value.trim();
        block.text = matches!(value, "|" | "|-" | "|+" | ">" | ">-" | ">+");
        if block.text {
            entries
                .push(FrontMatterEntry { value_follows: true, ..make_entry(&block.key, "", (index, line)) });
        } else {
            push_values(&block.key, value, (index, line), 0, &mut entries);
        }
    }
    (!block.key.is_empty()).then_some(entries)
}

/// A list's item or a map's pair below a key. A pair counts for its key where that only wraps others
/// ("params"), else for the key above: "sources: - url: …".
fn push_nested(key: &str, text: &str, at: Place<'_>, depth: u8, entries: &mut Vec<FrontMatterEntry>) {
    let pair = text.split_once(": ").filter(|(name, _)| is_name(name));
    match pair {
        Some((name, value)) if WRAPPERS.contains(&key) => push_values(name, value, at, depth, entries),
        Some((name, value)) => {
            let from = entries.len();
            push_values(key, value, at, depth, entries);
            for entry in entries.iter_mut().skip(from) {
                name.clone_into(&mut entry.part);
            }
        }
        // "url:" alone opens a deeper level, which is passed over.
        None if text.ends_with(':') => {}
        None => push_values(key, text, at, depth, entries),
    }
}

/// One value, or those of a list or a map on one line.
fn push_values(key: &str, value: &str, at: Place<'_>, depth: u8, entries: &mut Vec<FrontMatterEntry>) {
    let value = value.trim();
    let list = value.strip_prefix('[').and_then(|list| list.strip_suffix(']'));
    let map = value.strip_prefix('{').and_then(|map| map.strip_suffix('}'));
    match (list, map) {
        _ if depth > DEEPEST => {}
        (Some(list), _) => {
            for item in split_at_commas(list) {
                push_values(key, item, at, depth + 1, entries);
            }
        }
        (None, Some(map)) => {
            for pair in split_at_commas(map) {
                push_nested(key, pair.trim(), at, depth + 1, entries);
            }
        }
        _ if value.is_empty() => {}
        _ => entries.push(make_entry(key, value, at)),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '"' | '\''))
}

/// The parts between commas, none of which is inside quotes.
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

fn make_entry(key: &str, value: &str, (index, line): Place<'_>) -> FrontMatterEntry {
    let value = value.trim();
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            value.get(1..).and_then(|rest| rest.split(quote).next()).unwrap_or_default()
        }
        // A comment needs a space before it: "#" inside a URL is none.
        _ => value.split(" #").next().unwrap_or_default().trim_end(),
    };
    FrontMatterEntry {
        key: key.to_owned(),
        part: String::new(),
        value: value.to_owned(),
        position: position_in_line(index, line, value),
        value_follows: false,
    }
}
