//! The texts and facts that a page carries as data, and the reading of a string of such data as text.

use crate::text::TextRules;
use crate::text::html::text_line::split_lines;
use crate::text::html::visible_text::visible_text;
use crate::text::prose::count_visible_chars;

/// How much of a string decides whether it is prose, in characters.
const PROSE_SAMPLE: usize = 600;
/// How much of a string decides whether it is sentences, in characters.
const SENTENCE_SAMPLE: usize = 400;

/// What the data of a page says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmbeddedData {
    /// The article's text, a block an entry; empty where the data has none.
    pub blocks: Vec<String>,
    /// `headline` or `name` of the article.
    pub title: String,
    /// `author`'s name.
    pub author: String,
    /// `datePublished`.
    pub date: String,
    /// `inLanguage`.
    pub language: String,
    /// What the data calls titles, of this article and of others.
    pub titles: Vec<String>,
    /// Every text that the data has, also the one in `blocks`: a guide may choose another.
    pub texts: Vec<EmbeddedText>,
}

/// A text of a page's data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmbeddedText {
    /// Its blocks.
    pub blocks: Vec<String>,
    /// Its markup; empty where it has none.
    pub html: String,
}

impl EmbeddedText {
    /// The text of strings that make up one text, one after another.
    pub fn from_strings(strings: &[&str], rules: &TextRules) -> Self {
        let blocks = strings.iter().flat_map(|text| prose_blocks(text, rules)).collect();
        let mut html = String::new();
        if strings.iter().any(|text| has_tags(text) || text.contains("&lt;")) {
            for text in strings {
                let decoded = htmlize::unescape_attribute(*text);
                html.push_str("<div>");
                // A string without tags of its own has references to decode, and no `<`.
                html.push_str(if has_tags(text) { text } else { &decoded });
                html.push_str("</div>");
            }
        }
        Self { blocks, html }
    }
}

/// How many characters some blocks have, white space not counted.
pub fn total_chars(blocks: &[String]) -> usize {
    blocks.iter().map(|block| count_visible_chars(block)).sum()
}

/// The blocks of a string of an article, which may be HTML or have escaped references.
fn prose_blocks(body: &str, rules: &TextRules) -> Vec<String> {
    let decoded = htmlize::unescape_attribute(body);
    if has_tags(&decoded) { split_lines(&visible_text(&decoded, rules).text) } else { split_lines(&decoded) }
}

fn has_tags(text: &str) -> bool {
    ["<p", "<br", "<div", "</", "<h2", "<img"].iter().any(|tag| text.contains(tag))
}

/// Whether a string is sentences, markup or not: letters mostly, with the breaks that sentences have.
pub fn is_sentences(text: &str) -> bool {
    let sample: String = text.chars().take(SENTENCE_SAMPLE).collect();
    let all = sample.chars().count();
    let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    let breaks = sample.chars().filter(|c| matches!(c, ' ' | '，' | '。' | '、' | '！' | '？')).count();
    !sample.starts_with('[') && letters * 2 > all && breaks * 30 > all
}

/// Whether a string is text for people: words with breaks between them, not code, addresses or
/// encoded data.
pub fn is_prose(text: &str, rules: &TextRules) -> bool {
    let sample: String = text.chars().take(PROSE_SAMPLE).collect();
    let sample = if has_tags(&sample) { visible_text(&sample, rules).text } else { sample };
    if sample.starts_with(['{', '/']) || sample.starts_with("http") || sample.contains("function(") {
        return false;
    }
    let (mut letters, mut breaks, mut all, mut cjk) = (0, 0, 0, 0);
    for c in sample.chars() {
        all += 1;
        letters += usize::from(c.is_alphanumeric());
        breaks += usize::from(
            c.is_whitespace() || (!c.is_alphanumeric() && !matches!(c, '/' | '=' | '+' | '_' | '-')),
        );
        cjk += usize::from(u32::from(c) >= 0x2E80);
    }
    // Chinese writes long runs without a break, which addresses and code do not hold.
    letters * 2 > all && (breaks * 30 > all || cjk * 2 > all)
}
