//! All visible text of a page in one cheap pass: what a link's verdict and the short way need.

use serde::{Deserialize, Serialize};

use crate::markup;
use crate::markup::{Token, Tokens};
use crate::text::html::hidden::Veil;
use crate::unicode::whitespace::{Stretch, split_at_gaps};

/// A page's visible text and a few counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WholeText {
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

/// Elements whose content nobody sees, or sees only in a browser without scripts.
const HIDDEN: &[&str] =
    &["noscript", "template", "svg", "math", "head", "object", "audio", "video", "canvas"];

/// Reads a page's visible text, without what is struck out or hidden. Where that is most of the page, a
/// script will show it, or the page looks so: then it counts.
pub fn whole_text(html: &str) -> WholeText {
    let (page, left_out) = read(html, true);
    if left_out > page.visible_chars { read(html, false).0 } else { page }
}

/// Reads a page, and returns how many characters were left out as struck or hidden.
fn read(html: &str, veiled: bool) -> (WholeText, usize) {
    let mut left_out = 0;
    let mut veil = Veil::default();
    let mut page = WholeText { text: String::with_capacity(html.len() / 4), ..WholeText::default() };
    let mut hidden: Option<(&'static str, usize)> = None;
    let mut in_link = false;
    let mut set_lines = 0_usize;
    for token in Tokens::new(html) {
        match token {
            Token::StartTag { name, attributes, self_closing, .. } => {
                if name.eq_ignore_ascii_case("script") {
                    page.scripts += 1;
                } else if name.eq_ignore_ascii_case("input") {
                    let kind = markup::attribute_value(attributes, "type").unwrap_or_default();
                    page.password_fields += usize::from(kind.eq_ignore_ascii_case("password"));
                }
                // A browser ends the head at the first thing that does not belong there.
                if hidden.is_some_and(|(element, _)| element == "head") && markup::is_block(name) {
                    hidden = hidden.filter(|_| name.eq_ignore_ascii_case("title"));
                }
                match &mut hidden {
                    Some((element, depth)) => *depth += usize::from(element.eq_ignore_ascii_case(name)),
                    None => {
                        hidden = HIDDEN
                            .iter()
                            .find(|known| known.eq_ignore_ascii_case(name) && !self_closing)
                            .map(|known| (*known, 1));
                    }
                }
                if name.eq_ignore_ascii_case("a") {
                    in_link = true;
                    page.links += 1;
                }
                if veiled {
                    veil.open(name, attributes, self_closing);
                }
                set_lines += usize::from(name.eq_ignore_ascii_case("pre"));
                break_line(&mut page.text, name);
            }
            Token::EndTag { name, .. } => {
                if let Some((element, depth)) = &mut hidden
                    && element.eq_ignore_ascii_case(name)
                {
                    *depth -= 1;
                    if *depth == 0 {
                        hidden = None;
                    }
                }
                if name.eq_ignore_ascii_case("pre") {
                    set_lines = set_lines.saturating_sub(1);
                }
                veil.close(name);
                in_link &= !name.eq_ignore_ascii_case("a");
                break_line(&mut page.text, name);
            }
            Token::RawText { element: "title", content } if page.title.is_empty() => {
                htmlize::unescape(content).trim().clone_into(&mut page.title);
            }
            Token::RawText { .. } | Token::Comment(_) | Token::Doctype(_) | Token::CutTag(_) => {}
            Token::Text(text) => {
                if hidden.is_none() && veil.covers() {
                    left_out += text.chars().filter(|c| !c.is_whitespace()).count();
                } else if hidden.is_none() {
                    let text = htmlize::unescape(text);
                    let chars = if set_lines == 0 {
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

fn break_line(text: &mut String, name: &str) {
    if markup::is_block(name) && !text.is_empty() && !text.ends_with('\n') {
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
}

/// Appends text whose line ends are line ends.
fn push_lines(out: &mut String, text: &str) -> usize {
    let mut chars = 0;
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            break_line(out, "br");
        }
        chars += push_text(out, line);
    }
    chars
}

/// Appends text with runs of white space as one blank, and returns how many characters it has.
pub(in crate::text) fn push_text(out: &mut String, text: &str) -> usize {
    let mut count = 0;
    // What lies between two gaps is copied whole: most of a page is.
    for Stretch { text, chars, next } in split_at_gaps(text) {
        out.push_str(text);
        count += chars;
        let Some(c) = next else { break };
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with([' ', '\n']) {
                out.push(' ');
            }
        } else if !is_break_mark(c) {
            out.push(c);
            count += 1;
        }
    }
    count
}

/// Marks that only say where a line may or may not break: soft hyphen, zero-width space, word joiner,
/// byte order mark.
fn is_break_mark(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visible_text_is_kept_and_the_rest_is_not() {
        let page = whole_text(
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
    fn what_is_struck_or_hidden_is_left_out_unless_it_is_most_of_the_page() {
        let text = |html: &str| whole_text(html).text;
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
        assert_eq!(whole_text("<head><title>t</title><p>text").text, "text");
        assert_eq!(whole_text("just text").text, "just text");
        assert_eq!(whole_text("<head><title>t</title><body>text").text, "text");
        assert_eq!(whole_text("<p>15\u{200b}.8&shy;万").text, "15.8万");
        assert_eq!(whole_text("a\nb<pre>c\nd</pre>e\nf").text, "a b\nc\nd\ne f");
    }

    /// [`push_text`], a character at a time.
    fn pushed(text: &str) -> (String, usize) {
        let (mut out, mut chars) = (String::new(), 0);
        for c in text.chars().filter(|c| !is_break_mark(*c)) {
            if c.is_whitespace() {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            } else {
                out.push(c);
                chars += 1;
            }
        }
        (out, chars)
    }

    fn agrees(text: &str) {
        let mut out = String::new();
        let chars = push_text(&mut out, text);
        assert_eq!((out, chars), pushed(text), "{text:?}");
    }

    #[test]
    fn every_character_is_pushed_as_it_is_or_as_a_gap() {
        for c in ('\0'..=char::MAX).step_by(1) {
            // Every one that is told by its bytes, and a sample of the rest.
            if u32::from(c) < 0x4000 || (0xfe00..=0x1_0000).contains(&u32::from(c)) || u32::from(c) % 997 == 0
            {
                agrees(&format!("甲{c}a{c}{c}乙"));
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_pushed_as_if_a_character_at_a_time(text in "\\PC*|[ -~\u{80}-\u{2100}\u{3000}-\u{3010}\u{feff}\u{ff0c}\n\t]*") {
            agrees(&text);
        }
    }
}
