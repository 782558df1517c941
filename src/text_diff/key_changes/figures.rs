//! Finds figures that changed: numbers, with the word they count, and dates.

use std::ops::Range;

use super::rules::KeyChangeRules;
use crate::text::Lexicon;
use crate::text::normalize;
use crate::text_diff::align::RowText;

/// Of one sentence, this many figures are compared.
const MAX_FIGURES: usize = 300;

/// A figure of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The number with the prefix that makes it one (第, 百分之) and the word it counts.
    pub text: String,
    /// The number and the word in the normal form, without the prefix.
    key: String,
    /// Whether it is part of a date.
    pub is_date: bool,
    /// Whether it is written as a word, such as "one", which need not be a number.
    is_word: bool,
}

/// Several figures as one text, for display.
pub fn join_figures(figures: &[Figure]) -> String {
    figures.iter().map(|figure| figure.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The figures that a side's changed spans touch, each with the word it counts, in order.
pub fn find_figures(side: &RowText<'_>, words: &Lexicon, rules: &KeyChangeRules) -> Vec<Figure> {
    let text = side.text;
    let is_numeral = |c: char| {
        c.is_ascii_digit()
            || words.numerals.contains(c)
            || rules.numerals.contains(c)
            || (!c.is_ascii() && c.is_numeric())
    };
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let from = text.get(at..).unwrap_or_default();
        let numeral = is_numeral(c);
        let length = if numeral { number_length(from, &is_numeral) } else { word_length(text, at) };
        if length == 0 {
            continue;
        }
        while chars.next_if(|(next, _)| *next < at + length).is_some() {}
        let place = at - sign_length(text.get(..at).unwrap_or_default())..at + length;
        let one = if numeral {
            read_counted_number(text, &place, at, words, rules)
        } else {
            let own = from.get(..length).unwrap_or_default();
            let known = rules.number_words.iter().any(|word| word.eq_ignore_ascii_case(own));
            let figure =
                Figure { text: own.to_owned(), key: own.to_lowercase(), is_date: false, is_word: true };
            known.then_some((at..at + length, figure))
        };
        found.extend(one.filter(|(place, _)| side.touches_span(place)).map(|(_, figure)| figure));
    }
    found
}

/// The length in bytes of the number that a text begins with.
fn number_length(text: &str, is_numeral: &impl Fn(char) -> bool) -> usize {
    let digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    let mut end = normalize::grouped_length(text, 0);
    let mut chars = text.get(end..).unwrap_or_default().chars().peekable();
    let mut last = if end > 0 { '0' } else { ' ' };
    while let Some(c) = chars.next() {
        let joins = matches!(c, '.' | ',' | '．' | '，' | ':' | '：' | '/' | '-' | '–' | '~' | '～');
        let inside = joins && digit(last) && chars.peek().is_some_and(|next| digit(*next));
        if !is_numeral(c) && !inside {
            break;
        }
        end += c.len_utf8();
        last = c;
    }
    let rest = text.get(end..).unwrap_or_default();
    let blank: usize =
        rest.chars().take_while(|c| matches!(c, ' ' | '\u{a0}' | '\u{202f}')).map(char::len_utf8).sum();
    match rest.get(blank..).and_then(|rest| rest.chars().next()) {
        Some(c @ ('%' | '％' | '‰')) => end + blank + c.len_utf8(),
        _ => end,
    }
}

/// The length in bytes of the word of letters that begins at `at`; 0 where no word begins there.
fn word_length(text: &str, at: usize) -> usize {
    let letter = |c: &char| c.is_alphabetic() && u32::from(*c) < 0x2E80;
    if text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(|c| letter(&c)) {
        return 0;
    }
    text.get(at..).unwrap_or_default().chars().take_while(letter).map(char::len_utf8).sum()
}

/// The length in bytes of the signs at the end of a text, which belong to the number after it.
fn sign_length(before: &str) -> usize {
    let signs =
        |c: &char| matches!(c, '+' | '-' | '−' | '$' | '€' | '£' | '¥' | '￥' | '≥' | '≤' | '<' | '>' | '±');
    before.chars().rev().take(3).take_while(signs).map(char::len_utf8).sum()
}

/// Reads the number at `place` with the word it counts; returns the place of both. `digits` is where the
/// number begins without its signs.
fn read_counted_number(
    text: &str,
    place: &Range<usize>,
    digits: usize,
    words: &Lexicon,
    rules: &KeyChangeRules,
) -> Option<(Range<usize>, Figure)> {
    let number = text.get(place.clone())?;
    let after = text.get(place.end..).unwrap_or_default();
    let blank = after.len() - after.trim_start().len();
    let after: String = after.trim_start().chars().take(12).collect();
    let before = text.get(..place.start).unwrap_or_default();
    let chinese = !number.chars().any(|c| c.is_ascii_digit() || ('０'..='９').contains(&c));
    let prefix = rules.number_after.iter().find(|word| before.ends_with(word.as_str()));
    let unit: String = after.chars().take_while(|c| words.counting.contains(*c)).take(2).collect();
    let letter = |c: char| words.numerals.contains(c) || rules.numerals.contains(c);
    let single = number.chars().count() == 1 && number.chars().all(letter);
    // A single Chinese numeral without a counting word is often part of a word (一些, 万一).
    if chinese && single && unit.is_empty() && prefix.is_none() {
        return None;
    }
    let near = text_around(text, digits, place.end);
    let date = prefix.is_some_and(|word| rules.date_after.contains(word))
        || words.dates.iter().any(|mark| {
            after.starts_with(mark.as_str()) || (mark.is_ascii() && near.contains(mark.as_str()))
        });
    let shown = format!("{}{number}{unit}", prefix.map_or("", String::as_str));
    let key = normalize::full_normal_form(&format!("{number}{unit}"));
    let end = if unit.is_empty() { place.end } else { place.end + blank + unit.len() };
    Some((place.start..end, Figure { text: shown, key, is_date: date, is_word: false }))
}

/// Twelve characters on both sides of a place, in small letters.
fn text_around(text: &str, from: usize, to: usize) -> String {
    let before: Vec<char> = text.get(..from).unwrap_or_default().chars().rev().take(12).collect();
    let after = text.get(to..).unwrap_or_default().chars().take(12);
    before.into_iter().rev().chain(std::iter::once(' ')).chain(after).collect::<String>().to_lowercase()
}

/// Calls `emit` with the figures that differ. Figures that both sides hold are not a change, unless they
/// changed places.
pub fn pair_figures(mut a: Vec<Figure>, mut b: Vec<Figure>, mut emit: impl FnMut(Vec<Figure>, Vec<Figure>)) {
    a.truncate(MAX_FIGURES);
    b.truncate(MAX_FIGURES);
    if a.len() != b.len() {
        a.retain(|figure| !figure.is_word);
        b.retain(|figure| !figure.is_word);
    }
    let keys = |figures: &[Figure]| {
        let mut keys: Vec<String> = figures.iter().map(|figure| figure.key.clone()).collect();
        keys.sort_unstable();
        keys
    };
    if keys(&a) != keys(&b) {
        a.retain(|figure| {
            let same = b.iter().position(|other| other.key == figure.key);
            if let Some(at) = same {
                b.remove(at);
            }
            same.is_none()
        });
    }
    if a.len() == b.len() {
        for (x, y) in a.into_iter().zip(b).filter(|(x, y)| x.key != y.key) {
            emit(vec![x], vec![y]);
        }
    } else if !a.is_empty() || !b.is_empty() {
        emit(a, b);
    }
}
