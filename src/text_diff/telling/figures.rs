//! Figures that changed: numbers, with what they count, and dates.

use crate::text::words::Words;
use crate::text_diff::align::RowText;

/// A figure of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// The number and what it counts.
    pub text: String,
    /// Whether it is part of a date.
    pub date: bool,
}

/// Figures as they are shown.
pub fn show(figures: &[Figure]) -> String {
    figures.iter().map(|figure| figure.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The figures that a side's changed spans touch, each with the counting word after it.
pub fn figures(side: &RowText, words: &Words) -> Vec<Figure> {
    let mut found: Vec<(usize, Figure)> = Vec::new();
    for span in &side.spans {
        let start = extend_back(&side.text, span.start, words);
        let mut at = start;
        while at < span.end {
            let Some(c) = side.text.get(at..).and_then(|rest| rest.chars().next()) else { break };
            if !is_numeral(c, words) {
                at += c.len_utf8();
                continue;
            }
            let rest = side.text.get(at..).unwrap_or_default();
            let len: usize = rest
                .chars()
                .take_while(|c| is_numeral(*c, words) || matches!(c, '.' | ',' | '%' | '．' | '，' | '％'))
                .map(char::len_utf8)
                .sum();
            let number = rest.get(..len).unwrap_or_default().trim_end_matches([',', '.', '，', '．']);
            let after: String =
                rest.get(number.len()..).unwrap_or_default().trim_start().chars().take(12).collect();
            let chinese = !number.chars().any(|c| c.is_ascii_digit() || ('０'..='９').contains(&c));
            let counts = after.chars().next().is_some_and(|c| words.counting.contains(c));
            // A single Chinese numeral is often part of a word (一些, 万一).
            if !chinese || counts || number.chars().count() > 1 {
                let unit: String =
                    after.chars().take_while(|c| words.counting.contains(*c)).take(2).collect();
                let near = around_words(&side.text, at, at + number.len());
                let date = words.dates.iter().any(|mark| {
                    after.starts_with(mark.as_str()) || (mark.is_ascii() && near.contains(mark.as_str()))
                });
                if found.last().is_none_or(|(last, _)| *last != at) {
                    found.push((at, Figure { text: format!("{number}{unit}"), date }));
                }
            }
            at += len.max(1);
        }
    }
    found.into_iter().map(|(_, figure)| figure).collect()
}

fn is_numeral(c: char, words: &Words) -> bool {
    c.is_ascii_digit() || ('０'..='９').contains(&c) || words.numerals.contains(c)
}

/// The start of the number that an offset stands in.
fn extend_back(text: &str, at: usize, words: &Words) -> usize {
    let before = text.get(..at).unwrap_or_default();
    let tail: usize = before
        .chars()
        .rev()
        .take(24)
        .take_while(|c| is_numeral(*c, words) || matches!(c, '.' | ','))
        .map(char::len_utf8)
        .sum();
    // A counting word that changed says that its figure did.
    at - tail
}

fn around_words(text: &str, from: usize, to: usize) -> String {
    let before: Vec<char> = text.get(..from).unwrap_or_default().chars().rev().take(12).collect();
    let after = text.get(to..).unwrap_or_default().chars().take(12);
    before.into_iter().rev().chain(std::iter::once(' ')).chain(after).collect::<String>().to_lowercase()
}

/// Hands over the figures that differ: those that both sides hold are no change.
pub fn pair_up(mut a: Vec<Figure>, mut b: Vec<Figure>, mut emit: impl FnMut(Vec<Figure>, Vec<Figure>)) {
    a.retain(|figure| {
        let same = b.iter().position(|other| other.text == figure.text);
        if let Some(at) = same {
            b.remove(at);
        }
        same.is_none()
    });
    if a.len() == b.len() {
        for (x, y) in a.into_iter().zip(b) {
            emit(vec![x], vec![y]);
        }
    } else if !a.is_empty() || !b.is_empty() {
        emit(a, b);
    }
}
