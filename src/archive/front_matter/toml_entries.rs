//! The values of a front matter in TOML, as Hugo and Zola write it.

use super::entry::{FrontMatterEntry, WRAPPERS, position_in_line};

pub(super) fn parse_toml_entries(lines: &[&str]) -> Option<Vec<FrontMatterEntry>> {
    let table: toml::Table = lines.join("\n").parse().ok()?;
    let mut entries = Vec::new();
    for (key, value) in &table {
        match value {
            toml::Value::Table(own) if WRAPPERS.contains(&key.as_str()) => {
                for (key, value) in own {
                    push_toml_value(key, "", value, lines, &mut entries);
                }
            }
            _ => push_toml_value(key, "", value, lines, &mut entries),
        }
    }
    Some(entries)
}

/// A value with those inside it: of a list its items, of a table its pairs.
fn push_toml_value(
    key: &str,
    part: &str,
    value: &toml::Value,
    lines: &[&str],
    entries: &mut Vec<FrontMatterEntry>,
) {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Datetime(date) => date.to_string(),
        toml::Value::Array(values) => {
            for value in values {
                push_toml_value(key, part, value, lines, entries);
            }
            return;
        }
        toml::Value::Table(table) if part.is_empty() => {
            for (part, value) in table {
                push_toml_value(key, part, value, lines, entries);
            }
            return;
        }
        _ => return,
    };
    let found = lines.iter().enumerate().find(|(_, line)| line.contains(&text));
    let position = found.map(|(index, line)| position_in_line(index, line, &text)).unwrap_or_default();
    let (key, part) = (key.to_owned(), part.to_owned());
    entries.push(FrontMatterEntry { key, part, value: text, position, value_follows: false });
}
