//! Receives a normal form in the longest pieces that need no further examination.

/// A character of a normal form, and the byte offset of the raw character that it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NormalChar {
    /// The normal form's character.
    pub c: char,
    /// The raw character's byte offset.
    pub at: usize,
}

/// Receives a normal form, in order.
pub trait NormalFormSink {
    /// Takes a character.
    fn push_char(&mut self, c: NormalChar);

    /// Takes ideographs that follow each other in the raw text, from the offset `at` on.
    fn push_ideographs(&mut self, run: &str, at: usize, fold: impl Fn(char) -> char) {
        for (offset, c) in run.char_indices() {
            self.push_char(NormalChar { c: fold(c), at: at + offset });
        }
    }

    /// Takes ASCII letters or digits that follow each other in the raw text, from the offset `at` on.
    /// `lowercase` says whether capitals become small.
    fn push_ascii(&mut self, run: &str, at: usize, lowercase: bool) {
        for (offset, c) in run.char_indices() {
            self.push_char(NormalChar {
                c: if lowercase { c.to_ascii_lowercase() } else { c },
                at: at + offset,
            });
        }
    }
}

/// Receives a normal form character by character.
pub(super) struct CharSink<F>(pub(super) F);

impl<F: FnMut(NormalChar)> NormalFormSink for CharSink<F> {
    #[inline]
    fn push_char(&mut self, c: NormalChar) {
        (self.0)(c);
    }
}

impl NormalFormSink for String {
    #[inline]
    fn push_char(&mut self, c: NormalChar) {
        self.push(c.c);
    }

    fn push_ideographs(&mut self, run: &str, _: usize, fold: impl Fn(char) -> char) {
        self.extend(run.chars().map(fold));
    }

    fn push_ascii(&mut self, run: &str, _: usize, lowercase: bool) {
        let from = self.len();
        self.push_str(run);
        if lowercase && let Some(pushed) = self.get_mut(from..) {
            pushed.make_ascii_lowercase();
        }
    }
}
