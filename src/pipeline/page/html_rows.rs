//! Turns the main part of a fetched page into the form in which articles are read: rows of text with
//! their links. The same rules then find repost lines and labelled sources in both.
//!
//! It makes one pass over the page's tokens, in time linear in the page's length. Parts outside the
//! article (navigation, footers, comments, related stories) are left out by element and by name. Of the
//! rest, `<main>` or `<article>` is taken if it holds most of the text.
//!
//! One pass over the page's tokens, in time linear in its length. What is plainly not the article
//! (navigation, footers, comments, related stories) is left out by element and by name; of what
//! stays, `<main>` or `<article>` is taken where it holds most of the text.

use std::fmt::Write as _;

use url::Url;

use crate::markup::{self, BaseUrl, Token, Tokens};

/// Elements nested deeper than this are read as if they were at this depth.
const MAX_DEPTH: usize = 256;
/// A part with at least this share (in percent) of the text around it is the main part.
const MIN_MAIN_SHARE: usize = 60;

/// Elements that hold no part of an article. `<form>` is not among them, since old pages wrap
/// everything in one.
const OUTSIDE_ELEMENTS: [&str; 12] = [
    "nav", "footer", "aside", "noscript", "template", "svg", "select", "button", "head", "object", "audio",
    "video",
];
/// The first words of names in `id` and `class` that mark such parts.
const OUTSIDE_NAMES: [&str; 24] = [
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
/// Roles that mark such parts (WAI-ARIA 1.2, section 5.3.4).
const OUTSIDE_ROLES: [&str; 5] = ["navigation", "banner", "contentinfo", "complementary", "search"];

struct TextRow {
    part: usize,
    level: usize,
    text: String,
    /// The number of characters that are neither white space nor markup.
    chars: usize,
}

/// A `<main>` or `<article>`, or the page as a whole.
struct PagePart {
    parent: usize,
    chars: usize,
}

struct OpenElement<'a> {
    name: &'a str,
    /// Whether the element and everything in it is left out.
    hidden: bool,
    part: usize,
}

struct PageOutline<'a> {
    base: BaseUrl,
    stack: Vec<OpenElement<'a>>,
    parts: Vec<PagePart>,
    rows: Vec<TextRow>,
    row: TextRow,
    link: Option<String>,
}

/// The main part of a page as markdown: one row per paragraph, links as `<a href>` with absolute URLs.
pub fn main_part_as_markdown(html: &str, url: &Url) -> String {
    let mut outline = PageOutline {
        base: BaseUrl::of_page(url),
        stack: Vec::new(),
        parts: vec![PagePart { parent: 0, chars: 0 }],
        rows: Vec::new(),
        row: TextRow { part: 0, level: 0, text: String::new(), chars: 0 },
        link: None,
    };
    for token in Tokens::new(html) {
        outline.handle_token(token);
    }
    outline.end_row();
    outline.into_markdown()
}

impl<'a> PageOutline<'a> {
    fn handle_token(&mut self, token: Token<'a>) {
        match token {
            Token::StartTag { name, attributes, self_closing, .. } => {
                self.base.read_tag(name, attributes);
                self.open_element(name, attributes, self_closing);
            }
            Token::EndTag { name, .. } => self.close_element(name),
            Token::Text(text) if !self.is_hidden() => self.push_text(text),
            _ => {}
        }
    }

    fn is_hidden(&self) -> bool {
        self.stack.last().is_some_and(|open| open.hidden)
    }

    fn current_part(&self) -> usize {
        self.stack.last().map_or(0, |open| open.part)
    }

    fn open_element(&mut self, name: &'a str, attributes: &str, closed: bool) {
        let breaks = markup::is_block(name);
        if breaks {
            self.end_row();
        }
        // A browser ends the head at the first element that does not belong there.
        if breaks && self.stack.last().is_some_and(|open| open.name.eq_ignore_ascii_case("head")) {
            self.stack.pop();
        }
        if name.eq_ignore_ascii_case("a") && !self.is_hidden() {
            self.end_link();
            self.begin_link(attributes);
        }
        if markup::is_void(name) || closed || self.stack.len() >= MAX_DEPTH {
            return;
        }
        let is_main = ["main", "article"].iter().any(|known| known.eq_ignore_ascii_case(name))
            || markup::attribute_value(attributes, "role") == Some("main");
        let outer = self.current_part();
        let hidden = self.is_hidden() || (!is_main && is_outside_article(name, attributes, outer == 0));
        let part = if is_main && !hidden {
            self.parts.push(PagePart { parent: outer, chars: 0 });
            self.parts.len() - 1
        } else {
            outer
        };
        if let Some(level) = heading_level(name) {
            self.row.level = level;
        }
        self.stack.push(OpenElement { name, hidden, part });
    }

