//! The role of a link: what the article uses it for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a link is for. The names are those of the JSON output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The article says that it is reposted from here.
    Repost,
    /// Cited as a source.
    Source,
    /// Any other link in the text.
    Mention,
    /// A picture.
    Image,
    /// A file of the archive.
    Local,
    /// An outside link of an index page or a page header.
    Navigation,
}

impl Role {
    /// The role's name in reports.
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
