//! The main part of a fetched page in the form in which articles are read: rows of text with their
//! links, so that the same rules tell repost lines and labels of sources in both.
//!
//! One pass over the page's tokens, in time linear in its length. What is plainly not the article
//! (navigation, footers, comments, related stories) is left out by element and by name; of what
//! stays, `<main>` or `<article>` is taken where it holds most of the text.

use std::fmt::Write as _;

use url::Url;

use crate::markup;
use crate::markup::{Token, Tokens};

/// Deeper elements are read as if they stood here.
const DEEPEST: usize = 256;
/// A part that holds at least this share of the text around it, in percent, is the main part.
const MAIN_SHARE: usize = 60;

/// Elements that hold no part of an article. Not `<form>`: old pages stand in one as a whole.
const NOT_TEXT: [&str; 12] = [
    "nav", "footer", "aside", "noscript", "template", "svg", "select", "button", "head", "object", "audio",
    "video",
];
/// How the names of such parts begin, in `id` and `class`.
const FURNITURE: [&str; 24] = [
    "nav",
    "navbar",
    "navigation",
    "menu",
    "footer",
    "sidebar",
    "comment",
    "comments",
    "related",
    "recommend",
    "recommended",
    "share",
    "sharing",
    "social",
    "breadcrumb",
    "breadcrumbs",
    "widget",
    "ad",
    "ads",
    "newsletter",
    "subscribe",
    "cookie",
    "pagination",
    "popup",
];
/// Roles of such parts (WAI-ARIA 1.2, section 5.3.4).
const ROLES: [&str; 5] = ["navigation", "banner", "contentinfo", "complementary", "search"];

struct Row {
    part: usize,
    level: usize,
    text: String,
    /// Characters that are neither white space nor markup.
    chars: usize,
}

/// A `<main>` or `<article>`, or the page as a whole.
struct Section {
    parent: usize,
    chars: usize,
}

struct Open<'a> {
    name: &'a str,
    /// Whether the element and all in it is left out.
    hidden: bool,
    part: usize,
}

struct Outline<'a> {
    base: &'a Url,
    stack: Vec<Open<'a>>,
    parts: Vec<Section>,
    rows: Vec<Row>,
    row: Row,
    link: Option<String>,
}

/// The main part of a page as markdown: a row a paragraph, links as `<a href>` with absolute URLs.
pub fn markdown(html: &str, base: &Url) -> String {
    let mut outline = Outline {
        base,
        stack: Vec::new(),
        parts: vec![Section { parent: 0, chars: 0 }],
        rows: Vec::new(),
        row: Row { part: 0, level: 0, text: String::new(), chars: 0 },
        link: None,
    };
    for token in Tokens::new(html) {
        outline.token(token);
    }
    outline.end_row();
    outline.write()
}

impl<'a> Outline<'a> {
    fn token(&mut self, token: Token<'a>) {
        match token {
            Token::StartTag { name, attributes, self_closing, .. } => {
                self.open(name, attributes, self_closing);
            }
            Token::EndTag { name, .. } => self.close(name),
            Token::Text(text) if !self.hidden() => self.text(text),
            _ => {}
        }
    }

    fn hidden(&self) -> bool {
        self.stack.last().is_some_and(|open| open.hidden)
    }

    fn part(&self) -> usize {
        self.stack.last().map_or(0, |open| open.part)
    }

    fn open(&mut self, name: &'a str, attributes: &str, closed: bool) {
        let breaks = markup::is_block(name);
        if breaks {
            self.end_row();
        }
        // A browser ends the head at the first thing that does not belong there.
        if breaks && self.stack.last().is_some_and(|open| open.name.eq_ignore_ascii_case("head")) {
            self.stack.pop();
        }
        if name.eq_ignore_ascii_case("a") && !self.hidden() {
            self.end_link();
            self.begin_link(attributes);
        }
        if markup::is_void(name) || closed || self.stack.len() >= DEEPEST {
            return;
        }
        let is_main = ["main", "article"].iter().any(|known| known.eq_ignore_ascii_case(name))
            || markup::attribute_value(attributes, "role") == Some("main");
        let outer = self.part();
        let hidden = self.hidden() || (!is_main && is_furniture(name, attributes, outer == 0));
        let part = if is_main && !hidden {
            self.parts.push(Section { parent: outer, chars: 0 });
            self.parts.len() - 1
        } else {
            outer
        };
        if let Some(level) = level(name) {
            self.row.level = level;
        }
        self.stack.push(Open { name, hidden, part });
    }

    fn close(&mut self, name: &str) {
        if name.eq_ignore_ascii_case("a") {
            self.end_link();
        }
        if markup::is_block(name) {
            self.end_row();
        }
        // What was not closed inside ends here; an end without a start is passed over.
        if let Some(at) = self.stack.iter().rposition(|open| open.name.eq_ignore_ascii_case(name)) {
            self.stack.truncate(at);
        }
    }

    fn begin_link(&mut self, attributes: &str) {
        let Some(href) = markup::attribute_value(attributes, "href") else { return };
        let Ok(url) = self.base.join(htmlize::unescape_attribute(href).trim()) else { return };
        if matches!(url.scheme(), "http" | "https") {
            let _ = write!(self.row.text, "<a href=\"{}\">", url.as_str().replace('&', "&amp;"));
            self.link = Some(url.into());
        }
    }

