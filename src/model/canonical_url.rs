//! Defines the canonical form of a URL, under which a page is requested and stored once.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use super::credentials::mask_userinfo;
use super::url_key::UrlKey;

/// An `http` or `https` URL in canonical form: parsed by the WHATWG rules (case, default port, IDN), without
/// its fragment, and with a mask in place of a name and password, which are never sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CanonicalUrl(Url);

impl CanonicalUrl {
    /// The canonical form of a URL, or `None` if it is not `http(s)` or has no host.
    pub fn from_url(mut url: Url) -> Option<Self> {
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return None;
        }
        url.set_fragment(None);
        mask_userinfo(&mut url);
        Some(Self(url))
    }

    /// Parses a URL and returns its canonical form.
    pub fn parse(text: &str) -> Option<Self> {
        Url::parse(text).ok().and_then(Self::from_url)
    }

    /// The URL without the query parameters of these names. A name that ends in `*` matches all parameters
    /// that start so. Parameters are dropped only if the user lists them, because a parameter can identify
    /// the page.
    #[must_use]
    pub fn without_parameters(&self, names: &[String]) -> Self {
        let dropped = |key: &str| {
            names
                .iter()
                .any(|name| name.strip_suffix('*').map_or(name == key, |start| key.starts_with(start)))
        };
        let Some(query) = self.0.query() else { return self.clone() };
        let kept: Vec<&str> =
            query.split('&').filter(|pair| !dropped(pair.split('=').next().unwrap_or_default())).collect();
        let mut url = self.0.clone();
        url.set_query(Some(kept.join("&")).filter(|query| !query.is_empty()).as_deref());
        Self(url)
    }

    /// The URL.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The text of the URL.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The key under which the store keeps the URL.
    pub fn key(&self) -> UrlKey {
        UrlKey::of_url(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CanonicalUrl {
    /// Reads a stored URL as it is, except for a name and password, which earlier versions stored.
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let mut url = Url::deserialize(source)?;
        mask_userinfo(&mut url);
        Ok(Self(url))
    }
}

impl fmt::Display for CanonicalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_and_passwords_are_no_part_of_a_page() {
        let url = CanonicalUrl::parse("https://user:secret@A.example:443/x#y").unwrap();
        assert_eq!(url.as_str(), "https://***@a.example/x");
        let stored: CanonicalUrl = serde_json::from_str("\"https://user:secret@a.example/x\"").unwrap();
        assert_eq!(stored, url);
    }
}
