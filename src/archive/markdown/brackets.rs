//! Which `]` closes which `[`, for a whole paragraph in one pass.

use super::line;
use crate::archive::markdown::wikilink_opening_length;

/// The pairs of one region of the text, usually a paragraph.
#[derive(Default)]
pub(super) struct BracketPairs {
    /// Where the region ends: beyond it nothing is known.
    end: usize,
    start: usize,
    /// `LineContext` and closing offsets, by opening.
    pairs: Vec<(usize, usize)>,
}

/// A mark that is open while the region is read.
enum OpenMark {
    Bracket(usize),
    Wiki,
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
        let index = self.pairs.binary_search_by_key(&at, |pair| pair.0).ok()?;
        self.pairs.get(index).map(|pair| pair.1)
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
        let mut at = self.start;
        while at < self.end {
            match bytes[at] {
                b'\\' => at += 1,
                b'[' => {
                    if let Some(length) = wikilink_opening_length(text.get(at..).unwrap_or_default()) {
                        open.push(OpenMark::Wiki);
                        at += length - 1;
                    } else {
                        open.push(OpenMark::Bracket(at));
                    }
                }
                b']' => match open.last() {
                    Some(OpenMark::Wiki) => {
                        if bytes.get(at + 1) == Some(&b']') {
                            open.pop();
                            at += 1;
                        } else if open.iter().any(|mark| matches!(mark, OpenMark::Bracket(_))) {
                            // A wikilink that was never closed: it ends with what surrounds it.
                            while matches!(open.last(), Some(OpenMark::Wiki)) {
                                open.pop();
                            }
                            self.close_bracket(&mut open, at);
                        }
                    }
                    Some(OpenMark::Bracket(_)) => self.close_bracket(&mut open, at),
                    None => {}
                },
                _ => {}
            }
            at += 1;
        }
        self.pairs.sort_unstable();
    }

    fn close_bracket(&mut self, open: &mut Vec<OpenMark>, at: usize) {
        if let Some(OpenMark::Bracket(start)) = open.pop() {
            self.pairs.push((start, at));
        }
    }
}

/// The end of the paragraph that starts before `at`: the next empty line, or the end.
fn paragraph_end(text: &str, at: usize) -> usize {
    let mut pos = at;
    loop {
        let (end, next) = line::line_bounds(text, pos);
        if next >= text.len() {
            return text.len();
        }
        let (following, _) = line::line_bounds(text, next);
        if line::is_blank(text.get(next..following).unwrap_or_default()) {
            return end;
        }
        pos = next;
    }
}
