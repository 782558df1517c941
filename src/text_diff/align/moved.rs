//! Recognises sentences that only changed their place.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use super::row::{RowKind, RowText};
use super::rows::{Rows, Spans};
use super::search_budget::SearchBudget;
use super::sentences::align_in_order;
use crate::text::ngrams::dice_coefficient;
use crate::text::{NormalForms, PageText, normalize};

/// Shorter rows are not followed, in characters of the normal form: "He nodded." occurs everywhere.
const MIN_WEIGHT: u32 = 8;
/// With more candidates on a side than this, only equal rows are found.
const MAX_CANDIDATES: usize = 100;
/// With more moved rows than this, similar ones are not looked for.
const MAX_MOVED: usize = 2000;
/// Of long rows, this many character pairs are compared.
const MAX_PAIRS: usize = 2000;
/// Rows whose character pairs agree less than this (Dice coefficient) are different rows.
const MIN_SIMILARITY: f64 = 0.6;

/// The rows of one side that may have moved, each with a hash of its normal form.
type Candidates = Vec<(usize, u64)>;

/// Marks the rows of one side that are elsewhere on the other side, and what was changed in them there.
pub fn mark_moved_rows(rows: &mut Rows, forms: &NormalForms, budget: &mut SearchBudget) {
    let hasher = RandomState::new();
    let candidates = |kind: RowKind| -> Candidates {
        let of_kind = rows.iter().enumerate().filter(|(_, row)| row.kind == kind);
        let texts = of_kind.filter_map(|(at, row)| Some((at, row.original.or(row.local)?)));
        texts
            .filter(|(_, text)| text.weight >= MIN_WEIGHT)
            .map(|(at, text)| (at, hasher.hash_one(normalize::full_normal_form(text.text))))
            .collect()
    };
    let mut gone = candidates(RowKind::OnlyOriginal);
    let mut new = candidates(RowKind::OnlyLocal);
    if gone.is_empty() || new.is_empty() {
        return;
    }
    let mut found = pair_equal_rows(&gone, &new);
    if found.len() <= MAX_MOVED {
        let (from, to): (HashSet<usize>, HashSet<usize>) = found.iter().copied().unzip();
        gone.retain(|(at, _)| !from.contains(at));
        new.retain(|(at, _)| !to.contains(at));
        if gone.len() <= MAX_CANDIDATES && new.len() <= MAX_CANDIDATES {
            pair_similar_rows(rows, &gone, &new, &mut found);
        }
    }
    // How many characters the common rows above each row have.
    let mut above = vec![0_u32];
    for row in rows.iter() {
        let common = row.original.filter(|_| row.local.is_some()).map_or(0, |text| text.weight);
        above.push(above.last().map_or(0, |sum| sum.saturating_add(common)));
    }
    let mut edits = 0;
    for (i, j) in found {
        let passed = above.get(i).zip(above.get(j)).map_or(0, |(i, j)| i.abs_diff(*j));
        let (old, new) = (rows.get(i), rows.get(j));
        let texts = old.and_then(|row| row.original).zip(new.and_then(|row| row.local));
        let edited = texts
            .filter(|(original, local)| original.text != local.text && edits < MAX_CANDIDATES)
            .and_then(|(original, local)| find_edits(&original, &local, forms, budget));
        edits += usize::from(edited.is_some());
        // The move counts once, by the shorter of the row and the text it passed, since of two sentences
        // that changed places either may be the one that moved.
        let changed = old.map_or(0, |row| row.changed.min(passed));
        rows.mark_moved((i, j), edited.unwrap_or_default(), changed);
    }
}

/// Pairs the rows of both sides that are equal: each with the first that no other has.
fn pair_equal_rows(gone: &Candidates, new: &Candidates) -> Vec<(usize, usize)> {
    let mut places: Vec<(u64, usize)> = new.iter().map(|(at, hash)| (*hash, *at)).collect();
    places.sort_unstable();
    // How many of each hash are taken.
    let mut taken: HashMap<u64, usize> = HashMap::new();
    let pair = |(at, hash): &(usize, u64)| {
        let first = places.partition_point(|(other, _)| other < hash);
        let used = taken.get(hash).copied().unwrap_or_default();
        let (_, place) = places.get(first + used).filter(|(other, _)| other == hash)?;
        taken.insert(*hash, used + 1);
        Some((*at, *place))
    };
    gone.iter().filter_map(pair).collect()
}

/// The spans that differ between two versions of a moved sentence.
fn find_edits(
    original: &RowText<'_>,
    local: &RowText<'_>,
    forms: &NormalForms,
    budget: &mut SearchBudget,
) -> Option<(Spans, Spans)> {
    let page = |text: &RowText<'_>| PageText { blocks: vec![text.text.into()], ..PageText::default() };
    let pair = align_in_order(&page(original), &page(local), forms, budget);
    let row = pair.get(0).filter(|row| pair.len() == 1 && row.kind == RowKind::Changed)?;
    Some((row.original?.spans.to_vec(), row.local?.spans.to_vec()))
}

/// Pairs each row that is gone with the most similar new one.
fn pair_similar_rows(rows: &Rows, gone: &Candidates, new: &Candidates, found: &mut Vec<(usize, usize)>) {
    let pairs = |at: usize| -> Vec<(char, char)> {
        let text = rows.get(at).and_then(|row| row.original.or(row.local)).unwrap_or_default();
        let text = normalize::full_normal_form(text.text);
        let mut all: Vec<(char, char)> = text.chars().zip(text.chars().skip(1)).take(MAX_PAIRS).collect();
        all.sort_unstable();
        all
    };
    let mut candidates: Vec<(usize, Vec<(char, char)>)> =
        new.iter().map(|(at, _)| (*at, pairs(*at))).collect();
    for (at, _) in gone {
        let wanted = pairs(*at);
        let best = candidates
            .iter()
            .enumerate()
            .map(|(place, (_, other))| (place, dice_coefficient(&wanted, other)))
            .max_by(|x, y| x.1.total_cmp(&y.1));
        if let Some((place, score)) = best
            && score >= MIN_SIMILARITY
        {
            let (row, _) = candidates.swap_remove(place);
            found.push((*at, row));
        }
    }
}
