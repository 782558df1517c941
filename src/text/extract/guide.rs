//! The local copy's text as a guide to the article in a page.

use std::collections::HashSet;

use crate::text::ngrams::{NGRAM_LENGTH, NgramSet, hash_ngram};
use crate::text::{ngrams, normalize, sentence};

/// How a block relates to the guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuideMatch {
    /// It holds text of the guide that no longer block holds.
    Own,
    /// All that it holds of the guide is also in other blocks: a quotation, a comment.
    Repeated,
    /// The guide does not have it.
    Absent,
}

/// The local copy's text, indexed.
#[derive(Debug, Default)]
pub struct Guide {
    ngrams: NgramSet,
    /// Its lines and sentences in normal form, for texts that are shorter than an n-gram.
    lines: HashSet<String>,
    /// The same without digits: a line of which only the figures changed is still recognised.
    lines_without_digits: HashSet<String>,
    text: String,
}

impl Guide {
    /// Indexes a text.
    pub fn new(text: &str) -> Self {
        let sentences = sentence::sentence_ranges(text).filter_map(|range| text.get(range));
        let lines = text.lines().chain(sentences).map(normalize::full_normal_form);
        let lines: HashSet<String> = lines.filter(|line| !line.is_empty()).collect();
        let lines_without_digits = lines.iter().filter_map(|line| without_digits(line)).collect();
        Self { ngrams: distinct_ngrams(text), lines, lines_without_digits, text: text.to_owned() }
    }

    /// The text as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a text differs from one of its lines in digits alone.
    pub fn has_line_with_other_digits(&self, text: &str) -> bool {
        without_digits(&normalize::full_normal_form(text))
            .is_some_and(|line| self.lines_without_digits.contains(&line))
    }

    /// How many distinct n-grams it has.
    pub fn ngram_count(&self) -> usize {
        self.ngrams.len()
    }

    /// Whether it has an n-gram.
    pub fn has_ngram(&self, hash: u64) -> bool {
        self.ngrams.contains(&hash)
    }

    /// How many of its distinct n-grams some blocks hold.
    pub fn count_held_by<'a>(&self, blocks: impl Iterator<Item = &'a str>) -> usize {
        let joined = blocks.collect::<Vec<_>>().join("\n");
        self.ngrams.intersection(&distinct_ngrams(&joined)).count()
    }

    /// Whether it holds most of a text.
    pub fn holds_most_of(&self, text: &str) -> bool {
        let (held, all) = self.held_ngrams(text);
        held.len() * 2 >= all
    }

    /// The n-grams of a text that it has, one for each place in the text, and how many the text has.
    pub fn held_ngrams(&self, text: &str) -> (Vec<u64>, usize) {
        let letters: Vec<char> = normalize::full_normal_form(text).chars().collect();
        let all = letters.len().saturating_sub(NGRAM_LENGTH - 1);
        if all == 0 {
            let line: String = letters.iter().collect();
            // So short a line has no n-gram, so the hash of the whole line is used.
            let is_line = self.lines.contains(&line);
            return (if is_line { vec![hash_ngram(&letters)] } else { Vec::new() }, 1);
        }
        (ngrams::ngram_hashes(&letters).filter(|hash| self.has_ngram(*hash)).collect(), all)
    }
}

/// A line without its digits; `None` where it has no digits, or little else.
fn without_digits(letters: &str) -> Option<String> {
    let rest: String = letters.chars().filter(|c| !c.is_ascii_digit()).collect();
    (rest.len() < letters.len() && rest.chars().count() >= 2).then_some(rest)
}

/// The hashes of a text's character n-grams, in normal form.
fn distinct_ngrams(text: &str) -> NgramSet {
    let letters: Vec<char> = normalize::full_normal_form(text).chars().collect();
    ngrams::ngram_hashes(&letters).collect()
}
