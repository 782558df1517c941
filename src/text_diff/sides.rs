//! Says what the two sides of a comparison are.

use crate::text::PageText;

/// What is compared. It decides what text on one side alone means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sides {
    /// Two texts without anything around them.
    Texts,
    /// A page and a copy of its text: the page may show more around it.
    PageAndCopy,
    /// Two versions of a page, both read whole: what is around the article is labelled on both.
    TwoPages,
}

impl Sides {
    /// What two texts are: a page has a whole text.
    pub fn of(original: &PageText, local: &PageText) -> Self {
        match (original.whole.is_empty(), local.whole.is_empty()) {
            (true, _) => Self::Texts,
            (false, true) => Self::PageAndCopy,
            (false, false) => Self::TwoPages,
        }
    }

    /// Whether the original is a page.
    pub fn has_page(self) -> bool {
        self != Self::Texts
    }
}
