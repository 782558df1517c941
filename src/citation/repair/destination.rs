//! Defines where a repaired link leads, and which repairs were made.

use crate::model::CanonicalUrl;

/// The destination of a link after its repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::citation) enum Destination {
    /// An `http` or `https` URL.
    Web { url: String, canonical: CanonicalUrl },
    /// A path in the archive.
    Local(String),
    /// Words rather than a destination, unless a file of the archive has this name.
    Words(String),
    /// A URL with another scheme.
    Other { url: String, scheme: String },
    /// Not a destination, with the reason.
    Nowhere(String),
}

/// A destination and the names of the repairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::citation) struct RepairedLink {
    pub destination: Destination,
    pub repairs: Vec<&'static str>,
}
