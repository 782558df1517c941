//! Splits text into lines and classifies each line by its first characters.

use std::ops::Range;

use super::MarkdownRowKind;
use crate::unicode::character_classes::is_zero_width;
use crate::unicode::cjk::is_cjk;

/// The number of nested list items whose indentation is remembered.
const MOST_ITEMS: usize = 8;

/// The list items that are open, from the outermost on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OpenItems {
    items: [ItemColumns; MOST_ITEMS],
    depth: usize,
}

/// The columns in which an item's mark and its content start.
#[derive(Clone, Copy, Debug, Default)]
struct ItemColumns {
    mark: u16,
    content: u16,
}

impl OpenItems {
    fn innermost(&self) -> Option<ItemColumns> {
        self.depth.checked_sub(1).and_then(|last| self.items.get(last)).copied()
    }

    /// The column in which the content of the innermost item starts; 0 outside of lists.
    fn content_column(self) -> usize {
        self.innermost().map_or(0, |item| usize::from(item.content))
    }

    /// The items that contain a line with this indentation. An item contains every line that is indented
    /// more than its mark: people indent by four columns whatever the width of the mark.
    fn around(mut self, indent: usize) -> Self {
        while self.innermost().is_some_and(|item| indent <= usize::from(item.mark)) {
            self.depth -= 1;
        }
        self
    }

    /// The same items with a further one, whose mark and content start in these columns.
    fn with_item(self, mark: usize, content: usize) -> Self {
        let mut items = self.around(mark);
        items.depth = (items.depth + 1).min(MOST_ITEMS);
        let column = |column: usize| u16::try_from(column).unwrap_or(u16::MAX);
        if let Some(item) = items.items.get_mut(items.depth - 1) {
            *item = ItemColumns { mark: column(mark), content: column(content) };
        }
        items
    }
}

/// The state before a line that affects how the line is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineContext {
    /// The line above is blank, or this is the start of the file.
    pub blank: bool,
    /// The line above is text of a paragraph, which an indented line continues.
    pub in_paragraph: bool,
    /// The list items that are open.
    pub items: OpenItems,
}

impl Default for LineContext {
    fn default() -> Self {
        Self { blank: true, in_paragraph: false, items: OpenItems::default() }
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

/// The first line of a fenced code block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodeFence {
    pub mark: u8,
    pub length: usize,
    /// The number of quotations around it.
    quotes: usize,
    /// Whether it is in a list item.
    in_item: bool,
}

/// A line of a fenced code block.
pub(super) struct FencedLine<'t> {
    /// The line without quotation marks (`>`).
    pub content: &'t str,
    /// Whether it closes the block.
    pub is_closing: bool,
    /// Where the next line starts.
    pub next: usize,
}

impl CodeFence {
    /// Reads the line of the block that starts at `pos`. Returns `None` at the end of the file, of the
    /// quotation or of the list item that contains the block (`CommonMark` 0.31, 5.1 and 5.2).
    pub fn read_line<'t>(&self, text: &'t str, pos: usize, after_blank: bool) -> Option<FencedLine<'t>> {
        if pos >= text.len() {
            return None;
        }
        let (end, next) = line_bounds(text, pos);
        let mut content = text.get(pos..end)?;
        for _ in 0..self.quotes {
            content = content.trim_start_matches([' ', '\t']).strip_prefix('>')?;
        }
        // A line that is indented less than its item still counts as code up to a blank line.
        let outside = self.in_item && !is_blank(content) && measure_indent(content).0 < 2;
        if outside && (after_blank || strip_item_mark(content).is_some()) {
            return None;
        }
        let trimmed = content.trim();
        let is_closing = trimmed.len() >= self.length && trimmed.bytes().all(|b| b == self.mark);
        Some(FencedLine { content, is_closing, next })
    }

    /// Returns where the line after the block starts, or `None` if no fence closes the block. `pos` is where
    /// its first line starts.
    pub fn skip_closed_block(&self, text: &str, mut pos: usize) -> Option<usize> {
        let mut after_blank = false;
        loop {
            let Some(line) = self.read_line(text, pos, after_blank) else {
                return (pos < text.len()).then_some(pos);
            };
            pos = line.next;
            if line.is_closing {
                return Some(pos);
            }
            after_blank = line.content.trim().is_empty();
        }
    }
}

/// A line with its marks removed.
#[derive(Clone, Copy, Debug)]
pub(super) struct MarkdownLine {
    pub kind: LineKind,
    /// Where the content starts.
    pub content: usize,
    /// Where the content ends, before the line break.
    pub end: usize,
    /// Where the next line starts.
    pub next: usize,
    /// The list items that are open after the line.
    items: OpenItems,
}

impl MarkdownLine {
    /// The state after this line.
    pub fn context_after(&self) -> LineContext {
        let in_paragraph =
            matches!(self.kind, LineKind::Text(kind) if !matches!(kind, MarkdownRowKind::Heading(_)));
        LineContext { blank: self.kind == LineKind::Blank, in_paragraph, items: self.items }
    }
}

/// The offset of the line's end and of the next line's start. Lines end in LF, CRLF or CR.
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

/// Whether a line contains only white space and characters without width.
pub(super) fn is_blank(line: &str) -> bool {
    line.chars().all(|c| c.is_whitespace() || is_zero_width(c))
}

