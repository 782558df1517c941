//! Two texts in, what exactly changed between them out.
//!
//! Directional containment decides, not symmetric similarity: an original that only holds more
//! around an unchanged text has not drifted.

// The forms are passed as one thing: they may grow beyond what is cheap to copy.
#![allow(clippy::trivially_copy_pass_by_ref)]

pub mod align;
mod classify;
mod containment;
mod drift;
mod key_changes;
mod ngram_index;
pub mod quotes;
pub(in crate::text_diff) mod tests;
mod three_way;
mod title;
mod tokens;
mod verbatim;

use std::ops::Range;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::text::{NormalForms, PageText};

pub use align::{Alignment, Row, RowKind, RowText, align};
pub use containment::{containment, quick_compare, quick_compare_folded};
pub use drift::{Drift, MovedSide};
pub use three_way::{ThreeWay, three_way};
pub use verbatim::quick_equal;

/// What became of the text. The names are those of the JSON output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftClass {
    /// Equal.
    Identical,
    /// Markup, white space, punctuation and width, simplified against traditional.
    Cosmetic,
    /// A little was changed.
    MinorEdit,
    /// Much was changed.
    MajorEdit,
    /// One side lost a large consecutive part.
    Truncated,
    /// Hardly a sentence was left as it was.
    Rewritten,
    /// Another article stands there.
    Different,
    /// No comparable text.
    Unverifiable,
}

impl DriftClass {
    /// The class's name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Cosmetic => "cosmetic",
            Self::MinorEdit => "minor-edit",
            Self::MajorEdit => "major-edit",
            Self::Truncated => "truncated",
            Self::Rewritten => "rewritten",
            Self::Different => "different",
            Self::Unverifiable => "unverifiable",
        }
    }

    /// Whether this is drift: the text says something else, or part of it is gone.
    pub fn is_drift(self) -> bool {
        !matches!(self, Self::Identical | Self::Cosmetic | Self::Unverifiable)
    }

    /// Whether both sides say the same, word for word.
    pub fn is_equal(self) -> bool {
        matches!(self, Self::Identical | Self::Cosmetic)
    }
}

/// Which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The page on the web; of two files the one that is a page, or the first.
    Original,
    /// The copy in the archive, or the other file.
    Local,
}

/// What changed between an original and a local copy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The class.
    pub class: DriftClass,
    /// Which side lost the part, for [`DriftClass::Truncated`].
    pub missing_from: Option<Side>,
    /// The share of the local copy's 5-grams found in the original, 0 to 1.
    pub local_in_original: f64,
    /// The share of the original's 5-grams found in the local copy, 0 to 1.
    pub original_in_local: f64,
    /// How many sentences were changed, added or removed.
    pub changed_sentences: u32,
    /// Whether the original only holds more around an unchanged text.
    pub noise: bool,
    /// Whether the title says something else.
    pub title_changed: bool,
    /// The changes that matter most, most telling first: figures, dates, negations, corrections.
    pub telling: Vec<TellingChange>,
}

/// A change that a reader must not miss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellingChange {
    /// `number`, `date`, `negation`, `name` or `correction`.
    pub kind: String,
    /// The words in the local copy.
    pub local: String,
    /// The words in the original.
    pub original: String,
}

/// Compares an original with a local copy, in bounded time on any input.
///
/// `original` is a page where its `whole` text is given: then what stands around the article counts
/// as furniture, and a sentence is looked for in the whole page before it counts as lost.
pub fn compare(original: &PageText, local: &PageText, forms: &NormalForms) -> Comparison {
    classify::compare(original, local, forms, Instant::now() + align::BUDGET).0
}

/// [`compare`], with the rows that it rests on, for showing them.
pub fn compare_aligned(
    original: &PageText,
    local: &PageText,
    forms: &NormalForms,
) -> (Comparison, Alignment) {
    let (comparison, rows) = classify::compare(original, local, forms, Instant::now() + align::BUDGET);
    let alignment =
        Alignment { rows, original_title: original.title.clone(), local_title: local.title.clone() };
    (comparison, alignment)
}

/// Where two texts that are equal in their normal form are written differently, as byte ranges of
/// each, in order.
pub fn variant_spans(original: &str, local: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let codes = |text: &str| text.chars().map(u32::from).collect::<Vec<u32>>();
    let offsets = |text: &str| -> Vec<usize> {
        text.char_indices().map(|(at, _)| at).chain(std::iter::once(text.len())).collect()
    };
    let found = align::sequence::hunks(&codes(original), &codes(local), Instant::now() + align::BUDGET / 8);
    let (places_a, places_b) = (offsets(original), offsets(local));
    let span = |places: &[usize], run: &Range<usize>| Some(*places.get(run.start)?..*places.get(run.end)?);
    let spans_a = found.iter().filter(|h| !h.a.is_empty()).filter_map(|h| span(&places_a, &h.a)).collect();
    let spans_b = found.iter().filter(|h| !h.b.is_empty()).filter_map(|h| span(&places_b, &h.b)).collect();
    (spans_a, spans_b)
}
