//! The words of lines that count visits and pages (`config/counters.toml`).

use serde::Deserialize;

use super::word_list::check_words;
use crate::model::{RuleError, read_rule_table};

const BUILT_IN: &str = include_str!("../../../config/counters.toml");

/// By which words a line counts how often a page was read, or which of its pictures is shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CounterRules {
    /// Words of a line of counters, in lower case.
    words: Vec<String>,
    /// What is between the numbers of "3 of 12".
    pagers: Vec<String>,
}

impl CounterRules {
    /// The rules that come with the program.
    pub fn built_in() -> Self {
        // A test holds that the file can be read.
        toml::from_str(BUILT_IN).unwrap_or_default()
    }

    /// Adds a user's words: a table with the keys of `config/counters.toml`.
    ///
    /// # Errors
    /// An unknown key, a value of the wrong type, an empty word.
    pub fn with_user(mut self, table: &toml::Table) -> Result<Self, RuleError> {
        let added: Self = read_rule_table(table)?;
        check_words("words", &added.words)?;
        check_words("pagers", &added.pagers)?;
        self.words.extend(added.words.iter().map(|word| word.to_lowercase()));
        self.pagers.extend(added.pagers.iter().map(|word| word.to_lowercase()));
        Ok(self)
    }

    /// Whether a text in lower case holds a word of counters.
    pub fn names_counter(&self, lower: &str) -> bool {
        self.words.iter().any(|word| lower.contains(word.as_str()))
    }

    /// How many words of counters a text in lower case holds, each counted once.
    pub fn count_words(&self, lower: &str) -> usize {
        self.words.iter().filter(|word| lower.contains(word.as_str())).count()
    }

    /// Whether a text in lower case is what is between the numbers of "3 of 12".
    pub fn joins_page_numbers(&self, lower: &str) -> bool {
        self.pagers.iter().any(|word| word == lower)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_built_in_words_are_read_and_extended() {
        let rules = CounterRules::built_in();
        assert!(rules.names_counter("523 views") && rules.joins_page_numbers("of"));
        let table = toml::from_str("words = ['Visningar']").unwrap();
        assert!(rules.clone().with_user(&table).unwrap().names_counter("523 visningar"));
        let wrong = rules.with_user(&toml::from_str("words = ['']").unwrap()).unwrap_err();
        assert_eq!(wrong.key(), "words[0]");
    }
}
