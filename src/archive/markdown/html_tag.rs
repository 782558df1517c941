//! Parses HTML tags inside markdown, with the attributes that hold links.

use crate::markup::{Attribute, Attributes};

/// The longest HTML tag, in bytes.
pub(super) const LONGEST_TAG: usize = 8192;

/// An HTML tag.
pub(super) struct HtmlTag<'a> {
    /// The name in lower case.
    pub name: String,
    pub closing: bool,
    /// The value of `href` or `src` as it is written. For an image that scripts load later, the value of
    /// `data-src` or the first URL of `srcset`.
    pub target: Option<&'a str>,
    /// The value of `alt`.
    pub alt: Option<&'a str>,
    /// The length in bytes, with the angle brackets.
    pub length: usize,
}

/// Parses the tag at the start of `rest`, which starts with `<`.
pub(super) fn parse_html_tag(rest: &str) -> Option<HtmlTag<'_>> {
    let bytes = rest.as_bytes();
    let closing = bytes.get(1) == Some(&b'/');
    let mut at = 1 + usize::from(closing);
    let name_start = at;
    while bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'-') {
        at += 1;
    }
    let name = rest.get(name_start..at)?.to_ascii_lowercase();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut tag = HtmlTag { name, closing, target: None, alt: None, length: 0 };
    let mut late = None;
    let mut attributes = Attributes::new(rest.get(at..)?);
    for Attribute { name, value } in attributes.by_ref() {
        if name.contains('<') || name.starts_with('=') {
            return None;
        }
        let Some(value) = value else { continue };
        if name.eq_ignore_ascii_case("href") || name.eq_ignore_ascii_case("src") {
            tag.target = Some(value);
        } else if name.eq_ignore_ascii_case("data-src") {
            late = Some(value);
        } else if name.eq_ignore_ascii_case("srcset") {
            // Each candidate is a URL, white space and a width (HTML, "srcset attributes").
            late = late.or_else(|| value.split_whitespace().next().map(|url| url.trim_end_matches(',')));
        } else if name.eq_ignore_ascii_case("alt") {
            tag.alt = Some(value);
        }
    }
    tag.length = at + attributes.tag_end()?.end;
    // A data URL is only a placeholder if the image is loaded later.
    tag.target = tag.target.filter(|target| late.is_none() || !target.starts_with("data:")).or(late);
    Some(tag)
}
