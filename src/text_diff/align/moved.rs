//! Recognises rows that only changed their place.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Instant;

use crate::text::{NormalForms, PageText, normalize};
use crate::text_diff::align;
use crate::text_diff::align::{Row, RowKind, RowText};

/// Rows shorter than this are not followed: "He nodded." stands everywhere.
const MIN: u32 = 8;
/// Above this many candidates on a side only equal rows are found.
const MAX_SIMILAR: usize = 100;
/// Rows whose character pairs agree less than this are not the same (Dice coefficient).
const SIMILAR: f64 = 0.6;

/// Marks rows of one side that stand elsewhere on the other, and what was changed in them there.
pub fn mark(rows: &mut [Row], forms: &NormalForms, deadline: Instant) {
    let mut gone: Vec<(usize, String)> = Vec::new();
    let mut new: Vec<(usize, String)> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        match (row.kind, &row.original, &row.local) {
            (RowKind::OnlyOriginal, Some(text), _) if text.weight >= MIN => {
                gone.push((at, normalize::letters(&text.text)));
            }
            (RowKind::OnlyLocal, _, Some(text)) if text.weight >= MIN => {
                new.push((at, normalize::letters(&text.text)));
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
    gone.retain(|(at, _)| !found.iter().any(|(i, _)| i == at) || found.len() > 2000);
    new.retain(|(at, _)| !found.iter().any(|(_, j)| j == at) || found.len() > 2000);
    if found.len() <= 2000 && gone.len() <= MAX_SIMILAR && new.len() <= MAX_SIMILAR {
        similar(&gone, &mut new, &mut found);
    }
    // The letters of the common rows above each row.
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
            .filter(|(original, local)| original.text != local.text && edits < MAX_SIMILAR)
            .and_then(|(original, local)| edited(original, local, forms, deadline));
        edits += usize::from(edited.is_some());
        let (original, local) = edited.unwrap_or_default();
        // Counted once, by the shorter of the row and what it passed: of two sentences that changed
        // places either may be the one that moved.
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

/// What differs between two forms of a moved sentence.
fn edited(
    original: &RowText,
    local: &RowText,
    forms: &NormalForms,
    deadline: Instant,
) -> Option<(Spans, Spans)> {
    let page = |text: &RowText| PageText { blocks: vec![text.text.clone()], ..PageText::default() };
    let pair = align::align_in_order(&page(original), &page(local), forms, deadline);
    match <[Row; 1]>::try_from(pair) {
        Ok([Row { kind: RowKind::Changed, original: Some(original), local: Some(local), .. }]) => {
            Some((original.spans, local.spans))
        }
        _ => None,
    }
}

fn similar(gone: &[(usize, String)], new: &mut Vec<(usize, String)>, found: &mut Vec<(usize, usize)>) {
    let pairs = |text: &str| -> Vec<(char, char)> {
        let mut all: Vec<(char, char)> = text.chars().zip(text.chars().skip(1)).take(2000).collect();
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
            .map(|(place, (_, other))| (place, dice(&wanted, other)))
            .max_by(|x, y| x.1.total_cmp(&y.1));
        if let Some((place, score)) = best
            && score >= SIMILAR
        {
            let (row, _) = candidates.swap_remove(place);
            found.push((*at, row));
        }
    }
}

/// The Dice coefficient of two sorted lists.
pub fn dice(a: &[(char, char)], b: &[(char, char)]) -> f64 {
    let (mut i, mut j, mut both) = (0, 0, 0_usize);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                both += 1;
                i += 1;
                j += 1;
            }
        }
    }
    let total = a.len() + b.len();
    if total == 0 { 1.0 } else { 2.0 * both as f64 / total as f64 }
}

#[cfg(test)]
mod tests {
    use crate::text::{NormalForms, PageText};
    use crate::text_diff::align::{RowKind, align};
    use std::time::{Duration, Instant};

    #[test]
    fn a_moved_paragraph_is_followed() {
        let page = |blocks: &[&str]| PageText {
            blocks: blocks.iter().map(|b| (*b).to_owned()).collect(),
            ..PageText::default()
        };
        let a = page(&[
            "第一段讲天气很好。",
            "第二段讲经济的增长。",
            "第三段讲体育比赛结果。",
            "第四段讲文化活动。",
        ]);
        let b = page(&[
            "第三段讲体育比赛结果。",
            "第一段讲天气很好。",
            "第二段讲经济的增长。",
            "第四段讲文化活动。",
        ]);
        let rows = align(&a, &b, &NormalForms::default(), Instant::now() + Duration::from_secs(20)).rows;
        let from = rows.iter().position(|r| r.kind == RowKind::MovedOriginal);
        let to = rows.iter().position(|r| r.kind == RowKind::MovedLocal);
        assert!(from.is_some() && to.is_some());
        assert_eq!(rows[from.unwrap_or(0)].moved_to, to);
        assert_eq!(rows.iter().filter(|r| r.kind == RowKind::Equal).count(), 3);
    }
}
