//! Converts byte offsets of a text to lines and columns.

use crate::archive::position::Position;

/// The line starts of a text. All lookups together take one pass if their offsets rise.
pub(in crate::archive) struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
    /// The last lookup: the offset of the line's start, the offset, and the number of characters between
    /// them.
    last: (usize, usize, u32),
}

impl<'a> LineIndex<'a> {
    /// Finds the starts of all lines. Lines end in LF, CRLF or CR.
    pub fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at + 1);
            }
        }
        Self { text, starts, last: (0, 0, 0) }
    }

    /// The number of the line that contains a byte offset, from 1.
    pub fn line_number(&self, at: usize) -> u32 {
        u32::try_from(self.starts.partition_point(|&start| start <= at)).unwrap_or(u32::MAX)
    }

    /// The line and column of a byte offset, both from 1. The column counts characters.
    pub fn position_of(&mut self, at: usize) -> Position {
        let line = self.line_number(at);
        let start = self.starts.get(line as usize - 1).copied().unwrap_or(0);
        let (last_start, last_at, last_count) = self.last;
        let (from, before) =
            if last_start == start && last_at <= at { (last_at, last_count) } else { (start, 0) };
        let count = self.text.get(from..at).map_or(0, |gap| gap.chars().count());
        let count = before.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        self.last = (start, at, count);
        Position { line, column: count.saturating_add(1) }
    }
}
