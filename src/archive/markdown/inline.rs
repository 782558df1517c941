//! What stands inside a line: text, code, links, pictures, tags.

use super::destination::{self, floor};
use super::tag::autolink;
use super::{LinkForm, Range, Scanner, Span, bare_url, line};
use crate::archive::markdown::entities;
use crate::archive::rule_phrase;

/// How deep pictures may stand in the text of links before they are read as text.
const DEEPEST: usize = 8;
/// The longest text that a wikilink shows behind its bar, in bytes.
const LONGEST_SHOWN: usize = 256;
/// Where text is being read.
#[derive(Clone, Copy)]
pub(super) struct Context {
    /// The end of what is read.
    limit: usize,
    /// Inside a link's text: no other link may stand there.
    pub(super) in_label: bool,
    depth: usize,
}

impl Scanner<'_> {
    /// Reads one line, and further ones where a link runs over their ends; answers where the next
    /// line starts.
    pub(super) fn inline_line(&mut self, start: usize, end: usize) -> usize {
        let mut end = end;
        let mut at = start;
        loop {
            let context = Context { limit: end, in_label: false, depth: 0 };
            at = self.inline(at, context);
            if at <= end {
                return line::bounds(self.text, end).1;
            }
            // A link or a comment went past the line's end: the row goes on to the end of that line.
            end = line::bounds(self.text, at).0;
        }
    }

    /// Reads up to the context's limit, or past it where a link or comment ends later.
    fn inline(&mut self, from: usize, context: Context) -> usize {
        let bytes = self.text.as_bytes();
        let mut plain = from;
        let mut at = from;
        loop {
            at = next_mark(bytes, at, context.limit);
            let Some(&byte) = bytes.get(at).filter(|_| at < context.limit) else { break };
            // `None`: the character is text like any other.
            let next = match byte {
                b'\\' => self.escape(plain, at),
                b'`' => self.code_span(plain, at, context),
                b'<' => self.angle(plain, at, context),
                b'&' => self.reference(plain, at),
                b'!' if bytes.get(at + 1) == Some(&b'[') => self.bracket(plain, at, at + 1, context),
                b'[' => self.bracket(plain, at, at, context),
                b']' => self.wiki_close(plain, at),
                b'|' => self.wiki_bar(at),
                b'*' | b'_' | b'~' => self.emphasis(plain, at),
                b'h' | b'H' if !context.in_label && self.anchor.is_none() => self.bare(plain, at),
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
            self.keep(plain, context.limit);
        }
        at.max(context.limit)
    }

    /// Adds text as it stands.
    pub(super) fn keep(&mut self, from: usize, to: usize) {
        self.buffer.push_str(self.text.get(from..to).unwrap_or_default());
    }

    fn escape(&mut self, plain: usize, at: usize) -> Option<usize> {
        let next = *self.text.as_bytes().get(at + 1).filter(|b| b.is_ascii_punctuation())?;
        self.keep(plain, at);
        self.buffer.push(char::from(next));
        Some(at + 2)
    }

    fn reference(&mut self, plain: usize, at: usize) -> Option<usize> {
        let (c, length) = entities::decode(self.text.get(at..)?)?;
        self.keep(plain, at);
        self.buffer.push(c);
        Some(at + length)
    }

    fn code_span(&mut self, plain: usize, at: usize, context: Context) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let length = run(bytes, at, b'`');
        let paragraph = self.brackets.paragraph_end(self.text, at);
        let end = if context.in_label { context.limit } else { paragraph };
        let skip_run = |scanner: &mut Self| {
            scanner.keep(plain, at + length);
            Some(at + length)
        };
        if self.missing.ticks.get(&length).is_some_and(|&known| at < known) {
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
            let closing = run(bytes, close, b'`');
            if closing == length {
                break;
            }
            close += closing;
        }
        self.keep(plain, at);
        let code = self.text.get(at + length..close).unwrap_or_default().trim().to_owned();
        if context.in_label || self.anchor.is_some() {
            self.buffer.push_str(&code);
        } else {
            self.flush();
            self.spans.push(Span::Code(code));
        }
        Some(close + length)
    }

    /// `[…` with whatever follows it. `at` is where the link starts, `open` its bracket.
    fn bracket(&mut self, plain: usize, at: usize, open: usize, context: Context) -> Option<usize> {
        let image = open > at;
        if let Some(length) = rule_phrase::wiki_opening(self.text.get(open..)?) {
            self.keep(plain, open);
            self.wikilinks.push(self.buffer.len());
            return Some(open + length);
        }
        if let Some(next) = self.plain_wikilink(plain, at, open) {
            return Some(next);
        }
        if context.depth >= DEEPEST || (context.in_label && !image) {
            return None;
        }
        let close = self.brackets.closing(self.text, open)?;
        let limit = self.brackets.paragraph_end(self.text, open);
        if context.in_label && close >= context.limit {
            return None;
        }
        let inner = open + 1..close;
        if self.text.get(inner.clone())?.starts_with('^') {
            // A footnote's mark says nothing to a reader of plain text.
            self.keep(plain, at);
            let colon = self.text.as_bytes().get(close + 1) == Some(&b':');
            return Some(close + 1 + usize::from(colon));
        }
        let (range, next, form) = self.target(&inner, close + 1, limit)?;
        self.keep(plain, at);
        self.flush_unless(context);
        let index = self.add_link(at, String::new(), range, image, form);
        if !context.in_label && self.anchor.is_none() || image {
            self.spans.push(Span::Link(index));
        }
        let outer = std::mem::take(&mut self.buffer);
        let inside = Context { limit: inner.end, in_label: true, depth: context.depth + 1 };
        self.inline(inner.start, inside);
        let label = std::mem::replace(&mut self.buffer, outer);
        if let Some(link) = self.links.get_mut(index) {
            link.label = one_line(&label);
        }
        self.behind_link = next;
        Some(next)
    }

    fn flush_unless(&mut self, context: Context) {
        if !context.in_label && self.anchor.is_none() {
            self.flush();
        }
    }

    /// What follows a `]` at `after - 1`: the destination, where reading goes on, the form.
    fn target(
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
            let found = destination::read(self.text, after + 1, limit)?;
            return Some((found.range, found.next, LinkForm::Inline));
        }
        if let Some(wide) = rest.strip_prefix('（') {
            // Full-width parentheses: only around a URL.
            let from = after + '（'.len_utf8();
            let length = bare_url::length(wide, None)?;
            let close = wide.get(length..)?.strip_prefix('）').map_or(0, |_| '）'.len_utf8());
            return Some((from..from + length, from + length + close, LinkForm::Inline));
        }
        if rest.starts_with('<') {
            let length = autolink(rest)?;
            return Some((after + 1..after + length - 1, after + length, LinkForm::Inline));
        }
        let gap = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        let spaced = rest.get(gap..)?.strip_prefix('(').filter(|_| gap > 0 && gap <= 4);
        if spaced.is_some_and(|spaced| bare_url::length(spaced.trim_start(), None).is_some()) {
            // "[text] (url)": a slip of the hand, where a URL follows.
            let found = destination::read(self.text, after + gap + 1, limit)?;
            return Some((found.range, found.next, LinkForm::Inline));
        }
        if self.definitions.is_empty() {
            return None;
        }
        let own = self.text.get(inner.clone())?;
        let (id, next) = match rest.strip_prefix('[').and_then(|id| id.split_once(']')) {
            Some(("", _)) => (own, after + 2),
            Some((id, _)) => (id, after + 2 + id.len()),
            None => (own, after),
        };
        let definition = self.definitions.get_mut(&super::normal_id(id))?;
        // The link that is about to be added.
        definition.user.get_or_insert(self.links.len());
        Some((definition.destination.clone(), next, LinkForm::Reference))
    }

    /// `[[X]]` and `[[X|Y]]`: their text. `[[1]](u)` is a link with a bracketed number.
    fn plain_wikilink(&mut self, plain: usize, at: usize, open: usize) -> Option<usize> {
        let inner = self.text.get(open..)?.strip_prefix("[[")?;
        let line = inner.get(..inner.find(['[', ']', '\n', '\r'])?)?;
        let after = inner.get(line.len()..)?.strip_prefix("]]")?;
        if line.is_empty() || after.starts_with('(') || after.starts_with('[') {
            return None;
        }
        self.keep(plain, at);
        if open == at {
            let shown = line.rsplit_once('|').map_or(line, |(_, shown)| shown);
            self.buffer.push_str(shown);
        }
        Some(open + 2 + line.len() + 2)
    }

    fn wiki_close(&mut self, plain: usize, at: usize) -> Option<usize> {
        if self.wikilinks.is_empty() || self.text.as_bytes().get(at + 1) != Some(&b']') {
            return None;
        }
        self.wikilinks.pop();
        self.keep(plain, at);
        Some(at + 2)
    }

    /// The bar of `[[zh:X|Y]]`: what is shown stands behind it.
    fn wiki_bar(&mut self, at: usize) -> Option<usize> {
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

    fn emphasis(&mut self, plain: usize, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mark = bytes[at];
        let length = run(bytes, at, mark);
        let before = at.checked_sub(1).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
        let after = bytes.get(at + length).copied().unwrap_or(b' ');
        let word = |b: u8| b.is_ascii_alphanumeric();
        if in_url(self.text.get(self.behind_link.min(at)..at).unwrap_or_default()) {
            return None;
        }
        let is_mark = match mark {
            b'*' => length >= 2 || !(before.is_ascii_whitespace() && after.is_ascii_whitespace()),
            b'_' => !(word(before) && word(after)),
            _ => length == 2,
        };
        self.keep(plain, if is_mark { at } else { at + length });
        Some(at + length)
    }

    fn bare(&mut self, plain: usize, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        if !rest.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("http")) {
            return None;
        }
        let mut length = bare_url::length(rest, self.text.get(..at)?.chars().next_back())?;
        // A link that follows without a space starts a new one: "https://x[text](https://y)".
        for (open, _) in rest.get(..length)?.match_indices('[') {
            let close = self.brackets.closing(self.text, at + open);
            if close.is_some_and(|close| self.text.as_bytes().get(close + 1) == Some(&b'(')) {
                length = open;
                break;
            }
        }
        self.keep(plain, at);
        let range = at..at + length;
        let label = self.text.get(range.clone())?.to_owned();
        self.link(at, label, range, LinkForm::Bare);
        Some(at + length)
    }

    pub(super) fn link(&mut self, at: usize, label: String, destination: Range<usize>, form: LinkForm) {
        self.flush();
        let index = self.add_link(at, label, destination, false, form);
        self.spans.push(Span::Link(index));
    }
}

