//! The vote of two extraction engines on a page's main text.
//!
//! Measured on 181 news pages, the lines of `dom_smoothie` that `trafilatura` has too are better than
//! either alone. Both work on trees that recurse, and either may fail on a hostile page, so they run
//! on threads with stacks of their own.

use std::collections::HashSet;
use std::num::NonZero;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, mpsc};
use std::thread;

use crate::text::normalize;

/// The engines' stack. They recurse as deep as the page; [`crate::text::html::limits`] bounds that.
const STACK: usize = 32 << 20;
/// Below this share of surviving characters the engines disagree about what the article is, and
/// `trafilatura` alone decides.
const AGREEMENT: f64 = 0.7;
/// A paragraph has at least this many Latin characters, or a third as many Chinese ones.
const PARAGRAPH: usize = 100;

/// What the two engines read.
type Both = (Vec<String>, Vec<String>);
/// A page, and where to send what was read from it.
type Job = (String, mpsc::SyncSender<Both>);

/// Threads that the engines run on, as many as there are cores. A thread of its own for each page
/// would have its memory cleared anew for each, a tenth of the time that the engines take.
static WORKERS: LazyLock<Option<Mutex<mpsc::Sender<Job>>>> = LazyLock::new(|| {
    let (sender, receiver) = mpsc::channel::<Job>();
    let receiver = Arc::new(Mutex::new(receiver));
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let started = (0..cores).filter(|_| {
        let jobs = Arc::clone(&receiver);
        let worker = move || {
            loop {
                let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok((html, answer)) = job else { break };
                // An engine that panics on a page must not take the other with it.
                let first = std::panic::catch_unwind(|| trafilatura_lines(&html)).unwrap_or_default();
                let second = std::panic::catch_unwind(|| smoothie_lines(&html)).unwrap_or_default();
                // Nobody waits where the one who asked has gone.
                let _ = answer.send((first, second));
            }
        };
        thread::Builder::new().name("text-engines".into()).stack_size(STACK).spawn(worker).is_ok()
    });
    (started.count() > 0).then(|| Mutex::new(sender))
});

/// The main text, a block an entry; empty where neither engine found any.
pub fn vote(html: String) -> Vec<String> {
    let read = || {
        let workers = WORKERS.as_ref()?;
        let (answer, answered) = mpsc::sync_channel(1);
        workers.lock().unwrap_or_else(PoisonError::into_inner).send((html, answer)).ok()?;
        answered.recv().ok()
    };
    let (first, second) = read().unwrap_or_default();
    agree(first, second)
}

fn trafilatura_lines(html: &str) -> Vec<String> {
    let options = trafilatura::Options::default()
        .with_fallback(true)
        .with_exclude_comments(true)
        .with_focus(trafilatura::ExtractionFocus::FavorPrecision)
        .with_html_date_mode(trafilatura::HtmlDateMode::Disabled);
    trafilatura::extract(html, &options).map(|result| lines(&result.content_text)).unwrap_or_default()
}

fn smoothie_lines(html: &str) -> Vec<String> {
    let config = dom_smoothie::Config {
        text_mode: dom_smoothie::TextMode::Formatted,
        ..dom_smoothie::Config::default()
    };
    dom_smoothie::Readability::new(html, None, Some(config))
        .and_then(|mut reader| reader.parse())
        .map(|article| lines(&article.text_content))
        .unwrap_or_default()
}

/// The lines of a text, white space collapsed, empty ones left out.
pub(in crate::text) fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect()
}

/// The second's lines that the first has too, and paragraphs between them; or the first alone where
/// too little of it survives.
fn agree(first: Vec<String>, second: Vec<String>) -> Vec<String> {
    if first.is_empty() || second.is_empty() {
        return if first.is_empty() { second } else { first };
    }
    let keys: HashSet<String> = first.iter().map(|line| normalize::letters(line)).collect();
    let all: String = first.iter().map(|line| normalize::letters(line)).collect();
    let mut kept: Vec<bool> = second
        .iter()
        .map(|line| {
            let key = normalize::letters(line);
            keys.contains(&key) || all.contains(&key)
        })
        .collect();
    let length = |line: &String| line.chars().count();
    let survived: usize =
        second.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(line, _)| length(line)).sum();
    let wanted: usize = first.iter().map(length).sum();
    if (survived as f64) < AGREEMENT * wanted as f64 {
        return first;
    }
    // A whole paragraph inside the article that only one engine has is one that the other lost.
    let from = kept.iter().position(|kept| *kept).unwrap_or(0);
    let to = kept.iter().rposition(|kept| *kept).unwrap_or(0);
    for (line, kept) in second.iter().zip(&mut kept).take(to).skip(from) {
        *kept |= is_paragraph(line);
    }
    second.into_iter().zip(kept).filter_map(|(line, kept)| kept.then_some(line)).collect()
}

/// Whether a line is a paragraph by its length and its end.
fn is_paragraph(line: &str) -> bool {
    let width: usize = line.chars().map(|c| if u32::from(c) >= 0x2E80 { 3 } else { 1 }).sum();
    let end = line.trim_end_matches(['"', '”', '’', '\'', ')', ']', '」', '』', '）']);
    width >= PARAGRAPH && end.ends_with(['.', '!', '?', '。', '！', '？', '…'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_both_have_win() {
        let first = lines("The first paragraph of the story.\nThe second paragraph.\nShare this");
        let second = lines("The first  paragraph of the story.\nThe second paragraph.\nRelated: other");
        assert_eq!(agree(first, second), ["The first paragraph of the story.", "The second paragraph."]);
        assert_eq!(agree(lines("long enough text here"), lines("x")), ["long enough text here"]);
        assert_eq!(agree(vec![], lines("x")), ["x"]);
    }

    #[test]
    fn a_page_that_is_no_page_gives_nothing() {
        assert!(vote(String::new()).is_empty());
        assert!(vote("<".to_owned()).len() <= 1);
    }
}
