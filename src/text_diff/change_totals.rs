//! Adds up how much of two aligned texts changed, without the boilerplate around an article.

use std::ops::Range;

use super::align::{AlignedRow, RowKind, RowText, Rows};
use super::page_rows::ends_sentence;
use super::sides::Sides;
use crate::text::Lexicon;

/// Sums over the rows of an alignment, in characters of the normal form.
pub struct ChangeTotals {
    /// The characters that changed.
    pub changed: u64,
    /// The sentences that changed.
    pub sentences: u32,
    /// The largest run of changes between two equal sentences.
    pub largest_run: u64,
    /// The characters of boilerplate: those of the original before the first and after the last matched
    /// row, in lines of their own.
    pub outside: u64,
    /// The original's characters.
    pub original: u64,
    /// The local copy's characters.
    pub local: u64,
}

impl ChangeTotals {
    /// The characters of the longer side.
    pub fn longer_side(&self) -> u64 {
        self.original.max(self.local)
    }

    /// Adds up the rows. A page may have text around the article that its copy does not have.
    pub fn from_rows(rows: &Rows, sides: Sides, words: &Lexicon) -> Self {
        let mut totals = Self { changed: 0, sentences: 0, largest_run: 0, outside: 0, original: 0, local: 0 };
        let inside = if sides == Sides::PageAndCopy { find_core(rows) } else { 0..rows.len() };
        let lines = widen_to_lines(rows, &inside);
        // A run of sentences on one side next to a run on the other is a replacement, and the longer of
        // the two runs counts.
        let (mut gone, mut new, mut run) = (0_u64, 0_u64, 0_u64);
        let end =
            AlignedRow { kind: RowKind::Equal, original: None, local: None, moved_to: None, changed: 0 };
        for (at, row) in rows.iter().chain(std::iter::once(end)).enumerate() {
            let weight = |side: Option<RowText<'_>>| side.map_or(0, |s| u64::from(s.weight));
            let outside = !inside.contains(&at) && row.kind == RowKind::OnlyOriginal;
            let counts = |text: RowText<'_>| {
                (lines.contains(&at) && is_sentence(text.text)) || words.is_correction(text.text)
            };
            if outside && !row.original.is_some_and(counts) {
                totals.outside += weight(row.original);
                continue;
            }
            totals.original += weight(row.original);
            totals.local += weight(row.local);
            let sentences = |side: Option<RowText<'_>>| side.map_or(0, |s| s.sentences);
            match row.kind {
                RowKind::OnlyOriginal | RowKind::MovedOriginal => {
                    gone += u64::from(row.changed);
                    totals.sentences += 1;
                }
                RowKind::OnlyLocal => {
                    new += u64::from(row.changed);
                    totals.sentences += 1;
                }
                RowKind::Changed => {
                    run += u64::from(row.changed) + gone.max(new);
                    totals.sentences += sentences(row.original).max(sentences(row.local));
                    (gone, new) = (0, 0);
                }
                RowKind::Equal | RowKind::Variant => {
                    run += gone.max(new);
                    totals.changed += run;
                    totals.largest_run = totals.largest_run.max(run);
                    (gone, new, run) = (0, 0, 0);
                }
                RowKind::MovedLocal => {}
            }
        }
        totals
    }
}

/// The rows from the first to the last that has a local side.
fn find_core(rows: &Rows) -> Range<usize> {
    let first = rows.iter().position(|row| row.local.is_some()).unwrap_or(0);
    let last = rows.iter().rposition(|row| row.local.is_some()).map_or(0, |at| at + 1);
    first..last
}

/// The same rows, and those that are in one line with the first or the last of them.
fn widen_to_lines(rows: &Rows, inside: &Range<usize>) -> Range<usize> {
    let continues_line = |row: &AlignedRow<'_>| row.original.is_some_and(|text| text.continues_line);
    let (mut start, mut end) = (inside.start, inside.end);
    end += rows.iter().skip(end).take_while(continues_line).count();
    let first = rows.iter().skip(start).find(|row| row.original.is_some());
    if first.as_ref().is_some_and(continues_line) {
        let before = rows.iter().take(start);
        // The first sentence of the line does not continue it.
        start -= (before.rev().take_while(continues_line).count() + 1).min(start);
    }
    start..end
}

/// Whether a text is a sentence, and not a credit (`（记者张三）`, `来源：某社`, `© 2020 …`).
fn is_sentence(text: &str) -> bool {
    ends_sentence(text) && !text.starts_with(['(', '（', '[', '［', '【', '©'])
}
