//! The pages that are asked for as a control: a sibling that cannot exist, and the home page.
//!
//! The sibling must reach the same part of the server as the page does. A number replaces a number, since
//! routes distinguish numbers from words; and where a query says which page is meant (`show.php?id=5`), the
//! query is changed.

use std::fmt;

use url::Url;

/// The length of a name that no page has, in characters.
const NAME: usize = 25;
/// The least number of digits of a number that no page has, and that a server can still parse.
const NUMBER: usize = 9;
/// Parameters that say which page is meant, besides all that end in `id`.
const IDENTIFYING_PARAMETERS: [&str; 14] =
    ["p", "v", "a", "no", "num", "key", "code", "post", "page", "article", "news", "item", "topic", "thread"];

/// A page that is asked for to find out what the looks of another page mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlPage {
    /// A sibling of this URL that cannot exist.
    Sibling(Url),
    /// The home page of this URL's host.
    Home(Url),
}

impl ControlPage {
    /// The key of the pages that share the answer.
    pub fn probe_key(&self) -> ProbeKey {
        match self {
            Self::Sibling(url) => ProbeKey::for_page(url),
            Self::Home(url) => ProbeKey::for_home(url),
        }
    }

    /// The URL to ask for; `random` comes from [`random_page_name`].
    pub fn url_to_fetch(&self, random: &str) -> Url {
        match self {
            Self::Sibling(url) => sibling_url(url, random),
            Self::Home(url) => {
                let mut home = without_fragment(url);
                home.set_path("/");
                home.set_query(None);
                home
            }
        }
    }
}

/// Which pages share a probe: the pages of a host's folder share a sibling, and all pages of a host share
/// its home page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProbeKey {
    /// Scheme, host and port.
    pub origin: String,
    /// The path up to and including the last `/` before the page's own name; empty for the home page.
    pub folder: String,
}

impl ProbeKey {
    /// The key of a page's sibling.
    pub fn for_page(url: &Url) -> Self {
        let (folder, name, _) = split_path(url);
        let folder = match identifying_parameter(url) {
            Some(parameter) => format!("{}?{parameter}=", url.path()),
            // A number and a name may be answered by different parts of the server.
            None if is_number(file_stem(name)) => format!("{folder}0"),
            None => folder.to_owned(),
        };
        Self { origin: url.origin().ascii_serialization(), folder }
    }

    /// The key of the home page of a page's host.
    pub fn for_home(url: &Url) -> Self {
        Self { origin: url.origin().ascii_serialization(), folder: String::new() }
    }

    /// Whether this is the key of a home page.
    pub fn is_home(&self) -> bool {
        self.folder.is_empty()
    }
}

impl fmt::Display for ProbeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.folder)
    }
}

/// The sibling of a page: its folder, a random name or number, and the page's own extension and closing
/// slash, which decide which part of a server answers. The query is dropped, unless it says which page is
/// meant; then only the query is changed.
fn sibling_url(url: &Url, random: &str) -> Url {
    let mut probe = url.clone();
    probe.set_fragment(None);
    if let Some(parameter) = identifying_parameter(url) {
        // The other pairs stay as written, since they may be in another charset.
        let pairs = url.query().unwrap_or_default().split('&').map(|pair| match pair.split_once('=') {
            Some((name, value)) if name == parameter => format!("{name}={}", random_like(value, random)),
            _ => pair.to_owned(),
        });
        probe.set_query(Some(&pairs.collect::<Vec<_>>().join("&")));
        return probe;
    }
    let (folder, name, slash) = split_path(url);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension).filter(|extension| {
        (1..=5).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    let mut path = format!("{folder}{}", random_like(file_stem(name), random));
    if let Some(extension) = extension {
        path.push('.');
        path.push_str(extension);
    }
    path.push_str(slash);
    probe.set_path(&path);
    probe.set_query(None);
    probe
}

/// Whether the query says which page is meant. Then a random value that changes nothing may also mean that
/// the query is ignored.
pub(super) fn is_named_by_query(url: &Url) -> bool {
    identifying_parameter(url).is_some()
}

/// The parameter that says which page is meant, where the path names a program and not a page.
fn identifying_parameter(url: &Url) -> Option<&str> {
    let (_, name, _) = split_path(url);
    if file_stem(name).bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let names_page = |parameter: &str| {
        let lower = parameter.to_ascii_lowercase();
        lower.ends_with("id") || IDENTIFYING_PARAMETERS.contains(&lower.as_str())
    };
    let mut pairs = url.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(parameter, value)| names_page(parameter) && !value.is_empty()).map(|(name, _)| name)
}

