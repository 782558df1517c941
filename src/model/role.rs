//! Defines the role of a link: what an article uses it for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an article uses a link for. The JSON output has these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The article states that it is a repost of this page.
    Repost,
    /// The article cites this page as a source.
    Source,
    /// Any other link in the text.
    Mention,
    /// An image.
    Image,
    /// A file of the archive.
    Local,
    /// A link of an index page, of a page header or of a footer.
    Navigation,
}

impl Role {
    /// The name of the role in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Repost => "repost",
            Self::Source => "source",
            Self::Mention => "mention",
            Self::Image => "image",
            Self::Local => "local",
            Self::Navigation => "navigation",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
