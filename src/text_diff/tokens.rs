//! One side of a comparison: its sentences, and its letters as comparable tokens.

use std::collections::HashMap;
use std::ops::Range;

use crate::text::normalize;
use crate::text::normalize::{NormalForms, Unit};
use crate::text::{PageText, sentence};

/// Numbers of tokens above all characters are those of words.
const WORDS: u32 = 0x0011_0000;

/// Gives equal things equal small numbers, for both sides of a comparison.
#[derive(Default)]
pub struct Names {
    sentences: HashMap<String, u32>,
    words: HashMap<String, u32>,
}

impl Names {
    /// A character is its own number; most tokens of Chinese are one character.
    fn token(&mut self, key: &str) -> u32 {
        let mut chars = key.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => u32::from(c),
            _ => WORDS.saturating_add(Self::name(&mut self.words, key)),
        }
    }

    fn name(map: &mut HashMap<String, u32>, key: &str) -> u32 {
        if let Some(known) = map.get(key) {
            return *known;
        }
        let fresh = u32::try_from(map.len()).unwrap_or(u32::MAX);
        map.insert(key.to_owned(), fresh);
        fresh
    }
}

/// What is compared inside a sentence: a character of a script without spaces, or a word, or a
/// number.
#[derive(Clone, Copy, Debug)]
pub struct Tok {
    /// Equal for tokens that are equal in the normal form.
    pub id: u32,
    /// Where its raw text starts in [`Side::raw`], in bytes; files are far below 4 GB, and there may be
    /// millions of tokens.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// Its length in characters.
    pub weight: u32,
    /// Whether it is a number.
    pub figure: bool,
}

/// A sentence.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its raw text, as a byte range of [`Side::raw`].
    pub range: Range<usize>,
    /// Its tokens, as a range of [`Side::toks`]; empty before [`Side::cut`].
    pub toks: Range<usize>,
    /// Equal for sentences that are equal in the normal form.
    pub key: u32,
    /// Its length in characters of the normal form.
    pub weight: u32,
}

/// One text, cut up.
#[derive(Debug, Default)]
pub struct Side {
    /// The blocks, a line each.
    pub raw: String,
    /// The sentences that hold letters or digits.
    pub sents: Vec<Sent>,
    /// The normal form's characters.
    pub letters: Vec<char>,
    /// The tokens of the sentences that were cut, in order.
    pub toks: Vec<Tok>,
}

impl Side {
    /// Cuts a text into sentences.
    pub fn new(text: &PageText, forms: &NormalForms, names: &mut Names) -> Self {
        let raw = text.text();
        let mut side = Self::default();
        let mut folded = String::new();
        for range in sentence::sentences(&raw) {
            let Some(sentence) = raw.get(range.clone()) else { continue };
            folded.clear();
            let before = side.letters.len();
            normalize::for_each_unit(sentence, forms, |unit| {
                folded.push(unit.c);
                side.letters.push(unit.c);
            });
            let weight = side.letters.len() - before;
            if weight > 0 {
                side.sents.push(Sent {
                    range,
                    toks: 0..0,
                    key: Names::name(&mut names.sentences, &folded),
                    weight: u32::try_from(weight).unwrap_or(u32::MAX),
                });
            }
        }
        side.raw = raw;
        side
    }

    /// Cuts the sentences that are asked for into tokens. Only sentences that have no equal on the
    /// other side need that, which are few in most comparisons.
    pub fn cut(&mut self, wanted: impl Fn(usize) -> bool, forms: &NormalForms, names: &mut Names) {
        let mut units: Vec<Unit> = Vec::new();
        for (_, sent) in self.sents.iter_mut().enumerate().filter(|(at, _)| wanted(*at)) {
            let Some(sentence) = self.raw.get(sent.range.clone()) else { continue };
            units.clear();
            normalize::for_each_unit(sentence, forms, |unit| units.push(unit));
            let first = self.toks.len();
            tokens(sentence, sent.range.start, &units, names, &mut self.toks);
            sent.toks = first..self.toks.len();
        }
    }

    /// The whole text's length in characters of the normal form.
    pub fn weight(&self) -> u64 {
        self.sents.iter().map(|sent| u64::from(sent.weight)).sum()
    }

    /// The raw text of a run of sentences.
    pub fn text_of(&self, sents: Range<usize>) -> &str {
        let run = self.sents.get(sents).unwrap_or_default();
        match (run.first(), run.last()) {
            (Some(first), Some(last)) => self.raw.get(first.range.start..last.range.end).unwrap_or_default(),
            _ => "",
        }
    }

