//! The probe: how a host answers for a page that cannot exist.
//!
//! Seven in a hundred servers say 200 for everything (Bar-Yossef et al., 2004, named the test). A
//! page that looks like "not found" is one only where a random sibling comes out the same.
//!
//! The sibling must reach the same part of the server as the page does: a number stands for a number
//! (routes tell numbers from words), and where a query says which page is meant (`show.php?id=5`), it
//! is the query that is changed.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::fetch::Exchange;

/// Runs of so many characters are compared.
const RUN: usize = 5;
/// The longest text that is looked at, in characters: "not found" pages are short.
const LONGEST: usize = 40_000;
/// How many characters make a name that nobody has given to a page.
const NAME: usize = 25;
/// How many digits make a number that no page has, and that a server can still read as one.
const NUMBER: usize = 9;
/// Parameters that say which page is meant, besides all that end in `id`.
const IDENTITIES: [&str; 14] =
    ["p", "v", "a", "no", "num", "key", "code", "post", "page", "article", "news", "item", "topic", "thread"];

/// What is asked for besides a page, to tell what its looks mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// A sibling of this URL that cannot exist.
    Sibling(Url),
    /// The home page of this URL's host.
    Home(Url),
}

impl Control {
    /// For which pages the answer is good.
    pub fn key(&self) -> ProbeKey {
        match self {
            Self::Sibling(url) => ProbeKey::of(url),
            Self::Home(url) => ProbeKey::home(url),
        }
    }

    /// The URL to ask for; `random` is of [`random_name`].
    pub fn url(&self, random: &str) -> Url {
        match self {
            Self::Sibling(url) => probe_url(url, random),
            Self::Home(url) => {
                let mut home = bare(url);
                home.set_path("/");
                home.set_query(None);
                home
            }
        }
    }
}

/// What a host answered for a random name of a folder, or for its home page: asked once, good for all
/// pages there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// What was asked for.
    #[serde(default)]
    pub asked: String,
    /// The status; none where there was no answer.
    pub status: Option<u16>,
    /// Where the answer came from, after redirects.
    pub final_url: Option<Url>,
    /// Why there was no answer, for people.
    #[serde(default)]
    pub unanswered: Option<String>,
    #[serde(default)]
    title: String,
    shape: TextShape,
}

/// Probes of siblings are shared by the pages of a host's folder, those of the home page by all pages
/// of the host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProbeKey {
    /// Scheme, host and port.
    pub origin: String,
    /// The path up to and with the last `/` before the page's own name; empty for the home page.
    pub folder: String,
}

impl ProbeKey {
    /// The key for a page.
    pub fn of(url: &Url) -> Self {
        let (folder, name, _) = split(url);
        let folder = match identity(url) {
            Some(parameter) => format!("{}?{parameter}=", url.path()),
            // Numbers are asked for apart from names.
            None if is_number(stem(name)) => format!("{folder}0"),
            None => folder.to_owned(),
        };
        Self { origin: url.origin().ascii_serialization(), folder }
    }

    /// The key for the home page of a page's host.
    pub fn home(url: &Url) -> Self {
        Self { origin: url.origin().ascii_serialization(), folder: String::new() }
    }

    /// Whether it is a home page's.
    pub fn is_home(&self) -> bool {
        self.folder.is_empty()
    }
}

impl fmt::Display for ProbeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.folder)
    }
}

/// The URL to ask for: the page's folder, a random name (or number), the page's own extension and
/// closing slash (they decide which part of a server answers). The query is dropped, unless it says
/// which page is meant; then it alone is changed. `random` is of [`random_name`].
pub fn probe_url(url: &Url, random: &str) -> Url {
    let mut probe = url.clone();
    probe.set_fragment(None);
    if let Some(parameter) = identity(url) {
        // As they are written: another charset's bytes must stay what they are.
        let pairs = url.query().unwrap_or_default().split('&').map(|pair| match pair.split_once('=') {
            Some((name, value)) if name == parameter => format!("{name}={}", unlike(value, random)),
            _ => pair.to_owned(),
        });
        probe.set_query(Some(&pairs.collect::<Vec<_>>().join("&")));
        return probe;
    }
    let (folder, name, slash) = split(url);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension).filter(|extension| {
        (1..=5).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    let mut path = format!("{folder}{}", unlike(stem(name), random));
    if let Some(extension) = extension {
        path.push('.');
        path.push_str(extension);
    }
    path.push_str(slash);
    probe.set_path(&path);
    probe.set_query(None);
    probe
}

/// Whether the query says which page is meant: then a random value that changes nothing may also show
/// that the query means nothing.
pub(super) fn by_query(url: &Url) -> bool {
    identity(url).is_some()
}

/// The parameter that says which page is meant: the path names a program and no page.
fn identity(url: &Url) -> Option<&str> {
    let (_, name, _) = split(url);
    if stem(name).bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let names_page = |parameter: &str| {
        let lower = parameter.to_ascii_lowercase();
        lower.ends_with("id") || IDENTITIES.contains(&lower.as_str())
    };
    let mut pairs = url.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(parameter, value)| names_page(parameter) && !value.is_empty()).map(|(name, _)| name)
}

