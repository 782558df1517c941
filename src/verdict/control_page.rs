//! The pages that are asked for as a control: a sibling that cannot exist, and the home page.

use url::Url;

use super::address::without_fragment;
use super::probe_key::ProbeKey;
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
