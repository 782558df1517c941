//! What stands in angle brackets: comments, autolinks, HTML tags.

use super::destination::floor;
use super::inline::Context;
use super::{LinkForm, Scanner, Span, html};

/// The longest HTML tag that is looked at, in bytes.
const LONGEST_TAG: usize = 8192;
/// Elements whose content is code.
const CODE_ELEMENTS: [&str; 5] = ["script", "style", "pre", "code", "textarea"];

impl Scanner<'_> {
    /// A comment, an autolink or a tag.
    pub(super) fn angle(&mut self, plain: usize, at: usize, context: Context) -> Option<usize> {
        let rest = self.text.get(at..)?;
        if rest.starts_with("<!--") {
            return self.comment(plain, at);
        }
        if let Some(length) = autolink(rest) {
            if context.in_label || self.anchor.is_some() {
                return None;
            }
            self.keep(plain, at);
            let range = at + 1..at + length - 1;
            let label = self.text.get(range.clone())?.to_owned();
            self.link(at, label, range, LinkForm::Autolink);
            return Some(at + length);
        }
        self.tag(plain, at, context)
    }

    fn comment(&mut self, plain: usize, at: usize) -> Option<usize> {
        if self.missing.comment_end {
            return None;
        }
        let rest = self.text.as_bytes().get(at + 4..)?;
        let Some(length) = memchr::memmem::find(rest, b"-->") else {
            // Nothing is hidden by a mark that nobody closed: no link may be lost to it.
            self.missing.comment_end = true;
            return None;
        };
        self.keep(plain, at);
        Some(at + 4 + length + 3)
    }

    fn tag(&mut self, plain: usize, at: usize, context: Context) -> Option<usize> {
        let end = floor(self.text, at + LONGEST_TAG);
        let tag = html::read(self.text.get(at..end)?)?;
        self.keep(plain, at);
        let next = at + tag.length;
        if !tag.closing && CODE_ELEMENTS.contains(&tag.name.as_str()) {
            return Some(self.element_end(&tag.name, next));
        }
        match (tag.name.as_str(), tag.closing) {
            ("a", true) => self.close_anchor(),
            ("a", false) if !context.in_label => {
                self.close_anchor();
                if let Some(target) = tag.target {
                    let index = self.html_link(at, target, String::new(), false);
                    self.anchor = Some(index);
                }
            }
            ("img", false) => {
                if let Some(target) = tag.target {
                    let alt = tag.alt.map(html::decode).unwrap_or_default();
                    let label = std::mem::take(&mut self.buffer);
                    self.html_link(at, target, alt, true);
                    self.buffer = label;
                }
            }
            ("iframe" | "video" | "audio" | "source" | "embed", false) if !context.in_label => {
                if let Some(target) = tag.target {
                    self.html_link(at, target, String::new(), false);
                }
            }
            ("br" | "p" | "div" | "li" | "td", _) => self.buffer.push(' '),
            _ => {}
        }
        Some(next)
    }

    fn html_link(&mut self, at: usize, target: &str, label: String, image: bool) -> usize {
        if self.anchor.is_none() && !image {
            self.flush();
        }
        let position = self.places.position(at);
        let destination = target.trim().to_owned();
        let form = LinkForm::Html;
        self.links.push(super::RawLink { position, label, destination, image, form });
        self.spans.push(Span::Link(self.links.len() - 1));
        self.links.len() - 1
    }

    /// Gives the open `<a>` the text since it was opened.
    pub(super) fn close_anchor(&mut self) {
        if let Some(link) = self.anchor.take().and_then(|index| self.links.get_mut(index)) {
            std::mem::take(&mut self.buffer).trim().clone_into(&mut link.label);
        }
    }

    /// Where the content of an element of code ends.
    fn element_end(&mut self, name: &str, from: usize) -> usize {
        if self.missing.elements.iter().any(|known| known == name) {
            return from;
        }
        let bytes = self.text.as_bytes();
        let mut at = from;
        while let Some(found) = memchr::memmem::find(bytes.get(at..).unwrap_or_default(), b"</") {
            let close = at + found + 2;
            let named = bytes.get(close..close + name.len());
            if named.is_some_and(|named| named.eq_ignore_ascii_case(name.as_bytes())) {
                let rest = bytes.get(close..).unwrap_or_default();
                return close + memchr::memchr(b'>', rest).map_or(name.len(), |length| length + 1);
            }
            at = close;
        }
        self.missing.elements.push(name.to_owned());
        from
    }
}

/// The length of `<scheme:…>`, an absolute URI in angle brackets (`CommonMark` 0.31, 6.5), or of
/// `<name@host>`.
pub(super) fn autolink(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('<')?;
    let scheme =
        inner.bytes().take(32).take_while(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b)).count();
    let absolute = scheme >= 2
        && inner.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && inner.as_bytes().get(scheme) == Some(&b':');
    let length = inner.find(|c: char| matches!(c, '<' | '>') || c.is_whitespace())?;
    let mail =
        || inner.get(..length).is_some_and(|text| text.contains('@') && !text.contains(['=', '"', '/']));
    (inner.as_bytes().get(length) == Some(&b'>') && (absolute || mail())).then_some(length + 2)
}
