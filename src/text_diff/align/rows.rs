//! Keeps the rows of an alignment as places in the two texts.
//!
//! A text may have a sentence for every six bytes, so a row takes 16 bytes unless words in it changed, and
//! its texts are looked up when it is read.

use std::ops::Range;

use super::row::{AlignedRow, RowKind, RowText};
use crate::text_diff::tokens::TokenizedText;

/// Where there is no sentence or no detail.
const NONE: u32 = u32::MAX;

/// A row as it is kept: the number of its first sentence on each side.
#[derive(Clone, Copy, Debug)]
struct StoredRow {
    kind: RowKind,
    original: u32,
    local: u32,
    /// The index of its [`RowDetail`].
    detail: u32,
}

/// What only some rows have.
#[derive(Clone, Debug)]
struct RowDetail {
    original: SideDetail,
    local: SideDetail,
    moved_to: u32,
    changed: u32,
}

/// One side of a row with details.
#[derive(Clone, Debug)]
struct SideDetail {
    sentences: u32,
    /// The changed spans, as a range of [`Rows::spans`].
    spans: Range<u32>,
}

impl Default for SideDetail {
    fn default() -> Self {
        Self { sentences: 1, spans: 0..0 }
    }
}

impl Default for RowDetail {
    fn default() -> Self {
        Self { original: SideDetail::default(), local: SideDetail::default(), moved_to: NONE, changed: 0 }
    }
}

/// The rows of an alignment, in reading order, with the two texts.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    original: TokenizedText,
    local: TokenizedText,
    stored: Vec<StoredRow>,
    details: Vec<RowDetail>,
    /// The changed spans of all rows, as byte ranges of the row's text.
    spans: Vec<Range<usize>>,
}

/// The changed parts of a text, as byte ranges.
pub type Spans = Vec<Range<usize>>;

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(NONE)
}

impl Rows {
    /// No rows yet of two texts.
    pub(in crate::text_diff) fn of_texts(original: TokenizedText, local: TokenizedText) -> Self {
        Self { original, local, ..Self::default() }
    }

    pub(in crate::text_diff) fn original(&self) -> &TokenizedText {
        &self.original
    }

    pub(in crate::text_diff) fn local(&self) -> &TokenizedText {
        &self.local
    }

    /// Frees what only building the rows needs.
    pub(in crate::text_diff) fn forget_tokens(&mut self) {
        self.original.forget_tokens();
        self.local.forget_tokens();
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.stored.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.stored.is_empty()
    }

