//! Aligns two texts sentence by sentence: which sentences are equal, changed, moved, or on one side
//! only.
//!
//! [`sentences`] matches equal sentences, [`between`] compares what is left between them, and
//! [`moved`] recognises sentences that only changed their place.

pub(in crate::text_diff) mod between;
pub(in crate::text_diff) mod frame_tokens;
mod moved;
pub(in crate::text_diff) mod row;
pub(in crate::text_diff) mod rows;
pub(in crate::text_diff) mod search_budget;
pub(in crate::text_diff) mod sentences;
pub(in crate::text_diff) mod sequence;
pub(in crate::text_diff) mod texts;
pub(in crate::text_diff) mod variant_spans;

pub use row::{AlignedRow, RowKind, RowText};
pub use rows::{Alignment, Rows};
pub use search_budget::SearchBudget;
pub use texts::align_texts;
pub use variant_spans::find_variant_spans;
