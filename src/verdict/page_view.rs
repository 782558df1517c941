//! The parts of a page that the rules look at: addresses, answer, title, source, visible text.

use std::cell::OnceCell;

use url::Url;

use super::page_claims::PageClaims;
use crate::fetch::Response;
use crate::markup::{Token, Tokens};
use crate::text::TextRules;

/// How much of a page's source is searched for markers, in bytes. They are near its beginning.
const SEARCHED: usize = 512 * 1024;
/// A line of this weight is a paragraph and not the label of a form: 100 letters, or 40 characters.
const PROSE_WEIGHT: usize = 200;

/// A page as the rules see it.
pub(super) struct PageView<'a> {
    /// The URL that the archive links to.
    pub(super) requested: &'a Url,
    /// The URL at the end of the redirects.
    pub(super) final_url: &'a Url,
    pub(super) response: &'a Response,
    pub(super) title: &'a str,
    /// The source as received; empty where the answer is not HTML.
    pub(super) html: &'a str,
    pub(super) visible: &'a str,
    /// The rules by which the page's main text is found.
    pub(super) text_rules: &'a TextRules,
    /// The number of visible characters, without white space.
    pub(super) visible_length: usize,
    /// The searchable source, made when a rule first asks for it: most pages are too long for any rule.
    source: OnceCell<String>,
    /// What the page says of itself, read when a rule first asks for it.
    claims: OnceCell<PageClaims>,
}

impl<'a> PageView<'a> {
    pub(super) fn new(
        requested: &'a Url,
        final_url: &'a Url,
        response: &'a Response,
        title: &'a str,
        html: &'a str,
        visible: &'a str,
        text_rules: &'a TextRules,
    ) -> Self {
        let visible_length = count_visible(visible);
        Self {
            requested,
            final_url,
            response,
            title,
            html,
            visible,
            text_rules,
            visible_length,
            source: OnceCell::new(),
            claims: OnceCell::new(),
        }
    }

    /// What the page says of itself.
    pub(super) fn claims(&self) -> &PageClaims {
        self.claims.get_or_init(|| PageClaims::read(self.source(), self.final_url))
    }

    /// The source in which markers are searched: without comments, and without `<meta>` policies and
    /// connection hints, which name services that the page may use.
    pub(super) fn source(&self) -> &str {
        self.source.get_or_init(|| searchable_source(self.html))
    }

    /// Whether some line of the visible text is a paragraph.
    pub(super) fn holds_prose(&self) -> bool {
        self.visible.lines().any(|line| text_weight(line) >= PROSE_WEIGHT)
    }
}

/// Counts visible characters without white space. Cleaned text has no white space but blanks and line
/// ends.
pub(super) fn count_visible(visible: &str) -> usize {
    let bytes = visible.as_bytes();
    let blanks = bytecount::count(bytes, b' ') + bytecount::count(bytes, b'\n');
    bytecount::num_chars(bytes).saturating_sub(blanks)
}

/// The weight of a text by what it says: a character of a script with a character for each word weighs five
/// where a letter weighs two.
pub(super) fn text_weight(text: &str) -> usize {
    let is_wide =
        |c: char| matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}');
    text.chars().filter(|c| !c.is_whitespace()).map(|c| if is_wide(c) { 5 } else { 2 }).sum()
}

fn searchable_source(html: &str) -> String {
    let mut end = html.len().min(SEARCHED);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let head = html.get(..end).unwrap_or(html);
    let mut kept = String::with_capacity(head.len());
    for token in Tokens::new(head) {
        match token {
            Token::Comment(_) => kept.push(' '),
            Token::StartTag { name, source, .. } if is_connection_hint(name, source) => kept.push(' '),
            Token::StartTag { source, .. }
            | Token::EndTag { source, .. }
            | Token::Doctype(source)
            | Token::CutTag(source)
            | Token::Text(source)
            | Token::RawText { content: source, .. } => kept.push_str(source),
        }
    }
    kept
}

/// Whether a tag is a content security policy or a hint about connections.
fn is_connection_hint(name: &str, source: &str) -> bool {
    let holds = |words: &[&str]| {
        let source = source.to_ascii_lowercase();
        words.iter().any(|word| source.contains(word))
    };
    (name.eq_ignore_ascii_case("meta") && holds(&["content-security-policy"]))
        || (name.eq_ignore_ascii_case("link") && holds(&["dns-prefetch", "preconnect"]))
}
