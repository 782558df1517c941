//! A set of words of which one that replaces another is a key change.

use std::ops::Range;

use serde::Deserialize;

use crate::model::RuleError;
use crate::text_diff::align::RowText;

/// The kinds of change that a set may name.
const KINDS: [&str; 5] = ["number", "date", "negation", "name", "correction"];
/// Separates words of one meaning.
const SAME_MEANING: char = '|';

/// Words of which one that replaces another is a change of this kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SubstitutionSet {
    /// The kind of change.
    pub(super) kind: String,
    /// One entry for each meaning; words of the same meaning have a bar between them.
    words: Vec<String>,
}

impl SubstitutionSet {
    /// Checks that the set can name a change.
    pub fn check(&self) -> Result<(), RuleError> {
        if !KINDS.contains(&self.kind.as_str()) {
            let reason = format!("invalid kind {:?}; expected one of {}", self.kind, KINDS.join(", "));
            return Err(RuleError::invalid("kind", reason));
        }
        if self.words.len() < 2 {
            return Err(RuleError::invalid("words", "a set needs two meanings or more"));
        }
        let has_empty = |words: &String| words.split(SAME_MEANING).any(str::is_empty);
        match self.words.iter().position(has_empty) {
            Some(at) => Err(RuleError::invalid(format!("words[{at}]"), "a word is empty")),
            None => Ok(()),
        }
    }

    /// The words of the set that a side's changed spans touch, in order, each with the number of its
    /// meaning.
    pub(super) fn find_words(&self, side: &RowText<'_>) -> Vec<(usize, String)> {
        let mut found: Vec<(Range<usize>, usize)> = Vec::new();
        for (meaning, words) in self.words.iter().enumerate() {
            for word in words.split(SAME_MEANING) {
                let near = |span: &Range<usize>| span.start.saturating_sub(word.len())..span.end + word.len();
                let places = side.spans.iter().flat_map(|span| find_word(side.text, near(span), word));
                found.extend(places.filter(|at| side.touches_span(at)).map(|at| (at, meaning)));
            }
        }
        // Of two words that begin at the same place, the longer one counts.
        found.sort_unstable_by_key(|(at, _)| (at.start, std::cmp::Reverse(at.end)));
        found.dedup_by_key(|(at, _)| at.start);
        found.into_iter().filter_map(|(at, meaning)| Some((meaning, side.text.get(at)?.to_owned()))).collect()
    }
}

/// The places of a word within some bytes of a text, in small or capital letters. A word of ASCII letters is
/// found only as a whole word.
fn find_word<'a>(
    text: &'a str,
    within: Range<usize>,
    word: &'a str,
) -> impl Iterator<Item = Range<usize>> + 'a {
    let ascii = word.is_ascii();
    let in_word = |c: char| c.is_ascii_alphanumeric();
    (within.start..within.end.min(text.len()))
        .filter(move |at| {
            let part = text.as_bytes().get(*at..at + word.len());
            text.is_char_boundary(*at) && part.is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
        })
        .map(move |at| at..at + word.len())
        .filter(move |at| {
            let before = text.get(..at.start).and_then(|before| before.chars().next_back());
            let after = text.get(at.end..).and_then(|after| after.chars().next());
            !ascii || !(before.is_some_and(in_word) || after.is_some_and(in_word))
        })
}