/// A random value of the same kind as this one.
fn unlike(value: &str, random: &str) -> String {
    if !is_number(value) {
        return random.to_owned();
    }
    let digits = random.bytes().cycle().map(|byte| char::from(b'0' + byte % 10));
    std::iter::once('9').chain(digits).take(value.len().max(NUMBER)).collect()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() <= NAME && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn stem(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

/// A random name of 25 characters.
pub fn random_name() -> String {
    std::iter::repeat_with(fastrand::lowercase).take(NAME).collect()
}

/// Folder, name, and the closing slash where there is one.
fn split(url: &Url) -> (&str, &str, &str) {
    let path = url.path();
    let (bare, slash) = match path.strip_suffix('/') {
        Some(bare) if !bare.is_empty() => (bare, "/"),
        _ => (path, ""),
    };
    let at = bare.rfind('/').map_or(0, |at| at + 1);
    (bare.get(..at).unwrap_or("/"), bare.get(at..).unwrap_or_default(), slash)
}

impl Probe {
    /// From the probe's exchanges, and the title and the visible text of its last answer.
    pub fn of(asked: &Url, chain: &[Exchange], title: &str, visible: &str) -> Self {
        let outcome = chain.last().map(|last| (last, &last.outcome));
        let mut probe = match outcome {
            Some((last, Ok(response))) => Self {
                status: Some(response.status),
                final_url: Some(bare(&last.url)),
                title: bare_words(title, asked),
                shape: TextShape::of(visible, asked),
                ..Self::unanswered("")
            },
            Some((_, Err(failure))) => Self::unanswered(failure.to_string()),
            None => Self::unanswered("nothing was asked"),
        };
        if probe.status.is_some() {
            probe.unanswered = None;
        }
        asked.as_str().clone_into(&mut probe.asked);
        probe
    }

    /// A probe that could not be made (robots, a failure, a redirect without end).
    pub fn unanswered(reason: impl Into<String>) -> Self {
        Self {
            asked: String::new(),
            status: None,
            final_url: None,
            unanswered: Some(reason.into()),
            title: String::new(),
            shape: TextShape::default(),
        }
    }

    /// How much of the page's text is the probe's, 0 to 1 (Dice's coefficient of 5-character runs).
    pub(super) fn similarity(&self, visible: &str, requested: &Url) -> f64 {
        self.shape.similarity(&TextShape::of(visible, requested))
    }

    /// Whether the probe was answered with a success.
    pub(super) fn is_there(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the answer holds no text.
    pub(super) fn is_blank(&self) -> bool {
        self.shape.0.is_empty()
    }

    /// Whether the page's title is the probe's.
    pub(super) fn has_title(&self, title: &str, requested: &Url) -> bool {
        !self.title.is_empty() && self.title == bare_words(title, requested)
    }
}

/// A URL without its fragment.
pub(super) fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

/// Hashes of a text's 5-character runs, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct TextShape(Vec<u32>);

/// A text without white space, case, digits (clocks and counters), and the address that was asked
/// for: a page may repeat it.
fn bare_words(text: &str, asked: &Url) -> String {
    let mut text: String = text.chars().take(LONGEST).collect();
    let (_, name, _) = split(asked);
    for own in [asked.as_str(), asked.path(), name, stem(name)] {
        if own.len() > 2 {
            text = text.replace(own, "");
        }
    }
    text.chars().filter(|c| !c.is_whitespace() && !c.is_numeric()).flat_map(char::to_lowercase).collect()
}

impl TextShape {
    fn of(visible: &str, asked: &Url) -> Self {
        let kept: Vec<char> = bare_words(visible, asked).chars().collect();
        let runs = kept.windows(RUN.min(kept.len()).max(1));
        let mut hashes: Vec<u32> = runs.map(hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    fn similarity(&self, other: &Self) -> f64 {
        if self.0.is_empty() || other.0.is_empty() {
            return 0.0;
        }
        let (mut a, mut b, mut common) = (self.0.iter().peekable(), other.0.iter().peekable(), 0_usize);
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            match x.cmp(y) {
                std::cmp::Ordering::Less => _ = a.next(),
                std::cmp::Ordering::Greater => _ = b.next(),
                std::cmp::Ordering::Equal => {
                    common += 1;
                    a.next();
                    b.next();
                }
            }
        }
        2.0 * common as f64 / (self.0.len() + other.0.len()) as f64
    }
}

/// FNV-1a: fixed for all time, since probes are kept.
fn hash(run: &[char]) -> u32 {
    run.iter()
        .flat_map(|c| u32::from(*c).to_le_bytes())
        .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn the_probe_is_a_sibling() {
        for (page, probe) in [
            ("http://a.example/news/a.html?x=1#y", "http://a.example/news/RND.html"),
            ("http://a.example/news/a/", "http://a.example/news/RND/"),
            ("http://a.example/a", "http://a.example/RND"),
            ("http://a.example:81/a/v1.2-notes", "http://a.example:81/a/RND"),
            ("http://a.example/news/t5.html?id=7", "http://a.example/news/RND.html"),
            ("http://a.example/news/a.html?from=timeline", "http://a.example/news/RND.html"),
            // A number for a number.
            ("http://a.example/news/5.html", "http://a.example/news/928828828.html"),
            ("http://a.example/zh-hans/1234567890/", "http://a.example/zh-hans/9288288288/"),
            // The query where it says which page is meant.
            ("http://a.example/?p=5", "http://a.example/?p=928828828"),
            ("http://a.example/show.php?lang=zh&ID=5#x", "http://a.example/show.php?lang=zh&ID=928828828"),
            ("http://a.example/watch?v=abc&t=5", "http://a.example/watch?v=RND&t=5"),
            ("http://a.example/show.asp?title=%D0%C2&id=x", "http://a.example/show.asp?title=%D0%C2&id=RND"),
        ] {
            assert_eq!(probe_url(&url(page), "RND").as_str(), probe);
        }
        assert_eq!(
            ProbeKey::of(&url("http://a.example/n/5/?q")),
            ProbeKey::of(&url("http://a.example/n/6/"))
        );
        for (one, other) in [("n/5", "m/5"), ("n/5", "n/a"), ("n?id=5", "n"), ("n?id=5", "m?id=5")] {
            let key = |path: &str| ProbeKey::of(&url(&format!("http://a.example/{path}")));
            assert_ne!(key(one), key(other));
        }
        assert_eq!(
            ProbeKey::of(&url("http://a.example/n?id=5")),
            ProbeKey::of(&url("http://a.example/n?id=6"))
        );
        let control = Control::Home(url("http://a.example:81/n/5?q=1#part"));
        assert_eq!(control.url("RND").as_str(), "http://a.example:81/");
        assert_eq!(control.key(), Control::Home(url("http://a.example:81/m")).key());
        assert!(control.key().is_home() && !Control::Sibling(url("http://a.example:81/")).key().is_home());
        assert_eq!(random_name().len(), 25);
        assert_ne!(random_name(), random_name());
    }

    #[test]
    fn texts_that_differ_by_address_and_clock_are_the_same() {
        let (page, sibling) =
            (url("http://a.example/n/hello-world.html"), url("http://a.example/n/qqqqqqqq.html"));
        let words = "Sorry, we could not find what you were looking for. Try the search.";
        let probe = |text: String| Probe { shape: TextShape::of(&text, &sibling), ..Probe::unanswered("") };
        let same = probe(format!("{words} /n/qqqqqqqq.html at 12:04:33"));
        assert!(same.similarity(&format!("{words} /n/hello-world.html at 09:59:00"), &page) > 0.99);
        let other = "The council met on Tuesday and agreed on the budget for the coming year.";
        assert!(same.similarity(other, &page) < 0.3);
        assert!(probe(String::new()).similarity("", &page) < 0.1, "nothing is no evidence");
        assert!(probe("無此文".into()).similarity("無此文", &page) > 0.99, "shorter than a run");
    }
}
