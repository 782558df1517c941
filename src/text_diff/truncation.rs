//! Recognises a truncated text: one side lost a large part in one piece, and the rest is as it was.

use super::align::{AlignedRow, RowKind, Rows};
use super::comparison::TextSide;
use super::sides::Sides;
use crate::text::normalize;

/// A lost tail of at least this share of the text is a truncation.
const MIN_TAIL: f64 = 0.25;
/// The same where the text that is left ends in mid-sentence.
const MIN_ABRUPT_TAIL: f64 = 0.12;
/// A lost beginning or middle of at least this share is a truncation. The bound is higher than for a
/// tail, since editors take out paragraphs too.
const MIN_PART: f64 = 0.35;
/// The rest of a truncated text is intact where at most this share of it changed.
const MAX_OTHER_CHANGES: f64 = 0.05;

/// The side that lost a large part in one piece, where the rest hardly changed. What a page has after the
/// article is boilerplate rather than a tail that its copy lost.
pub fn find_truncated_side(rows: &Rows, sides: Sides) -> Option<TextSide> {
    let may_have_more = sides == Sides::PageAndCopy;
    for (kind, side) in [(RowKind::OnlyLocal, TextSide::Original), (RowKind::OnlyOriginal, TextSide::Local)] {
        if may_have_more && side == TextSide::Local {
            continue;
        }
        let other = if kind == RowKind::OnlyLocal { RowKind::OnlyOriginal } else { RowKind::OnlyLocal };
        // The rows by their indexes.
        let rest: Vec<usize> = rows
            .iter()
            .enumerate()
            .filter(|(_, row)| !(may_have_more && row.kind == other))
            .map(|(at, _)| at)
            .collect();
        // Where a text repeats itself, a lost sentence may be marked as moved; its row also has one side.
        let is_one_sided = |at: usize| {
            rows.get(at).is_some_and(|row| match kind {
                RowKind::OnlyLocal => row.original.is_none(),
                _ => row.local.is_none(),
            })
        };
        let weigh = |row: AlignedRow<'_>| {
            let text = if kind == RowKind::OnlyLocal { row.local } else { row.original };
            text.map_or(0.0, |t| f64::from(t.weight))
        };
        let total: f64 = rows_of(rows, &rest).map(weigh).sum();
        let changed: f64 = rows_of(rows, &rest).map(|row| f64::from(row.changed)).sum();
        let mut from = 0;
        for part in rest.chunk_by(|a, b| is_one_sided(*a) == is_one_sided(*b)) {
            let at_end = from + part.len() == rest.len();
            let whole = part.first().is_none_or(|at| !is_one_sided(*at));
            let before = rest.get(..from).unwrap_or_default();
            from += part.len();
            let cut_in = |run: &[usize]| {
                rows_of(rows, run).next_back().map_or(0, |row| count_cut_characters(&row, kind))
            };
            // A text that breaks off within a sentence may have lost no whole sentence.
            let (cut, gone) = match (whole, at_end) {
                (false, true) => (cut_in(before), part),
                (true, true) => (cut_in(part), &[][..]),
                (false, false) => (0, part),
                (true, false) => continue,
            };
            let gone = || rows_of(rows, gone).filter(|row| row.moved_to.is_none());
            let lost = gone().map(weigh).sum::<f64>() + f64::from(cut);
            let others = changed - gone().map(|row| f64::from(row.changed)).sum::<f64>() - f64::from(cut);
            let kept = total - lost;
            let threshold = match () {
                () if cut > 0 => MIN_ABRUPT_TAIL,
                () if at_end => MIN_TAIL,
                () => MIN_PART,
            };
            if kept > 0.0 && lost > 0.0 && lost / total >= threshold && others <= MAX_OTHER_CHANGES * kept {
                return Some(side);
            }
        }
    }
    None
}

/// The rows at some places, in order.
fn rows_of<'a>(rows: &'a Rows, places: &'a [usize]) -> impl DoubleEndedIterator<Item = AlignedRow<'a>> {
    places.iter().filter_map(|at| rows.get(*at))
}

/// How many characters the last common sentence lost, where one side breaks off in it.
fn count_cut_characters(row: &AlignedRow<'_>, longer: RowKind) -> u32 {
    let (Some(original), Some(local)) = (&row.original, &row.local) else { return 0 };
    let (long, short) = if longer == RowKind::OnlyLocal { (local, original) } else { (original, local) };
    let (whole, part) = (normalize::full_normal_form(long.text), normalize::full_normal_form(short.text));
    if row.kind == RowKind::Changed && part.len() < whole.len() && whole.starts_with(&part) {
        long.weight.saturating_sub(short.weight)
    } else {
        0
    }
}
