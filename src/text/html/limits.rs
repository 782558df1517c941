//! Enforces the limits that a page must keep before an extractor reads it.
//!
//! The extractors cannot be interrupted, and some are quadratic in depth: they need more than a minute for
//! 20,000 nested tags. So this file bounds depth, size and the number of elements, in linear time, by
//! leaving tags out. No text is lost by that.

use std::borrow::Cow;

use crate::markup;
use crate::markup::{Token, Tokens};
use crate::text::html::hidden::{self, ElementTracker};

/// Elements deeper than this lose their tags and keep their text. Real pages stay below 100.
pub const MAX_DEPTH: usize = 192;
/// The extractors get no page longer than this, in bytes without scripts and styles.
pub const MAX_BYTES: usize = 1_500_000;
/// The extractors get no page with more start tags than this.
pub const MAX_TAGS: usize = 40_000;
/// Formatting elements that may be left open: a browser opens them again in every paragraph, which
/// is quadratic (WHATWG HTML, section 13.2.4.3).
const MAX_OPEN_FORMATTING: usize = 64;
/// A page with a longer tag is rewritten, since the tree builder copies and compares attributes.
const MAX_TAG: usize = 64 * 1024;

const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// A page within the limits.
#[derive(Debug)]
pub struct BoundedPage<'a> {
    /// The page, rewritten only where it exceeded a limit.
    pub html: Cow<'a, str>,
    /// Whether an extractor may read it.
    pub extractable: bool,
}

/// The greatest depth, number and size of a page's tags.
#[derive(Default)]
struct PageShape {
    depth: usize,
    formatting: usize,
    tags: usize,
    longest_tag: usize,
    payload: usize,
}

/// Brings a page within the limits.
pub fn enforce_limits(html: &str) -> BoundedPage<'_> {
    let shape = measure_shape(html);
    let broken =
        shape.depth > MAX_DEPTH || shape.formatting > MAX_OPEN_FORMATTING || shape.longest_tag > MAX_TAG;
    let extractable = shape.tags <= MAX_TAGS && html.len() - shape.payload <= MAX_BYTES;
    if broken || html.len() > MAX_BYTES {
        return BoundedPage { html: Cow::Owned(rewrite_within_limits(html)), extractable };
    }
    BoundedPage { html: Cow::Borrowed(html), extractable }
}

/// A page without what holds no text: scripts, styles, comments, drawings. The extractors read the rest
/// with the same result, and faster. Text that is struck out is removed, too, because they would read
/// it, unless it is most of the text.
pub fn strip_page(html: &str) -> String {
    let (stripped, struck) = strip_by(html, true);
    if struck > 0 && struck > text_length(&stripped) { strip_by(html, false).0 } else { stripped }
}

/// The length of a page's text in bytes.
fn text_length(html: &str) -> usize {
    Tokens::new(html).map(|token| if let Token::Text(text) = token { text.trim().len() } else { 0 }).sum()
}

/// Strips a page, and returns the length of the text that was removed because it is struck out.
fn strip_by(html: &str, remove_struck: bool) -> (String, usize) {
    let mut out = String::with_capacity(html.len());
    let mut drawing = false;
    let mut struck = ElementTracker::default();
    let mut removed = 0;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, attributes, source, self_closing } => {
                if name.eq_ignore_ascii_case("svg") {
                    drawing = !self_closing;
                }
                struck.open_tag(name, self_closing, || {
                    remove_struck && hidden::is_struck_tag(name, attributes)
                });
                if !drawing {
                    out.push_str(source);
                }
            }
            Token::EndTag { name, source } => {
                if !drawing {
                    out.push_str(source);
                }
                drawing &= !name.eq_ignore_ascii_case("svg");
                struck.close_tag(name);
            }
            Token::Text(text) if struck.is_inside() => removed += text.trim().len(),
            Token::Text(text) if !drawing => out.push_str(text),
            Token::RawText { element, content } if !drawing && !matches!(element, "script" | "style") => {
                out.push_str(content);
            }
            Token::Doctype(source) => out.push_str(source),
            Token::RawText { .. } | Token::Text(_) | Token::Comment(_) | Token::CutTag(_) => {}
        }
    }
    (out, removed)
}

/// Scripts and styles hold no text, except data blocks.
fn is_payload(element: &str, content: &str) -> bool {
    element == "style" || (element == "script" && !content.contains("articleBody") && content.len() > 2048)
}

