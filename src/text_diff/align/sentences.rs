//! Matches equal sentences of two texts in order: long ones before short ones, so that a short sentence
//! that occurs often cannot pull the texts out of step.

use std::ops::Range;

use super::between::RowBuilder;
use super::row::AlignedRow;
use super::search_budget::SearchBudget;
use super::sequence;
use crate::text::{NormalForms, PageText};
use crate::text_diff::tokens::{Interner, TokenizedText};

/// Only sentences of at least this length, in characters of the normal form, are matched over the whole
/// text.
const ANCHOR_LENGTH: u32 = 8;

/// The rows of two texts in order, without a search for sentences that moved.
pub fn align_in_order(
    original: &PageText,
    local: &PageText,
    forms: &NormalForms,
    budget: &mut SearchBudget,
) -> Vec<AlignedRow> {
    let mut interner = Interner::default();
    let mut a = TokenizedText::new(original, forms, &mut interner);
    let mut b = TokenizedText::new(local, forms, &mut interner);
    align_sentences(&mut a, &mut b, forms, &mut interner, budget)
}

/// [`align_in_order`] for texts that are split into sentences already.
pub fn align_sentences(
    a: &mut TokenizedText,
    b: &mut TokenizedText,
    forms: &NormalForms,
    interner: &mut Interner,
    budget: &mut SearchBudget,
) -> Vec<AlignedRow> {
    let equal = match_equal_sentences(a, b);
    a.tokenize(|at| equal.binary_search_by_key(&at, |(i, _)| *i).is_err(), forms, interner);
    b.tokenize(|at| equal.binary_search_by_key(&at, |(_, j)| *j).is_err(), forms, interner);
    let end = (a.sentences.len(), b.sentences.len());
    let mut builder = RowBuilder::new(a, b, budget);
    let mut next = (0, 0);
    for (i, j) in equal {
        builder.push_gap(next.0..i, next.1..j);
        builder.push_equal(i..i + 1, j..j + 1);
        next = (i + 1, j + 1);
    }
    builder.push_gap(next.0..end.0, next.1..end.1);
    builder.into_rows()
}

/// Pairs of equal sentences, in order.
///
/// This search has no budget: without the pairs every sentence of a long text would count as changed,
/// and each would have to be cut into tokens, which costs far more.
fn match_equal_sentences(a: &TokenizedText, b: &TokenizedText) -> Vec<(usize, usize)> {
    let long_sentences = |side: &TokenizedText| -> (Vec<usize>, Vec<u32>) {
        let all = side.sentences.iter().enumerate();
        all.filter(|(_, s)| s.weight >= ANCHOR_LENGTH).map(|(i, s)| (i, s.key)).unzip()
    };
    let mut unlimited = SearchBudget::of_steps(u64::MAX);
    let ((places_a, keys_a), (places_b, keys_b)) = (long_sentences(a), long_sentences(b));
    let found = sequence::find_hunks(&keys_a, &keys_b, &mut unlimited);
    let mut anchors = Vec::new();
    for (i, j) in sequence::equal_pairs(keys_a.len(), &found) {
        if let (Some(i), Some(j)) = (places_a.get(i), places_b.get(j)) {
            anchors.push((*i, *j));
        }
    }
    // Between the long sentences, everything that is equal in order.
    let mut all = Vec::with_capacity(anchors.len());
    let mut next = (0, 0);
    let keys = |side: &TokenizedText, range: Range<usize>| -> Vec<u32> {
        side.sentences.get(range).unwrap_or_default().iter().map(|s| s.key).collect()
    };
    for (i, j) in anchors.into_iter().chain(std::iter::once((a.sentences.len(), b.sentences.len()))) {
        if next.0 < i && next.1 < j {
            let (gap_a, gap_b) = (keys(a, next.0..i), keys(b, next.1..j));
            let found = sequence::find_hunks(&gap_a, &gap_b, &mut unlimited);
            all.extend(sequence::equal_pairs(gap_a.len(), &found).map(|(x, y)| (next.0 + x, next.1 + y)));
        }
        all.push((i, j));
        next = (i + 1, j + 1);
    }
    all.pop();
    all
}
