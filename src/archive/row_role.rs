//! Defines the role of a row in its article.

use serde::{Deserialize, Serialize};

/// The role of a row. `driftline text --explain` shows these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowRole {
    /// The article's own text.
    Body,
    /// Metadata before the text: navigation above the title.
    Header,
    /// The title.
    Title,
    /// The line with date and author.
    Byline,
    /// The line that says where the article was first published.
    Repost,
    /// A line that names editors, translators and the like.
    Credit,
    /// The disclaimer and everything below it.
    Disclaimer,
    /// A separator, or a row without text.
    Empty,
}

impl RowRole {
    /// The name of the role in output.
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
