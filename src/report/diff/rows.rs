//! Arranges the rows of a diff for showing: in the order of the two sides, with moved blocks numbered.

use std::num::NonZeroU32;
use std::ops::Range;

use crate::report::diff::labels::DiffLabels;
use crate::text_diff::{AlignedRow, RowKind, RowText, Rows, TextSide};

/// A row as it is shown.
#[derive(Clone, Debug)]
pub struct VisibleRow<'a> {
    /// Its index in the alignment.
    pub at: usize,
    /// The row.
    pub row: AlignedRow<'a>,
    /// The text before, if there is one.
    pub before: Option<RowText<'a>>,
    /// The text after, if there is one.
    pub after: Option<RowText<'a>>,
    /// How it changed.
    pub change: RowChange,
    /// For a moved row, the number of the block that moved, from 1.
    pub block: Option<u32>,
    /// Whether it continues the change of the row before it: the two are one change.
    pub continues: bool,
}

impl VisibleRow<'_> {
    /// Whether a change begins here.
    pub fn begins_change(&self) -> bool {
        self.change.is_change() && !self.continues
    }
}

/// How a row changed, from the side that is shown first to the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowChange {
    /// Equal, at least in the normal form.
    Same,
    /// The sentence of the copy is on the page, but outside its main text.
    Elsewhere,
    /// Changed.
    Changed,
    /// Only before.
    Removed,
    /// Only after.
    Added,
    /// The sentence was here before and is elsewhere now.
    MovedAway,
    /// The sentence is here now and was elsewhere before.
    MovedHere,
}

impl RowChange {
    /// Whether it is a change.
    pub fn is_change(self) -> bool {
        !matches!(self, Self::Same | Self::Elsewhere)
    }
}

/// The rows in the order in which they are shown. Each takes 12 bytes and is put together when it is read.
pub struct VisibleRows<'a> {
    rows: &'a Rows,
    before: TextSide,
    places: Vec<RowPlace>,
}

/// Where a row is shown.
#[derive(Clone, Copy, Debug)]
struct RowPlace {
    at: u32,
    block: Option<NonZeroU32>,
    change: RowChange,
    continues: bool,
}

impl<'a> VisibleRows<'a> {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Some of the rows, in order.
    pub fn iter(&self, range: Range<usize>) -> impl Iterator<Item = VisibleRow<'a>> + '_ {
        self.places.get(range).unwrap_or_default().iter().filter_map(|place| {
            let row = self.rows.get(place.at as usize)?;
            let (before, after) = match self.before {
                TextSide::Original => (row.original, row.local),
                TextSide::Local => (row.local, row.original),
            };
            Some(VisibleRow {
                at: place.at as usize,
                row,
                before,
                after,
                change: place.change,
                block: place.block.map(NonZeroU32::get),
                continues: place.continues,
            })
        })
    }
}

/// The rows in the order in which they are shown. Between two common sentences, those of the side that
/// is shown first come first.
pub fn visible_rows<'a>(rows: &'a Rows, labels: &DiffLabels) -> VisibleRows<'a> {
    let mut places: Vec<RowPlace> = (0..)
        .zip(rows.iter())
        .map(|(at, row)| RowPlace {
            at,
            block: None,
            change: change_of_row(&row, labels.before),
            continues: false,
        })
        .collect();
    number_moved_blocks(rows, &mut places);
    let is_before = |change| matches!(change, RowChange::Removed | RowChange::MovedAway);
    let one_sided = |place: &RowPlace| {
        is_before(place.change) || matches!(place.change, RowChange::Added | RowChange::MovedHere)
    };
    for run in places.chunk_by_mut(|a, b| one_sided(a) && one_sided(b)) {
        run.sort_by_key(|place| !is_before(place.change));
    }
    let mut last = None;
    for place in &mut places {
        let own = one_sided(place).then_some((place.change, place.block));
        place.continues = own.is_some() && own == last;
        last = own;
    }
    VisibleRows { rows, before: labels.before, places }
}

fn change_of_row(row: &AlignedRow<'_>, before: TextSide) -> RowChange {
    let first = before == TextSide::Original;
    match row.kind {
        RowKind::Equal | RowKind::Variant if row.original.is_none() || row.local.is_none() => {
            RowChange::Elsewhere
        }
        RowKind::Equal | RowKind::Variant => RowChange::Same,
        RowKind::Changed => RowChange::Changed,
        RowKind::OnlyOriginal if first => RowChange::Removed,
        RowKind::OnlyOriginal => RowChange::Added,
        RowKind::OnlyLocal if first => RowChange::Added,
        RowKind::OnlyLocal => RowChange::Removed,
        RowKind::MovedOriginal if first => RowChange::MovedAway,
        RowKind::MovedOriginal => RowChange::MovedHere,
        RowKind::MovedLocal if first => RowChange::MovedHere,
        RowKind::MovedLocal => RowChange::MovedAway,
    }
}

/// Numbers the blocks that moved. Sentences that follow each other in both places are one block. `places` are
/// in the order of the rows.
fn number_moved_blocks(rows: &Rows, places: &mut [RowPlace]) {
    let mut number = 0;
    let mut last: Option<(usize, usize)> = None;
    for (at, row) in rows.iter().enumerate() {
        let (RowKind::MovedOriginal, Some(to)) = (row.kind, row.moved_to) else { continue };
        if last != Some((at.wrapping_sub(1), to.wrapping_sub(1))) {
            number += 1;
        }
        last = Some((at, to));
        for at in [at, to] {
            if let Some(place) = places.get_mut(at) {
                place.block = NonZeroU32::new(number);
            }
        }
    }
}

