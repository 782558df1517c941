//! Recognises a link below the text of an article in other articles.

/// The fewest articles that have a repeated link below their text.
const FEWEST_ARTICLES: usize = 5;

/// At least one of this many articles has a repeated link.
const ONE_IN: usize = 50;

/// What identifies a link below the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::citation) enum LinkFingerprint {
    /// The link with the row above or below it. For an account, the link alone.
    Among(u64),
    /// The link alone.
    Alone(u64),
    /// A link that only follows a list of sources.
    Listed(u64),
}

impl LinkFingerprint {
    /// Whether `count` of `articles` are enough to make the link a repeated one.
    pub(super) fn is_common(self, count: usize, articles: usize) -> bool {
        let share = match self {
            Self::Among(_) => count * ONE_IN >= articles,
            Self::Alone(_) => count * 2 >= articles,
            // A source that many articles cite remains a source, unless nearly every article has it.
            Self::Listed(_) => count * 5 >= articles * 4,
        };
        count >= FEWEST_ARTICLES && share
    }
}
