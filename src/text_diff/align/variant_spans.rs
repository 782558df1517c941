//! Where two texts that are equal in their normal form are written differently.

use std::ops::Range;

use super::search_budget::{SEARCH_STEPS, SearchBudget};
use super::sequence;

/// The differently written parts of two texts that are equal in their normal form, as byte ranges of
/// each, in order.
pub fn find_variant_spans(original: &str, local: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let code_points = |text: &str| text.chars().map(u32::from).collect::<Vec<u32>>();
    let offsets = |text: &str| -> Vec<usize> {
        text.char_indices().map(|(at, _)| at).chain(std::iter::once(text.len())).collect()
    };
    let mut budget = SearchBudget::of_steps(SEARCH_STEPS / 8);
    let hunks = sequence::find_hunks(&code_points(original), &code_points(local), &mut budget);
    let (offsets_a, offsets_b) = (offsets(original), offsets(local));
    let span = |offsets: &[usize], run: &Range<usize>| Some(*offsets.get(run.start)?..*offsets.get(run.end)?);
    let spans_a = hunks.iter().filter(|h| !h.a.is_empty()).filter_map(|h| span(&offsets_a, &h.a)).collect();
    let spans_b = hunks.iter().filter(|h| !h.b.is_empty()).filter_map(|h| span(&offsets_b, &h.b)).collect();
    (spans_a, spans_b)
}
