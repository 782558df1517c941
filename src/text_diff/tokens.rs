//! Splits one side of a comparison into sentences, and sentences into tokens that can be compared as
//! numbers.

use std::collections::HashMap;
use std::ops::Range;

use crate::text::normalize;
use crate::text::normalize::{NormalChar, NormalForms};
use crate::text::{PageText, sentence};

/// The first number of a word: above all characters, whose tokens have their code point as number.
const FIRST_WORD: u32 = 0x0011_0000;

/// Gives equal sentences and equal words the same small number, for both sides of a comparison.
#[derive(Default)]
pub struct Interner {
    sentences: HashMap<String, u32>,
    words: HashMap<String, u32>,
}

impl Interner {
    /// A character is its own number, since most tokens of Chinese are one character.
    fn token_number(&mut self, key: &str) -> u32 {
        let mut chars = key.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => u32::from(c),
            _ => FIRST_WORD.saturating_add(Self::intern(&mut self.words, key)),
        }
    }

    fn intern(map: &mut HashMap<String, u32>, key: &str) -> u32 {
        if let Some(known) = map.get(key) {
            return *known;
        }
        let fresh = u32::try_from(map.len()).unwrap_or(u32::MAX);
        map.insert(key.to_owned(), fresh);
        fresh
    }
}

/// The unit of comparison inside a sentence: a character of a script without spaces, a word, or a
/// number.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// Equal for tokens that are equal in the normal form.
    pub id: u32,
    /// The byte offset in [`TokenizedText::raw`] at which it starts. Files are far below 4 GB, and there may
    /// be millions of tokens.
    pub start: u32,
    /// The byte offset at which it ends.
    pub end: u32,
    /// Its length in characters.
    pub weight: u32,
    /// Whether it is a number.
    pub figure: bool,
}

/// A sentence of a [`TokenizedText`].
#[derive(Clone, Debug)]
pub struct Sentence {
    /// Its raw text, as a byte range of [`TokenizedText::raw`].
    pub range: Range<usize>,
    /// Its tokens, as a range of [`TokenizedText::tokens`]; empty before [`TokenizedText::tokenize`].
    pub tokens: Range<usize>,
    /// Equal for sentences that are equal in the normal form.
    pub key: u32,
    /// Its length in characters of the normal form.
    pub weight: u32,
}

/// One text, split into sentences and, where needed, into tokens.
#[derive(Debug, Default)]
pub struct TokenizedText {
    /// The text as written, one line for each block.
    pub raw: String,
    /// The sentences that hold letters or digits.
    pub sentences: Vec<Sentence>,
    /// The normal form's characters.
    pub letters: Vec<char>,
    /// The tokens of the sentences that are cut so far, in order.
    pub tokens: Vec<Token>,
}

impl TokenizedText {
    /// Splits a text into sentences.
    pub fn new(text: &PageText, forms: &NormalForms, interner: &mut Interner) -> Self {
        let raw = text.text();
        let mut side = Self::default();
        let mut folded = String::new();
        for range in sentence::sentence_ranges(&raw) {
            let Some(sentence) = raw.get(range.clone()) else { continue };
            folded.clear();
            let before = side.letters.len();
            normalize::for_each_normal_char(sentence, forms, |unit| {
                folded.push(unit.c);
                side.letters.push(unit.c);
            });
            let weight = side.letters.len() - before;
            if weight > 0 {
                side.sentences.push(Sentence {
                    range,
                    tokens: 0..0,
                    key: Interner::intern(&mut interner.sentences, &folded),
                    weight: u32::try_from(weight).unwrap_or(u32::MAX),
                });
            }
        }
        side.raw = raw;
        side
    }

    /// Cuts the wanted sentences into tokens. Only sentences that have no equal on the other side need
    /// that, and in most comparisons they are few.
    pub fn tokenize(&mut self, wanted: impl Fn(usize) -> bool, forms: &NormalForms, interner: &mut Interner) {
        let mut units: Vec<NormalChar> = Vec::new();
        for (_, sentence) in self.sentences.iter_mut().enumerate().filter(|(at, _)| wanted(*at)) {
            let Some(text) = self.raw.get(sentence.range.clone()) else { continue };
            units.clear();
            normalize::for_each_normal_char(text, forms, |unit| units.push(unit));
            let first = self.tokens.len();
            push_tokens(text, sentence.range.start, &units, interner, &mut self.tokens);
            sentence.tokens = first..self.tokens.len();
        }
    }

    /// The whole text's length in characters of the normal form.
    pub fn weight(&self) -> u64 {
        self.sentences.iter().map(|sentence| u64::from(sentence.weight)).sum()
    }

    /// The raw text of a run of sentences.
    pub fn text_of(&self, sentences: Range<usize>) -> &str {
        let run = self.sentences.get(sentences).unwrap_or_default();
        match (run.first(), run.last()) {
            (Some(first), Some(last)) => self.raw.get(first.range.start..last.range.end).unwrap_or_default(),
            _ => "",
        }
    }

