//! Reads the attributes of a tag and finds where the tag ends (WHATWG HTML, sections 13.2.5.32 to
//! 13.2.5.40).

use std::ops::Range;

use memchr::memchr;

/// One attribute of a tag, with its character references not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// The name as written.
    pub name: &'a str,
    /// The value without its quotation marks; `None` for a name without `=`.
    pub value: Option<&'a str>,
}

/// The end of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagEnd {
    /// The byte offset after the closing `>`.
    pub end: usize,
    /// Whether the tag ends in `/>`. The slash of an unquoted value (`<a href=/x/>`) does not count.
    pub self_closing: bool,
}

/// Why a tag has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnclosedTag {
    /// A quotation mark that opens a value has no partner.
    Quote,
    /// The text ends within the tag.
    EndOfText,
}

/// What comes next in a tag.
enum Step {
    Attribute { name: Range<usize>, value: Option<Range<usize>> },
    UnclosedQuote { name: Range<usize>, from: usize },
    End(TagEnd),
    EndOfText,
}

/// Reads one attribute, or the end of the tag, from an offset after the tag's name.
fn read_step(bytes: &[u8], from: usize) -> (Step, usize) {
    let mut at = from;
    let mut slash = false;
    loop {
        match bytes.get(at) {
            None => return (Step::EndOfText, at),
            Some(b'>') => return (Step::End(TagEnd { end: at + 1, self_closing: slash }), at + 1),
            Some(b'/') => slash = true,
            Some(byte) if byte.is_ascii_whitespace() => slash = false,
            Some(_) => break,
        }
        at += 1;
    }
    // A name may begin with an equals sign.
    let name =
        at..skip_while(bytes, at + 1, |b| !b.is_ascii_whitespace() && !matches!(b, b'/' | b'>' | b'='));
    let equals = skip_while(bytes, name.end, |b| b.is_ascii_whitespace());
    if bytes.get(equals) != Some(&b'=') {
        return (Step::Attribute { name: name.clone(), value: None }, name.end);
    }
    let start = skip_while(bytes, equals + 1, |b| b.is_ascii_whitespace());
    let Some(quote @ (b'"' | b'\'')) = bytes.get(start) else {
        let end = skip_while(bytes, start, |b| !b.is_ascii_whitespace() && b != b'>');
        return (Step::Attribute { name, value: Some(start..end) }, end);
    };
    let inner = start + 1;
    match memchr(*quote, bytes.get(inner..).unwrap_or_default()) {
        Some(length) => {
            let value = inner..inner + length;
            let next = value.end + 1;
            (Step::Attribute { name, value: Some(value) }, next)
        }
        None => (Step::UnclosedQuote { name, from: inner }, bytes.len()),
    }
}

fn skip_while(bytes: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|b| !wanted(*b)).unwrap_or(rest.len())
}

/// Finds the end of a tag, from an offset after the tag's name.
///
/// # Errors
/// The tag is not closed.
pub(super) fn find_tag_end(bytes: &[u8], from: usize) -> Result<TagEnd, UnclosedTag> {
    let mut at = from;
    loop {
        let (step, next) = read_step(bytes, at);
        match step {
            Step::End(end) => return Ok(end),
            Step::EndOfText => return Err(UnclosedTag::EndOfText),
            Step::UnclosedQuote { .. } => return Err(UnclosedTag::Quote),
            Step::Attribute { .. } => at = next,
        }
    }
}

/// The attributes in a text that begins after a tag's name.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    text: &'a str,
    at: usize,
    end: Option<TagEnd>,
}

impl<'a> Attributes<'a> {
    /// Takes [`crate::markup::Token::StartTag`]'s `attributes`, or a text that goes on after the tag.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, end: None }
    }

    /// Where the tag ends in the text, once all attributes are read; `None` where it has no end.
    pub fn tag_end(&self) -> Option<TagEnd> {
        self.end
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        if self.end.is_some() {
            return None;
        }
        let (step, next) = read_step(self.text.as_bytes(), self.at);
        self.at = next;
        match step {
            Step::Attribute { name, value } => Some(Attribute {
                name: self.text.get(name)?,
                value: value.and_then(|value| self.text.get(value)),
            }),
            Step::UnclosedQuote { name, from } => {
                Some(Attribute { name: self.text.get(name)?, value: self.text.get(from..) })
            }
            Step::End(end) => {
                self.end = Some(end);
                None
            }
            Step::EndOfText => None,
        }
    }
}

/// The value of the first attribute of this name in a tag's attribute text, empty for a name without
/// `=`. Character references are not decoded.
pub fn attribute_value<'a>(attributes: &'a str, wanted: &str) -> Option<&'a str> {
    Attributes::new(attributes)
        .find(|attribute| attribute.name.eq_ignore_ascii_case(wanted))
        .map(|attribute| attribute.value.unwrap_or_default())
}
