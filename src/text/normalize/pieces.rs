//! A normal form on its way: handed over in the longest pieces that need no further look.

/// A character of the normal form, and the byte offset of the raw character that it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The normal form's character.
    pub c: char,
    /// The raw character's byte offset.
    pub at: usize,
}

/// What takes a normal form, in order.
pub trait Units {
    /// Takes a character.
    fn unit(&mut self, unit: Unit);

    /// Takes ideographs that follow each other in the raw text, from the offset `at` on.
    fn ideographs(&mut self, run: &str, at: usize, fold: impl Fn(char) -> char) {
        for (offset, c) in run.char_indices() {
            self.unit(Unit { c: fold(c), at: at + offset });
        }
    }

    /// Takes ASCII letters or digits that follow each other in the raw text, from the offset `at` on.
    fn ascii(&mut self, run: &str, at: usize, small: bool) {
        for (offset, c) in run.char_indices() {
            self.unit(Unit { c: if small { c.to_ascii_lowercase() } else { c }, at: at + offset });
        }
    }
}

/// Takes a normal form character by character.
pub(in crate::text) struct Each<F>(pub(in crate::text) F);

impl<F: FnMut(Unit)> Units for Each<F> {
    #[inline]
    fn unit(&mut self, unit: Unit) {
        (self.0)(unit);
    }
}

impl Units for String {
    #[inline]
    fn unit(&mut self, unit: Unit) {
        self.push(unit.c);
    }

    fn ideographs(&mut self, run: &str, _: usize, fold: impl Fn(char) -> char) {
        self.extend(run.chars().map(fold));
    }

    fn ascii(&mut self, run: &str, _: usize, small: bool) {
        let from = self.len();
        self.push_str(run);
        if small && let Some(pushed) = self.get_mut(from..) {
            pushed.make_ascii_lowercase();
        }
    }
}