    fn end_link(&mut self) {
        if self.link.take().is_some() {
            self.row.text.push_str("</a>");
        }
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                c if c.is_whitespace() => {
                    if !self.row.text.is_empty() && !self.row.text.ends_with(' ') {
                        self.row.text.push(' ');
                    }
                    continue;
                }
                '<' => self.row.text.push_str("&lt;"),
                '[' | ']' | '`' | '\\' => self.row.text.extend(['\\', c]),
                c => self.row.text.push(c),
            }
            self.row.chars += 1;
        }
    }

    /// A link that goes on over the end of a row is a link in both.
    fn end_row(&mut self) {
        let open = self.link.clone();
        self.end_link();
        let part = self.part();
        let next = Row { part, level: 0, text: String::new(), chars: 0 };
        let row = std::mem::replace(&mut self.row, next);
        if row.chars > 0 {
            if let Some(section) = self.parts.get_mut(part) {
                section.chars += row.chars;
            }
            self.rows.push(Row { part, ..row });
        }
        if let Some(url) = open {
            let _ = write!(self.row.text, "<a href=\"{}\">", url.replace('&', "&amp;"));
            self.link = Some(url);
        }
    }

    fn write(self) -> String {
        let mut whole: Vec<usize> = self.parts.iter().map(|section| section.chars).collect();
        // Inner parts come after those that hold them.
        for (index, section) in self.parts.iter().enumerate().skip(1).rev() {
            let own = whole.get(index).copied().unwrap_or_default();
            if let Some(parent) = whole.get_mut(section.parent) {
                *parent += own;
            }
        }
        let size = |part: usize| whole.get(part).copied().unwrap_or_default();
        let mut main = 0;
        for (index, section) in self.parts.iter().enumerate().skip(1) {
            if section.parent == main && size(index) * 100 >= size(main) * MAIN_SHARE {
                main = index;
            }
        }
        let inside = |mut part: usize| loop {
            if part == main {
                return true;
            }
            match self.parts.get(part) {
                Some(section) if part != 0 => part = section.parent,
                _ => return false,
            }
        };
        let mut out = String::from("\n");
        for row in self.rows.iter().filter(|row| inside(row.part)) {
            out.extend(std::iter::repeat_n('#', row.level));
            let _ = write!(out, "{}{}\n\n", if row.level > 0 { " " } else { "" }, row.text.trim());
        }
        out
    }
}

fn level(name: &str) -> Option<usize> {
    match name.as_bytes() {
        [b'h' | b'H', digit @ b'1'..=b'6'] => Some(usize::from(digit - b'0')),
        _ => None,
    }
}

fn is_furniture(name: &str, attributes: &str, outside: bool) -> bool {
    let is = |known: &&str| known.eq_ignore_ascii_case(name);
    if NOT_TEXT.iter().any(is) || (outside && is(&"header")) {
        return true;
    }
    if ["html", "body"].iter().any(is) {
        return false;
    }
    if markup::attribute_value(attributes, "role").is_some_and(|role| ROLES.contains(&role)) {
        return true;
    }
    let named = |value: &str| value.split_ascii_whitespace().any(begins_like_furniture);
    ["class", "id"].iter().any(|key| markup::attribute_value(attributes, key).is_some_and(named))
}

/// `sidebar`, `comment-list`, `related_posts`; not `has-sidebar` or `menus`.
fn begins_like_furniture(name: &str) -> bool {
    let end = name.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(name.len());
    let word = name.get(..end).unwrap_or_default();
    FURNITURE.iter().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rows(html: &str) -> Vec<String> {
        let base = Url::parse("https://news.example/a/1").unwrap();
        markdown(html, &base)
            .split("\n\n")
            .map(|row| row.trim().to_owned())
            .filter(|row| !row.is_empty())
            .collect()
    }

    #[test]
    fn the_main_part_is_read_row_by_row() {
        let page = "<html><head><title>T</title></head><body class='has-sidebar nav-fixed'><header><a href=/>Home</a></header>\
            <nav><a href=/x>NetworkNews</a></nav><main><article><h1>Title</h1><p>By <b>Ann</b><br>Second &amp; line</p>\
            <p>Source: <a href='../b?x=1&amp;y=2'>A [b]</a></p><div class='related-posts'><a href=/y>Other</a></div>\
            </article></main><aside>Side</aside><div id=comments>Me too</div><footer>(c)</footer></body></html>";
        assert_eq!(
            rows(page),
            [
                "# Title",
                "By Ann",
                "Second &amp; line",
                "Source: <a href=\"https://news.example/b?x=1&amp;y=2\">A \\[b\\]</a>",
            ]
        );
    }

    #[test]
    fn without_a_main_element_the_page_is_the_main_part() {
        let page = "<table><tr><td>One<td>Two</table><ul><li>Three<li>Four</ul><article>short</article>";
        assert_eq!(rows(page), ["One", "Two", "Three", "Four", "short"]);
    }

    #[test]
    fn a_form_around_the_page_hides_nothing() {
        let page =
            "<form id=aspnetForm><input name=q><nav>Menu</nav><div id=content><p>One<p>Two</div></form>";
        assert_eq!(rows(page), ["One", "Two"]);
    }

    #[test]
    fn a_link_over_several_rows_stays_one_in_each_and_empty_ones_go() {
        let page = "<a href=/1><h2>Head</h2><p>Text</p></a><a href=/2><img src=x></a><p>After</p>";
        assert_eq!(
            rows(page),
            [
                "## <a href=\"https://news.example/1\">Head</a>",
                "<a href=\"https://news.example/1\">Text</a>",
                "After"
            ]
        );
    }

    #[test]
    fn no_page_is_too_odd_to_be_read() {
        let deep = "<div>".repeat(100_000) + "<p>deep</p>";
        assert_eq!(rows(&deep), ["deep"]);
        let articles = "<article>".repeat(100_000) + "x";
        assert_eq!(rows(&articles), ["x"]);
        for page in ["", "<", "</p></p>", "<a href=", "<a href='javascript:x()'>run</a>", "text"] {
            assert!(rows(page).len() <= 1, "{page}");
        }
    }
}
