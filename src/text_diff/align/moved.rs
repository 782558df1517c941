//! Recognises sentences that only changed their place.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::row::{AlignedRow, RowKind, RowText};
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

/// Marks the rows of one side that are elsewhere on the other side, and what was changed in them there.
pub fn mark_moved_rows(rows: &mut [AlignedRow], forms: &NormalForms, budget: &mut SearchBudget) {
    let mut gone: Vec<(usize, String)> = Vec::new();
    let mut new: Vec<(usize, String)> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        match (row.kind, &row.original, &row.local) {
            (RowKind::OnlyOriginal, Some(text), _) if text.weight >= MIN_WEIGHT => {
                gone.push((at, normalize::full_normal_form(&text.text)));
            }
            (RowKind::OnlyLocal, _, Some(text)) if text.weight >= MIN_WEIGHT => {
                new.push((at, normalize::full_normal_form(&text.text)));
            }
            _ => {}
        }
    }
    if gone.is_empty() || new.is_empty() {
        return;
    }
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, key) in new.iter().rev() {
        places.entry(key).or_default().push(*at);
    }
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (at, key) in &gone {
        if let Some(place) = places.get_mut(key.as_str()).and_then(Vec::pop) {
            found.push((*at, place));
        }
    }
    drop(places);
    if found.len() <= MAX_MOVED {
        let (from, to): (HashSet<usize>, HashSet<usize>) = found.iter().copied().unzip();
        gone.retain(|(at, _)| !from.contains(at));
        new.retain(|(at, _)| !to.contains(at));
    }
    if found.len() <= MAX_MOVED && gone.len() <= MAX_CANDIDATES && new.len() <= MAX_CANDIDATES {
        pair_similar_rows(&gone, &mut new, &mut found);
    }
    // How many characters the common rows above each row have.
    let mut above = vec![0_u32];
    for row in rows.iter() {
        let common = row.original.as_ref().filter(|_| row.local.is_some()).map_or(0, |text| text.weight);
        above.push(above.last().map_or(0, |sum| sum.saturating_add(common)));
    }
    let mut edits = 0;
    for (i, j) in found {
        let passed = above.get(i).zip(above.get(j)).map_or(0, |(i, j)| i.abs_diff(*j));
        let texts = rows
            .get(i)
            .and_then(|row| row.original.as_ref())
            .zip(rows.get(j).and_then(|row| row.local.as_ref()));
        let edited = texts
            .filter(|(original, local)| original.text != local.text && edits < MAX_CANDIDATES)
            .and_then(|(original, local)| find_edits(original, local, forms, budget));
        edits += usize::from(edited.is_some());
        let (original, local) = edited.unwrap_or_default();
        // The move counts once, by the shorter of the row and the text it passed, since of two sentences
        // that changed places either may be the one that moved.
        if let Some(row) = rows.get_mut(i) {
            row.kind = RowKind::MovedOriginal;
            row.moved_to = Some(j);
            row.changed = row.changed.min(passed);
            if let Some(text) = &mut row.original {
                text.spans = original;
            }
        }
        if let Some(row) = rows.get_mut(j) {
            row.kind = RowKind::MovedLocal;
            row.moved_to = Some(i);
            row.changed = 0;
            if let Some(text) = &mut row.local {
                text.spans = local;
            }
        }
    }
}

type Spans = Vec<Range<usize>>;

/// The spans that differ between two versions of a moved sentence.
fn find_edits(
    original: &RowText,
    local: &RowText,
    forms: &NormalForms,
    budget: &mut SearchBudget,
) -> Option<(Spans, Spans)> {
    let page = |text: &RowText| PageText { blocks: vec![text.text.clone()], ..PageText::default() };
    let pair = align_in_order(&page(original), &page(local), forms, budget);
    match <[AlignedRow; 1]>::try_from(pair) {
        Ok([AlignedRow { kind: RowKind::Changed, original: Some(original), local: Some(local), .. }]) => {
            Some((original.spans, local.spans))
        }
        _ => None,
    }
}

/// Pairs each row that is gone with the most similar new one.
fn pair_similar_rows(
    gone: &[(usize, String)],
    new: &mut Vec<(usize, String)>,
    found: &mut Vec<(usize, usize)>,
) {
    let pairs = |text: &str| -> Vec<(char, char)> {
        let mut all: Vec<(char, char)> = text.chars().zip(text.chars().skip(1)).take(MAX_PAIRS).collect();
        all.sort_unstable();
        all
    };
    let mut candidates: Vec<(usize, Vec<(char, char)>)> =
        new.drain(..).map(|(at, key)| (at, pairs(&key))).collect();
    for (at, key) in gone {
        let wanted = pairs(key);
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
