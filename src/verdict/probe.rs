//! The probe: the answer of a host for a page that cannot exist, or for its home page.
//!
//! Seven in a hundred servers answer 200 for everything (Bar-Yossef et al., 2004, who named the test). A
//! page that looks like "not found" is a soft 404 only where a random sibling gets the same answer;
//! [`super::soft_404`] decides that, and [`super::sibling`] makes the sibling's URL.

use url::Url;

use super::address::{file_stem, path_segments, without_fragment};
use crate::fetch::Exchange;
use crate::text::ngrams::{NGRAM_LENGTH, dice_coefficient, hash_ngram};

/// How much of a text is compared, in characters. "Not found" pages are short.
const MAX_TEXT: usize = 40_000;

/// Shorter words of letters and digits may be names.
const MIN_REQUEST_ID: usize = 8;

/// The answer for a random name of a folder, or for the home page. It is asked for once and serves all
/// pages there.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// The URL that was asked for.
    pub asked: String,
    /// The status; `None` where there was no answer.
    pub status: Option<u16>,
    /// The address of the answer, after redirects.
    pub final_url: Option<Url>,
    /// Why there was no answer, for people.
    pub unanswered: Option<String>,
    title: String,
    shape: TextShape,
}

impl Probe {
    /// The probe from its exchanges, and the title and the visible text of its last answer.
    pub fn from_exchanges(asked: &Url, chain: &[Exchange], title: &str, visible: &str) -> Self {
        let outcome = chain.last().map(|last| (last, &last.outcome));
        let mut probe = match outcome {
            Some((last, Ok(response))) => Self {
                status: Some(response.status),
                final_url: Some(without_fragment(&last.url)),
                title: comparable_text(title, asked),
                shape: TextShape::from_text(visible, asked),
                ..Self::unanswered("")
            },
            Some((_, Err(failure))) => Self::unanswered(failure.to_string()),
            None => Self::unanswered("no request was made"),
        };
        if probe.status.is_some() {
            probe.unanswered = None;
        }
        asked.as_str().clone_into(&mut probe.asked);
        probe
    }

    /// A probe that could not be made (robots.txt, a failure, redirects without end).
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

    /// How similar a page's text is to the answer, 0 to 1 (Dice coefficient of distinct 5-grams).
    pub(super) fn similarity(&self, visible: &str, requested: &Url) -> f64 {
        self.shape.similarity(&TextShape::from_text(visible, requested))
    }

    /// Whether the answer has a status of success.
    pub(super) fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the answer holds no text.
    pub(super) fn is_blank(&self) -> bool {
        self.shape.0.is_empty()
    }

    /// Whether a page has the same title as the answer.
    pub(super) fn has_title(&self, title: &str, requested: &Url) -> bool {
        !self.title.is_empty() && self.title == comparable_text(title, requested)
    }
}

/// The hashes of a text's distinct 5-grams, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct TextShape(Vec<u64>);

/// A text in lower case without white space, digits (clocks and counters) and the address that was asked
/// for, since an error page may repeat it.
fn comparable_text(text: &str, asked: &Url) -> String {
    let mut text: String = text.chars().take(MAX_TEXT).collect();
    let (segments, _) = path_segments(asked);
    let name = segments.last().copied().unwrap_or_default();
    for part in [asked.as_str(), asked.path(), name, file_stem(name)] {
        if part.len() > 2 {
            text = text.replace(part, "");
        }
    }
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let kept = words.filter(|word| !is_request_id(word)).flat_map(str::chars);
    kept.filter(|c| !c.is_whitespace() && !c.is_numeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a word is the number of a request, which is another one in each answer: letters and digits in turn.
fn is_request_id(word: &str) -> bool {
    let word = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let kinds: Vec<bool> = word.chars().map(|c| c.is_ascii_digit()).collect();
    let turns = kinds.windows(2).filter(|pair| matches!(pair, [one, other] if one != other)).count();
    word.len() >= MIN_REQUEST_ID && turns >= 2
}

impl TextShape {
    fn from_text(visible: &str, asked: &Url) -> Self {
        let letters: Vec<char> = comparable_text(visible, asked).chars().collect();
        // A text shorter than an n-gram is hashed as a whole.
        let runs = letters.windows(NGRAM_LENGTH.min(letters.len()).max(1));
        let mut hashes: Vec<u64> = runs.map(hash_ngram).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    /// The Dice coefficient of two shapes. An empty text proves nothing, so it is similar to none.
    fn similarity(&self, other: &Self) -> f64 {
        if self.0.is_empty() || other.0.is_empty() {
            return 0.0;
        }
        dice_coefficient(&self.0, &other.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn texts_that_differ_only_by_address_and_clock_are_the_same() {
        let (page, sibling) =
            (url("http://a.example/n/hello-world.html"), url("http://a.example/n/qqqqqqqq.html"));
        let words = "Sorry, we could not find what you were looking for. Try the search.";
        let probe =
            |text: String| Probe { shape: TextShape::from_text(&text, &sibling), ..Probe::unanswered("") };
        let same = probe(format!("{words} /n/qqqqqqqq.html at 12:04:33"));
        assert!(same.similarity(&format!("{words} /n/hello-world.html at 09:59:00"), &page) > 0.99);
        let page_text = format!("{words} Request id 9f3a77c01be4d2aa");
        assert!(probe(format!("{words} Request id 0b1ce8842ff09d31")).similarity(&page_text, &page) > 0.99);
        let other = "The council met on Tuesday and agreed on the budget for the coming year.";
        assert!(same.similarity(other, &page) < 0.3);
        assert!(probe(String::new()).similarity("", &page) < 0.1, "an empty text proves nothing");
        assert!(probe("無此文".into()).similarity("無此文", &page) > 0.99, "shorter than an n-gram");
    }
}
