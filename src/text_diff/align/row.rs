//! The rows of an alignment: a sentence of each side, or of one, and what became of it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::text::BlockRole;

/// What became of a sentence (or of a few that were merged or split).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowKind {
    /// Equal as written.
    Equal,
    /// Equal but for the normal forms: punctuation, width, script, white space.
    Variant,
    /// Changed; the spans say where.
    Changed,
    /// Only in the original.
    OnlyOriginal,
    /// Only in the local copy.
    OnlyLocal,
    /// Elsewhere on the other side; this is its place in the original.
    MovedOriginal,
    /// Elsewhere on the other side; this is its place in the local copy.
    MovedLocal,
}

/// One side of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowText<'a> {
    /// The text as written.
    pub text: &'a str,
    /// The changed parts of it, as byte ranges, in order.
    pub spans: &'a [Range<usize>],
    /// How many sentences it holds.
    pub sentences: u32,
    /// Its length in characters of the normal form.
    pub weight: u32,
    /// Whether it is in the same line as the sentence before it.
    pub continues_line: bool,
    /// What it is to its text.
    pub role: BlockRole,
}

impl RowText<'_> {
    /// Whether the changed spans touch a place, as a byte range of the text.
    pub(in crate::text_diff) fn touches_span(&self, at: &Range<usize>) -> bool {
        let next = self.spans.partition_point(|span| span.end <= at.start);
        self.spans.get(next).is_some_and(|span| span.start < at.end)
    }
}

/// A row of an alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlignedRow<'a> {
    /// What became of the sentence.
    pub kind: RowKind,
    /// The original's side.
    pub original: Option<RowText<'a>>,
    /// The local copy's side.
    pub local: Option<RowText<'a>>,
    /// For a moved row, the index of its other place.
    pub moved_to: Option<usize>,
    /// How many characters differ, of the longer side of each change.
    pub changed: u32,
}
