//! Names the pages that share the answer to a control request.

use std::fmt;

use url::Url;

/// Which pages share a control: pages whose addresses have one pattern share a sibling, and all pages of
/// a host share its home page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProbeKey {
    /// Scheme, host and port.
    pub origin: String,
    /// The path, with `0` in the place of a number and `*` in the place of a name that is replaced; empty
    /// for the home page.
    pub pattern: String,
}

impl ProbeKey {
    /// The key of the home page of a page's host.
    pub fn for_home(url: &Url) -> Self {
        Self { origin: url.origin().ascii_serialization(), pattern: String::new() }
    }

    /// Whether this is the key of a home page.
    pub fn is_home(&self) -> bool {
        self.pattern.is_empty()
    }
}

impl fmt::Display for ProbeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.pattern)
    }
}