fn measure_shape(html: &str) -> PageShape {
    let mut shape = PageShape::default();
    let mut depth = 0_usize;
    let mut formatting = 0_usize;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, source, self_closing, .. } => {
                shape.tags += 1;
                shape.longest_tag = shape.longest_tag.max(source.len());
                if markup::is_void(name) || self_closing || markup::is_closed_by_its_like(name) {
                    continue;
                }
                depth += 1;
                shape.depth = shape.depth.max(depth);
                if markup::is_one_of(name, FORMATTING) {
                    formatting += 1;
                    shape.formatting = shape.formatting.max(formatting);
                }
            }
            Token::EndTag { name, .. } => {
                if markup::is_void(name) || markup::is_closed_by_its_like(name) {
                    continue;
                }
                depth = depth.saturating_sub(1);
                if markup::is_one_of(name, FORMATTING) {
                    formatting = formatting.saturating_sub(1);
                }
            }
            Token::RawText { element, content } if is_payload(element, content) => {
                shape.payload += content.len();
            }
            _ => {}
        }
    }
    shape
}

/// Copies a page without the tags that are too deep, without scripts and styles, and without
/// formatting that is never closed. A block that is left out still ends its line.
fn rewrite_within_limits(html: &str) -> String {
    let mut out = String::with_capacity(html.len().min(MAX_BYTES * 2));
    let mut open: Vec<&str> = Vec::new();
    let mut skipped = 0_usize;
    let mut formatting = 0_usize;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, source, self_closing, .. } => {
                if markup::is_void(name) || self_closing {
                    push_tag(&mut out, name, source);
                    continue;
                }
                let formats = markup::is_one_of(name, FORMATTING);
                if open.len() >= MAX_DEPTH || (formats && formatting >= MAX_OPEN_FORMATTING) {
                    skipped += 1;
                    if markup::is_block(name) && !out.ends_with("<br>") {
                        out.push_str("<br>");
                    }
                    continue;
                }
                if markup::is_closed_by_its_like(name)
                    && open.last().is_some_and(|last| last.eq_ignore_ascii_case(name))
                {
                    open.pop();
                }
                open.push(name);
                formatting += usize::from(formats);
                push_tag(&mut out, name, source);
            }
            Token::EndTag { name, source } => {
                // The end tags of elements that were left out come before those of the elements around them.
                if skipped > 0
                    && open
                        .last()
                        .is_none_or(|last| !last.eq_ignore_ascii_case(name) || open.len() >= MAX_DEPTH)
                {
                    skipped -= 1;
                    continue;
                }
                if let Some(at) = open.iter().rposition(|known| known.eq_ignore_ascii_case(name)) {
                    open.truncate(at);
                    formatting = formatting.saturating_sub(usize::from(markup::is_one_of(name, FORMATTING)));
                    out.push_str(source);
                }
            }
            Token::RawText { element, content } => {
                if !is_payload(element, content) {
                    out.push_str(content);
                }
            }
            Token::Text(text) => out.push_str(text),
            Token::Comment(_) | Token::Doctype(_) | Token::CutTag(_) => {}
        }
    }
    out
}

fn push_tag(out: &mut String, name: &str, source: &str) {
    if source.len() <= 4096 {
        out.push_str(source);
        return;
    }
    out.push('<');
    out.push_str(name);
    out.push('>');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_page_is_not_changed() {
        let html = "<html><body><div><p>a<p>b<li>c</div></body></html>";
        let bounded = enforce_limits(html);
        assert!(bounded.extractable && matches!(bounded.html, Cow::Borrowed(_)));
        let lists = format!("<ul>{}</ul>", "<li>x".repeat(5000));
        assert!(matches!(enforce_limits(&lists).html, Cow::Borrowed(_)));
    }

    #[test]
    fn depth_is_bounded_and_text_kept() {
        let deep = format!("<p>first{}deepest{}<p>last", "<div>".repeat(20_000), "</div>".repeat(20_000));
        let bounded = enforce_limits(&deep);
        let after = measure_shape(&bounded.html);
        assert!(after.depth <= MAX_DEPTH, "{}", after.depth);
        assert!(
            bounded.html.contains("first")
                && bounded.html.contains("deepest")
                && bounded.html.contains("last")
        );
        let fonts = (0..5000).fold(String::new(), |page, n| page + &format!("<p><font size={n}>x</p>"));
        assert!(measure_shape(&enforce_limits(&fonts).html).formatting <= MAX_OPEN_FORMATTING);
    }

    #[test]
    fn struck_text_is_removed_unless_it_is_most() {
        assert_eq!(strip_page("<p>a <del>b</del> c</p>"), "<p>a <del></del> c</p>");
        assert_eq!(strip_page("<p>a</p><s>bcd</s>"), "<p>a</p><s>bcd</s>");
    }

    #[test]
    fn size_is_measured_without_scripts() {
        let script = format!("<script>{}</script><p>text</p>", "x".repeat(2_000_000));
        let bounded = enforce_limits(&script);
        assert!(bounded.extractable && bounded.html.len() < 100);
        assert!(!enforce_limits(&"<p>text</p>".repeat(200_000)).extractable);
    }
}
