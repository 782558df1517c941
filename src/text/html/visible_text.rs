//! Reads all visible text of a page in one pass, which the verdict and the search for lost sentences need.

use serde::{Deserialize, Serialize};

use crate::markup::{self, Token, Tokens};
use crate::text::TextRules;
use crate::text::html::hidden::HiddenTracker;
use crate::text::html::text_line::{break_line, push_lines, push_text};
use crate::text::prose::count_visible_chars;

/// A page's visible text and a few counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisibleText {
    /// All visible text, navigation included, a block a line.
    pub text: String,
    /// The content of `<title>`; empty where there is none.
    pub title: String,
    /// How many `<script>` elements there are.
    pub scripts: usize,
    /// Visible characters, white space not counted.
    pub visible_chars: usize,
    /// How many links there are.
    pub links: usize,
    /// Visible characters inside links, white space not counted.
    pub link_chars: usize,
    /// How many `<input type=password>` there are.
    pub password_fields: usize,
}

/// Elements whose content a browser does not show, or shows only without scripts.
const NOT_SHOWN: &[&str] =
    &["noscript", "template", "svg", "math", "head", "object", "audio", "video", "canvas"];

/// Reads a page's visible text, without what is struck out or hidden. Where that is most of the page, it
/// counts: a script will show it, or the page is set that way.
pub fn visible_text(html: &str, rules: &TextRules) -> VisibleText {
    let (page, left_out) = read_text(html, rules, true);
    if left_out > page.visible_chars { read_text(html, rules, false).0 } else { page }
}

/// Reads a page, and returns how many characters were left out as struck or hidden.
fn read_text(html: &str, rules: &TextRules, leave_out_hidden: bool) -> (VisibleText, usize) {
    let mut left_out = 0;
    let mut hidden = HiddenTracker::new(rules.boilerplate());
    let mut page = VisibleText { text: String::with_capacity(html.len() / 4), ..VisibleText::default() };
    let mut not_shown: Option<(&'static str, usize)> = None;
    let mut in_link = false;
    let mut preformatted = 0_usize;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, attributes, self_closing, .. } => {
                if name.eq_ignore_ascii_case("script") {
                    page.scripts += 1;
                } else if name.eq_ignore_ascii_case("input") {
                    let kind = markup::attribute_value(attributes, "type").unwrap_or_default();
                    page.password_fields += usize::from(kind.eq_ignore_ascii_case("password"));
                }
                // A browser ends the head at the first element that does not belong there.
                if not_shown.is_some_and(|(element, _)| element == "head") && markup::is_block(name) {
                    not_shown = not_shown.filter(|_| name.eq_ignore_ascii_case("title"));
                }
                match &mut not_shown {
                    Some((element, depth)) => *depth += usize::from(element.eq_ignore_ascii_case(name)),
                    None => {
                        not_shown = NOT_SHOWN
                            .iter()
                            .find(|known| known.eq_ignore_ascii_case(name) && !self_closing)
                            .map(|known| (*known, 1));
                    }
                }
                if name.eq_ignore_ascii_case("a") {
                    in_link = true;
                    page.links += 1;
                }
                if leave_out_hidden {
                    hidden.open_tag(name, attributes, self_closing);
                }
                preformatted += usize::from(name.eq_ignore_ascii_case("pre"));
                break_line(&mut page.text, name);
            }
            Token::EndTag { name, .. } => {
                if let Some((element, depth)) = &mut not_shown
                    && element.eq_ignore_ascii_case(name)
                {
                    *depth -= 1;
                    if *depth == 0 {
                        not_shown = None;
                    }
                }
                if name.eq_ignore_ascii_case("pre") {
                    preformatted = preformatted.saturating_sub(1);
                }
                hidden.close_tag(name);
                in_link &= !name.eq_ignore_ascii_case("a");
                break_line(&mut page.text, name);
            }
            Token::RawText { element: "title", content } if page.title.is_empty() => {
                htmlize::unescape(content).trim().clone_into(&mut page.title);
            }
            Token::RawText { .. } | Token::Comment(_) | Token::Doctype(_) | Token::CutTag(_) => {}
            Token::Text(text) => {
                if not_shown.is_none() && hidden.is_inside() {
                    left_out += count_visible_chars(text);
                } else if not_shown.is_none() {
                    let text = htmlize::unescape(text);
                    let chars = if preformatted == 0 {
                        push_text(&mut page.text, &text)
                    } else {
                        push_lines(&mut page.text, &text)
                    };
                    page.visible_chars += chars;
                    page.link_chars += if in_link { chars } else { 0 };
                }
            }
        }
    }
    page.text.truncate(page.text.trim_end().len());
    (page, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> VisibleText {
        visible_text(html, TextRules::built_in())
    }

    #[test]
    fn visible_text_is_kept_and_other_text_is_not() {
        let page = read(
            "<!doctype html><html><head><title>A &amp; B</title><style>p{}</style><meta name=x></head><body>\
             <nav><a href=/>Home</a> | <a href=/x>News</a></nav><script>var a='<p>no</p>';</script>\
             <p>第一段。</p><p>Second<br>line <b>bo</b>ld</p><noscript>enable</noscript><svg><text>s</text></svg>\
             <input type='password'></body></html>",
        );
        assert_eq!(page.title, "A & B");
        assert_eq!(page.text, "Home | News\n第一段。\nSecond\nline bold");
        assert_eq!((page.scripts, page.links, page.password_fields), (1, 2, 1));
        assert_eq!(page.link_chars, 8);
        assert_eq!(page.visible_chars, 9 + 4 + 14);
    }

    #[test]
    fn struck_and_hidden_text_is_left_out_unless_it_is_most_of_the_page() {
        let text = |html: &str| read(html).text;
        assert_eq!(text("<p>他们<del>没有</del>占用农田。</p>"), "他们占用农田。");
        assert_eq!(text("<p>共<s>1200</s><ins>1300</ins>棵柳树</p>"), "共1300棵柳树");
        assert_eq!(
            text("<p>新的一段文字</p><div style='display:none'><p>旧的文字</p></div><p>尾"),
            "新的一段文字\n尾"
        );
        assert_eq!(text("<h1>题</h1><s><p>这篇文章已经撤回</p></s>"), "题\n这篇文章已经撤回");
        assert_eq!(text("<div id=app style='display:none'>一段文字</div>"), "一段文字");
    }

    #[test]
    fn a_head_that_is_not_closed_hides_nothing() {
        assert_eq!(read("<head><title>t</title><p>text").text, "text");
        assert_eq!(read("just text").text, "just text");
        assert_eq!(read("<head><title>t</title><body>text").text, "text");
        assert_eq!(read("<p>15\u{200b}.8&shy;万").text, "15.8万");
        assert_eq!(read("a\nb<pre>c\nd</pre>e\nf").text, "a b\nc\nd\ne f");
    }
}
