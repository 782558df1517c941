//! Finds the article among the strings of an embedded state such as `__NEXT_DATA__`.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::text::TextRules;
use crate::text::html::embedded_text::{EmbeddedText, is_prose};
use crate::text::prose::text_width;

/// At most this many values of a page's states are read.
const MAX_VALUES: usize = 200_000;
/// At most this many titles are kept, each shorter than the other limit in bytes.
const MAX_TITLES: usize = 200;
const MAX_TITLE_LENGTH: usize = 600;
/// A paragraph has at least this many characters.
const MIN_PROSE: usize = 40;
/// With a guide a paragraph may be shorter, since it is compared with the local copy: this width is
/// twenty Chinese characters.
const MIN_GUIDED_WIDTH: usize = 60;

/// The strings of a page's embedded states, by their keys.
///
/// The path of a string is the keys that lead to it, without the indexes of lists, so that the paragraphs
/// of one article have one path. A short string counts where others of its path are prose.
#[derive(Default)]
pub struct StateStrings {
    values_seen: usize,
    /// For each key, the hashed path and the text of its strings in order.
    by_key: HashMap<String, Vec<(u64, String)>>,
    /// What the states call titles.
    pub titles: Vec<String>,
}

impl StateStrings {
    /// Collects the strings of one state.
    pub fn collect(&mut self, value: &Value) {
        self.visit("", 0, value);
    }

    fn visit(&mut self, key: &str, path: u64, value: &Value) {
        self.values_seen += 1;
        if self.values_seen > MAX_VALUES {
            return;
        }
        match value {
            Value::String(text) if !text.trim().is_empty() => {
                let lower = key.to_ascii_lowercase();
                let title = lower.contains("title") || lower.contains("headline");
                if title && self.titles.len() < MAX_TITLES && text.len() < MAX_TITLE_LENGTH {
                    self.titles.push(htmlize::unescape_attribute(text).into_owned());
                }
                self.by_key.entry(key.to_owned()).or_default().push((path, text.clone()));
            }
            Value::Array(items) => items.iter().for_each(|item| self.visit(key, path, item)),
            Value::Object(fields) => {
                for (name, field) in fields {
                    let mut hasher = DefaultHasher::new();
                    (path, name).hash(&mut hasher);
                    self.visit(name, hasher.finish(), field);
                }
            }
            _ => {}
        }
    }

    /// The texts: for each key its longest string where that outweighs the others (an article among
    /// teasers), else its strings in order (paragraphs one by one). `for_guide` asks for both readings,
    /// and for shorter strings, since a guide can judge them.
    pub fn to_texts(
        &self,
        is_text: impl Fn(&str) -> bool,
        for_guide: bool,
        rules: &TextRules,
    ) -> Vec<EmbeddedText> {
        let is_long = |text: &str| {
            text.chars().count() >= MIN_PROSE || (for_guide && text_width(text) >= MIN_GUIDED_WIDTH)
        };
        let mut keys: Vec<(&String, Vec<&str>)> = Vec::new();
        for (key, all) in &self.by_key {
            let prose: Vec<bool> =
                all.iter().map(|(_, text)| is_long(text) && is_prose(text, rules)).collect();
            let marked = || all.iter().zip(&prose);
            let paths: HashSet<u64> =
                marked().filter(|(_, prose)| **prose).map(|((path, _), _)| *path).collect();
            let chosen: Vec<&str> = marked()
                .filter(|((path, text), prose)| paths.contains(path) && (!**prose || is_text(text)))
                .map(|((_, text), _)| text.as_str())
                .collect();
            if chosen.iter().any(|text| is_long(text) && is_text(text)) {
                keys.push((key, chosen));
            }
        }
        keys.sort();
        keys.into_iter()
            .flat_map(|(_, strings)| {
                let longest = strings.iter().max_by_key(|text| text.len()).copied();
                let total: usize = strings.iter().map(|text| text.len()).sum();
                let all = || EmbeddedText::from_strings(&strings, rules);
                match longest {
                    Some(one) if one.len() * 2 > total => {
                        let others = if for_guide && strings.len() > 1 { Some(all()) } else { None };
                        let alone = EmbeddedText::from_strings(&[one], rules);
                        others.into_iter().chain(std::iter::once(alone)).collect::<Vec<_>>()
                    }
                    _ => vec![all()],
                }
            })
            .collect()
    }
}
