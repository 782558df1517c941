//! Lines: where they end, and what their first characters make of them.

use super::MarkdownRowKind;
use crate::unicode::character_classes::is_zero_width;
use crate::unicode::cjk::is_cjk;

/// What came before a line, as far as its meaning hangs on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineContext {
    /// An empty line, or the start of the file.
    pub blank: bool,
    /// The line before was indented code.
    pub code: bool,
    /// A list is open.
    pub list: bool,
}

impl Default for LineContext {
    fn default() -> Self {
        Self { blank: true, code: false, list: false }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    Blank,
    Fence(CodeFence),
    Code,
    Rule,
    Text(MarkdownRowKind),
}

/// The first line of a fenced block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodeFence {
    pub mark: u8,
    pub length: usize,
    /// How deep it stands in quotations.
    quotes: usize,
    /// It stands in a list's item.
    in_item: bool,
}

impl CodeFence {
    /// A further line of the block without the marks of its quotation; none where the line is
    /// outside of what holds the block (`CommonMark` 0.31, 5.1 and 5.2).
    pub fn content_of_line<'l>(&self, line: &'l str, after_blank: bool) -> Option<&'l str> {
        let mut rest = line;
        for _ in 0..self.quotes {
            rest = rest.trim_start_matches([' ', '\t']).strip_prefix('>')?;
        }
        // Code that hangs out of its item is taken for code all the same, up to an empty line.
        let outside = self.in_item && !is_blank(rest) && measure_indent(rest).0 < 2;
        (!outside || !(after_blank || strip_item_mark(rest).is_some())).then_some(rest)
    }
}

/// A line, without its marks.
#[derive(Clone, Copy, Debug)]
pub(super) struct MarkdownLine {
    pub kind: LineKind,
    /// Where its content starts.
    pub content: usize,
    /// Where its content ends, before the line break.
    pub end: usize,
    /// Where the next line starts.
    pub next: usize,
    indented: bool,
}

impl MarkdownLine {
    /// The state after this line.
    pub fn context_after(&self, before: LineContext) -> LineContext {
        match self.kind {
            LineKind::Blank => LineContext { blank: true, ..before },
            LineKind::Code => LineContext { blank: false, code: true, ..before },
            LineKind::Text(MarkdownRowKind::Item) => LineContext { blank: false, code: false, list: true },
            _ => LineContext {
                blank: false,
                code: false,
                list: before.list && (self.indented || !before.blank),
            },
        }
    }
}

/// The end of the line's content and the start of the next line. `MarkdownLine` ends are LF, CRLF and CR.
pub(super) fn line_bounds(text: &str, from: usize) -> (usize, usize) {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    match memchr::memchr2(b'\n', b'\r', rest) {
        None => (text.len(), text.len()),
        Some(at) => {
            let end = from + at;
            let crlf = rest.get(at) == Some(&b'\r') && rest.get(at + 1) == Some(&b'\n');
            (end, end + if crlf { 2 } else { 1 })
        }
    }
}

/// Whether a line holds nothing that is seen.
pub(super) fn is_blank(line: &str) -> bool {
    line.chars().all(|c| c.is_whitespace() || is_zero_width(c))
}

/// Reads the line that starts at `from`.
pub(super) fn parse_line(text: &str, from: usize, opening: LineContext) -> MarkdownLine {
    let (end, next) = line_bounds(text, from);
    let line = text.get(from..end).unwrap_or_default();
    let mut out = MarkdownLine { kind: LineKind::Blank, content: from, end, next, indented: false };
    if is_blank(line) {
        return out;
    }
    let (columns, skipped) = measure_indent(line);
    out.indented = columns >= 2;
    let mut rest = line.get(skipped..).unwrap_or_default();
    // Prose in scripts without spaces is indented by habit, code is not written in them.
    if columns >= 4 && (opening.blank || opening.code) && !opening.list && !rest.chars().any(is_cjk) {
        out.kind = LineKind::Code;
        return out;
    }
    let mut kind = MarkdownRowKind::Text;
    let mut quotes = 0;
    loop {
        let trimmed = rest.trim_start_matches([' ', '\t', '\u{feff}']);
        if let Some((mark, length)) = parse_fence(trimmed) {
            let in_item = kind == MarkdownRowKind::Item || (opening.list && out.indented);
            out.kind = LineKind::Fence(CodeFence { mark, length, quotes, in_item });
            return out;
        }
        if is_thematic_break(trimmed) {
            out.kind = LineKind::Rule;
            return out;
        }
        if let Some(inner) = trimmed.strip_prefix('>') {
            quotes += 1;
            rest = inner;
        } else if let Some(inner) = strip_item_mark(trimmed) {
            kind = MarkdownRowKind::Item;
            rest = inner;
        } else if let Some((level, inner)) = strip_heading(trimmed) {
            kind = MarkdownRowKind::Heading(level);
            rest = inner;
        } else {
            if trimmed.starts_with('|') {
                kind = MarkdownRowKind::Table;
            }
            rest = trimmed;
            break;
        }
    }
    out.content = end - rest.len();
    out.kind = LineKind::Text(kind);
    out
}

/// The indent in columns (a tab goes to the next multiple of 4) and in bytes.
fn measure_indent(line: &str) -> (usize, usize) {
    let mut columns = 0;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b' ' => columns += 1,
            b'\t' => columns += 4 - columns % 4,
            _ => return (columns, at),
        }
    }
    (columns, line.len())
}

fn parse_fence(line: &str) -> Option<(u8, usize)> {
    let mark = line.bytes().next().filter(|b| matches!(b, b'`' | b'~'))?;
    let length = line.bytes().take_while(|&b| b == mark).count();
    let info = line.get(length..)?;
    (length >= 3 && !(mark == b'`' && info.contains('`'))).then_some((mark, length))
}

/// A thematic break, or the underline of a heading.
fn is_thematic_break(line: &str) -> bool {
    let mut marks = line.bytes().filter(|b| !b.is_ascii_whitespace());
    let Some(first) = marks.next() else { return false };
    let mut count = 1;
    for mark in marks {
        if mark != first {
            return false;
        }
        count += 1;
    }
    count >= 3 && matches!(first, b'-' | b'*' | b'_' | b'=')
}

fn strip_heading(line: &str) -> Option<(u8, &str)> {
    let level = line.bytes().take_while(|&b| b == b'#').count();
    let rest = line.get(level..)?;
    if !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    Some((u8::try_from(level).ok()?, rest))
}

fn strip_item_mark(line: &str) -> Option<&str> {
    let after = if let Some(rest) = line.strip_prefix(['-', '+', '*']) {
        rest
    } else {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=9).contains(&digits) {
            return None;
        }
        line.get(digits..)?.strip_prefix(['.', ')'])?
    };
    after.starts_with([' ', '\t']).then_some(after)
}
