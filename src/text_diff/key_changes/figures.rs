//! Figures that changed: numbers, with what they count, and dates.

use std::ops::Range;

use super::substitutions::{Replaceable, touches};
use crate::text::lexicon::Words;
use crate::text::normalize;
use crate::text_diff::align::RowText;

/// So many figures of one sentence are looked at.
const MANY: usize = 300;

/// A figure of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The number, what makes it one, and what it counts.
    pub text: String,
    /// The same in the normal form, without what stands before it.
    key: String,
    /// Whether it is part of a date.
    pub date: bool,
    /// Whether it is a word, which may be no number.
    word: bool,
}

/// Figures as they are shown.
pub fn show(figures: &[Figure]) -> String {
    figures.iter().map(|figure| figure.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The figures that a side's changed spans touch, each with the counting word after it, in order.
pub fn figures(side: &RowText, words: &Words, marks: &Replaceable) -> Vec<Figure> {
    let text = &side.text;
    let is_numeral = |c: char| {
        c.is_ascii_digit()
            || words.numerals.contains(c)
            || marks.numerals.contains(c)
            || (!c.is_ascii() && c.is_numeric())
    };
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let from = text.get(at..).unwrap_or_default();
        let numeral = is_numeral(c);
        let length = if numeral { number(from, &is_numeral) } else { word(text, at) };
        if length == 0 {
            continue;
        }
        while chars.next_if(|(next, _)| *next < at + length).is_some() {}
        let place = at - sign(text.get(..at).unwrap_or_default())..at + length;
        let one = if numeral {
            counted(text, &place, at, words, marks)
        } else {
            let own = from.get(..length).unwrap_or_default();
            let known = marks.number_words.iter().any(|word| word.eq_ignore_ascii_case(own));
            let figure = Figure { text: own.to_owned(), key: own.to_lowercase(), date: false, word: true };
            known.then_some((at..at + length, figure))
        };
        found.extend(one.filter(|(place, _)| touches(side, place)).map(|(_, figure)| figure));
    }
    found
}

/// The length of the number that a text begins with.
fn number(text: &str, is_numeral: &impl Fn(char) -> bool) -> usize {
    let digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    let mut end = 0;
    let mut chars = text.chars().peekable();
    let mut last = ' ';
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

/// The length of the word of letters that begins here; 0 where none does.
fn word(text: &str, at: usize) -> usize {
    let letter = |c: &char| c.is_alphabetic() && u32::from(*c) < 0x2E80;
    if text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(|c| letter(&c)) {
        return 0;
    }
    text.get(at..).unwrap_or_default().chars().take_while(letter).map(char::len_utf8).sum()
}

/// The length of the signs that a text ends with, which belong to the number after it.
fn sign(before: &str) -> usize {
    let signs =
        |c: &char| matches!(c, '+' | '-' | '−' | '$' | '€' | '£' | '¥' | '￥' | '≥' | '≤' | '<' | '>' | '±');
    before.chars().rev().take(3).take_while(signs).map(char::len_utf8).sum()
}

/// A number with what it counts, and its place with that.
fn counted(
    text: &str,
    place: &Range<usize>,
    digits: usize,
    words: &Words,
    marks: &Replaceable,
) -> Option<(Range<usize>, Figure)> {
    let number = text.get(place.clone())?;
    let after = text.get(place.end..).unwrap_or_default();
    let blank = after.len() - after.trim_start().len();
    let after: String = after.trim_start().chars().take(12).collect();
    let before = text.get(..place.start).unwrap_or_default();
    let chinese = !number.chars().any(|c| c.is_ascii_digit() || ('０'..='９').contains(&c));
    let prefix = marks.number_after.iter().find(|word| before.ends_with(word.as_str()));
    let unit: String = after.chars().take_while(|c| words.counting.contains(*c)).take(2).collect();
    let letter = |c: char| words.numerals.contains(c) || marks.numerals.contains(c);
    let single = number.chars().count() == 1 && number.chars().all(letter);
    // A single Chinese numeral is often part of a word (一些, 万一).
    if chinese && single && unit.is_empty() && prefix.is_none() {
        return None;
    }
    let near = around_words(text, digits, place.end);
    let date = prefix.is_some_and(|word| marks.date_after.contains(word))
        || words.dates.iter().any(|mark| {
            after.starts_with(mark.as_str()) || (mark.is_ascii() && near.contains(mark.as_str()))
        });
    let shown = format!("{}{number}{unit}", prefix.map_or("", String::as_str));
    let key = normalize::letters(&format!("{number}{unit}"));
    let end = if unit.is_empty() { place.end } else { place.end + blank + unit.len() };
    Some((place.start..end, Figure { text: shown, key, date, word: false }))
}

fn around_words(text: &str, from: usize, to: usize) -> String {
    let before: Vec<char> = text.get(..from).unwrap_or_default().chars().rev().take(12).collect();
    let after = text.get(to..).unwrap_or_default().chars().take(12);
    before.into_iter().rev().chain(std::iter::once(' ')).chain(after).collect::<String>().to_lowercase()
}

/// Hands over the figures that differ: those that both sides hold are no change, unless they changed
/// places.
pub fn pair_up(mut a: Vec<Figure>, mut b: Vec<Figure>, mut emit: impl FnMut(Vec<Figure>, Vec<Figure>)) {
    a.truncate(MANY);
    b.truncate(MANY);
    if a.len() != b.len() {
        a.retain(|figure| !figure.word);
        b.retain(|figure| !figure.word);
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