    /// A row by its index.
    pub fn get(&self, at: usize) -> Option<AlignedRow<'_>> {
        self.stored.get(at).map(|row| self.read_row(row))
    }

    /// The rows in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = AlignedRow<'_>> + ExactSizeIterator {
        self.stored.iter().map(|row| self.read_row(row))
    }

    fn read_row(&self, row: &StoredRow) -> AlignedRow<'_> {
        let detail = self.details.get(row.detail as usize);
        let original = self.read_side(&self.original, row.original, detail.map(|detail| &detail.original));
        let local = self.read_side(&self.local, row.local, detail.map(|detail| &detail.local));
        let one_sided = || match row.kind {
            RowKind::OnlyOriginal => original.map_or(0, |text| text.weight),
            RowKind::OnlyLocal => local.map_or(0, |text| text.weight),
            _ => 0,
        };
        AlignedRow {
            kind: row.kind,
            original,
            local,
            moved_to: detail.filter(|detail| detail.moved_to != NONE).map(|detail| detail.moved_to as usize),
            changed: detail.map_or_else(one_sided, |detail| detail.changed),
        }
    }

    fn read_side<'a>(
        &'a self,
        side: &'a TokenizedText,
        first: u32,
        detail: Option<&SideDetail>,
    ) -> Option<RowText<'a>> {
        let start = (first != NONE).then_some(first as usize)?;
        let sentences = detail.map_or(1, |detail| detail.sentences);
        let run = start..start + sentences as usize;
        let spans = detail.and_then(|own| self.spans.get(own.spans.start as usize..own.spans.end as usize));
        Some(RowText {
            text: side.text_of(run.clone()),
            spans: spans.unwrap_or_default(),
            sentences,
            weight: side.weight_of(run.clone()),
            role: side.role_of(run),
            continues_line: side.continues_line(start),
        })
    }

    fn push_detail(&mut self, detail: RowDetail) -> u32 {
        self.details.push(detail);
        to_u32(self.details.len() - 1)
    }

    fn push_spans(&mut self, spans: Spans) -> Range<u32> {
        let start = to_u32(self.spans.len());
        self.spans.extend(spans);
        start..to_u32(self.spans.len())
    }

    /// Adds a row of sentences that are equal in the normal form.
    pub(in crate::text_diff) fn push_equal(&mut self, a: Range<usize>, b: Range<usize>) {
        let same = self.original.text_of(a.clone()) == self.local.text_of(b.clone());
        let kind = if same { RowKind::Equal } else { RowKind::Variant };
        let detail = if a.len() == 1 && b.len() == 1 {
            NONE
        } else {
            let side = |run: &Range<usize>| SideDetail { sentences: to_u32(run.len()), spans: 0..0 };
            self.push_detail(RowDetail { original: side(&a), local: side(&b), ..RowDetail::default() })
        };
        self.stored.push(StoredRow { kind, original: to_u32(a.start), local: to_u32(b.start), detail });
    }

    /// Adds a row for each of some sentences of the original only.
    pub(in crate::text_diff) fn push_only_original(&mut self, sentences: Range<usize>) {
        let kind = RowKind::OnlyOriginal;
        let row = |at| StoredRow { kind, original: to_u32(at), local: NONE, detail: NONE };
        self.stored.extend(sentences.map(row));
    }

    /// Adds a row for each of some sentences of the local copy only.
    pub(in crate::text_diff) fn push_only_local(&mut self, sentences: Range<usize>) {
        let kind = RowKind::OnlyLocal;
        let row = |at| StoredRow { kind, original: NONE, local: to_u32(at), detail: NONE };
        self.stored.extend(sentences.map(row));
    }

    /// Adds a row of sentences of which these spans changed, and so many characters.
    pub(in crate::text_diff) fn push_changed(
        &mut self,
        (a, spans_a): (Range<usize>, Spans),
        (b, spans_b): (Range<usize>, Spans),
        changed: u32,
    ) {
        let original = SideDetail { sentences: to_u32(a.len()), spans: self.push_spans(spans_a) };
        let local = SideDetail { sentences: to_u32(b.len()), spans: self.push_spans(spans_b) };
        let detail = self.push_detail(RowDetail { original, local, moved_to: NONE, changed });
        let (original, local) = (to_u32(a.start), to_u32(b.start));
        self.stored.push(StoredRow { kind: RowKind::Changed, original, local, detail });
    }

    /// Makes a row one that is equal in the normal form.
    pub(in crate::text_diff) fn mark_unchanged(&mut self, at: usize) {
        let Some(row) = self.stored.get_mut(at) else { return };
        row.kind = RowKind::Variant;
        if let Some(detail) = self.details.get_mut(row.detail as usize) {
            (detail.changed, detail.moved_to) = (0, NONE);
            (detail.original.spans, detail.local.spans) = (0..0, 0..0);
        }
    }

    /// Makes two rows the old and the new place of one sentence, which counts as so many changed characters
    /// at its old place. The spans are what changed in it.
    pub(in crate::text_diff) fn mark_moved(
        &mut self,
        (from, to): (usize, usize),
        (original, local): (Spans, Spans),
        changed: u32,
    ) {
        let (original, local) = (self.push_spans(original), self.push_spans(local));
        let side = |spans| SideDetail { sentences: 1, spans };
        let old =
            RowDetail { original: side(original), moved_to: to_u32(to), changed, ..RowDetail::default() };
        let new = RowDetail { local: side(local), moved_to: to_u32(from), ..RowDetail::default() };
        for (at, kind, detail) in [(from, RowKind::MovedOriginal, old), (to, RowKind::MovedLocal, new)] {
            let detail = self.push_detail(detail);
            if let Some(row) = self.stored.get_mut(at) {
                (row.kind, row.detail) = (kind, detail);
            }
        }
    }

    /// Removes the rows that are marked as gone.
    pub(in crate::text_diff) fn remove(&mut self, gone: &[bool]) {
        let mut at = 0;
        self.stored.retain(|_| {
            at += 1;
            !gone.get(at - 1).copied().unwrap_or_default()
        });
        // Moved rows refer to each other by index.
        let mut shifts = vec![0_u32];
        for gone in gone {
            shifts.push(shifts.last().copied().unwrap_or_default() + u32::from(*gone));
        }
        for detail in self.details.iter_mut().filter(|detail| detail.moved_to != NONE) {
            detail.moved_to -= shifts.get(detail.moved_to as usize).copied().unwrap_or_default();
        }
    }
}

/// Two texts, side by side.
#[derive(Clone, Debug, Default)]
pub struct Alignment {
    /// The rows, in reading order.
    pub rows: Rows,
    /// The original's title.
    pub original_title: String,
    /// The local copy's title.
    pub local_title: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_takes_sixteen_bytes() {
        assert_eq!(size_of::<StoredRow>(), 16);
    }
}
