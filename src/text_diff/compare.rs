//! The entry points of a comparison.

use super::align::{Alignment, SearchBudget};
use super::classify;
use super::compare_rules::CompareRules;
use super::comparison::Comparison;
use crate::text::PageText;

/// Compares an original with a local copy, with bounded work on any input.
///
/// `original` is a page where its `whole` text is given. Then text around the article counts as
/// boilerplate, and a sentence counts as lost only where the whole page does not hold it.
pub fn compare(original: &PageText, local: &PageText, rules: &CompareRules) -> Comparison {
    classify::classify(original, local, rules, &mut SearchBudget::of_comparison()).0
}

/// [`compare`], with the rows that it rests on, to show them.
pub fn compare_aligned(
    original: &PageText,
    local: &PageText,
    rules: &CompareRules,
) -> (Comparison, Alignment) {
    let (comparison, rows) = classify::classify(original, local, rules, &mut SearchBudget::of_comparison());
    let alignment =
        Alignment { rows, original_title: original.title.clone(), local_title: local.title.clone() };
    (comparison, alignment)
}
