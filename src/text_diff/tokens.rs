//! Splits one side of a comparison into sentences, and sentences into tokens that can be compared as
//! numbers.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, BuildHasherDefault};
use std::ops::Range;

use crate::text::ngrams::PassThroughHasher;
use crate::text::normalize;
use crate::text::normalize::{NormalChar, NormalForms};
use crate::text::{BlockRole, PageText, sentence};

/// The first number of a word: above all characters, whose tokens have their code point as number.
const FIRST_WORD: u32 = 0x0011_0000;
/// A longer run of letters, in bytes or in letters, is cut into several tokens, so that lengths of tokens
/// take two bytes.
const MAX_TOKEN: usize = 30_000;
/// Marks in a token's weight that it is a number.
const FIGURE: u16 = 0x8000;

/// Gives equal sentences and equal words the same small number, for both sides of a comparison.
#[derive(Default)]
pub struct Interner {
    sentences: NumberedKeys,
    words: NumberedKeys,
}

impl Interner {
    /// A character is its own number, since most tokens of Chinese are one character.
    fn token_number(&mut self, key: &str) -> u32 {
        let mut chars = key.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => u32::from(c),
            _ => FIRST_WORD.saturating_add(self.words.number_of(key)),
        }
    }

    /// Frees the numbers of the sentences, which are of no use once both texts are split.
    pub fn forget_sentences(&mut self) {
        self.sentences = NumberedKeys::default();
    }
}

/// Numbers texts by a hash of 64 bits with a secret key (`SipHash`), since the texts themselves would take
/// several times the input. In a million texts two share a hash with a probability of three in 100
/// million, and nobody can choose them so.
#[derive(Default)]
struct NumberedKeys {
    hasher: RandomState,
    numbers: HashMap<u64, u32, BuildHasherDefault<PassThroughHasher>>,
}

impl NumberedKeys {
    fn number_of(&mut self, key: &str) -> u32 {
        let fresh = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(self.hasher.hash_one(key)).or_insert(fresh)
    }
}

/// The unit of comparison inside a sentence: a character of a script without spaces, a word, or a
/// number.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// The byte offset in [`TokenizedText::raw`] at which it starts.
    pub start: usize,
    /// The byte offset at which it ends.
    pub end: usize,
    /// Its length in characters.
    pub weight: u32,
    /// Whether it is a number.
    pub figure: bool,
}

/// A [`Token`] as it is kept. Files are far below 4 GB, and there may be millions of tokens.
#[derive(Clone, Copy, Debug)]
struct StoredToken {
    start: u32,
    /// In bytes.
    length: u16,
    /// With [`FIGURE`].
    weight: u16,
}

