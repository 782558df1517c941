//! A page's markup as a stream of tokens, read in one pass without a tree.
//!
//! This is not a parser that follows the HTML standard's tree construction: it finds text, tags and
//! raw elements (WHATWG HTML, section 13.2.5, reduced to what can be told without a tree) in time
//! linear in the page's length, on any input.

use std::sync::LazyLock;

use memchr::{memchr, memmem};

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// Text, entities not decoded.
    Text(&'a str),
    /// A start tag; `source` is the whole tag.
    Open {
        /// The name as written.
        name: &'a str,
        /// Everything between the name and the end of the tag.
        attributes: &'a str,
        /// The tag as it stands in the page.
        source: &'a str,
    },
    /// An end tag.
    Close {
        /// The name as written.
        name: &'a str,
        /// The tag as it stands in the page.
        source: &'a str,
    },
    /// The content of an element that holds no markup (`script`, `style`, `title` …); its start
    /// and end tags are tokens of their own.
    Raw {
        /// The element's name, in lower case.
        element: &'static str,
        /// Its content.
        content: &'a str,
    },
    /// A comment, a doctype or a processing instruction.
    Other(&'a str),
}

/// Elements whose content is not markup.
const RAW: &[&str] = &["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"];

/// Elements that never have content (WHATWG HTML, section 13.1.2).
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

/// Elements that begin and end a line of text.
const BLOCK: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "button",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "optgroup",
    "option",
    "p",
    "pre",
    "section",
    "select",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
    "br",
];

fn one_of(name: &str, set: &[&'static str]) -> Option<&'static str> {
    set.iter().find(|known| known.eq_ignore_ascii_case(name)).copied()
}

/// A name's first letter, whatever its case, as a number below 32; other characters share these.
fn letter(name: &str) -> usize {
    usize::from(name.as_bytes().first().copied().unwrap_or_default() & 0x1f)
}

/// Whether an element never has content.
pub fn is_void(name: &str) -> bool {
    one_of(name, VOID).is_some()
}

/// Whether an element begins and ends a line of text.
pub fn is_block(name: &str) -> bool {
    // Asked for every tag of every page, so only those with its first letter are looked at.
    static BY_LETTER: LazyLock<[Vec<&'static str>; 32]> = LazyLock::new(|| {
        let mut by_letter = [const { Vec::new() }; 32];
        for known in BLOCK {
            by_letter[letter(known)].push(*known);
        }
        by_letter
    });
    one_of(name, &BY_LETTER[letter(name)]).is_some()
}

/// The tokens of a page.
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    rest: &'a str,
    raw: Option<&'static str>,
}

impl<'a> Tokens<'a> {
    /// Reads a page.
    pub fn new(html: &'a str) -> Self {
        Self { rest: html, raw: None }
    }

    fn take(&mut self, len: usize) -> &'a str {
        let (head, tail) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = tail;
        head
    }

    fn raw_content(&mut self, element: &'static str) -> Token<'a> {
        let bytes = self.rest.as_bytes();
        let mut from = 0;
        let mut end = bytes.len();
        while let Some(found) = memmem::find(bytes.get(from..).unwrap_or_default(), b"</") {
            let at = from + found;
            let name = bytes.get(at + 2..at + 2 + element.len()).unwrap_or_default();
            let after = bytes.get(at + 2 + element.len()).copied().unwrap_or(b'>');
            if name.eq_ignore_ascii_case(element.as_bytes()) && !after.is_ascii_alphanumeric() {
                end = at;
                break;
            }
            from = at + 2;
        }
        Token::Raw { element, content: self.take(end) }
    }

    fn markup(&mut self) -> Option<Token<'a>> {
        let bytes = self.rest.as_bytes();
        if bytes.starts_with(b"<!--") {
            let end = memmem::find(bytes, b"-->").map_or(bytes.len(), |at| at + 3);
            return Some(Token::Other(self.take(end)));
        }
        let second = bytes.get(1).copied().unwrap_or(b' ');
        if matches!(second, b'!' | b'?') {
            let end = memchr(b'>', bytes).map_or(bytes.len(), |at| at + 1);
            return Some(Token::Other(self.take(end)));
        }
        let closing = second == b'/';
        let name_start = if closing { 2 } else { 1 };
        if !bytes.get(name_start).is_some_and(u8::is_ascii_alphabetic) {
            return None;
        }
        let name_len = bytes
            .get(name_start..)
            .unwrap_or_default()
            .iter()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
            .unwrap_or(bytes.len() - name_start);
        let end = tag_end(bytes, name_start + name_len);
        let source = self.take(end);
        let name = source.get(name_start..name_start + name_len).unwrap_or_default();
        if closing {
            return Some(Token::Close { name, source });
        }
        let attributes = source.get(name_start + name_len..).unwrap_or_default().trim_end_matches('>');
        self.raw = one_of(name, RAW);
        Some(Token::Open { name, attributes, source })
    }
}