/// A range of rows that is shown or folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowRange {
    /// The first row.
    pub from: usize,
    /// The row after the last.
    pub to: usize,
    /// Whether it is folded.
    pub folded: bool,
}

/// Divides the rows into ranges near a change, which are shown, and ranges between, which are folded
/// unless that would hide only one row.
pub fn fold_unchanged(rows: &VisibleRows<'_>, context: usize) -> Vec<RowRange> {
    let mut found: Vec<RowRange> = Vec::new();
    for at in 0..rows.len() {
        let near = rows.places.get(at.saturating_sub(context)..(at + context + 1).min(rows.len()));
        let folded = !near.unwrap_or_default().iter().any(|place| place.change.is_change());
        match found.last_mut() {
            Some(last) if last.folded == folded => last.to = at + 1,
            _ => found.push(RowRange { from: at, to: at + 1, folded }),
        }
    }
    for part in &mut found {
        part.folded &= part.to - part.from > 1;
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::report::diff::labels::SideLabel;
    use crate::text::{NormalForms, PageText};
    use crate::text_diff::{Alignment, CompareRules, compare_aligned};

    fn aligned(a: &[&str], b: &[&str]) -> Alignment {
        let page = |blocks: &[&str]| PageText {
            blocks: blocks.iter().map(|b| (*b).into()).collect(),
            ..PageText::default()
        };
        compare_aligned(&page(a), &page(b), &CompareRules::default()).1
    }

    fn labels(before: TextSide) -> DiffLabels {
        DiffLabels {
            original: SideLabel::default(),
            local: SideLabel::default(),
            before,
            against_snapshot: false,
            forms: NormalForms::default(),
        }
    }

    const MOVED: [&str; 2] = ["第一段说的是渡口的新时刻表已经公布。", "第二段说的是票价在今年不会再有变化。"];
    const STAY: [&str; 3] = [
        "第三段说的是码头的灯会在夜里一直亮着。",
        "第四段说的是渔船要在早上六点以前离港。",
        "第五段说的是观光客可以在岸边等候。",
    ];

    #[test]
    fn what_is_before_comes_first_whichever_side_it_is() {
        let alignment = aligned(&["甲的话在这里说完了。", STAY[0]], &["完全不同的另外一句。", STAY[0]]);
        for (before, mine) in
            [(TextSide::Original, "甲的话在这里说完了。"), (TextSide::Local, "完全不同的另外一句。")]
        {
            let rows = visible_rows(&alignment.rows, &labels(before));
            let fates: Vec<RowChange> = rows.iter(0..rows.len()).map(|shown| shown.change).collect();
            assert_eq!(fates, [RowChange::Removed, RowChange::Added, RowChange::Same]);
            assert_eq!(rows.iter(0..1).next().unwrap().before.unwrap().text, mine);
        }
    }

    #[test]
    fn sentences_that_move_together_are_one_block() {
        let (a, b) = ([&MOVED[..], &STAY[..]].concat(), [&STAY[..], &MOVED[..]].concat());
        let alignment = aligned(&a, &b);
        let rows = visible_rows(&alignment.rows, &labels(TextSide::Original));
        let moved: Vec<(RowChange, Option<u32>)> =
            rows.iter(0..rows.len()).filter(|s| s.block.is_some()).map(|s| (s.change, s.block)).collect();
        let (away, here) = ((RowChange::MovedAway, Some(1)), (RowChange::MovedHere, Some(1)));
        assert_eq!(moved, [away, away, here, here]);
        let all = || rows.iter(0..rows.len());
        assert_eq!(all().filter(VisibleRow::begins_change).count(), 2);
        assert!(all().all(|s| s.before.iter().chain(&s.after).all(|text| text.spans.is_empty())));
    }

    #[test]
    fn words_that_changed_in_a_moved_sentence_are_marked() {
        let edited = ["第一段说的是渡口的旧时刻表已经公布。"];
        let (a, b) = ([&MOVED[..1], &STAY[..]].concat(), [&STAY[..], &edited[..]].concat());
        let alignment = aligned(&a, &b);
        let rows = visible_rows(&alignment.rows, &labels(TextSide::Original));
        let marked: Vec<String> = rows
            .iter(0..rows.len())
            .filter(|shown| shown.block.is_some())
            .flat_map(|shown| shown.before.into_iter().chain(shown.after))
            .flat_map(|text| text.spans.iter().map(move |span| text.text[span.clone()].to_owned()))
            .collect();
        assert_eq!(marked, ["新", "旧"]);
    }

    #[test]
    fn a_single_row_is_not_folded() {
        let a = [&STAY[..], &["共有三个人到场了。"]].concat();
        let b = [&STAY[..], &["共有五个人到场了。"]].concat();
        let alignment = aligned(&a, &b);
        let rows = visible_rows(&alignment.rows, &labels(TextSide::Original));
        let folded =
            |context| fold_unchanged(&rows, context).iter().map(|part| part.folded).collect::<Vec<_>>();
        assert_eq!(folded(1), [true, false]);
        assert_eq!(folded(2), [false, false]);
    }
}
