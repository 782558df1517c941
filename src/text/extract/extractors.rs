//! Extracts a page's main text by two extractors that must agree.
//!
//! Measured on 181 news pages, the lines of `dom_smoothie` that `trafilatura` has too are better than
//! either alone. Both recurse over trees, and either may fail on a hostile page, so they run on threads
//! with stacks of their own.

use std::collections::HashSet;
use std::num::NonZero;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};
use std::thread;

use crate::text::html::text_line::split_lines;
use crate::text::normalize;
use crate::text::prose::{count_visible_chars, text_width};

/// The stack of the extractors' threads, in bytes. They recurse as deep as the page, which
/// [`crate::text::html::limits`] bounds.
const STACK_SIZE: usize = 32 << 20;
/// Where a smaller share of the characters is common, the extractors disagree about what the article is,
/// and `trafilatura` alone decides.
const MIN_AGREEMENT: f64 = 0.7;
/// A paragraph is at least this wide; see [`text_width`].
const PARAGRAPH_WIDTH: usize = 100;

/// The lines that the two extractors found.
type BothResults = (Vec<String>, Vec<String>);
/// A page, and where to send what was found in it.
type ExtractionJob = (String, mpsc::SyncSender<BothResults>);

/// The threads that the extractors run on, one for each core. A new thread for each page would need newly
/// cleared memory for each, which is a tenth of the time that the extractors take.
static WORKERS: LazyLock<Option<Mutex<mpsc::Sender<ExtractionJob>>>> = LazyLock::new(|| {
    let (sender, receiver) = mpsc::channel::<ExtractionJob>();
    let receiver = Arc::new(Mutex::new(receiver));
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let started = (0..cores).filter(|_| {
        let jobs = Arc::clone(&receiver);
        let worker = move || {
            loop {
                let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok((html, answer)) = job else { break };
                // An extractor that panics on a page must not end the other.
                let first = std::panic::catch_unwind(|| trafilatura_lines(&html)).unwrap_or_default();
                let second = std::panic::catch_unwind(|| smoothie_lines(&html)).unwrap_or_default();
                // It fails where the caller has gone, and then nobody waits.
                let _ = answer.send((first, second));
            }
        };
        thread::Builder::new().name("text-extractors".into()).stack_size(STACK_SIZE).spawn(worker).is_ok()
    });
    (started.count() > 0).then(|| Mutex::new(sender))
});

/// What the extractors found in a page.
#[derive(Debug, Default)]
pub struct CommonText {
    /// The main text, a block an entry; empty where neither extractor found any.
    pub lines: Vec<String>,
    /// How much the shorter of their texts has of the longer one's length, from 0 to 1.
    pub agreement: f64,
}

/// The main text of a page by both extractors.
pub fn extract_common_text(html: String) -> CommonText {
    let read = || {
        let workers = WORKERS.as_ref()?;
        let (answer, answered) = mpsc::sync_channel(1);
        workers.lock().unwrap_or_else(PoisonError::into_inner).send((html, answer)).ok()?;
        answered.recv().ok()
    };
    let (first, second) = read().unwrap_or_default();
    let chars = |lines: &[String]| lines.iter().map(|line| count_visible_chars(line)).sum::<usize>();
    let (one, other) = (chars(&first), chars(&second));
    let agreement = one.min(other) as f64 / one.max(other).max(1) as f64;
    CommonText { lines: keep_common_lines(first, second), agreement }
}

fn trafilatura_lines(html: &str) -> Vec<String> {
    let options = trafilatura::Options::default()
        .with_fallback(true)
        .with_exclude_comments(true)
        .with_focus(trafilatura::ExtractionFocus::FavorPrecision)
        .with_html_date_mode(trafilatura::HtmlDateMode::Disabled);
    trafilatura::extract(html, &options).map(|result| split_lines(&result.content_text)).unwrap_or_default()
}

fn smoothie_lines(html: &str) -> Vec<String> {
    let config = dom_smoothie::Config {
        text_mode: dom_smoothie::TextMode::Formatted,
        ..dom_smoothie::Config::default()
    };
    dom_smoothie::Readability::new(html, None, Some(config))
        .and_then(|mut reader| reader.parse())
        .map(|article| split_lines(&article.text_content))
        .unwrap_or_default()
}

/// The second's lines that the first has too, and paragraphs between them; or the first alone where
/// too little of it survives.
fn keep_common_lines(first: Vec<String>, second: Vec<String>) -> Vec<String> {
    if first.is_empty() || second.is_empty() {
        return if first.is_empty() { second } else { first };
    }
    let keys: HashSet<String> = first.iter().map(|line| normalize::full_normal_form(line)).collect();
    let all: String = first.iter().map(|line| normalize::full_normal_form(line)).collect();
    let mut kept: Vec<bool> = second
        .iter()
        .map(|line| {
            let key = normalize::full_normal_form(line);
            keys.contains(&key) || all.contains(&key)
        })
        .collect();
    let length = |line: &String| line.chars().count();
    let survived: usize =
        second.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(line, _)| length(line)).sum();
    let wanted: usize = first.iter().map(length).sum();
    if (survived as f64) < MIN_AGREEMENT * wanted as f64 {
        return first;
    }
    // A whole paragraph inside the article that only one extractor has was lost by the other.
    let from = kept.iter().position(|kept| *kept).unwrap_or(0);
    let to = kept.iter().rposition(|kept| *kept).unwrap_or(0);
    for (line, kept) in second.iter().zip(&mut kept).take(to).skip(from) {
        *kept |= is_paragraph(line);
    }
    second.into_iter().zip(kept).filter_map(|(line, kept)| kept.then_some(line)).collect()
}

/// Whether a line is a paragraph by its length and its end.
fn is_paragraph(line: &str) -> bool {
    let end = line.trim_end_matches(['"', '”', '’', '\'', ')', ']', '」', '』', '）']);
    text_width(line) >= PARAGRAPH_WIDTH && end.ends_with(['.', '!', '?', '。', '！', '？', '…'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_both_extractors_have_are_kept() {
        let first = split_lines("The first paragraph of the story.\nThe second paragraph.\nShare this");
        let second = split_lines("The first  paragraph of the story.\nThe second paragraph.\nRelated: other");
        assert_eq!(
            keep_common_lines(first, second),
            ["The first paragraph of the story.", "The second paragraph."]
        );
        assert_eq!(
            keep_common_lines(split_lines("long enough text here"), split_lines("x")),
            ["long enough text here"]
        );
        assert_eq!(keep_common_lines(vec![], split_lines("x")), ["x"]);
    }

    #[test]
    fn an_empty_page_has_no_text() {
        assert!(extract_common_text(String::new()).lines.is_empty());
        assert!(extract_common_text("<".to_owned()).lines.len() <= 1);
    }
}
