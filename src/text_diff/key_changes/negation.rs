//! Finds negations that were added, removed or moved to another word.

use std::ops::Range;

use super::rules::KeyChangeRules;
use crate::text::Lexicon;
use crate::text_diff::align::RowText;

/// Two places are the same where the numbers of shared letters before them differ by at most this.
const MAX_OFFSET: usize = 2;
/// A negation counts as moved where the change around it is at most this long, in characters.
const MAX_MOVED_SPAN: usize = 5;
/// A sentence with more changes or negations than this was rewritten, and its negations are only counted.
const MAX_COMPARED: usize = 100;
/// A negating word has fewer letters than this.
const MAX_WORD: usize = 32;

/// The negations of a sentence that changed: for each, the place in the original and in the local copy at
/// which it shows.
pub fn find_negation_changes(
    original: &RowText<'_>,
    local: &RowText<'_>,
    words: &Lexicon,
    rules: &KeyChangeRules,
) -> Vec<(Range<usize>, Range<usize>)> {
    let (of_a, of_b) = (find_negations(original, words, rules), find_negations(local, words, rules));
    if [original.spans.len(), local.spans.len(), of_a.len(), of_b.len()].iter().any(|n| *n > MAX_COMPARED) {
        let first = |places: &[Range<usize>]| places.first().cloned().unwrap_or(0..0);
        let differ = of_a.len() != of_b.len();
        return differ.then(|| (first(&of_a), first(&of_b))).into_iter().collect();
    }
    let (alone_a, alone_b) =
        (find_unmatched(original, &of_a, local, &of_b), find_unmatched(local, &of_b, original, &of_a));
    if of_a.len() == of_b.len() {
        // A negation may move from one word to another: "will not come, but will" is not "will come, but
        // will not".
        let moved = |side: &RowText<'_>, alone: &[Range<usize>]| {
            alone.iter().find(|place| is_small_change(side, place)).cloned()
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

/// The place in the other text that has as many shared letters before it as a place of this one.
pub(super) fn counterpart(side: &RowText<'_>, place: &Range<usize>, other: &RowText<'_>) -> Range<usize> {
    let at = locate_shared(other, count_shared_letters(side, place.start));
    at..at
}

/// The negations of one side that have no counterpart on the other.
fn find_unmatched(
    side: &RowText<'_>,
    places: &[Range<usize>],
    other: &RowText<'_>,
    others: &[Range<usize>],
) -> Vec<Range<usize>> {
    let mut there: Vec<usize> = others.iter().map(|place| count_shared_letters(other, place.start)).collect();
    let mut found = Vec::new();
    for place in places {
        let own = count_shared_letters(side, place.start);
        match there.iter().position(|at| at.abs_diff(own) <= MAX_OFFSET) {
            Some(at) => {
                there.remove(at);
            }
            None => found.push(place.clone()),
        }
    }
    found
}

/// Whether the changed span around a place holds hardly anything else.
fn is_small_change(side: &RowText<'_>, place: &Range<usize>) -> bool {
    let span = side.spans.iter().find(|span| span.start < place.end && span.end > place.start);
    let text = span.and_then(|span| side.text.get(span.clone()));
    text.is_some_and(|text| text.chars().count() <= MAX_MOVED_SPAN)
}

/// How many letters that both sides share are before a place.
fn count_shared_letters(side: &RowText<'_>, place: usize) -> usize {
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

/// The place that has this many shared letters before it.
fn locate_shared(side: &RowText<'_>, letters: usize) -> usize {
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

/// The places of the negations that a side's changed spans touch. A mark may be larger than the change, as
/// in the Japanese `ます` that became `ません`.
fn find_negations(side: &RowText<'_>, words: &Lexicon, rules: &KeyChangeRules) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for span in side.spans {
        let near = widen_span(side.text, span);
        let Some(text) = side.text.get(near.clone()) else { continue };
        let mut others: Vec<Range<usize>> = words
            .not_negating
            .iter()
            .chain(&rules.not_negating)
            .flat_map(|word| find_word(text, word, near.start))
            .collect();
        others.sort_unstable_by_key(|other| other.start);
        let longest = others.iter().map(ExactSizeIterator::len).max().unwrap_or(0);
        let is_inside_other = |at: &Range<usize>| {
            let from = others.partition_point(|other| other.start + longest < at.end);
            let mut near = others.iter().skip(from).take_while(|other| other.start <= at.start);
            near.any(|other| at.end <= other.end)
        };
        for mark in words.negating_marks.iter().chain(&rules.negating_marks) {
            found.extend(find_word(text, mark, near.start).filter(|at| {
                let touches = at.start < span.end && at.end > span.start;
                touches && !is_inside_other(at)
            }));
        }
        let words_around = widen_to_words(side.text, span);
        let changed = side.text.get(words_around.clone()).unwrap_or_default();
        let mut at = words_around.start;
        for part in changed.split_inclusive(|c: char| !is_in_word(c)) {
            let place = at..at + part.len();
            at = place.end;
            if place.end <= span.start || place.start >= span.end {
                continue;
            }
            let word = part.trim_matches(|c: char| !is_word_char(c)).to_lowercase().replace('’', "'");
            let is_term = |term: &String| *term == word;
            if words.negating_terms.iter().chain(&rules.negating_terms).any(is_term) || word.ends_with("n't")
            {
                found.push(place);
            }
        }
    }
    found.sort_by_key(|at| (at.start, at.end));
    found.dedup();
    found
}

/// Whether a character is part of a word: a letter, a digit, or a mark that changes the sound of a letter.
fn is_word_char(c: char) -> bool {
    // The signs of Devanagari, Thai and their neighbours that Unicode does not count as letters.
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}' | '\u{93c}' | '\u{94d}' | '\u{e47}'..='\u{e4e}')
}

/// Whether a character is inside a word, as the apostrophe of "don't" is.
fn is_in_word(c: char) -> bool {
    is_word_char(c) || matches!(c, '\'' | '’')
}

/// A span with the whole of the words at both its ends: of "can't" only the "t" may be new. Scripts without
/// spaces between words stay as they are.
fn widen_to_words(text: &str, span: &Range<usize>) -> Range<usize> {
    let goes_on = |c: &char| is_in_word(*c) && u32::from(*c) < 0x2E80;
    let length = |chars: &mut dyn Iterator<Item = char>| -> usize {
        chars.take(MAX_WORD).take_while(goes_on).map(char::len_utf8).sum()
    };
    let before = length(&mut text.get(..span.start).unwrap_or_default().chars().rev());
    let after = length(&mut text.get(span.end..).unwrap_or_default().chars());
    span.start - before..span.end + after
}

/// The places of a word in a text that begins at offset `base` of its sentence.
fn find_word<'a>(text: &'a str, word: &'a str, base: usize) -> impl Iterator<Item = Range<usize>> + 'a {
    text.match_indices(word).map(move |(at, found)| base + at..base + at + found.len())
}

/// A span and three characters on both sides of it.
fn widen_span(text: &str, span: &Range<usize>) -> Range<usize> {
    let before: usize =
        text.get(..span.start).unwrap_or_default().chars().rev().take(3).map(char::len_utf8).sum();
    let after: usize = text.get(span.end..).unwrap_or_default().chars().take(3).map(char::len_utf8).sum();
    span.start - before..span.end + after
}
