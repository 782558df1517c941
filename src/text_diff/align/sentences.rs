//! Matches equal sentences of two texts in order: long ones before short ones, so that a short sentence
//! that occurs often cannot pull the texts out of step.

use super::between::RowBuilder;
use super::rows::Rows;
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
) -> Rows {
    let mut interner = Interner::default();
    let a = TokenizedText::new(original, forms, &mut interner);
    let b = TokenizedText::new(local, forms, &mut interner);
    align_sentences(a, b, forms, interner, budget)
}

/// [`align_in_order`] for texts that are split into sentences already. What is of no use any more is freed
/// on the way, since texts may have millions of sentences and of tokens.
pub fn align_sentences(
    mut a: TokenizedText,
    mut b: TokenizedText,
    forms: &NormalForms,
    mut interner: Interner,
    budget: &mut SearchBudget,
) -> Rows {
    interner.forget_sentences();
    let equal = match_equal_sentences(&a, &b);
    for side in [&mut a, &mut b] {
        side.forget_letters();
        side.forget_keys();
    }
    a.tokenize(|at| equal.binary_search_by_key(&at, |(i, _)| *i as usize).is_err(), forms, &mut interner);
    b.tokenize(|at| equal.binary_search_by_key(&at, |(_, j)| *j as usize).is_err(), forms, &mut interner);
    drop(interner);
    let end = (a.sentence_count(), b.sentence_count());
    let mut builder = RowBuilder::new(a, b, budget);
    let mut next = (0, 0);
    for (i, j) in equal.into_iter().map(|(i, j)| (i as usize, j as usize)) {
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
fn match_equal_sentences(a: &TokenizedText, b: &TokenizedText) -> Vec<(u32, u32)> {
    let long_sentences = |side: &TokenizedText| -> (Vec<u32>, Vec<u32>) {
        let all = (0..).zip(side.keys_of(0..side.sentence_count()));
        all.filter(|(at, _)| side.sentence_weight(*at as usize) >= ANCHOR_LENGTH).unzip()
    };
    let mut unlimited = SearchBudget::of_steps(u64::MAX);
    let ((places_a, keys_a), (places_b, keys_b)) = (long_sentences(a), long_sentences(b));
    let found = sequence::find_hunks(&keys_a, &keys_b, &mut unlimited);
    let anchors = sequence::equal_pairs(keys_a.len(), &found)
        .filter_map(|(i, j)| Some((*places_a.get(i)?, *places_b.get(j)?)));
    // Between the long sentences, everything that is equal in order.
    let mut all: Vec<(u32, u32)> = Vec::new();
    let mut next = (0, 0);
    let to_u32 = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let end = (to_u32(a.sentence_count()), to_u32(b.sentence_count()));
    for (i, j) in anchors.chain(std::iter::once(end)) {
        if next.0 < i && next.1 < j {
            let keys_a = a.keys_of(next.0 as usize..i as usize);
            let keys_b = b.keys_of(next.1 as usize..j as usize);
            let found = sequence::find_hunks(keys_a, keys_b, &mut unlimited);
            let pairs = sequence::equal_pairs(keys_a.len(), &found);
            all.extend(pairs.map(|(x, y)| (next.0 + to_u32(x), next.1 + to_u32(y))));
        }
        all.push((i, j));
        next = (i + 1, j + 1);
    }
    all.pop();
    all
}
