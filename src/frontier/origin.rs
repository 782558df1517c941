//! Names an origin, the unit that a robots file applies to.

use std::sync::Arc;

use url::Url;

/// Scheme, host and port: what one robots.txt applies to (RFC 9309, section 2.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(Arc<str>);

impl Origin {
    /// The origin of a URL.
    pub fn from_url(url: &Url) -> Self {
        Self(url.origin().ascii_serialization().into())
    }

    /// The origin as text, as in `https://a.example:8443`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Origin {
    fn from(origin: &str) -> Self {
        Self(origin.into())
    }
}