/// The bytes at which something may begin or end.
const MARKS: [bool; 256] = {
    let marks = b"\\`<&![]*_~hH|";
    let mut table = [false; 256];
    let mut at = 0;
    while at < marks.len() {
        table[marks[at] as usize] = true;
        at += 1;
    }
    table
};

/// The place of the next of [`MARKS`], or of the limit. Every byte of an archive comes by here.
fn next_mark(bytes: &[u8], from: usize, limit: usize) -> usize {
    let mut at = from;
    let mut rest = bytes.get(from..limit).unwrap_or_default();
    while let Some((block, behind)) = rest.split_first_chunk::<16>() {
        // Most of a Chinese text is not ASCII, and all marks are: such blocks are told in one step.
        if block.iter().fold(u8::MAX, |all, byte| all & byte) < 0x80
            && let Some(found) = block.iter().position(|byte| MARKS[usize::from(*byte)])
        {
            return at + found;
        }
        at += block.len();
        rest = behind;
    }
    at + rest.iter().position(|byte| MARKS[usize::from(*byte)]).unwrap_or(rest.len())
}

fn run(bytes: &[u8], at: usize, mark: u8) -> usize {
    bytes.get(at..).unwrap_or_default().iter().take_while(|&&b| b == mark).count()
}

/// Line breaks and runs of white space as single spaces.
fn one_line(text: &str) -> String {
    if !text.contains(['\n', '\r', '\t', '\u{2028}']) {
        return text.trim().to_owned();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the word that a text ends in is a URL: its marks are its own.
fn in_url(before: &str) -> bool {
    let start = floor(before, before.len().saturating_sub(256));
    let near = before.get(start..).unwrap_or_default();
    let word = near.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '[' | '*')).next();
    word.is_some_and(|word| word.contains("://"))
}
