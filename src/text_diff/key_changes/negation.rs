//! Negations that came or went.

use std::ops::Range;

use super::substitutions::Replaceable;
use crate::text::lexicon::Words;
use crate::text_diff::align::RowText;

/// Places in the letters that both sides share are the same where they are no farther apart.
const NEAR: usize = 2;
/// A negation that moved is one where hardly more than it changed, in characters.
const ALONE: usize = 5;
/// A sentence of more changes was written anew: its negations are only counted.
const MANY: usize = 100;

/// A sentence's negations that changed: for each, around which place of the original and of the local
/// copy it shows.
pub fn changed(
    original: &RowText,
    local: &RowText,
    words: &Words,
    marks: &Replaceable,
) -> Vec<(Range<usize>, Range<usize>)> {
    let (of_a, of_b) = (places(original, words, marks), places(local, words, marks));
    if original.spans.len().max(local.spans.len()) > MANY {
        let first = |places: &[Range<usize>]| places.first().cloned().unwrap_or(0..0);
        let differ = of_a.len() != of_b.len();
        return differ.then(|| (first(&of_a), first(&of_b))).into_iter().collect();
    }
    let (alone_a, alone_b) =
        (unmatched(original, &of_a, local, &of_b), unmatched(local, &of_b, original, &of_a));
    let counterpart = |side: &RowText, place: &Range<usize>, other: &RowText| {
        let at = locate(other, common(side, place.start));
        at..at
    };
    if of_a.len() == of_b.len() {
        // It went from one word to another: "will not come, but will" is not "will come, but will not".
        let moved = |side: &RowText, alone: &[Range<usize>]| {
            alone.iter().find(|place| is_alone(side, place)).cloned()
        };
        let pair = moved(original, &alone_a).zip(moved(local, &alone_b));
        return pair.map_or_else(Vec::new, |(a, b)| {
            vec![(a.clone(), counterpart(original, &a, local)), (counterpart(local, &b, original), b)]
        });
    }
    match (alone_a.first().or(of_a.first()), alone_b.first().or(of_b.first())) {
        (Some(a), Some(b)) if !alone_a.is_empty() && !alone_b.is_empty() => vec![(a.clone(), b.clone())],
        (Some(a), _) if of_a.len() > of_b.len() => vec![(a.clone(), counterpart(original, a, local))],
        (_, Some(b)) => vec![(counterpart(local, b, original), b.clone())],
        _ => Vec::new(),
    }
}

/// The places of one side that the other has none for.
fn unmatched(
    side: &RowText,
    places: &[Range<usize>],
    other: &RowText,
    others: &[Range<usize>],
) -> Vec<Range<usize>> {
    let mut there: Vec<usize> = others.iter().map(|place| common(other, place.start)).collect();
    let mut found = Vec::new();
    for place in places {
        let own = common(side, place.start);
        match there.iter().position(|at| at.abs_diff(own) <= NEAR) {
            Some(at) => {
                there.remove(at);
            }
            None => found.push(place.clone()),
        }
    }
    found
}

/// Whether the span that a place stands in holds hardly anything else.
fn is_alone(side: &RowText, place: &Range<usize>) -> bool {
    let span = side.spans.iter().find(|span| span.start < place.end && span.end > place.start);
    let text = span.and_then(|span| side.text.get(span.clone()));
    text.is_some_and(|text| text.chars().count() <= ALONE)
}

/// How many letters that both sides share stand before a place.
fn common(side: &RowText, place: usize) -> usize {
    let mut spans = side.spans.iter().peekable();
    side.text
        .char_indices()
        .take_while(|(at, _)| *at < place)
        .filter(|(at, c)| {
            while spans.next_if(|span| span.end <= *at).is_some() {}
            c.is_alphanumeric() && spans.peek().is_none_or(|span| *at < span.start)
        })
        .count()
}

/// The place with so many shared letters before it.
fn locate(side: &RowText, letters: usize) -> usize {
    let mut spans = side.spans.iter().peekable();
    let mut left = letters;
    for (at, c) in side.text.char_indices() {
        while spans.next_if(|span| span.end <= at).is_some() {}
        if !c.is_alphanumeric() || spans.peek().is_some_and(|span| at >= span.start) {
            continue;
        }
        if left == 0 {
            return at;
        }
        left -= 1;
    }
    side.text.len()
}

/// Where negations stand that a side's changed spans touch: a mark may be older than its change, as
/// in the Japanese `ます` that became `ません`.
fn places(side: &RowText, words: &Words, marks: &Replaceable) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for span in &side.spans {
        let near = near(&side.text, span);
        let Some(text) = side.text.get(near.clone()) else { continue };
        let others: Vec<Range<usize>> = words
            .not_negating
            .iter()
            .chain(&marks.not_negating)
            .flat_map(|word| matches(text, word, near.start))
            .collect();
        for mark in words.negating_marks.iter().chain(&marks.negating_marks) {
            found.extend(matches(text, mark, near.start).filter(|at| {
                let touches = at.start < span.end && at.end > span.start;
                touches && !others.iter().any(|other| other.start <= at.start && at.end <= other.end)
            }));
        }
        let changed = side.text.get(span.clone()).unwrap_or_default();
        let mut at = span.start;
        for part in changed.split_inclusive(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’')) {
            let word = part.trim_end_matches(|c: char| !c.is_alphanumeric()).to_lowercase().replace('’', "'");
            if words.negating_terms.iter().chain(&marks.negating_terms).any(|term| *term == word)
                || word == "t"
            {
                found.push(at..at + part.len());
            }
            at += part.len();
        }
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
