//! Defines where a link leads.

use serde::{Deserialize, Serialize};

use crate::model::CanonicalUrl;

/// The target of a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkTarget {
    /// A page on the web.
    Web {
        /// The repaired URL with its fragment, as reports show it.
        url: String,
        /// The URL that is requested.
        canonical: CanonicalUrl,
    },
    /// A file of the archive.
    Local {
        /// The decoded destination, relative to the archive's root if it is below it.
        path: String,
        /// Whether the file exists, or a folder of that name.
        exists: bool,
    },
    /// A URL with a scheme that is not fetched, such as mail, telephone, script or data.
    Unfetchable {
        /// The destination.
        url: String,
        /// The scheme, in lower case.
        scheme: String,
    },
    /// The destination is not a URL and cannot be repaired to one.
    Invalid {
        /// The reason, for people.
        reason: String,
    },
}

impl LinkTarget {
    /// The URL that is requested, if the link leads to the web.
    pub fn canonical(&self) -> Option<&CanonicalUrl> {
        match self {
            Self::Web { canonical, .. } => Some(canonical),
            _ => None,
        }
    }

    /// The URL or path that reports show; `None` for an invalid link.
    pub fn shown(&self) -> Option<&str> {
        match self {
            Self::Web { url, .. } | Self::Unfetchable { url, .. } => Some(url),
            Self::Local { path, .. } => Some(path),
            Self::Invalid { .. } => None,
        }
    }
}