/// One text, split into sentences and, where needed, into tokens. The sentences are those that hold letters
/// or digits; all lists but the tokens' have an entry for each.
#[derive(Clone, Debug, Default)]
pub struct TokenizedText {
    /// The text as written, one line for each block.
    pub raw: String,
    /// The normal form of the article's sentences, without the frame's, until [`TokenizedText::forget_letters`].
    pub letters: String,
    /// The sentences' places in `raw`.
    places: Vec<Range<u32>>,
    /// Their lengths in characters of the normal form.
    weights: Vec<u32>,
    /// What they are to the text.
    roles: Vec<BlockRole>,
    /// Equal for sentences that are equal in the normal form, until [`TokenizedText::forget_keys`].
    keys: Vec<u32>,
    /// The number of tokens before each sentence; empty before [`TokenizedText::tokenize`].
    first_tokens: Vec<u32>,
    /// Equal for tokens that are equal in the normal form; for the tokens of the sentences that are cut, in
    /// order.
    token_ids: Vec<u32>,
    tokens: Vec<StoredToken>,
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl TokenizedText {
    /// Splits a text into sentences.
    pub fn new(text: &PageText, forms: &NormalForms, interner: &mut Interner) -> Self {
        let mut side = Self { raw: text.framed_text(), ..Self::default() };
        let (mut blocks, mut role, mut block_end) = (text.blocks.iter(), BlockRole::Article, 0);
        for range in sentence::sentence_ranges(&side.raw) {
            let Some(sentence) = side.raw.get(range.clone()) else { continue };
            // A line break is between two blocks.
            while range.start >= block_end
                && let Some(block) = blocks.next()
            {
                role = block.role;
                block_end += block.text.len() + 1;
            }
            let before = side.letters.len();
            let mut weight = 0_u32;
            normalize::for_each_normal_char(sentence, forms, |unit| {
                side.letters.push(unit.c);
                weight = weight.saturating_add(1);
            });
            if weight > 0 {
                let normal = side.letters.get(before..).unwrap_or_default();
                side.keys.push(interner.sentences.number_of(normal));
                side.places.push(to_u32(range.start)..to_u32(range.end));
                side.weights.push(weight);
                side.roles.push(role);
            }
            if role != BlockRole::Article {
                side.letters.truncate(before);
            }
        }
        side
    }

    /// Frees the normal form.
    pub fn forget_letters(&mut self) {
        self.letters = String::new();
    }

    /// Frees the numbers of the sentences.
    pub fn forget_keys(&mut self) {
        self.keys = Vec::new();
    }

    /// Frees the tokens.
    pub fn forget_tokens(&mut self) {
        self.first_tokens = Vec::new();
        self.token_ids = Vec::new();
        self.tokens = Vec::new();
    }

    /// Cuts the wanted sentences into tokens. Only sentences that have no equal on the other side need
    /// that, and in most comparisons they are few.
    pub fn tokenize(&mut self, wanted: impl Fn(usize) -> bool, forms: &NormalForms, interner: &mut Interner) {
        let mut units: Vec<NormalChar> = Vec::new();
        self.first_tokens.push(0);
        for (at, place) in self.places.iter().enumerate() {
            let range = place.start as usize..place.end as usize;
            if let Some(text) = self.raw.get(range.clone()).filter(|_| wanted(at)) {
                units.clear();
                normalize::for_each_normal_char(text, forms, |unit| units.push(unit));
                push_tokens(text, &units, |key, token| {
                    self.token_ids.push(interner.token_number(key));
                    self.tokens
                        .push(StoredToken { start: to_u32(range.start + token.start), ..token.stored() });
                });
            }
            self.first_tokens.push(to_u32(self.tokens.len()));
        }
    }

    /// How many sentences there are.
    pub fn sentence_count(&self) -> usize {
        self.places.len()
    }

    /// A sentence's length in characters of the normal form.
    pub fn sentence_weight(&self, sentence: usize) -> u32 {
        self.weights.get(sentence).copied().unwrap_or_default()
    }

    /// The length of a run of sentences in characters of the normal form.
    pub fn weight_of(&self, sentences: Range<usize>) -> u32 {
        self.weights.get(sentences).unwrap_or_default().iter().sum()
    }

    /// What a run of sentences is to the text: the article where any of them is.
    pub fn role_of(&self, sentences: Range<usize>) -> BlockRole {
        self.roles.get(sentences).unwrap_or_default().iter().copied().min().unwrap_or_default()
    }

    /// The article's length in characters of the normal form, without the frame.
    pub fn weight(&self) -> u64 {
        let own = self.weights.iter().zip(&self.roles).filter(|(_, role)| **role == BlockRole::Article);
        own.map(|(weight, _)| u64::from(*weight)).sum()
    }

    /// The numbers of a run of sentences, which are equal for sentences that are equal in the normal form.
    pub fn keys_of(&self, sentences: Range<usize>) -> &[u32] {
        self.keys.get(sentences).unwrap_or_default()
    }

    /// Where a run of sentences is in `raw`.
    pub fn place_of(&self, sentences: Range<usize>) -> Range<usize> {
        let run = self.places.get(sentences).unwrap_or_default();
        match (run.first(), run.last()) {
            (Some(first), Some(last)) => first.start as usize..last.end as usize,
            _ => 0..0,
        }
    }

    /// The raw text of a run of sentences.
    pub fn text_of(&self, sentences: Range<usize>) -> &str {
        self.raw.get(self.place_of(sentences)).unwrap_or_default()
    }

    /// Whether a sentence is in the same line as the one before it.
    pub fn continues_line(&self, sentence: usize) -> bool {
        let before = sentence.checked_sub(1).and_then(|before| self.places.get(before));
        let between = before.zip(self.places.get(sentence));
        let between = between.map(|(before, own)| before.end as usize..own.start as usize);
        between.and_then(|range| self.raw.get(range)).is_some_and(|between| !between.contains('\n'))
    }

    /// The places of the tokens of a run of sentences.
    pub fn tokens_of(&self, sentences: Range<usize>) -> Range<usize> {
        let at = |sentence: usize| self.first_tokens.get(sentence).map_or(0, |first| *first as usize);
        at(sentences.start)..at(sentences.end)
    }

    /// The place after a sentence's last token; `None` where there is no such sentence.
    pub fn tokens_end(&self, sentence: usize) -> Option<usize> {
        self.first_tokens.get(sentence + 1).map(|end| *end as usize)
    }

    /// The numbers of tokens, which are equal for tokens that are equal in the normal form.
    pub fn token_ids(&self, tokens: Range<usize>) -> &[u32] {
        self.token_ids.get(tokens).unwrap_or_default()
    }

    /// Some tokens, in order.
    pub fn tokens(&self, tokens: Range<usize>) -> impl DoubleEndedIterator<Item = Token> + '_ {
        self.tokens.get(tokens).unwrap_or_default().iter().map(|stored| Token {
            start: stored.start as usize,
            end: stored.start as usize + usize::from(stored.length),
            weight: u32::from(stored.weight & !FIGURE),
            figure: stored.weight & FIGURE != 0,
        })
    }
}