/// A random value of the same kind as this one.
fn random_like(value: &str, random: &str) -> String {
    if !is_number(value) {
        return random.to_owned();
    }
    let digits = random.bytes().cycle().map(|byte| char::from(b'0' + byte % 10));
    std::iter::once('9').chain(digits).take(value.len().max(NUMBER)).collect()
}

/// Whether a name is a number that a server may parse.
fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= NAME && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A file name without its extensions.
pub(super) fn file_stem(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

/// A random name of 25 characters.
pub fn random_page_name() -> String {
    std::iter::repeat_with(fastrand::lowercase).take(NAME).collect()
}

/// The folder, the name, and the closing slash of a URL's path.
pub(super) fn split_path(url: &Url) -> (&str, &str, &str) {
    let path = url.path();
    let (bare, slash) = match path.strip_suffix('/') {
        Some(bare) if !bare.is_empty() => (bare, "/"),
        _ => (path, ""),
    };
    let at = bare.rfind('/').map_or(0, |at| at + 1);
    (bare.get(..at).unwrap_or("/"), bare.get(at..).unwrap_or_default(), slash)
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

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn the_sibling_is_in_the_same_part_of_the_site() {
        for (page, probe) in [
            ("http://a.example/news/a.html?x=1#y", "http://a.example/news/RND.html"),
            ("http://a.example/news/a/", "http://a.example/news/RND/"),
            ("http://a.example/a", "http://a.example/RND"),
            ("http://a.example:81/a/v1.2-notes", "http://a.example:81/a/RND"),
            ("http://a.example/news/t5.html?id=7", "http://a.example/news/RND.html"),
            ("http://a.example/news/a.html?from=timeline", "http://a.example/news/RND.html"),
            // A number replaces a number.
            ("http://a.example/news/5.html", "http://a.example/news/928828828.html"),
            ("http://a.example/zh-hans/1234567890/", "http://a.example/zh-hans/9288288288/"),
            // The query is changed where it says which page is meant.
            ("http://a.example/?p=5", "http://a.example/?p=928828828"),
            ("http://a.example/show.php?lang=zh&ID=5#x", "http://a.example/show.php?lang=zh&ID=928828828"),
            ("http://a.example/watch?v=abc&t=5", "http://a.example/watch?v=RND&t=5"),
            ("http://a.example/show.asp?title=%D0%C2&id=x", "http://a.example/show.asp?title=%D0%C2&id=RND"),
        ] {
            assert_eq!(sibling_url(&url(page), "RND").as_str(), probe);
        }
        assert_eq!(
            ProbeKey::for_page(&url("http://a.example/n/5/?q")),
            ProbeKey::for_page(&url("http://a.example/n/6/"))
        );
        for (one, other) in [("n/5", "m/5"), ("n/5", "n/a"), ("n?id=5", "n"), ("n?id=5", "m?id=5")] {
            let key = |path: &str| ProbeKey::for_page(&url(&format!("http://a.example/{path}")));
            assert_ne!(key(one), key(other));
        }
        assert_eq!(
            ProbeKey::for_page(&url("http://a.example/n?id=5")),
            ProbeKey::for_page(&url("http://a.example/n?id=6"))
        );
        let control = ControlPage::Home(url("http://a.example:81/n/5?q=1#part"));
        assert_eq!(control.url_to_fetch("RND").as_str(), "http://a.example:81/");
        assert_eq!(control.probe_key(), ControlPage::Home(url("http://a.example:81/m")).probe_key());
        assert!(
            control.probe_key().is_home()
                && !ControlPage::Sibling(url("http://a.example:81/")).probe_key().is_home()
        );
        assert_eq!(random_page_name().len(), 25);
        assert_ne!(random_page_name(), random_page_name());
    }
}