    /// Whether a sentence is in the same line as the one before it.
    pub fn continues_line(&self, sentence: usize) -> bool {
        let before = sentence.checked_sub(1).and_then(|before| self.sentences.get(before));
        let between =
            before.zip(self.sentences.get(sentence)).map(|(before, own)| before.range.end..own.range.start);
        between.and_then(|range| self.raw.get(range)).is_some_and(|between| !between.contains('\n'))
    }

    /// The tokens of a run of sentences, as a range of [`TokenizedText::tokens`].
    pub fn tokens_of(&self, sentences: Range<usize>) -> Range<usize> {
        let run = self.sentences.get(sentences).unwrap_or_default();
        match (run.first(), run.last()) {
            (Some(first), Some(last)) => first.tokens.start..last.tokens.end,
            _ => 0..0,
        }
    }
}

/// Whether a character is a letter of a script that is written with spaces between words.
fn is_word_letter(c: char) -> bool {
    c.is_alphabetic() && u32::from(c) < 0x2E80
}

/// Whether a character may be part of a number.
fn is_number_part(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '.' | ',' | '%' | '‰' | ':' | '/' | '-' | '×' | '+' | '=')
}

/// Whether a character is one of the marks that the normal form leaves before a digit.
fn is_sign(c: char) -> bool {
    matches!(c, '-' | '≥' | '≤' | '≠' | '<' | '>' | '±' | '¢' | '$' | '£' | '¥' | '฿' | '₠'..='⃀')
}

/// Appends the tokens of a sentence, given the units of its normal form; `base` is its offset in the text.
fn push_tokens(raw: &str, base: usize, units: &[NormalChar], interner: &mut Interner, out: &mut Vec<Token>) {
    let mut key = String::new();
    let mut i = 0;
    while let Some(unit) = units.get(i) {
        let start = unit.at;
        key.clear();
        key.push(unit.c);
        let next = units.get(i + 1).map(|next| (next.c.is_ascii_digit() || is_sign(next.c), next.at));
        let signs = is_sign(unit.c) && next == Some((true, end_of_char(raw, start)));
        let same = if unit.c.is_ascii_digit() || signs {
            Some(is_number_part as fn(char) -> bool)
        } else if is_word_letter(unit.c) {
            Some(is_word_letter as fn(char) -> bool)
        } else {
            None
        };
        let mut last = unit.at;
        i += 1;
        if let Some(same) = same {
            while let Some(next) = units.get(i) {
                // Letters with white space or a dash between them are not one word. Around a mark inside a
                // figure white space does not count.
                let parted = raw.get(end_of_char(raw, last)..next.at).unwrap_or_default();
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
            // One raw character may become several in the normal form.
            while let Some(next) = units.get(i).filter(|next| next.at == start) {
                key.push(next.c);
                i += 1;
            }
        }
        out.push(Token {
            id: interner.token_number(&key),
            start: u32::try_from(base + start).unwrap_or(u32::MAX),
            end: u32::try_from(base + end_of_char(raw, last)).unwrap_or(u32::MAX),
            weight: u32::try_from(key.chars().count()).unwrap_or(u32::MAX),
            figure: key.contains(|c: char| c.is_ascii_digit()),
        });
    }
}

/// The offset at which the character at `at` ends.
fn end_of_char(raw: &str, at: usize) -> usize {
    at + raw.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_numbers_and_characters_are_tokens() {
        let text =
            PageText { blocks: vec!["于2019年，paid 3.5% to O'Neil。".into()], ..PageText::default() };
        let mut interner = Interner::default();
        let mut side = TokenizedText::new(&text, &NormalForms::default(), &mut interner);
        side.tokenize(|_| true, &NormalForms::default(), &mut interner);
        let words: Vec<&str> =
            side.tokens.iter().map(|tok| &side.raw[tok.start as usize..tok.end as usize]).collect();
        assert_eq!(words, ["于", "2019", "年", "paid", "3.5%", "to", "O", "Neil"]);
        assert_eq!(side.sentences.len(), 1);
    }

    #[test]
    fn sentences_equal_in_the_normal_form_have_one_key() {
        let mut interner = Interner::default();
        let one =
            PageText { blocks: vec!["台灣「好」。".into(), "……".into()], ..PageText::default() };
        let two = PageText { blocks: vec!["台湾，“好”！".into()], ..PageText::default() };
        let forms = NormalForms::default();
        let (one, two) = (
            TokenizedText::new(&one, &forms, &mut interner),
            TokenizedText::new(&two, &forms, &mut interner),
        );
        assert_eq!(one.sentences.len(), 1);
        assert_eq!(one.sentences[0].key, two.sentences[0].key);
        assert_eq!(one.weight(), 3);
    }
}
