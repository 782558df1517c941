//! The vote of two extraction engines on a page's main text.
//!
//! Measured on 181 news pages, the lines of `dom_smoothie` that `trafilatura` has too are better than
//! either alone. Both work on trees that recurse, and either may fail on a hostile page, so they run
//! on a thread with a stack of their own.

use std::collections::HashSet;
use std::thread;

use super::normal;

/// The engines' stack. They recurse as deep as the page; [`super::guard`] bounds that.
const STACK: usize = 32 << 20;
/// Below this share of surviving characters the engines disagree about what the article is, and
/// `trafilatura` alone decides.
const AGREEMENT: f64 = 0.7;

/// The main text, a block an entry; empty where neither engine found any.
pub fn vote(html: &str) -> Vec<String> {
    let (first, second) = thread::scope(|scope| {
        let worker =
            thread::Builder::new().name("text-engines".into()).stack_size(STACK).spawn_scoped(scope, || {
                // An engine that panics on a page must not take the other with it.
                let first = std::panic::catch_unwind(|| trafilatura_lines(html)).unwrap_or_default();
                let second = std::panic::catch_unwind(|| smoothie_lines(html)).unwrap_or_default();
                (first, second)
            });
        worker.ok().and_then(|handle| handle.join().ok()).unwrap_or_default()
    });
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
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect()
}

/// The second's lines that the first has too, or the first alone where too little survives.
fn agree(first: Vec<String>, second: Vec<String>) -> Vec<String> {
    if first.is_empty() || second.is_empty() {
        return if first.is_empty() { second } else { first };
    }
    let known: HashSet<String> = first.iter().map(|line| normal::letters(line)).collect();
    let all = known.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
    let mut kept = Vec::new();
    let (mut survived, mut total) = (0, 0);
    let first_len: usize = first.iter().map(String::len).sum();
    for line in second {
        let key = normal::letters(&line);
        total += line.len();
        if key.is_empty() || known.contains(&key) || (key.len() >= 12 && all.contains(&key)) {
            survived += line.len();
            kept.push(line);
        }
    }
    let enough =
        survived as f64 >= AGREEMENT * first_len as f64 && survived as f64 >= AGREEMENT * total as f64 * 0.0;
    if enough { kept } else { first }
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
        assert!(vote("").is_empty());
        assert!(vote("<").len() <= 1);
    }
}
