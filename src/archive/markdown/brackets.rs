//! Pairs the square brackets of a paragraph in one pass.

use std::collections::HashSet;

use super::autolink::autolink_length;
use super::code_span::{LONGEST_TICKS, run_length};
use super::destination::floor_char_boundary;
use super::html_tag::{LONGEST_TAG, parse_html_tag};
use super::line;
use crate::archive::markdown::wikilink_opening_length;

/// The bracket pairs of one region of the text, usually a paragraph.
#[derive(Default)]
pub(super) struct BracketPairs {
    /// Where the region ends; the pairs behind it are not known.
    end: usize,
    start: usize,
    /// The offsets of opening and closing brackets, sorted by the opening one. Articles are far below 4 GB, and
    /// there may be millions of brackets.
    pairs: Vec<(u32, u32)>,
}

/// A bracket, by its offset, or wikilink that is open while the region is read.
#[derive(Clone, Copy, PartialEq, Eq)]
struct OpenMark(u32);

impl OpenMark {
    const WIKI: Self = Self(u32::MAX);
}

/// An offset as it is kept.
fn to_u32(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl BracketPairs {
    /// The end of the paragraph around `at`.
    pub fn paragraph_end(&mut self, text: &str, at: usize) -> usize {
        self.cover_paragraph(text, at);
        self.end
    }

    /// The offset of the `]` that closes the `[` at `at`.
    pub fn closing_offset(&mut self, text: &str, at: usize) -> Option<usize> {
        self.cover_paragraph(text, at);
        let index = self.pairs.binary_search_by_key(&to_u32(at), |pair| pair.0).ok()?;
        self.pairs.get(index).map(|pair| pair.1 as usize)
    }

    /// The offset of the `[` at or after `from` that the `]` at `at` closes.
    pub fn opening_offset(&mut self, text: &str, from: usize, at: usize) -> Option<usize> {
        self.cover_paragraph(text, from);
        let first = self.pairs.partition_point(|pair| pair.0 < to_u32(from));
        let mut inside = self.pairs.iter().skip(first).take_while(|pair| pair.0 < to_u32(at));
        inside.find(|pair| pair.1 == to_u32(at)).map(|pair| pair.0 as usize)
    }

    fn cover_paragraph(&mut self, text: &str, at: usize) {
        if at >= self.start && at < self.end {
            return;
        }
        self.start = at;
        self.end = paragraph_end(text, at);
        self.pairs.clear();
        self.pair_brackets(text);
    }

    fn pair_brackets(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut open = Vec::new();
        let mut unclosed = HashSet::new();
        let mut at = self.start;
        while at < self.end {
            match bytes[at] {
                b'\\' => at += 1,
                // Code, autolinks and tags bind tighter than the brackets of links (CommonMark 0.31, 6.3).
                b'`' => at = self.code_end(bytes, at, &mut unclosed) - 1,
                b'<' => {
                    let limit = floor_char_boundary(text, self.end.min(at + LONGEST_TAG));
                    let rest = text.get(at..limit).unwrap_or_default();
                    let tag = || parse_html_tag(rest).map(|tag| tag.length);
                    at += autolink_length(rest).or_else(tag).map_or(0, |length| length - 1);
                }
                b'[' => {
                    if let Some(length) = wikilink_opening_length(text.get(at..).unwrap_or_default()) {
                        open.push(OpenMark::WIKI);
                        at += length - 1;
                    } else {
                        open.push(OpenMark(to_u32(at)));
                    }
                }
                b']' => match open.last().copied() {
                    Some(OpenMark::WIKI) => {
                        if bytes.get(at + 1) == Some(&b']') {
                            open.pop();
                            at += 1;
                        } else if open.iter().any(|mark| *mark != OpenMark::WIKI) {
                            // A wikilink that is never closed ends with the brackets around it.
                            while open.last() == Some(&OpenMark::WIKI) {
                                open.pop();
                            }
                            self.close_bracket(&mut open, at);
                        }
                    }
                    Some(_) => self.close_bracket(&mut open, at),
                    None => {}
                },
                _ => {}
            }
            at += 1;
        }
        self.pairs.sort_unstable();
    }

    /// Returns the end of the code span whose backticks start at `at`, or of the backticks if no others
    /// close it. `unclosed` remembers the lengths of runs that nothing closes.
    fn code_end(&self, bytes: &[u8], at: usize, unclosed: &mut HashSet<usize>) -> usize {
        let length = run_length(bytes, at, b'`');
        let mut close = at + length;
        if length > LONGEST_TICKS || unclosed.contains(&length) {
            return close;
        }
        while let Some(found) = bytes.get(close..self.end).and_then(|rest| memchr::memchr(b'`', rest)) {
            close += found;
            let closing = run_length(bytes, close, b'`');
            close += closing;
            if closing == length {
                return close;
            }
        }
        unclosed.insert(length);
        at + length
    }

    fn close_bracket(&mut self, open: &mut Vec<OpenMark>, at: usize) {
        if let Some(OpenMark(start)) = open.pop().filter(|mark| *mark != OpenMark::WIKI) {
            self.pairs.push((start, to_u32(at)));
        }
    }
}

/// The end of the paragraph around `at`: the end of the text, or of the line above a blank one or above one
/// that starts another block (`CommonMark` 0.31, 3.1).
fn paragraph_end(text: &str, at: usize) -> usize {
    let mut pos = at;
    loop {
        let (end, next) = line::line_bounds(text, pos);
        if next >= text.len() {
            return text.len();
        }
        let (following, _) = line::line_bounds(text, next);
        let line = text.get(next..following).unwrap_or_default();
        if line::is_blank(line) || line::interrupts_paragraph(line) {
            return end;
        }
        pos = next;
    }
}
