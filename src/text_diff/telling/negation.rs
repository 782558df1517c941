//! Negations that came or went.

use std::ops::Range;

use crate::text::words::Words;
use crate::text_diff::align::RowText;

/// Where negations stand that a side's changed spans touch: a mark may be older than its change, as
/// in the Japanese `ます` that became `ません`.
pub fn places(side: &RowText, words: &Words) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for span in &side.spans {
        let near = near(&side.text, span);
        let Some(text) = side.text.get(near.clone()) else { continue };
        let others: Vec<Range<usize>> =
            words.not_negating.iter().flat_map(|word| matches(text, word, near.start)).collect();
        for mark in &words.negating_marks {
            found.extend(matches(text, mark, near.start).filter(|at| {
                let touches = at.start < span.end && at.end > span.start;
                touches && !others.iter().any(|other| other.start <= at.start && at.end <= other.end)
            }));
        }
        let changed = side.text.get(span.clone()).unwrap_or_default().to_lowercase().replace('’', "'");
        let hits = changed
            .split(|c: char| !c.is_alphanumeric() && c != '\'')
            .filter(|word| words.negating_terms.iter().any(|term| term == word) || *word == "t")
            .count();
        found.extend(std::iter::repeat_n(span.clone(), hits));
    }
    found.sort_by_key(|at| (at.start, at.end));
    found.dedup();
    found
}

fn matches<'a>(text: &'a str, word: &'a str, base: usize) -> impl Iterator<Item = Range<usize>> + 'a {
    text.match_indices(word).map(move |(at, found)| base + at..base + at + found.len())
}

/// A span and three characters on both sides.
fn near(text: &str, span: &Range<usize>) -> Range<usize> {
    let before: usize =
        text.get(..span.start).unwrap_or_default().chars().rev().take(3).map(char::len_utf8).sum();
    let after: usize = text.get(span.end..).unwrap_or_default().chars().take(3).map(char::len_utf8).sum();
    span.start - before..span.end + after
}
