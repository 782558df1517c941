//! Which marks belong to a number: `3.5`, `-5` and `3:2` are figures, a dash between words is none.

use crate::unicode::character_classes::is_comparison;

/// What stands before a character, as far as it decides whether a mark belongs to a number. A mark is
/// held back until the next character says so.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools)] // Each says one thing of the text before.
pub(in crate::text) struct NumberGate {
    pub(in crate::text) held: Option<(char, usize)>,
    /// Whether the last text was a digit, white space after it apart.
    pub(in crate::text) after_digit: bool,
    /// Whether white space or another mark stands since the last letter or digit.
    pub(in crate::text) apart: bool,
    /// Whether a dash was the last of them: two of them are punctuation.
    pub(in crate::text) dashed: bool,
    /// Whether the last text was a letter of a script with spaces between words.
    pub(in crate::text) in_word: bool,
    /// How many digits stand in a row.
    pub(in crate::text) digits: u8,
    /// Whether the number is a date: `2021/03/04`.
    pub(in crate::text) dated: bool,
    /// How many letters more may stand between a figure and the end of its range: `5度-10度`.
    pub(in crate::text) near: u8,
}

impl NumberGate {
    /// A figure's unit is no longer than this.
    pub(in crate::text) const UNIT: u8 = 3;

    pub(in crate::text) fn after_letters(&self, letters: usize, in_word: bool) -> Self {
        let letters = u8::try_from(letters).unwrap_or(u8::MAX);
        Self { in_word, near: self.near.saturating_sub(letters), ..Self::default() }
    }

    /// What a mark is worth where a digit follows it; none where it is no part of a number.
    pub(in crate::text) fn mark(&self, c: char, sign: bool) -> Option<char> {
        match c {
            '-' | '~' if self.after_digit => Some('-'),
            // A date is one however its parts are parted.
            '/' if self.after_digit && (self.dated || self.digits == 4) => Some('-'),
            '.' if self.after_digit && !self.apart => Some('.'),
            ',' | ':' | '/' | '×' | '+' | '=' if self.after_digit => Some(c),
            _ if is_comparison(c) => Some(c),
            // After a word it is a hyphen, after a figure and its unit the mark of a range.
            '-' if sign && self.near == 0 && (self.apart || !self.in_word) => Some('-'),
            _ => None,
        }
    }
}
