//! Splits a page into tags, texts and comments in one pass.
//!
//! Every byte of the page belongs to one token, in order, so that a page can be written again without
//! some of them. Where the standard and this reader differ: a quotation mark that is never closed ends
//! its tag at the next `>` instead of at the end of the page, NUL and CR stay as they are, and CDATA
//! sections of embedded SVG are read as the comments that they are elsewhere.

use memchr::memchr;

use super::attributes::{UnclosedTag, find_tag_end};
use super::raw_text::{raw_text_element, raw_text_length};

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// Text with its character references not decoded. One text may come in several tokens.
    Text(&'a str),
    /// A start tag.
    StartTag {
        /// The name as written.
        name: &'a str,
        /// Everything between the name and the closing `>`; see [`crate::markup::Attributes`].
        attributes: &'a str,
        /// The whole tag.
        source: &'a str,
        /// Whether the tag ends in `/>`.
        self_closing: bool,
    },
    /// An end tag.
    EndTag {
        /// The name as written.
        name: &'a str,
        /// The whole tag.
        source: &'a str,
    },
    /// The content of an element that holds no markup (`script`, `style`, `title` …). Its start and end
    /// tags are tokens of their own.
    RawText {
        /// The element's name, in lower case.
        element: &'static str,
        /// Its content.
        content: &'a str,
    },
    /// A comment, or what a browser reads as one (`<?xml …>`, `</ …>`, `<![CDATA[…]]>`).
    Comment(&'a str),
    /// A document type declaration.
    Doctype(&'a str),
    /// A tag that the end of the page cuts off; a browser drops it.
    CutTag(&'a str),
}

/// The tokens of a page.
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    rest: &'a str,
    raw_text: Option<&'static str>,
}

impl<'a> Tokens<'a> {
    /// Begins at the start of a page.
    pub fn new(html: &'a str) -> Self {
        Self { rest: html, raw_text: None }
    }

    fn take_bytes(&mut self, len: usize) -> &'a str {
        let (head, tail) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = tail;
        head
    }

    /// Reads what begins with `<`; `None` where that is text.
    fn read_markup(&mut self) -> Option<Token<'a>> {
        let bytes = self.rest.as_bytes();
        match bytes.get(1)? {
            b'!' => Some(self.read_declaration()),
            b'?' => Some(Token::Comment(self.take_to_bracket())),
            b'/' => match bytes.get(2)? {
                b if b.is_ascii_alphabetic() => Some(self.read_tag(2)),
                _ => Some(Token::Comment(self.take_to_bracket())),
            },
            b if b.is_ascii_alphabetic() => Some(self.read_tag(1)),
            _ => None,
        }
    }

    fn take_to_bracket(&mut self) -> &'a str {
        let bytes = self.rest.as_bytes();
        self.take_bytes(memchr(b'>', bytes).map_or(bytes.len(), |at| at + 1))
    }

    fn read_declaration(&mut self) -> Token<'a> {
        let bytes = self.rest.as_bytes();
        if bytes.starts_with(b"<!--") {
            return Token::Comment(self.take_bytes(comment_length(bytes)));
        }
        let word = bytes.get(2..9).unwrap_or_default();
        let source = self.take_to_bracket();
        if word.eq_ignore_ascii_case(b"doctype") { Token::Doctype(source) } else { Token::Comment(source) }
    }

    fn read_tag(&mut self, name_start: usize) -> Token<'a> {
        let bytes = self.rest.as_bytes();
        let name_length = bytes
            .get(name_start..)
            .unwrap_or_default()
            .iter()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
            .unwrap_or(bytes.len() - name_start);
        let name_end = name_start + name_length;
        let (end, self_closing) = match find_tag_end(bytes, name_end) {
            Ok(tag) => (tag.end, tag.self_closing),
            Err(UnclosedTag::EndOfText) => return Token::CutTag(self.take_bytes(bytes.len())),
            // In a browser, a quotation mark that is never closed hides the rest of the page.
            Err(UnclosedTag::Quote) => match memchr(b'>', bytes.get(name_end..).unwrap_or_default()) {
                Some(at) => (name_end + at + 1, false),
                None => return Token::CutTag(self.take_bytes(bytes.len())),
            },
        };
        let source = self.take_bytes(end);
        let name = source.get(name_start..name_end).unwrap_or_default();
        if name_start == 2 {
            return Token::EndTag { name, source };
        }
        self.raw_text = raw_text_element(name);
        let attributes = source.get(name_end..end - 1).unwrap_or_default();
        Token::StartTag { name, attributes, source, self_closing }
    }
}

/// The length of the comment at the start of a text (WHATWG HTML, sections 13.2.5.43 to 13.2.5.52).
fn comment_length(bytes: &[u8]) -> usize {
    let ends = |at: &usize| {
        let before = |mark: &[u8], least: usize| {
            *at >= least + mark.len() && bytes.get(at - mark.len()..*at) == Some(mark)
        };
        // The dashes of `<!-->` and `<!--->` open the comment and end it.
        before(b"--", 2) || before(b"--!", 4)
    };
    memchr::memchr_iter(b'>', bytes).find(ends).map_or(bytes.len(), |at| at + 1)
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(element) = self.raw_text.take() {
            let length = raw_text_length(self.rest.as_bytes(), element);
            return Some(Token::RawText { element, content: self.take_bytes(length) });
        }
        if self.rest.is_empty() {
            return None;
        }
        if self.rest.starts_with('<')
            && let Some(token) = self.read_markup()
        {
            return Some(token);
        }
        // A `<` that starts no tag is text, up to the next `<`.
        let bytes = self.rest.as_bytes();
        let end = memchr(b'<', bytes.get(1..).unwrap_or_default()).map_or(bytes.len(), |at| at + 1);
        Some(Token::Text(self.take_bytes(end)))
    }
}