/// Whether a line ends the paragraph above it, as a heading, list item, fence, thematic break or heading
/// underline does.
pub(super) fn interrupts_paragraph(line: &str) -> bool {
    let trimmed = line.trim_start_matches([' ', '\t']);
    let is_mark =
        |first: &u8| matches!(first, b'#' | b'-' | b'+' | b'*' | b'_' | b'=' | b'`' | b'~' | b'0'..=b'9');
    trimmed.as_bytes().first().is_some_and(is_mark)
        && (strip_heading(trimmed).is_some()
            || strip_item_mark(trimmed).is_some()
            || parse_fence(trimmed).is_some()
            || is_thematic_break(trimmed))
}

/// Reads the line that starts at `from`.
pub(super) fn parse_line(text: &str, from: usize, opening: LineContext) -> MarkdownLine {
    let (end, next) = line_bounds(text, from);
    let line = text.get(from..end).unwrap_or_default();
    let mut out = MarkdownLine { kind: LineKind::Blank, content: from, end, next, items: opening.items };
    if is_blank(line) {
        return out;
    }
    let (columns, skipped) = measure_indent(line);
    if opening.blank {
        out.items = opening.items.around(columns);
    }
    let mut rest = line.get(skipped..).unwrap_or_default();
    // Prose in scripts without spaces is often indented, and code is not written in them.
    if columns >= out.items.content_column() + 4 && !opening.in_paragraph && !rest.chars().any(is_cjk) {
        out.kind = LineKind::Code;
        return out;
    }
    let mut kind = MarkdownRowKind::Text;
    let mut quotes = 0;
    // Both are carried through the loop, since a line may consist of hundreds of thousands of marks.
    let rule = rule_starts(line);
    let mut column = ColumnCounter::default();
    loop {
        let trimmed = rest.trim_start_matches([' ', '\t', '\u{feff}']);
        if let Some((mark, length)) = parse_fence(trimmed) {
            let in_item = kind == MarkdownRowKind::Item || (out.items.depth > 0 && columns >= 2);
            out.kind = LineKind::Fence(CodeFence { mark, length, quotes, in_item });
            return out;
        }
        if rule.contains(&(line.len() - trimmed.trim_ascii_start().len())) {
            out.kind = LineKind::Rule;
            return out;
        }
        if let Some(inner) = trimmed.strip_prefix('>') {
            quotes += 1;
            rest = inner;
        } else if let Some(inner) =
            strip_item_mark(trimmed).filter(|_| !continues_with_figure(trimmed, opening))
        {
            kind = MarkdownRowKind::Item;
            rest = inner;
            let mark = column.count_until(line, line.len() - trimmed.len());
            let after_mark = column.count_until(line, line.len() - inner.len());
            let content = column.count_until(line, line.len() - inner.trim_start_matches([' ', '\t']).len());
            // Content that is five or more columns behind its mark starts with code (CommonMark 0.31, 5.2).
            let is_near = content <= after_mark + 4;
            out.items = out.items.with_item(mark, if is_near { content } else { after_mark + 1 });
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

/// Whether a line that begins as a numbered item goes on the paragraph above it: a list that interrupts a
/// paragraph begins with 1 (`CommonMark` 0.31, 5.2), and "in the year / 1986. That" is a sentence.
fn continues_with_figure(line: &str, opening: LineContext) -> bool {
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let begins_list = line.get(..digits) == Some("1");
    // Within a list a number goes on the list, unless it is as long as a year.
    opening.in_paragraph && digits > 0 && !begins_list && (opening.items.depth == 0 || digits == 4)
}

/// Counts the columns of a line from its start on. The offsets that it is asked for rise.
#[derive(Default)]
struct ColumnCounter {
    bytes: usize,
    columns: usize,
}

impl ColumnCounter {
    /// The number of columns that the first bytes of a line take. A tab extends to the next multiple of 4.
    fn count_until(&mut self, line: &str, bytes: usize) -> usize {
        for byte in line.as_bytes().get(self.bytes..bytes).unwrap_or_default() {
            self.columns += if *byte == b'\t' { 4 - self.columns % 4 } else { 1 };
        }
        self.bytes = bytes;
        self.columns
    }
}

/// The indentation in columns and in bytes. A tab extends to the next multiple of 4.
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

/// The offsets of the marks at which a thematic break, or the underline of a heading, begins and goes on to
/// the end of the line: from there on are at least three of one mark and white space.
fn rule_starts(line: &str) -> Range<usize> {
    let (mut first, mut third, mut count) = (line.len(), 0, 0);
    let mut mark = None;
    for (at, byte) in line.bytes().enumerate().rev().filter(|(_, byte)| !byte.is_ascii_whitespace()) {
        if !matches!(byte, b'-' | b'*' | b'_' | b'=') || mark.is_some_and(|mark| mark != byte) {
            break;
        }
        mark = Some(byte);
        first = at;
        count += 1;
        if count == 3 {
            third = at;
        }
    }
    if count >= 3 { first..third + 1 } else { 0..0 }
}

/// Whether a line without white space before it is a thematic break or the underline of a heading.
fn is_thematic_break(line: &str) -> bool {
    rule_starts(line).contains(&0)
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
