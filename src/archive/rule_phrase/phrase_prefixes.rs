//! Holds phrases with which a line may start.

use std::collections::BTreeMap;

/// Phrases with which a key may start.
#[derive(Clone, Debug, Default)]
pub struct PhrasePrefixes(BTreeMap<char, Vec<String>>);

impl PhrasePrefixes {
    /// Adds a phrase by its key.
    pub fn add_prefix(&mut self, key: String) {
        if let Some(first) = key.chars().next() {
            self.0.entry(first).or_default().push(key);
        }
    }

    /// Adds phrases by their keys.
    pub fn add_prefixes(&mut self, keys: impl IntoIterator<Item = String>) {
        keys.into_iter().for_each(|key| self.add_prefix(key));
    }

    /// What follows each of the phrases with which a key starts.
    pub fn remainders_of<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let first = key.chars().next();
        let phrases = first.and_then(|first| self.0.get(&first)).map_or(&[][..], Vec::as_slice);
        phrases.iter().filter_map(move |phrase| key.strip_prefix(phrase.as_str()))
    }

    /// Whether a key starts with one of the phrases.
    pub fn matches_start(&self, key: &str) -> bool {
        self.remainders_of(key).next().is_some()
    }

    /// Whether any phrase starts with this character of a key, which can save building the key.
    pub fn may_start_with(&self, first: char) -> bool {
        self.0.contains_key(&first)
    }
}
