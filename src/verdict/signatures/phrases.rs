//! Compiles lists of phrases and regular expressions. Errors name the key of the list.

use aho_corasick::AhoCorasick;
use regex::{Regex, RegexBuilder};

use crate::model::RuleError;

/// The size limit of a compiled regular expression, in bytes.
const MAX_PATTERN_SIZE: usize = 1 << 20;

/// Phrases that are searched for all at once, ignoring the case of ASCII letters.
#[derive(Clone, Debug)]
pub(in crate::verdict) struct PhraseSet {
    phrases: Vec<String>,
    automaton: Option<AhoCorasick>,
}

impl PhraseSet {
    /// Compiles a list of phrases; `key` is the path of the list. An empty phrase would match everything.
    pub(super) fn new(phrases: &[String], key: &str) -> Result<Self, RuleError> {
        if let Some(at) = phrases.iter().position(String::is_empty) {
            return Err(RuleError::invalid(format!("{key}[{at}]"), "an empty phrase would match every page"));
        }
        let automaton = if phrases.is_empty() {
            None
        } else {
            let built = AhoCorasick::builder().ascii_case_insensitive(true).build(phrases);
            Some(built.map_err(|error| RuleError::invalid(key, error.to_string()))?)
        };
        Ok(Self { phrases: phrases.to_vec(), automaton })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }

    /// The phrase that a text holds first.
    pub(in crate::verdict) fn find_first(&self, text: &str) -> Option<&str> {
        let found = self.automaton.as_ref()?.find(text)?;
        self.phrases.get(found.pattern().as_usize()).map(String::as_str)
    }
}

/// Compiles a list of regular expressions, which ignore case; `key` is the path of the list.
pub(super) fn compile_patterns(patterns: &[String], key: &str) -> Result<Vec<Regex>, RuleError> {
    let compile = |(at, pattern): (usize, &String)| {
        let built = RegexBuilder::new(pattern)
            .case_insensitive(true)
            .dot_matches_new_line(true)
            .size_limit(MAX_PATTERN_SIZE)
            .build();
        built.map_err(|error| {
            RuleError::invalid(format!("{key}[{at}]"), format!("invalid regular expression: {error}"))
        })
    };
    patterns.iter().enumerate().map(compile).collect()
}
