//! Changes that a reader must not miss: figures, dates, negations, names, corrections.

use std::collections::HashMap;
use std::ops::Range;

use super::TellingChange;
use super::align::{Row, RowKind, RowText};
use super::words::{self, Words};

/// How many telling changes are kept.
const MAX: usize = 50;
/// Longer changes are cut to this many characters.
const MAX_CHARS: usize = 80;

/// Names the telling changes of an alignment, most telling first.
pub fn telling(rows: &[Row]) -> Vec<TellingChange> {
    let words = words::built_in();
    let mut found: Vec<(u8, TellingChange)> = Vec::new();
    let mut replaced: HashMap<(String, String), u32> = HashMap::new();
    for row in rows {
        match (row.kind, &row.original, &row.local) {
            (RowKind::Changed, Some(original), Some(local)) => {
                changed(original, local, words, &mut found, &mut replaced);
            }
            (RowKind::OnlyOriginal, Some(text), None) if words.is_correction(&text.text) => {
                found.push(change("correction", &text.text, ""));
            }
            (RowKind::OnlyLocal, None, Some(text)) if words.is_correction(&text.text) => {
                found.push(change("correction", "", &text.text));
            }
            _ => {}
        }
    }
    for ((original, local), times) in replaced {
        // One word replaced throughout is a name or a term.
        if times >= 2 && !found.iter().any(|(_, known)| known.original == original && known.local == local) {
            found.push(change("name", &original, &local));
        }
    }
    found.sort_by(|x, y| x.0.cmp(&y.0).then_with(|| x.1.local.cmp(&y.1.local)));
    found.dedup();
    found.into_iter().map(|(_, change)| change).take(MAX).collect()
}

fn change(kind: &str, original: &str, local: &str) -> (u8, TellingChange) {
    let order = match kind {
        "correction" => 0,
        "negation" => 1,
        "number" => 2,
        "date" => 3,
        _ => 4,
    };
    let cut = |text: &str| text.chars().take(MAX_CHARS).collect::<String>();
    (order, TellingChange { kind: kind.to_owned(), local: cut(local), original: cut(original) })
}

fn changed(
    original: &RowText,
    local: &RowText,
    words: &Words,
    found: &mut Vec<(u8, TellingChange)>,
    replaced: &mut HashMap<(String, String), u32>,
) {
    if words.is_correction(&original.text) != words.is_correction(&local.text) {
        found.push(change("correction", &original.text, &local.text));
    }
    let (numbers_a, numbers_b) = (figures(original, words), figures(local, words));
    pair_up(numbers_a, numbers_b, |a, b| {
        let dated = a.iter().chain(&b).any(|figure| figure.date);
        found.push(change(if dated { "date" } else { "number" }, &show(&a), &show(&b)));
    });
    let (no_a, no_b) = (negations(original, words), negations(local, words));
    if no_a.len() != no_b.len() {
        let clause = |side: &RowText, other: &[Range<usize>]| {
            let at = other.first().cloned().or_else(|| side.spans.first().cloned()).unwrap_or(0..0);
            around(&side.text, &at)
        };
        found.push(change("negation", &clause(original, &no_a), &clause(local, &no_b)));
    }
    if original.spans.len() == local.spans.len() {
        for (a, b) in original.spans.iter().zip(&local.spans) {
            let (Some(a), Some(b)) = (original.text.get(a.clone()), local.text.get(b.clone())) else {
                continue;
            };
            let short = a.chars().count() <= 24 && b.chars().count() <= 24;
            if !short || a.is_empty() || b.is_empty() {
                continue;
            }
            let named = |text: &str| text.chars().next().is_some_and(char::is_uppercase);
            if named(a) && named(b) && !a.eq_ignore_ascii_case(b) {
                found.push(change("name", a, b));
            } else if a.chars().count() >= 2 && !a.chars().any(|c| c.is_ascii_digit()) {
                *replaced.entry((a.to_owned(), b.to_owned())).or_insert(0) += 1;
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Figure {
    text: String,
    date: bool,
}

fn show(figures: &[Figure]) -> String {
    figures.iter().map(|figure| figure.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The figures that a side's changed spans touch, each with the counting word after it.
fn figures(side: &RowText, words: &Words) -> Vec<Figure> {
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
fn pair_up(mut a: Vec<Figure>, mut b: Vec<Figure>, mut emit: impl FnMut(Vec<Figure>, Vec<Figure>)) {
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

/// Where negations stand in a side's changed spans.
fn negations(side: &RowText, words: &Words) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for span in &side.spans {
        let Some(text) = side.text.get(span.clone()) else { continue };
        for mark in &words.negating_marks {
            found.extend(
                text.match_indices(mark.as_str()).map(|(at, m)| span.start + at..span.start + at + m.len()),
            );
        }
        let lower = text.to_lowercase().replace('’', "'");
        let hits = lower
            .split(|c: char| !c.is_alphanumeric() && c != '\'')
            .filter(|word| words.negating_terms.iter().any(|mark| mark == word) || *word == "t")
            .count();
        found.extend(std::iter::repeat_n(span.clone(), hits));
    }
    found
}

/// A change with a few characters around it.
fn around(text: &str, span: &Range<usize>) -> String {
    let before: Vec<char> = text.get(..span.start).unwrap_or_default().chars().rev().take(8).collect();
    let inside = text.get(span.clone()).unwrap_or_default();
    let after = text.get(span.end..).unwrap_or_default().chars().take(8);
    before.into_iter().rev().chain(inside.chars()).chain(after).collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crate::text::{NormalForms, PageText};
    use crate::text_diff::align::align;

    use super::*;

    fn tell(a: &str, b: &str) -> Vec<(String, String, String)> {
        let page = |text: &str| PageText { blocks: vec![text.to_owned()], ..PageText::default() };
        let deadline = Instant::now() + Duration::from_secs(20);
        let found = align(&page(a), &page(b), &NormalForms::default(), deadline);
        telling(&found.rows).into_iter().map(|t| (t.kind, t.original, t.local)).collect()
    }

    fn one(kind: &str, a: &str, b: &str) -> Vec<(String, String, String)> {
        vec![(kind.to_owned(), a.to_owned(), b.to_owned())]
    }

    #[test]
    fn figures_and_dates() {
        assert_eq!(tell("事故造成12人死亡。", "事故造成15人死亡。"), one("number", "12人", "15人"));
        assert_eq!(tell("会议于3月5日举行。", "会议于3月6日举行。"), one("date", "5日", "6日"));
        assert_eq!(tell("事故造成三人死亡。", "事故造成五人死亡。"), one("number", "三人", "五人"));
        assert_eq!(tell("It rose 3.5% in May.", "It rose 35% in May."), one("number", "3.5%", "35%"));
        assert_eq!(tell("It fell on March 5 again.", "It fell on March 8 again."), one("date", "5", "8"));
    }

    #[test]
    fn negations() {
        let found = tell("他表示将会出席会议。", "他表示将不会出席会议。");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "negation");
        assert!(found[0].2.contains('不') && !found[0].1.contains('不'));
        assert_eq!(tell("He did go there today.", "He did not go there today.")[0].0, "negation");
        assert!(tell("今天天气很好啊。", "今天天气很棒啊。").is_empty());
    }

    #[test]
    fn corrections_and_names() {
        let found = tell("正文的第一句话。更正：此前报道的人数有误。", "正文的第一句话。");
        assert_eq!(found[0].0, "correction");
        assert_eq!(
            tell("Mr Brown said it was so.", "Mr Green said it was so."),
            one("name", "Brown", "Green")
        );
    }
}
