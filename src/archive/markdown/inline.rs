//! Reads the inside of a line: text, code, links, images and HTML tags.

use std::ops::Range;

use super::autolink::autolink_length;
use super::code_span::{LONGEST_TICKS, run_length};
use super::definition::normalize_label;
use super::destination::{self, floor_char_boundary};
use super::inline_context::InlineContext;
use super::inline_marks::find_next_mark;
use super::row::RowSpan;
use super::scanner::MarkdownScanner;
use super::{bare_url, entities, line};
use crate::archive::markdown::wikilink_opening_length;
use crate::archive::raw_link::LinkForm;

/// The deepest nesting of images in the text of links; deeper ones are read as text.
const DEEPEST: usize = 8;

/// A longer text of a link, in bytes, is not searched for links inside it.
const LONGEST_LABEL: usize = 4096;
/// The longest text behind the bar of a wikilink, in bytes.
const LONGEST_SHOWN: usize = 256;

impl MarkdownScanner<'_> {
    /// Reads one line, and further ones where a link continues over the line's end. Returns where the next
    /// line starts.
    pub(super) fn read_inline_line(&mut self, start: usize, end: usize) -> usize {
        let mut end = end;
        let mut at = start;
        loop {
            let context = InlineContext { limit: end, in_label: false, depth: 0 };
            at = self.read_inline(at, context);
            if at <= end {
                return line::line_bounds(self.text, end).1;
            }
            // A link or a comment continued over the line's end, so that the row extends to the end of that
            // line.
            end = line::line_bounds(self.text, at).0;
        }
    }

    /// Reads up to the limit of the context, or past it where a link or comment ends later.
    fn read_inline(&mut self, from: usize, context: InlineContext) -> usize {
        let bytes = self.text.as_bytes();
        let mut plain = from;
        let mut at = from;
        loop {
            at = find_next_mark(bytes, at, context.limit);
            let Some(&byte) = bytes.get(at).filter(|_| at < context.limit) else { break };
            // `None` means that the character is ordinary text.
            let next = match byte {
                b'\\' => self.read_escape(plain, at),
                b'`' => self.read_code_span(plain, at, context),
                b'<' => self.read_angle_bracket(plain, at, context),
                b'&' => self.read_entity(plain, at),
                b'!' if bytes.get(at + 1) == Some(&b'[') => self.read_bracket(plain, at, at + 1, context),
                b'[' => self.read_bracket(plain, at, at, context),
                b']' => self.close_wikilink(plain, at),
                b'|' => self.cut_at_wikilink_bar(at),
                b'*' | b'_' | b'~' => self.read_emphasis(plain, at),
                b'h' | b'H' if !context.in_label && self.anchor.is_none() => self.read_bare_url(plain, at),
                _ => None,
            };
            if let Some(next) = next {
                plain = next;
                at = next;
            } else {
                at += 1;
            }
        }
        if plain < context.limit {
            self.push_source_text(plain, context.limit);
        }
        at.max(context.limit)
    }

    /// Adds a part of the source text as it is.
    pub(super) fn push_source_text(&mut self, from: usize, to: usize) {
        self.buffer.push_str(self.text.get(from..to).unwrap_or_default());
    }

    fn read_escape(&mut self, plain: usize, at: usize) -> Option<usize> {
        let next = *self.text.as_bytes().get(at + 1)?;
        if matches!(next, b'\n' | b'\r') {
            // A backslash at the end of a line is a hard line break (CommonMark 0.31, 6.7).
            self.push_source_text(plain, at);
            return Some(at + 1);
        }
        if !next.is_ascii_punctuation() {
            return None;
        }
        self.push_source_text(plain, at);
        self.buffer.push(char::from(next));
        Some(at + 2)
    }

    fn read_entity(&mut self, plain: usize, at: usize) -> Option<usize> {
        let (decoded, length) = entities::decode_entity(self.text.get(at..)?)?;
        self.push_source_text(plain, at);
        self.buffer.push_str(&decoded);
        Some(at + length)
    }

    fn read_code_span(&mut self, plain: usize, at: usize, context: InlineContext) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let length = run_length(bytes, at, b'`');
        let paragraph = self.brackets.paragraph_end(self.text, at);
        let end = if context.in_label { context.limit } else { paragraph };
        let skip_run = |scanner: &mut Self| {
            scanner.push_source_text(plain, at + length);
            Some(at + length)
        };
        if length > LONGEST_TICKS || self.missing.ticks.get(&length).is_some_and(|&known| at < known) {
            return skip_run(self);
        }
        let mut close = at + length;
        loop {
            let Some(found) = memchr::memchr(b'`', bytes.get(close..end).unwrap_or_default()) else {
                if !context.in_label {
                    self.missing.ticks.insert(length, end);
                }
                return skip_run(self);
            };
            close += found;
            let closing = run_length(bytes, close, b'`');
            if closing == length {
                break;
            }
            close += closing;
        }
        self.push_source_text(plain, at);
        let code = self.text.get(at + length..close).unwrap_or_default().trim().to_owned();
        if context.in_label || self.anchor.is_some() {
            self.buffer.push_str(&code);
        } else {
            self.flush_text();
            self.spans.push(RowSpan::Code(code));
        }
        Some(close + length)
    }

    /// Reads `[…` and what follows it. `at` is where the link starts, `open` the offset of its bracket.
    fn read_bracket(
        &mut self,
        plain: usize,
        at: usize,
        open: usize,
        context: InlineContext,
    ) -> Option<usize> {
        let image = open > at;
        if let Some(length) = wikilink_opening_length(self.text.get(open..)?) {
            self.push_source_text(plain, open);
            self.wikilinks.push(self.buffer.len());
            return Some(open + length);
        }
        if let Some(next) = self.read_plain_wikilink(plain, at, open) {
            return Some(next);
        }
        if context.depth >= DEEPEST || (context.in_label && !image) {
            return None;
        }
        let close = self.brackets.closing_offset(self.text, open)?;
        let limit = self.brackets.paragraph_end(self.text, open);
        if context.in_label && close >= context.limit {
            return None;
        }
        let inner = open + 1..close;
        if self.text.get(inner.clone())?.starts_with('^') {
            // The mark of a footnote says nothing to a reader of plain text.
            self.push_source_text(plain, at);
            let colon = self.text.as_bytes().get(close + 1) == Some(&b':');
            return Some(close + 1 + usize::from(colon));
        }
        let (range, next, form) = self.read_link_target(&inner, close + 1, limit)?;
        if !image && self.holds_link(&inner) {
            // Links cannot contain links; the inner one counts (CommonMark 0.31, 6.3).
            return None;
        }
        self.push_source_text(plain, at);
        self.flush_unless(context);
        let index = self.add_link(at, String::new(), range, image, form);
        if !context.in_label && self.anchor.is_none() || image {
            self.spans.push(RowSpan::Link(index));
        }
        let outer = std::mem::take(&mut self.buffer);
        let inside = InlineContext { limit: inner.end, in_label: true, depth: context.depth + 1 };
        self.read_inline(inner.start, inside);
        let label = std::mem::replace(&mut self.buffer, outer);
        if let Some(link) = self.links.get_mut(index) {
            link.label = collapse_to_line(&label);
        }
        self.behind_link = next;
        Some(next)
    }

    /// Whether the text of a link contains an inline link.
    fn holds_link(&mut self, inner: &Range<usize>) -> bool {
        let label = self.text.get(inner.clone()).unwrap_or_default();
        if label.len() > LONGEST_LABEL {
            return false;
        }
        memchr::memmem::find_iter(label.as_bytes(), b"](").any(|at| {
            let close = inner.start + at;
            let open = self.brackets.opening_offset(self.text, inner.start, close);
            let is_image = |open: usize| self.text.as_bytes().get(open.wrapping_sub(1)) == Some(&b'!');
            open.is_some_and(|open| !is_image(open))
                && destination::parse_destination(self.text, close + 2, inner.end).is_some()
        })
    }

    fn flush_unless(&mut self, context: InlineContext) {
        if !context.in_label && self.anchor.is_none() {
            self.flush_text();
        }
    }

    /// Reads what follows the `]` before `after`. Returns the destination, the offset at which reading
    /// continues, and the form of the link.
    fn read_link_target(
        &mut self,
        inner: &Range<usize>,
        after: usize,
        limit: usize,
    ) -> Option<(Range<usize>, usize, LinkForm)> {
        let rest = self.text.get(after..limit)?;
        if rest.starts_with('(') {
            if after < self.missing.parenthesis {
                return None;
            }
            if memchr::memchr(b')', rest.as_bytes()).is_none() {
                self.missing.parenthesis = limit;
                return None;
            }
            let found = destination::parse_destination(self.text, after + 1, limit)?;
            return Some((found.range, found.next, LinkForm::Inline));
        }
        if let Some(wide) = rest.strip_prefix('（') {
            // Full-width parentheses count only around a URL.
            let from = after + '（'.len_utf8();
            let length = bare_url::bare_url_length(wide, None)?;
            let close = wide.get(length..)?.strip_prefix('）').map_or(0, |_| '）'.len_utf8());
            return Some((from..from + length, from + length + close, LinkForm::Inline));
        }
        if rest.starts_with('<') {
            let length = autolink_length(rest)?;
            return Some((after + 1..after + length - 1, after + length, LinkForm::Inline));
        }
        let gap = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        let spaced = rest.get(gap..)?.strip_prefix('(').filter(|_| gap > 0 && gap <= 4);
        if spaced.is_some_and(|spaced| bare_url::bare_url_length(spaced.trim_start(), None).is_some()) {
            // "[text] (url)" is a typing error if a URL follows.
            let found = destination::parse_destination(self.text, after + gap + 1, limit)?;
            return Some((found.range, found.next, LinkForm::Inline));
        }
        if self.definitions.is_empty() {
            return None;
        }
        let own = self.text.get(inner.clone())?;
        let second =
            if rest.starts_with('[') { self.brackets.closing_offset(self.text, after) } else { None };
        let (id, next) = match second.and_then(|close| Some((self.text.get(after + 1..close)?, close + 1))) {
            Some(("", next)) => (own, next),
            Some((id, next)) => (id, next),
            None => (own, after),
        };
        let definition = self.definitions.get_mut(&normalize_label(id))?;
        // The index of the link that the caller is about to add.
        definition.user.get_or_insert(self.links.len());
        Some((definition.destination.clone(), next, LinkForm::Reference))
    }

    /// Reads `[[X]]` and `[[X|Y]]` as their text. `[[1]](u)` is a link whose text is a number in brackets.
    fn read_plain_wikilink(&mut self, plain: usize, at: usize, open: usize) -> Option<usize> {
        let inner = self.text.get(open..)?.strip_prefix("[[")?;
        let line = inner.get(..inner.find(['[', ']', '\n', '\r'])?)?;
        let after = inner.get(line.len()..)?.strip_prefix("]]")?;
        if line.is_empty() || after.starts_with('(') || after.starts_with('[') {
            return None;
        }
        self.push_source_text(plain, at);
        if open == at {
            let shown = line.rsplit_once('|').map_or(line, |(_, shown)| shown);
            self.buffer.push_str(shown);
        }
        Some(open + 2 + line.len() + 2)
    }

    fn close_wikilink(&mut self, plain: usize, at: usize) -> Option<usize> {
        if self.wikilinks.is_empty() || self.text.as_bytes().get(at + 1) != Some(&b']') {
            return None;
        }
        self.wikilinks.pop();
        self.push_source_text(plain, at);
        Some(at + 2)
    }

    /// Reads the bar of `[[zh:X|Y]]`: the text behind it replaces the one before it.
    fn cut_at_wikilink_bar(&mut self, at: usize) -> Option<usize> {
        let start = *self.wikilinks.last()?;
        let rest = self.text.as_bytes().get(at + 1..)?;
        let end = rest.iter().take(LONGEST_SHOWN).position(|b| matches!(b, b'[' | b']' | b'\n' | b'\r'))?;
        if !rest.get(end..)?.starts_with(b"]]") {
            return None;
        }
        // A link that was opened in between has taken the text before it.
        if self.buffer.is_char_boundary(start) {
            self.buffer.truncate(start);
        }
        Some(at + 1)
    }

    fn read_emphasis(&mut self, plain: usize, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mark = bytes[at];
        let length = run_length(bytes, at, mark);
        let before = at.checked_sub(1).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
        let after = bytes.get(at + length).copied().unwrap_or(b' ');
        let word = |b: u8| b.is_ascii_alphanumeric();
        if ends_in_url(self.text.get(self.behind_link.min(at)..at).unwrap_or_default()) {
            return None;
        }
        let is_mark = match mark {
            b'*' => length >= 2 || !(before.is_ascii_whitespace() && after.is_ascii_whitespace()),
            b'_' => !(word(before) && word(after)),
            _ => length == 2,
        };
        self.push_source_text(plain, if is_mark { at } else { at + length });
        Some(at + length)
    }

    fn read_bare_url(&mut self, plain: usize, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        if !rest.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("http")) {
            return None;
        }
        let mut length = bare_url::bare_url_length(rest, self.text.get(..at)?.chars().next_back())?;
        // A link that follows without a space is a separate one: "https://x[text](https://y)".
        for (open, _) in rest.get(..length)?.match_indices('[') {
            let close = self.brackets.closing_offset(self.text, at + open);
            if close.is_some_and(|close| self.text.as_bytes().get(close + 1) == Some(&b'(')) {
                length = open;
                break;
            }
        }
        self.push_source_text(plain, at);
        let range = at..at + length;
        let label = self.text.get(range.clone())?.to_owned();
        self.push_link(at, label, range, LinkForm::Bare);
        Some(at + length)
    }

    pub(super) fn push_link(&mut self, at: usize, label: String, destination: Range<usize>, form: LinkForm) {
        self.flush_text();
        let index = self.add_link(at, label, destination, false, form);
        self.spans.push(RowSpan::Link(index));
    }
}

/// Replaces line breaks and runs of white space by single spaces, and drops the marks of a quotation at the
/// start of lines.
fn collapse_to_line(text: &str) -> String {
    if !text.contains(['\n', '\r', '\t', '\u{2028}']) {
        return text.trim().to_owned();
    }
    let mut lines = text.split(['\n', '\r']);
    let first = lines.next().unwrap_or_default();
    let others = lines.map(|line| line.trim_start_matches([' ', '\t', '>']));
    std::iter::once(first).chain(others).flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// Whether the last word of a text is a URL, in which emphasis marks are ordinary characters.
fn ends_in_url(before: &str) -> bool {
    let start = floor_char_boundary(before, before.len().saturating_sub(256));
    let near = before.get(start..).unwrap_or_default();
    let word = near.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '*')).next();
    word.is_some_and(|word| word.contains("://"))
}
