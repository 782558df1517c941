//! Where a link leads.

use serde::{Deserialize, Serialize};

use crate::model::CanonicalUrl;

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkTarget {
    /// A page on the web. `url` keeps the fragment and is what reports show.
    Web {
        /// The URL as a careful reader would follow it.
        url: String,
        /// What is asked for.
        canonical: CanonicalUrl,
    },
    /// A file of the archive; `exists` says whether it is there.
    Local {
        /// The destination, decoded, relative to the archive's root where that is possible.
        path: String,
        /// Whether the file (or a folder with an index file) exists.
        exists: bool,
    },
    /// A scheme that is not for fetching: mail, telephone, script, data.
    Unfetchable {
        /// The destination.
        url: String,
        /// The scheme, in lower case.
        scheme: String,
    },
    /// No URL can be made of what is written.
    Invalid {
        /// Why not, for people.
        reason: String,
    },
}

impl LinkTarget {
    /// What is asked for, where the link leads to the web.
    pub fn canonical(&self) -> Option<&CanonicalUrl> {
        match self {
            Self::Web { canonical, .. } => Some(canonical),
            _ => None,
        }
    }

    /// The destination as it is shown: a URL or a path; none where the link is invalid.
    pub fn shown(&self) -> Option<&str> {
        match self {
            Self::Web { url, .. } | Self::Unfetchable { url, .. } => Some(url),
            Self::Local { path, .. } => Some(path),
            Self::Invalid { .. } => None,
        }
    }
}
