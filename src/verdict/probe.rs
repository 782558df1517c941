//! The probe: how a host answers for a page that cannot exist.
//!
//! Seven in a hundred servers say 200 for everything (Bar-Yossef et al., 2004, named the test). A
//! page that looks like "not found" is one only where a random sibling comes out the same.

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

/// What a host and folder answered for a random name: asked once, good for all pages there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// The status; none where there was no answer.
    pub status: Option<u16>,
    /// Where the answer came from, after redirects.
    pub final_url: Option<Url>,
    /// Why there was no answer, for people.
    #[serde(default)]
    pub unanswered: Option<String>,
    shape: TextShape,
}

/// Probes are shared by the pages of a host's folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProbeKey {
    /// Scheme, host and port.
    pub origin: String,
    /// The path up to and with the last `/` before the page's own name.
    pub folder: String,
}

impl ProbeKey {
    /// The key for a page.
    pub fn of(url: &Url) -> Self {
        let (folder, _, _) = split(url);
        Self { origin: url.origin().ascii_serialization(), folder: folder.to_owned() }
    }
}

impl fmt::Display for ProbeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.folder)
    }
}

/// The URL to ask for: the page's folder, a random name, the page's own extension and closing slash
/// (they decide which part of a server answers). The query is dropped.
pub fn probe_url(url: &Url, random: &str) -> Url {
    let (folder, name, slash) = split(url);
    let extension = name.rsplit_once('.').map(|(_, extension)| extension).filter(|extension| {
        (1..=5).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    let mut path = format!("{folder}{random}");
    if let Some(extension) = extension {
        path.push('.');
        path.push_str(extension);
    }
    path.push_str(slash);
    let mut probe = url.clone();
    probe.set_path(&path);
    probe.set_query(None);
    probe.set_fragment(None);
    probe
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
    /// From the probe's exchanges and the visible text of its last answer.
    pub fn of(asked: &Url, chain: &[Exchange], visible: &str) -> Self {
        match chain.last() {
            Some(last) => match &last.outcome {
                Ok(response) => Self {
                    status: Some(response.status),
                    final_url: Some(bare(&last.url)),
                    unanswered: None,
                    shape: TextShape::of(visible, asked),
                },
                Err(failure) => Self::unanswered(failure.to_string()),
            },
            None => Self::unanswered("nothing was asked"),
        }
    }

    /// A probe that could not be made (robots, a failure, a redirect without end).
    pub fn unanswered(reason: impl Into<String>) -> Self {
        Self { status: None, final_url: None, unanswered: Some(reason.into()), shape: TextShape::default() }
    }

    /// How much of the page's text is the probe's, 0 to 1 (Dice's coefficient of 5-character runs).
    pub(super) fn similarity(&self, visible: &str, requested: &Url) -> f64 {
        self.shape.similarity(&TextShape::of(visible, requested))
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

impl TextShape {
    /// Without white space, case, digits (clocks and counters), and the address that was asked for:
    /// a page may repeat it.
    fn of(visible: &str, asked: &Url) -> Self {
        let mut text: String = visible.chars().take(LONGEST).collect();
        let (_, name, _) = split(asked);
        let stem = name.split('.').next().unwrap_or_default();
        for own in [asked.as_str(), asked.path(), name, stem] {
            if own.len() > 2 {
                text = text.replace(own, "");
            }
        }
        let kept: Vec<char> = text
            .chars()
            .filter(|c| !c.is_whitespace() && !c.is_numeric())
            .flat_map(char::to_lowercase)
            .collect();
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
            ("http://a.example/news/5.html?x=1#y", "http://a.example/news/RND.html"),
            ("http://a.example/news/5/", "http://a.example/news/RND/"),
            ("http://a.example/5", "http://a.example/RND"),
            ("http://a.example/?p=5", "http://a.example/RND"),
            ("http://a.example:81/a/v1.2-notes", "http://a.example:81/a/RND"),
        ] {
            assert_eq!(probe_url(&url(page), "RND").as_str(), probe);
        }
        assert_eq!(
            ProbeKey::of(&url("http://a.example/n/5/?q")),
            ProbeKey::of(&url("http://a.example/n/6/"))
        );
        assert_ne!(ProbeKey::of(&url("http://a.example/n/5")), ProbeKey::of(&url("http://a.example/m/5")));
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
