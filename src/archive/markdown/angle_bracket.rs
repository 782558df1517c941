//! Reads what is in angle brackets: comments, autolinks and HTML tags.

use super::autolink::autolink_length;
use super::destination::floor_char_boundary;
use super::entities;
use super::html_tag;
use super::html_tag::LONGEST_TAG;
use super::inline_context::InlineContext;
use super::row::RowSpan;
use super::scanner::MarkdownScanner;
use crate::archive::raw_link::{LinkForm, RawLink};
use crate::markup;

/// The opening and closing marks of hidden text.
const HIDDEN: [(&str, &str); 3] = [("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>")];
/// The longest reading of a ruby text, in bytes.
const LONGEST_READING: usize = 256;
/// Elements whose content is code.
const CODE_ELEMENTS: [&str; 5] = ["script", "style", "pre", "code", "textarea"];

impl MarkdownScanner<'_> {
    /// Reads a comment, an autolink or a tag.
    pub(super) fn read_angle_bracket(
        &mut self,
        plain: usize,
        at: usize,
        context: InlineContext,
    ) -> Option<usize> {
        let rest = self.text.get(at..)?;
        if rest.starts_with("<!") || rest.starts_with("<?") {
            return self.read_comment(plain, at);
        }
        if let Some(length) = autolink_length(rest) {
            if context.in_label || self.anchor.is_some() {
                return None;
            }
            self.push_source_text(plain, at);
            let range = at + 1..at + length - 1;
            let label = self.text.get(range.clone())?.to_owned();
            self.push_link(at, label, range, LinkForm::Autolink);
            return Some(at + length);
        }
        self.read_html_tag(plain, at, context)
    }

    /// Skips a comment, a processing instruction or a CDATA section (`CommonMark` 0.31, 6.6).
    fn read_comment(&mut self, plain: usize, at: usize) -> Option<usize> {
        let rest = self.text.as_bytes().get(at..)?;
        let (kind, (opening, closing)) =
            HIDDEN.iter().enumerate().find(|(_, (opening, _))| rest.starts_with(opening.as_bytes()))?;
        if self.missing.hidden_ends.get(kind) == Some(&true) {
            return None;
        }
        // "<!-->" and "<!--->" are complete comments.
        let overlap = if *opening == "<!--" { 2 } else { 0 };
        let from = opening.len() - overlap;
        let Some(length) = memchr::memmem::find(rest.get(from..)?, closing.as_bytes()) else {
            // An opening mark without a closing one hides nothing, so that no link is lost.
            if let Some(missing) = self.missing.hidden_ends.get_mut(kind) {
                *missing = true;
            }
            return None;
        };
        self.push_source_text(plain, at);
        Some(at + from + length + closing.len())
    }

    fn read_html_tag(&mut self, plain: usize, at: usize, context: InlineContext) -> Option<usize> {
        let end = floor_char_boundary(self.text, at + LONGEST_TAG);
        let tag = html_tag::parse_html_tag(self.text.get(at..end)?)?;
        self.push_source_text(plain, at);
        let next = at + tag.length;
        if !tag.closing && CODE_ELEMENTS.contains(&tag.name.as_str()) {
            return Some(self.find_element_end(&tag.name, next));
        }
        match (tag.name.as_str(), tag.closing) {
            ("a", true) => self.close_anchor(),
            ("a", false) if !context.in_label => {
                self.close_anchor();
                if let Some(target) = tag.target {
                    let index = self.add_html_link(at, target, String::new(), false);
                    self.anchor = Some(index);
                }
            }
            ("img", false) => {
                if let Some(target) = tag.target {
                    let alt = tag
                        .alt
                        .map(|alt| entities::decode_entities(alt).unwrap_or_else(|| alt.to_owned()))
                        .unwrap_or_default();
                    let label = std::mem::take(&mut self.buffer);
                    self.add_html_link(at, target, alt, true);
                    self.buffer = label;
                }
            }
            ("iframe" | "video" | "audio" | "source" | "embed", false) if !context.in_label => {
                if let Some(target) = tag.target {
                    self.add_html_link(at, target, String::new(), false);
                }
            }
            // The reading above a character is no part of the text.
            ("rt" | "rp", false) => return Some(self.skip_reading(next)),
            (name, _) if markup::is_block(name) => self.buffer.push(' '),
            _ => {}
        }
        Some(next)
    }

    /// Returns the offset at which a reading in ruby text ends: at the next tag of its line.
    fn skip_reading(&self, from: usize) -> usize {
        let end = floor_char_boundary(self.text, from + LONGEST_READING);
        let rest = self.text.get(from..end).unwrap_or_default();
        match rest.find(['<', '\n', '\r']) {
            Some(length) if rest.get(length..).is_some_and(|rest| rest.starts_with('<')) => from + length,
            _ => from,
        }
    }

    fn add_html_link(&mut self, at: usize, target: &str, label: String, image: bool) -> usize {
        if self.anchor.is_none() && !image {
            self.flush_text();
        }
        let position = self.places.position_of(at);
        let destination = target.trim().to_owned();
        let form = LinkForm::Html;
        self.links.push(RawLink { position, label, destination, image, form });
        self.spans.push(RowSpan::Link(self.links.len() - 1));
        self.links.len() - 1
    }

    /// Makes the text since an open `<a>` the label of its link.
    pub(super) fn close_anchor(&mut self) {
        if let Some(link) = self.anchor.take().and_then(|index| self.links.get_mut(index)) {
            std::mem::take(&mut self.buffer).trim().clone_into(&mut link.label);
        }
    }

    /// Returns the offset at which an element of code ends.
    fn find_element_end(&mut self, name: &str, from: usize) -> usize {
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
