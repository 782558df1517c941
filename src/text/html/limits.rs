//! The bounds that a page must keep before an engine sees it.
//!
//! The engines cannot be interrupted, and some are quadratic in depth: 20,000 nested tags take them
//! over a minute. So depth, size and the number of elements are bounded here, in linear time, by
//! leaving tags out; no text is lost by that.

use std::borrow::Cow;

use crate::markup;
use crate::markup::{Token, Tokens};
use crate::text::html::hidden;
use crate::text::html::hidden::Within;

/// Elements deeper than this lose their tags and keep their text. Real pages stay below 100.
pub const MAX_DEPTH: usize = 192;
/// Pages longer than this, after scripts and styles are taken out, are not given to the engines.
pub const MAX_BYTES: usize = 1_500_000;
/// Pages with more start tags than this are not given to the engines.
pub const MAX_TAGS: usize = 40_000;
/// Formatting elements that may be left open: a browser opens them again in every paragraph, which
/// is quadratic (WHATWG HTML, section 13.2.4.3).
const MAX_OPEN_FORMATTING: usize = 64;
/// Attributes are copied and compared by the tree builder; longer tags lose them.
const MAX_TAG: usize = 64 * 1024;

const FORMATTING: &[&str] =
    &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

/// A page within bounds.
#[derive(Debug)]
pub struct Guarded<'a> {
    /// The page, rewritten only where it had to be.
    pub html: Cow<'a, str>,
    /// Whether an engine may work on it.
    pub engines: bool,
}

#[derive(Default)]
struct Shape {
    depth: usize,
    formatting: usize,
    tags: usize,
    longest_tag: usize,
    payload: usize,
}

/// Brings a page within bounds.
pub fn guard(html: &str) -> Guarded<'_> {
    let shape = shape(html);
    let broken =
        shape.depth > MAX_DEPTH || shape.formatting > MAX_OPEN_FORMATTING || shape.longest_tag > MAX_TAG;
    let engines = shape.tags <= MAX_TAGS && html.len() - shape.payload <= MAX_BYTES;
    if broken || html.len() > MAX_BYTES {
        return Guarded { html: Cow::Owned(rewrite(html)), engines };
    }
    Guarded { html: Cow::Borrowed(html), engines }
}

/// A page without what holds no text: scripts, styles, comments, drawings. The engines read the rest
/// the same, and faster. They also read what is struck out: it goes, too, unless it is most of the
/// text.
pub fn strip(html: &str) -> String {
    let (stripped, struck) = strip_by(html, true);
    if struck > 0 && struck > visible(&stripped) { strip_by(html, false).0 } else { stripped }
}

/// The length of a page's text.
fn visible(html: &str) -> usize {
    Tokens::new(html).map(|token| if let Token::Text(text) = token { text.trim().len() } else { 0 }).sum()
}

/// Strips a page, and returns the length of the text that went because it is struck out.
fn strip_by(html: &str, unstruck: bool) -> (String, usize) {
    let mut out = String::with_capacity(html.len());
    let mut drawing = false;
    let mut struck = Within::default();
    let mut gone = 0;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, source, self_closing, .. } => {
                if name.eq_ignore_ascii_case("svg") {
                    drawing = !self_closing;
                }
                struck.open(name, self_closing, || unstruck && hidden::is_struck(name));
                if !drawing {
                    out.push_str(source);
                }
            }
            Token::EndTag { name, source } => {
                if !drawing {
                    out.push_str(source);
                }
                drawing &= !name.eq_ignore_ascii_case("svg");
                struck.close(name);
            }
            Token::Text(text) if struck.is_inside() => gone += text.trim().len(),
            Token::Text(text) if !drawing => out.push_str(text),
            Token::RawText { element, content } if !drawing && !matches!(element, "script" | "style") => {
                out.push_str(content);
            }
            Token::Doctype(source) => out.push_str(source),
            Token::RawText { .. } | Token::Text(_) | Token::Comment(_) | Token::CutTag(_) => {}
        }
    }
    (out, gone)
}

/// Scripts and styles hold no text, except data blocks.
fn is_payload(element: &str, content: &str) -> bool {
    element == "style" || (element == "script" && !content.contains("articleBody") && content.len() > 2048)
}

fn shape(html: &str) -> Shape {
    let mut shape = Shape::default();
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

/// Copies a page without the tags that go too deep, without scripts and styles, and without
/// formatting that is never closed. A dropped block still ends its line.
fn rewrite(html: &str) -> String {
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
                // The end tag of what was left out comes before those of what was kept.
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
    fn an_ordinary_page_is_left_alone() {
        let html = "<html><body><div><p>a<p>b<li>c</div></body></html>";
        let guarded = guard(html);
        assert!(guarded.engines && matches!(guarded.html, Cow::Borrowed(_)));
        let lists = format!("<ul>{}</ul>", "<li>x".repeat(5000));
        assert!(matches!(guard(&lists).html, Cow::Borrowed(_)));
    }

    #[test]
    fn depth_is_bounded_and_text_kept() {
        let deep = format!("<p>first{}deepest{}<p>last", "<div>".repeat(20_000), "</div>".repeat(20_000));
        let guarded = guard(&deep);
        let after = shape(&guarded.html);
        assert!(after.depth <= MAX_DEPTH, "{}", after.depth);
        assert!(
            guarded.html.contains("first")
                && guarded.html.contains("deepest")
                && guarded.html.contains("last")
        );
        let fonts = (0..5000).fold(String::new(), |page, n| page + &format!("<p><font size={n}>x</p>"));
        assert!(shape(&guard(&fonts).html).formatting <= MAX_OPEN_FORMATTING);
    }

    #[test]
    fn struck_text_goes_unless_it_is_most() {
        assert_eq!(strip("<p>a <del>b</del> c</p>"), "<p>a <del></del> c</p>");
        assert_eq!(strip("<p>a</p><s>bcd</s>"), "<p>a</p><s>bcd</s>");
    }

    #[test]
    fn size_is_judged_without_scripts() {
        let script = format!("<script>{}</script><p>text</p>", "x".repeat(2_000_000));
        let guarded = guard(&script);
        assert!(guarded.engines && guarded.html.len() < 100);
        assert!(!guard(&"<p>text</p>".repeat(200_000)).engines);
    }
}
