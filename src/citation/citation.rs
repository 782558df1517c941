//! Defines a citation: a link with its role and its target.

use serde::{Deserialize, Serialize};

use super::link_target::LinkTarget;
use crate::archive::Position;
use crate::model::{ArticleId, Role};

/// A link with its role and its target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// Where the link starts in its file.
    pub position: Position,
    /// What the article uses the link for.
    pub role: Role,
    /// The text of the link, with wikilinks replaced by their text. For a bare URL, the label before it.
    pub label: String,
    /// The destination as it is written, only if it had to be repaired or is invalid.
    pub written: Option<String>,
    /// The names of the repairs, in the order in which they were made.
    pub repairs: Vec<String>,
    /// Where it leads.
    pub target: LinkTarget,
}

/// The citations of one article, as a run keeps them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleCitations {
    /// The identity of the article.
    pub article: ArticleId,
    /// The links in the order of the file.
    pub citations: Vec<Citation>,
}
