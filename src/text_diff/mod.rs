//! Compares two texts and says what exactly changed between them.
//!
//! [`compare()`] aligns the sentences of an original and of its local copy ([`align`]), decides how much
//! changed ([`classify`]), and names the changes to read first ([`key_changes`]). The measure is
//! directional containment rather than symmetric similarity: an original that only holds more around an
//! unchanged text has not drifted. [`verbatim`] recognises most unchanged pages without any of this.

// Normal forms are passed by reference, since they may grow beyond what is cheap to copy.
#![allow(clippy::trivially_copy_pass_by_ref)]

pub mod align;
mod change_totals;
mod classify;
mod compare;
mod compare_rules;
mod comparison;
mod containment;
mod drift;
mod frame_rows;
mod haystack;
mod key_changes;
mod ngram_shares;
mod page_rows;
pub mod quotes;
mod sides;
pub(in crate::text_diff) mod tests;
mod three_way;
mod title;
mod tokens;
mod translation;
mod truncation;
mod verbatim;

pub use align::{
    AlignedRow, Alignment, RowKind, RowText, Rows, SearchBudget, align_texts, find_variant_spans,
};
pub use compare::{compare, compare_aligned};
pub use compare_rules::CompareRules;
pub use comparison::{Comparison, DriftClass, KeyChange, TRANSLATION, TextSide};
pub use containment::containment;
pub use drift::{Drift, MovedSide};
pub use key_changes::KeyChangeRules;
pub use three_way::{ThreeWay, compare_three_way};
pub use verbatim::{compare_verbatim, compare_verbatim_folded, is_verbatim_in_page};
