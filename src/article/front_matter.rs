//! YAML and TOML front matter, as Hugo, Jekyll, Obsidian and Docusaurus write it.
//!
//! Of YAML only what such files hold: keys at the margin with a value on the same line, or a list
//! of values below. Anything deeper is passed over.

use super::{LinkForm, Position, RawLink, ReadRules};

/// What the front matter says.
#[derive(Debug, Default)]
pub(super) struct FrontMatter {
    /// Where the text after it starts, in bytes.
    pub end: usize,
    pub title: String,
    pub date: String,
    pub author: String,
    /// The links, each with its key for a label.
    pub links: Vec<RawLink>,
    /// The one of them that names the original.
    pub repost: Option<usize>,
}

/// A value with its key and its place.
struct Entry {
    key: String,
    value: String,
    position: Position,
}

/// Reads the front matter at the start of the text; none where there is none.
pub(super) fn read(text: &str, rules: &ReadRules) -> Option<FrontMatter> {
    let fence = ["---", "+++"].into_iter().find(|fence| {
        text.strip_prefix(fence)
            .is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with(['\n', '\r']))
    })?;
    let mut offset = 0;
    let mut lines = Vec::new();
    let mut end = None;
    for (index, raw) in text.split_inclusive('\n').enumerate() {
        offset += raw.len();
        let line = raw.trim_end();
        if index > 0 && (line == fence || (fence == "---" && line == "...")) {
            end = Some(offset);
            break;
        }
        if index > 0 {
            lines.push(line);
        }
    }
    let end = end?;
    let entries = if fence == "---" { yaml(&lines)? } else { toml(&lines)? };
    Some(interpret(entries, end, rules))
}

fn interpret(entries: Vec<Entry>, end: usize, rules: &ReadRules) -> FrontMatter {
    let mut out = FrontMatter { end, ..FrontMatter::default() };
    let mut best = usize::MAX;
    for entry in entries {
        let named = |keys: &[String]| keys.iter().position(|key| key.eq_ignore_ascii_case(&entry.key));
        let link = entry.value.starts_with("http://") || entry.value.starts_with("https://");
        if named(&rules.front_title).is_some() {
            out.title = entry.value;
        } else if named(&rules.front_date).is_some() && out.date.is_empty() {
            out.date = entry.value;
        } else if named(&rules.front_author).is_some() && !link {
            if !out.author.is_empty() {
                out.author.push_str(", ");
            }
            out.author.push_str(&entry.value);
        } else if link {
            let rank = named(&rules.front_repost);
            if rank.is_none() && named(&rules.front_sources).is_none() {
                continue;
            }
            if let Some(rank) = rank.filter(|rank| *rank < best) {
                best = rank;
                out.repost = Some(out.links.len());
            }
            out.links.push(RawLink {
                position: entry.position,
                label: entry.key,
                destination: entry.value,
                image: false,
                form: LinkForm::FrontMatter,
            });
        }
    }
    out
}

/// None where the lines between the fences are no YAML: then the fences are thematic breaks.
fn yaml(lines: &[&str]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut current = String::new();
    for (index, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if let Some(item) = trimmed.strip_prefix("- ") {
            if current.is_empty() {
                return None;
            }
            entries.push(entry(&current, item, index, line));
            continue;
        }
        if trimmed.len() < line.len() {
            continue;
        }
        let (key, value) = line.split_once(':')?;
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'' | ' ');
        if key.is_empty() || !key.chars().all(plain) || !(value.is_empty() || value.starts_with([' ', '\t']))
        {
            return None;
        }
        key.trim().trim_matches(['"', '\'']).clone_into(&mut current);
        let value = value.trim();
        if let Some(list) = value.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
            entries.extend(list.split(',').map(|item| entry(&current, item, index, line)));
        } else if !value.is_empty() {
            entries.push(entry(&current, value, index, line));
        }
    }
    (!current.is_empty()).then_some(entries)
}

fn entry(key: &str, value: &str, index: usize, line: &str) -> Entry {
    let value = value.trim();
    let value = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            value.get(1..).and_then(|rest| rest.split(quote).next()).unwrap_or_default()
        }
        // A comment needs a space before it: "#" inside a URL is none.
        _ => value.split(" #").next().unwrap_or_default().trim_end(),
    };
    Entry { key: key.to_owned(), value: value.to_owned(), position: place(index, line, value) }
}

fn place(index: usize, line: &str, value: &str) -> Position {
    let before = line.find(value).and_then(|at| line.get(..at)).unwrap_or_default().chars().count();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Position { line: number(index + 2), column: number(before + 1) }
}

fn toml(lines: &[&str]) -> Option<Vec<Entry>> {
    let table: toml::Table = lines.join("\n").parse().ok()?;
    let mut entries = Vec::new();
    for (key, value) in &table {
        let values = match value {
            toml::Value::Array(values) => values.clone(),
            other => vec![other.clone()],
        };
        for value in values {
            let value = match value {
                toml::Value::String(text) => text,
                toml::Value::Datetime(date) => date.to_string(),
                _ => continue,
            };
            let found = lines.iter().enumerate().find(|(_, line)| line.contains(&value));
            let position = found.map(|(index, line)| place(index, line, &value)).unwrap_or_default();
            entries.push(Entry { key: key.clone(), value, position });
        }
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn yaml_names_the_original() {
        let rules = ReadRules::embedded().unwrap();
        let text = "---\ntitle: \"A: b\"\nauthors:\n  - Ann\n  - Bo\ndate: 2024-05-06\nurl: /own/path/\n\
                    source: https://paper.example/a#top # seen\ncanonical_url: 'https://paper.example/b'\n---\nText\n";
        let front = read(text, &rules).unwrap();
        assert_eq!(&text[front.end..], "Text\n");
        assert_eq!(
            (front.title.as_str(), front.author.as_str(), front.date.as_str()),
            ("A: b", "Ann, Bo", "2024-05-06")
        );
        let links: Vec<_> = front.links.iter().map(|link| link.destination.as_str()).collect();
        assert_eq!(links, ["https://paper.example/a#top", "https://paper.example/b"]);
        assert_eq!(front.repost, Some(1));
        assert_eq!(front.links[0].position, Position { line: 8, column: 9 });
    }

    #[test]
    fn toml_does_too_and_breaks_are_no_front_matter() {
        let rules = ReadRules::embedded().unwrap();
        let text =
            "+++\ntitle = 'T'\ndate = 2024-05-06T07:08:09Z\noriginal_url = \"https://a.example/x\"\n+++\n";
        let front = read(text, &rules).unwrap();
        assert_eq!(front.links[0].destination, "https://a.example/x");
        assert_eq!(front.date, "2024-05-06T07:08:09Z");
        assert_eq!(front.links[0].position.line, 4);
        assert!(read("---\n\nJust prose, no keys.\n\n---\n", &rules).is_none());
        assert!(read("---\nkey: never closed\n", &rules).is_none());
    }
}
