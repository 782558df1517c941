//! How many letters and digits a text has.

use super::phrase_key::is_letter;

/// How many letters and digits a text has: the length of its key, without making it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LetterCount {
    /// Those of ASCII.
    pub narrow: usize,
    /// All others.
    pub wide: usize,
}

impl LetterCount {
    /// Counts a text's letters and digits.
    pub fn count_in(text: &str) -> Self {
        let mut letters = Self::default();
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            at += match byte {
                0..0x80 => {
                    letters.narrow += usize::from(byte.is_ascii_alphanumeric());
                    1
                }
                // Three bytes from U+5000 to U+9FFF: ideographs all, and most of the text.
                0xE5..=0xE9 => {
                    letters.wide += 1;
                    3
                }
                // The commas and full stops of such text: "、", "。", "，".
                0xE3 | 0xEF
                    if matches!(
                        bytes.get(at..at + 3),
                        Some([0xE3, 0x80, 0x81 | 0x82] | [0xEF, 0xBC, 0x8C])
                    ) =>
                {
                    3
                }
                _ => {
                    let c = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
                    letters.wide += usize::from(is_letter(c));
                    c.len_utf8()
                }
            };
        }
        letters
    }

    /// Their number.
    pub fn width(self) -> usize {
        self.narrow + self.wide
    }

    /// How much text they are, see [`weight`].
    pub fn weight(self) -> usize {
        self.narrow + 2 * self.wide
    }
}

impl std::ops::AddAssign for LetterCount {
    fn add_assign(&mut self, other: Self) {
        self.narrow += other.narrow;
        self.wide += other.wide;
    }
}

/// [`width`] of a text's key, without making it.
pub fn text_width(text: &str) -> usize {
    LetterCount::count_in(text).width()
}

/// [`weight`] of a text's key, without making it.
pub fn text_weight(text: &str) -> usize {
    LetterCount::count_in(text).weight()
}
