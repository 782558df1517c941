//! Writes a changed text once, with what was taken out and what was put in at its place.

use super::escape::escape_text;
use crate::report::diff::labels::DiffLabels;
use crate::report::diff::merge::{MergedPiece, merge_sides};
use crate::text_diff::RowText;

/// A changed text as one, with what was taken out and what was put in at its place.
pub(super) fn merged_html(before: &RowText<'_>, after: &RowText<'_>, labels: &DiffLabels) -> String {
    let pieces = merge_sides(before, after, labels.forms).into_iter().map(|piece| match piece {
        MergedPiece::Same(text) => escape_text(text),
        MergedPiece::Removed(text) => format!("<del>{}</del>", escape_text(text)),
        MergedPiece::Added(text) => format!("<ins>{}</ins>", escape_text(text)),
    });
    pieces.collect()
}
