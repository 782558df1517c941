//! A link with its role and its target.

use serde::{Deserialize, Serialize};

use super::link_target::LinkTarget;
use crate::archive::Position;
use crate::model::{ArticleId, Role};

/// A link with its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// Where the link starts in its file.
    pub position: Position,
    /// What it is for.
    pub role: Role,
    /// The link's text (or, for a bare URL after a label, the label), wikilinks resolved.
    pub label: String,
    /// The destination as written, only where it had to be repaired.
    pub written: Option<String>,
    /// The names of the repairs that were made, in their order.
    pub repairs: Vec<String>,
    /// Where it leads.
    pub target: LinkTarget,
}

/// One article's citations: what the link table of a run keeps of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleCitations {
    /// The article.
    pub article: ArticleId,
    /// Its links in the order in which they stand.
    pub citations: Vec<Citation>,
}
