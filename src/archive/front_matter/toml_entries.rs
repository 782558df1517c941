//! Reads the entries of a front matter in TOML, as Hugo and Zola write it.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::entry::{FrontMatterEntry, WRAPPERS};
use crate::archive::line_index::LineIndex;
use crate::archive::position::Position;

/// Returns the entries between the fences in the order of the text, or `None` where the text is not TOML.
pub(super) fn parse_toml_entries(body: &str) -> Option<Vec<FrontMatterEntry>> {
    let table = DeTable::parse(body).ok()?;
    let mut values = Vec::new();
    for (key, value) in table.get_ref() {
        match value.get_ref() {
            DeValue::Table(own) if WRAPPERS.contains(&key.get_ref().as_ref()) => {
                for (key, value) in own {
                    push_toml_value(key.get_ref(), "", value.get_ref(), value.span(), &mut values);
                }
            }
            _ => push_toml_value(key.get_ref(), "", value.get_ref(), value.span(), &mut values),
        }
    }
    values.sort_by_key(|value| value.span.start);
    let mut lines = LineIndex::new(body);
    Some(values.into_iter().map(|value| value.into_entry(body, &mut lines)).collect())
}

/// A value with its keys and its byte range.
struct TomlValue<'t> {
    key: &'t str,
    part: &'t str,
    text: String,
    span: Range<usize>,
}

impl TomlValue<'_> {
    fn into_entry(self, body: &str, lines: &mut LineIndex<'_>) -> FrontMatterEntry {
        let written = body.get(self.span.clone()).unwrap_or_default();
        // Skips the quotation marks. A text over several lines has three of them and a line break.
        let quotes = match written.get(..3) {
            Some("\"\"\"" | "'''") => {
                written.len() - written.trim_start_matches(['"', '\'', '\r', '\n']).len()
            }
            _ => usize::from(written.starts_with(['"', '\''])),
        };
        let Position { line, column } = lines.position_of(self.span.start + quotes);
        FrontMatterEntry {
            key: self.key.to_owned(),
            part: self.part.to_owned(),
            value: self.text,
            // The fence is line 1 of the file.
            position: Position { line: line + 1, column },
        }
    }
}

/// Adds a value, or the items of a list and the pairs of a table.
fn push_toml_value<'t>(
    key: &'t str,
    part: &'t str,
    value: &'t DeValue<'_>,
    span: Range<usize>,
    values: &mut Vec<TomlValue<'t>>,
) {
    match value {
        DeValue::String(text) => values.push(TomlValue { key, part, text: text.to_string(), span }),
        DeValue::Datetime(date) => values.push(TomlValue { key, part, text: date.to_string(), span }),
        DeValue::Array(items) => {
            for item in items {
                push_toml_value(key, part, item.get_ref(), item.span(), values);
            }
        }
        DeValue::Table(table) if part.is_empty() => {
            for (part, value) in table {
                push_toml_value(key, part.get_ref(), value.get_ref(), value.span(), values);
            }
        }
        _ => {}
    }
}
