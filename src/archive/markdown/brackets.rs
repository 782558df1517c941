//! Which `]` closes which `[`, for a whole paragraph in one pass.

use super::line;
use crate::archive::rule_phrase;

/// The pairs of one region of the text, usually a paragraph.
#[derive(Default)]
pub(super) struct Brackets {
    /// Where the region ends: beyond it nothing is known.
    end: usize,
    start: usize,
    /// Opening and closing offsets, by opening.
    pairs: Vec<(usize, usize)>,
}

/// A mark that is open while the region is read.
enum Open {
    Bracket(usize),
    Wiki,
}

impl Brackets {
    /// The end of the paragraph around `at`.
    pub fn paragraph_end(&mut self, text: &str, at: usize) -> usize {
        self.cover(text, at);
        self.end
    }

    /// The offset of the `]` that closes the `[` at `at`.
    pub fn closing(&mut self, text: &str, at: usize) -> Option<usize> {
        self.cover(text, at);
        let index = self.pairs.binary_search_by_key(&at, |pair| pair.0).ok()?;
        self.pairs.get(index).map(|pair| pair.1)
    }

    fn cover(&mut self, text: &str, at: usize) {
        if at >= self.start && at < self.end {
            return;
        }
        self.start = at;
        self.end = paragraph_end(text, at);
        self.pairs.clear();
        self.pair_up(text);
    }

    fn pair_up(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut open = Vec::new();
        let mut at = self.start;
        while at < self.end {
            match bytes[at] {
                b'\\' => at += 1,
                b'[' => {
                    if let Some(length) = rule_phrase::wiki_opening(text.get(at..).unwrap_or_default()) {
                        open.push(Open::Wiki);
                        at += length - 1;
                    } else {
                        open.push(Open::Bracket(at));
                    }
                }
                b']' => match open.last() {
                    Some(Open::Wiki) => {
                        if bytes.get(at + 1) == Some(&b']') {
                            open.pop();
                            at += 1;
                        } else if open.iter().any(|mark| matches!(mark, Open::Bracket(_))) {
                            // A wikilink that was never closed: it ends with what surrounds it.
                            while matches!(open.last(), Some(Open::Wiki)) {
                                open.pop();
                            }
                            self.close(&mut open, at);
                        }
                    }
                    Some(Open::Bracket(_)) => self.close(&mut open, at),
                    None => {}
                },
                _ => {}
            }
            at += 1;
        }
        self.pairs.sort_unstable();
    }

    fn close(&mut self, open: &mut Vec<Open>, at: usize) {
        if let Some(Open::Bracket(start)) = open.pop() {
            self.pairs.push((start, at));
        }
    }
}

/// The end of the paragraph that starts before `at`: the next empty line, or the end.
fn paragraph_end(text: &str, at: usize) -> usize {
    let mut pos = at;
    loop {
        let (end, next) = line::bounds(text, pos);
        if next >= text.len() {
            return text.len();
        }
        let (following, _) = line::bounds(text, next);
        if line::is_blank(text.get(next..following).unwrap_or_default()) {
            return end;
        }
        pos = next;
    }
}
