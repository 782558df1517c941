//! What a row of a file is to its article.

use serde::{Deserialize, Serialize};

/// What a row is to the article. The names are those of `driftline text --explain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowRole {
    /// The article's own text.
    Body,
    /// Metadata before the text: front matter, navigation above the title.
    Header,
    /// The title.
    Title,
    /// The line with date and author.
    Byline,
    /// The line that says where the article was first published.
    Repost,
    /// A line that names editors, translators and the like.
    Credit,
    /// The disclaimer, and whatever follows it.
    Disclaimer,
    /// A separator, or a row without text.
    Empty,
}

impl RowRole {
    /// The part's name as it is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Header => "header",
            Self::Title => "title",
            Self::Byline => "byline",
            Self::Repost => "repost",
            Self::Credit => "credit",
            Self::Disclaimer => "disclaimer",
            Self::Empty => "empty",
        }
    }
}