    fn close_element(&mut self, name: &str) {
        if name.eq_ignore_ascii_case("a") {
            self.end_link();
        }
        if markup::is_block(name) {
            self.end_row();
        }
        // Elements inside that were not closed end here. An end tag without a start tag is ignored.
        if let Some(at) = self.stack.iter().rposition(|open| open.name.eq_ignore_ascii_case(name)) {
            self.stack.truncate(at);
        }
    }

    fn begin_link(&mut self, attributes: &str) {
        let Some(href) = markup::decoded_attribute(attributes, "href") else { return };
        let Ok(url) = self.base.as_url().join(href.trim()) else { return };
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

    fn push_text(&mut self, text: &str) {
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

    /// Ends the row. A link that continues past its end is a link in both rows.
    fn end_row(&mut self) {
        let open = self.link.clone();
        self.end_link();
        let part = self.current_part();
        let next = TextRow { part, level: 0, text: String::new(), chars: 0 };
        let row = std::mem::replace(&mut self.row, next);
        if row.chars > 0 {
            if let Some(section) = self.parts.get_mut(part) {
                section.chars += row.chars;
            }
            self.rows.push(TextRow { part, ..row });
        }
        if let Some(url) = open {
            let _ = write!(self.row.text, "<a href=\"{}\">", url.replace('&', "&amp;"));
            self.link = Some(url);
        }
    }

    fn into_markdown(self) -> String {
        let mut whole: Vec<usize> = self.parts.iter().map(|section| section.chars).collect();
        // Inner parts come after the parts that hold them.
        for (index, section) in self.parts.iter().enumerate().skip(1).rev() {
            let own = whole.get(index).copied().unwrap_or_default();
            if let Some(parent) = whole.get_mut(section.parent) {
                *parent += own;
            }
        }
        let size = |part: usize| whole.get(part).copied().unwrap_or_default();
        let mut main = 0;
        for (index, section) in self.parts.iter().enumerate().skip(1) {
            if section.parent == main && size(index) * 100 >= size(main) * MIN_MAIN_SHARE {
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

fn heading_level(name: &str) -> Option<usize> {
    match name.as_bytes() {
        [b'h' | b'H', digit @ b'1'..=b'6'] => Some(usize::from(digit - b'0')),
        _ => None,
    }
}

fn is_outside_article(name: &str, attributes: &str, outside: bool) -> bool {
    let is = |known: &&str| known.eq_ignore_ascii_case(name);
    if OUTSIDE_ELEMENTS.iter().any(is) || (outside && is(&"header")) {
        return true;
    }
    if ["html", "body"].iter().any(is) {
        return false;
    }
    if markup::attribute_value(attributes, "role").is_some_and(|role| OUTSIDE_ROLES.contains(&role)) {
        return true;
    }
    let named = |value: &str| value.split_ascii_whitespace().any(names_outside_part);
    ["class", "id"].iter().any(|key| markup::attribute_value(attributes, key).is_some_and(named))
}

/// Whether a name begins with such a word: `sidebar`, `comment-list`, `related_posts`, but not
/// `has-sidebar` or `menus`.
fn names_outside_part(name: &str) -> bool {
    let end = name.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(name.len());
    let word = name.get(..end).unwrap_or_default();
    OUTSIDE_NAMES.iter().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn rows(html: &str) -> Vec<String> {
        let base = Url::parse("https://news.example/a/1").unwrap();
        main_part_as_markdown(html, &base)
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
    fn links_start_from_the_base_of_the_page() {
        let page = "<head><base href='/d/'></head><p>See <a href='e f'>that</a></p>";
        assert_eq!(rows(page), ["See <a href=\"https://news.example/d/e%20f\">that</a>"]);
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