/// Where a tag ends: after the first `>` outside quotation marks. An attribute's quotes count only
/// after `=`, as in browsers.
fn tag_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    let mut quote = 0;
    let mut after_equals = false;
    while let Some(&b) = bytes.get(at) {
        if quote != 0 {
            match memchr(quote, bytes.get(at..).unwrap_or_default()) {
                Some(found) => at += found + 1,
                // An unclosed quote swallows the page in a browser; here it ends at the next `>`.
                None => {
                    return memchr(b'>', bytes.get(from..).unwrap_or_default())
                        .map_or(bytes.len(), |i| from + i + 1);
                }
            }
            quote = 0;
            continue;
        }
        match b {
            b'>' => return at + 1,
            b'"' | b'\'' if after_equals => quote = b,
            _ => {}
        }
        after_equals = b == b'=' || (after_equals && b.is_ascii_whitespace());
        at += 1;
    }
    bytes.len()
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(element) = self.raw.take() {
            return Some(self.raw_content(element));
        }
        if self.rest.is_empty() {
            return None;
        }
        if self.rest.starts_with('<')
            && let Some(token) = self.markup()
        {
            return Some(token);
        }
        let bytes = self.rest.as_bytes();
        // A `<` that starts no tag is text, up to the next `<`.
        let end = memchr(b'<', bytes.get(1..).unwrap_or_default()).map_or(bytes.len(), |at| at + 1);
        if !self.rest.is_char_boundary(end) {
            return Some(Token::Text(self.take(bytes.len())));
        }
        Some(Token::Text(self.take(end)))
    }
}

/// The value of an attribute in a tag's attribute text, entities not decoded.
pub fn attribute<'a>(attributes: &'a str, wanted: &str) -> Option<&'a str> {
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let name_end =
            rest.find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '/')).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(name_end.max(1)).unwrap_or((rest, ""));
        let spaced = after.trim_start();
        let value;
        if let Some(assigned) = spaced.strip_prefix('=') {
            let assigned = assigned.trim_start();
            let quote = assigned.chars().next().filter(|c| matches!(c, '"' | '\''));
            if let Some(quote) = quote {
                let inner = assigned.get(1..).unwrap_or_default();
                let end = inner.find(quote).unwrap_or(inner.len());
                value = inner.get(..end).unwrap_or_default();
                rest = inner.get(end + 1..).unwrap_or_default();
            } else {
                let end = assigned.find(|c: char| c.is_ascii_whitespace()).unwrap_or(assigned.len());
                value = assigned.get(..end).unwrap_or_default();
                rest = assigned.get(end..).unwrap_or_default();
            }
        } else {
            value = "";
            rest = after;
        }
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_text_and_raw_elements_are_told_apart() {
        let tokens: Vec<Token<'_>> =
            Tokens::new("<p a='>'>x < 3<script>if (a</b) \"</p>\"</script>").collect();
        assert!(matches!(tokens.first(), Some(Token::Open { name: "p", attributes: " a='>'", .. })));
        assert!(tokens.contains(&Token::Raw { element: "script", content: "if (a</b) \"</p>\"" }));
        let text: String =
            tokens.iter().filter_map(|t| if let Token::Text(s) = t { Some(*s) } else { None }).collect();
        assert_eq!(text, "x < 3");
    }

    #[test]
    fn broken_markup_ends() {
        for html in [
            "<",
            "</",
            "<a",
            "<a href=\"x",
            "<!--",
            "<script>",
            "<é>",
            "a<\u{4e2d}",
            "</ >",
            "<p//=>",
            "<a='",
        ] {
            let total: usize = Tokens::new(html)
                .map(|token| match token {
                    Token::Text(s) | Token::Other(s) | Token::Raw { content: s, .. } => s.len(),
                    Token::Open { source, .. } | Token::Close { source, .. } => source.len(),
                })
                .sum();
            assert_eq!(total, html.len(), "{html}");
        }
    }

    #[test]
    fn attributes_are_found_by_name() {
        let attributes = r#" content = "a b" NAME='x' checked data-x=1 / "#;
        assert_eq!(attribute(attributes, "name"), Some("x"));
        assert_eq!(attribute(attributes, "content"), Some("a b"));
        assert_eq!(attribute(attributes, "checked"), Some(""));
        assert_eq!(attribute(attributes, "data-x"), Some("1"));
        assert_eq!(attribute(attributes, "none"), None);
        assert_eq!(attribute("=\"", "x"), None);
    }
}
