//! Defines the identity of an article.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The identity of an article: its path below the archive's root, with `/` as the separator.
///
/// It is never a number taken from the path, because two different originals may have the same file name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ArticleId(String);

impl ArticleId {
    /// Creates an identity from a path that is relative to the archive's root and uses `/`.
    pub fn new(path: impl Into<String>) -> Self {
        Self(path.into())
    }

    /// The path as it is shown and stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
