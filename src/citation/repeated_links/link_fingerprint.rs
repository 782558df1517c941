//! What a link below the text of an article is recognised by.

/// A link is boilerplate if so many of them have it below their text,
const FEWEST_ARTICLES: usize = 5;

/// and at least one in so many.
const ONE_IN: usize = 50;

/// What a link below the text is recognised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::citation) enum LinkFingerprint {
    /// The link with the row above or below it; an account by itself.
    Among(u64),
    /// The link alone.
    Alone(u64),
    /// A link that only follows a list of sources.
    Listed(u64),
}

impl LinkFingerprint {
    /// Whether so many of the articles have it that it is boilerplate.
    pub(super) fn is_common(self, count: usize, articles: usize) -> bool {
        let share = match self {
            Self::Among(_) => count * ONE_IN >= articles,
            Self::Alone(_) => count * 2 >= articles,
            // A source that is cited everywhere stays one, unless hardly an article is without it.
            Self::Listed(_) => count * 5 >= articles * 4,
        };
        count >= FEWEST_ARTICLES && share
    }
}
