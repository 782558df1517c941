//! Decides which marks belong to a number: `3.5`, `-5` and `3:2` are figures, a dash between words is not.

use crate::unicode::character_classes::is_comparison;

/// What is before a character, as far as it decides whether a mark belongs to a number. A mark is held
/// back until the next character decides.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // Each is one fact about the text before.
pub(super) struct NumberContext {
    /// The mark that is held back, and its byte offset.
    pub(super) held: Option<(char, usize)>,
    /// Whether the last text was a digit, white space after it apart.
    pub(super) after_digit: bool,
    /// Whether there is white space or another mark since the last letter or digit.
    pub(super) apart: bool,
    /// Whether a dash was the last of them: two dashes are punctuation.
    pub(super) dashed: bool,
    /// Whether the last text was a letter of a script with spaces between words.
    pub(super) in_word: bool,
    /// How many digits are in a row.
    pub(super) digits: u8,
    /// Whether the number is a date: `2021/03/04`.
    pub(super) dated: bool,
    /// How many more letters may be between a figure and the end of its range: `5度-10度`.
    pub(super) near: u8,
}

impl NumberContext {
    /// A figure's unit has at most this many letters.
    pub(super) const UNIT_LETTERS: u8 = 3;

    /// The context after some letters.
    pub(super) fn after_letters(&self, letters: usize, in_word: bool) -> Self {
        let letters = u8::try_from(letters).unwrap_or(u8::MAX);
        Self { in_word, near: self.near.saturating_sub(letters), ..Self::default() }
    }

    /// The normal form of a mark where a digit follows it; `None` where it does not belong to a number.
    /// `sign` says whether the mark may be a minus.
    pub(super) fn mark_before_digit(&self, c: char, sign: bool) -> Option<char> {
        match c {
            '-' | '~' if self.after_digit => Some('-'),
            // A date is the same however its parts are separated.
            '/' if self.after_digit && (self.dated || self.digits == 4) => Some('-'),
            '.' if self.after_digit && !self.apart => Some('.'),
            ',' | ':' | '/' | '×' | '+' | '=' if self.after_digit => Some(c),
            _ if is_comparison(c) => Some(c),
            // After a word it is a hyphen; after a figure and its unit it is the mark of a range.
            '-' if sign && self.near == 0 && (self.apart || !self.in_word) => Some('-'),
            _ => None,
        }
    }
}