    /// Whether a sentence stands in the line of the one before it.
    pub fn goes_on(&self, sentence: usize) -> bool {
        let before = sentence.checked_sub(1).and_then(|before| self.sents.get(before));
        let between =
            before.zip(self.sents.get(sentence)).map(|(before, own)| before.range.end..own.range.start);
        between.and_then(|range| self.raw.get(range)).is_some_and(|between| !between.contains('\n'))
    }

    /// The tokens of a run of sentences, as a range of [`Side::toks`].
    pub fn toks_of(&self, sents: Range<usize>) -> Range<usize> {
        let run = self.sents.get(sents).unwrap_or_default();
        match (run.first(), run.last()) {
            (Some(first), Some(last)) => first.toks.start..last.toks.end,
            _ => 0..0,
        }
    }
}

/// Letters of scripts that are written with spaces between words.
fn is_word(c: char) -> bool {
    c.is_alphabetic() && u32::from(c) < 0x2E80
}

fn is_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '.' | ',' | '%' | '‰' | ':' | '/' | '-' | '×' | '+' | '=')
}

/// Marks that the normal form leaves before a digit.
fn is_sign(c: char) -> bool {
    matches!(c, '-' | '≥' | '≤' | '≠' | '<' | '>' | '±' | '¢' | '$' | '£' | '¥' | '฿' | '₠'..='⃀')
}

fn tokens(raw: &str, base: usize, units: &[Unit], names: &mut Names, out: &mut Vec<Tok>) {
    let mut key = String::new();
    let mut i = 0;
    while let Some(unit) = units.get(i) {
        let start = unit.at;
        key.clear();
        key.push(unit.c);
        let next = units.get(i + 1).map(|next| (next.c.is_ascii_digit() || is_sign(next.c), next.at));
        let signs = is_sign(unit.c) && next == Some((true, end_of(raw, start)));
        let same = if unit.c.is_ascii_digit() || signs {
            Some(is_number as fn(char) -> bool)
        } else if is_word(unit.c) {
            Some(is_word as fn(char) -> bool)
        } else {
            None
        };
        let mut last = unit.at;
        i += 1;
        if let Some(same) = same {
            while let Some(next) = units.get(i) {
                // Letters that white space or a dash parts are not one word; around a mark inside a
                // figure white space is none.
                let parted = raw.get(end_of(raw, last)..next.at).unwrap_or_default();
                let parted = parted.contains(|c| !normalize::is_invisible(c));
                let mark = |c: char| !c.is_alphanumeric();
                let sign = signs && is_sign(next.c) && key.chars().all(is_sign);
                if !(same(next.c) || sign) || (parted && !(key.ends_with(mark) || mark(next.c))) {
                    break;
                }
                key.push(next.c);
                last = next.at;
                i += 1;
            }
        } else {
            // One raw character may stand for several of the normal form.
            while let Some(next) = units.get(i).filter(|next| next.at == start) {
                key.push(next.c);
                i += 1;
            }
        }
        out.push(Tok {
            id: names.token(&key),
            start: u32::try_from(base + start).unwrap_or(u32::MAX),
            end: u32::try_from(base + end_of(raw, last)).unwrap_or(u32::MAX),
            weight: u32::try_from(key.chars().count()).unwrap_or(u32::MAX),
            figure: key.contains(|c: char| c.is_ascii_digit()),
        });
    }
}

fn end_of(raw: &str, at: usize) -> usize {
    at + raw.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_and_characters_are_tokens() {
        let text =
            PageText { blocks: vec!["于2019年，paid 3.5% to O'Neil。".into()], ..PageText::default() };
        let mut names = Names::default();
        let mut side = Side::new(&text, &NormalForms::default(), &mut names);
        side.cut(|_| true, &NormalForms::default(), &mut names);
        let words: Vec<&str> =
            side.toks.iter().map(|tok| &side.raw[tok.start as usize..tok.end as usize]).collect();
        assert_eq!(words, ["于", "2019", "年", "paid", "3.5%", "to", "O", "Neil"]);
        assert_eq!(side.sents.len(), 1);
    }

    #[test]
    fn equal_in_the_normal_form_is_equal() {
        let mut names = Names::default();
        let one =
            PageText { blocks: vec!["台灣「好」。".into(), "……".into()], ..PageText::default() };
        let two = PageText { blocks: vec!["台湾，“好”！".into()], ..PageText::default() };
        let forms = NormalForms::default();
        let (one, two) = (Side::new(&one, &forms, &mut names), Side::new(&two, &forms, &mut names));
        assert_eq!(one.sents.len(), 1);
        assert_eq!(one.sents[0].key, two.sents[0].key);
        assert_eq!(one.weight(), 3);
    }
}
