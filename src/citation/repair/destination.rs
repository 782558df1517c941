//! Where a repaired link leads, and which repairs led there.

use crate::model::CanonicalUrl;

/// Where a destination leads once it is repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::citation) enum Destination {
    /// An `http` or `https` URL.
    Web { url: String, canonical: CanonicalUrl },
    /// A path in the archive.
    Local(String),
    /// Words, no destination, unless a file of the archive has this name.
    Words(String),
    /// Another scheme.
    Other { url: String, scheme: String },
    /// Nowhere, and why.
    Nowhere(String),
}

/// A lead and the steps that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::citation) struct RepairedLink {
    pub lead: Destination,
    pub repairs: Vec<&'static str>,
}
