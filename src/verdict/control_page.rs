//! The pages that are asked for as a control: a sibling that cannot exist, and the home page.

use std::fmt;

use url::Url;

use super::sibling::SiblingPattern;

/// A page that is asked for to find out what the looks of another page mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlPage {
    /// A sibling that cannot exist.
    Sibling(SiblingPattern),
    /// The home page of this URL's host.
    Home(Url),
}

impl ControlPage {
    /// The key of the pages that share the answer.
    pub fn probe_key(&self) -> ProbeKey {
        match self {
            Self::Sibling(pattern) => pattern.probe_key(),
            Self::Home(url) => ProbeKey::for_home(url),
        }
    }

    /// The URL to ask for; `random` comes from [`super::random_page_name`].
    pub fn url_to_fetch(&self, random: &str) -> Url {
        match self {
            Self::Sibling(pattern) => pattern.sibling_url(random),
            Self::Home(url) => {
                let mut home = without_fragment(url);
                home.set_path("/");
                home.set_query(None);
                home
            }
        }
    }
}

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

/// A URL without its fragment.
pub(super) fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn all_pages_of_a_host_share_its_home_page() {
        let home = |text: &str| ControlPage::Home(Url::parse(text).unwrap());
        let control = home("http://a.example:81/n/5?q=1#part");
        assert_eq!(control.url_to_fetch("RND").as_str(), "http://a.example:81/");
        assert_eq!(control.probe_key(), home("http://a.example:81/m").probe_key());
        assert!(control.probe_key().is_home());
    }
}