impl Token {
    /// The token as it is kept.
    fn stored(self) -> StoredToken {
        let weight = u16::try_from(self.weight).unwrap_or(u16::MAX) & !FIGURE;
        StoredToken {
            start: to_u32(self.start),
            length: u16::try_from(self.end - self.start).unwrap_or(u16::MAX),
            weight: weight | if self.figure { FIGURE } else { 0 },
        }
    }
}

/// Whether a character is a letter of a script that is written with spaces between words.
fn is_word_letter(c: char) -> bool {
    // Thai, Lao, Burmese and Khmer have none.
    let unspaced = matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}');
    c.is_alphabetic() && u32::from(c) < 0x2E80 && !unspaced
}

/// Whether a character may be part of a number.
fn is_number_part(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '.' | ',' | '%' | '‰' | ':' | '/' | '-' | '×' | '+' | '=')
}

/// Whether a character is one of the marks that the normal form leaves before a digit.
fn is_sign(c: char) -> bool {
    matches!(c, '-' | '≥' | '≤' | '≠' | '<' | '>' | '±' | '¢' | '$' | '£' | '¥' | '฿' | '₠'..='⃀')
}

/// Calls `emit` with the tokens of a sentence and their normal forms, given the units of its normal form.
fn push_tokens(raw: &str, units: &[NormalChar], mut emit: impl FnMut(&str, Token)) {
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
        let mut weight = 1;
        let mut group_end = start + normalize::grouped_length(raw, start);
        i += 1;
        if let Some(same) = same {
            while let Some(next) = units.get(i) {
                // Letters with white space or a dash between them are not one word. Around a mark inside a
                // figure white space does not count.
                let parted = raw.get(end_of_char(raw, last)..next.at).unwrap_or_default();
                let parted = next.at >= group_end
                    && parted.contains(|c| !normalize::is_invisible(c) && !normalize::is_unwritten(c));
                // A percent sign ends its figure: `12% 45%` are two.
                let mark = |c: char| !c.is_alphanumeric();
                let open = key.ends_with(mark) && !key.ends_with(['%', '‰']);
                // A sign after a gap begins a figure: `8 -12%` are two, and `3 - 2` is one.
                let touches = units
                    .get(i + 1)
                    .is_some_and(|digit| digit.at == end_of_char(raw, next.at) && digit.c.is_ascii_digit());
                let begins = is_sign(next.c) && touches;
                let sign = signs && is_sign(next.c) && key.chars().all(is_sign);
                if !(same(next.c) || sign) || (parted && (begins || !(open || mark(next.c)))) {
                    break;
                }
                if next.at != last && (weight >= MAX_TOKEN || next.at - start >= MAX_TOKEN) {
                    break;
                }
                if next.at >= group_end {
                    group_end = next.at + normalize::grouped_length(raw, next.at);
                }
                key.push(next.c);
                weight += 1;
                last = next.at;
                i += 1;
            }
        } else {
            // One raw character may become several in the normal form.
            while let Some(next) = units.get(i).filter(|next| next.at == start) {
                key.push(next.c);
                weight += 1;
                i += 1;
            }
        }
        let figure = key.contains(|c: char| c.is_ascii_digit());
        emit(&key, Token { start, end: end_of_char(raw, last), weight: to_u32(weight), figure });
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
            side.tokens(side.tokens_of(0..1)).map(|tok| &side.raw[tok.start..tok.end]).collect();
        assert_eq!(words, ["于", "2019", "年", "paid", "3.5%", "to", "O", "Neil"]);
        assert_eq!(side.sentence_count(), 1);
    }

    #[test]
    fn a_figure_is_one_token_however_its_digits_are_grouped() {
        for (text, expected) in [
            (
                "cost 1\u{202f}250\u{202f}000 or 1'250.5",
                vec!["cost", "1\u{202f}250\u{202f}000", "or", "1'250.5"],
            ),
            ("rose 12% 45% on", vec!["rose", "12%", "45%", "on"]),
            ("Swift 8 -12% 4 +15%", vec!["Swift", "8", "-12%", "4", "15%"]),
            ("won 3 - 2", vec!["won", "3 - 2"]),
            ("a 5 % share, 63 85", vec!["a", "5 %", "share", "63", "85"]),
            ("العبّـــارة ٤٬٥٠٠", vec!["العبّـــارة", "٤٬٥٠٠"]),
        ] {
            let page = PageText { blocks: vec![text.into()], ..PageText::default() };
            let mut interner = Interner::default();
            let mut side = TokenizedText::new(&page, &NormalForms::default(), &mut interner);
            side.tokenize(|_| true, &NormalForms::default(), &mut interner);
            let tokens = side.tokens(side.tokens_of(0..1));
            assert_eq!(tokens.map(|token| &side.raw[token.start..token.end]).collect::<Vec<_>>(), expected);
        }
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
        assert_eq!(one.sentence_count(), 1);
        assert_eq!(one.keys_of(0..1), two.keys_of(0..1));
        assert_eq!(one.weight(), 3);
    }
}
