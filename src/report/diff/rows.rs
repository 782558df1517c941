//! Arranges the rows of a diff for showing: in the order of the two sides, with moved blocks numbered.

use std::collections::HashMap;

use crate::report::diff::labels::DiffLabels;
use crate::text_diff::{AlignedRow, RowKind, RowText, TextSide};

/// A row as it is shown.
#[derive(Clone, Debug)]
pub struct VisibleRow<'a> {
    /// Its index in the alignment.
    pub at: usize,
    /// The row.
    pub row: &'a AlignedRow,
    /// The text before, if there is one.
    pub before: Option<&'a RowText>,
    /// The text after, if there is one.
    pub after: Option<&'a RowText>,
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

/// The rows in the order in which they are shown. Between two common sentences, those of the side that
/// is shown first come first.
pub fn visible_rows<'a>(rows: &'a [AlignedRow], labels: &DiffLabels) -> Vec<VisibleRow<'a>> {
    let blocks = number_moved_blocks(rows);
    let mut all: Vec<VisibleRow<'a>> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let (before, after) = labels.in_display_order(row.original.as_ref(), row.local.as_ref());
            let (change, block) = (change_of_row(row, labels.before), blocks.get(&at).copied());
            VisibleRow { at, row, before, after, change, block, continues: false }
        })
        .collect();
    let one_sided =
        |shown: &VisibleRow<'_>| shown.before.is_none() != shown.after.is_none() && shown.change.is_change();
    let mut from = 0;
    while from < all.len() {
        let run = all.iter().skip(from).take_while(|shown| one_sided(shown)).count();
        if let Some(run) = all.get_mut(from..from + run) {
            run.sort_by_key(|shown| shown.before.is_none());
        }
        from += run.max(1);
    }
    let mut last = None;
    for shown in &mut all {
        let own = one_sided(shown).then_some((shown.change, shown.block));
        shown.continues = own.is_some() && own == last;
        last = own;
    }
    all
}

fn change_of_row(row: &AlignedRow, before: TextSide) -> RowChange {
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

/// Numbers the blocks that moved. Sentences that follow each other in both places are one block.
fn number_moved_blocks(rows: &[AlignedRow]) -> HashMap<usize, u32> {
    let mut found = HashMap::new();
    let mut number = 0;
    let mut last: Option<(usize, usize)> = None;
    for (at, row) in rows.iter().enumerate() {
        let (RowKind::MovedOriginal, Some(to)) = (row.kind, row.moved_to) else { continue };
        if last != Some((at.wrapping_sub(1), to.wrapping_sub(1))) {
            number += 1;
        }
        last = Some((at, to));
        found.insert(at, number);
        found.insert(to, number);
    }
    found
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
pub fn fold_unchanged(rows: &[VisibleRow<'_>], context: usize) -> Vec<RowRange> {
    let mut found: Vec<RowRange> = Vec::new();
    for at in 0..rows.len() {
        let near = rows.get(at.saturating_sub(context)..(at + context + 1).min(rows.len()));
        let folded = !near.unwrap_or_default().iter().any(|shown| shown.change.is_change());
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
            blocks: blocks.iter().map(|b| (*b).to_owned()).collect(),
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
            let fates: Vec<RowChange> = rows.iter().map(|shown| shown.change).collect();
            assert_eq!(fates, [RowChange::Removed, RowChange::Added, RowChange::Same]);
            assert_eq!(rows[0].before.as_ref().unwrap().text, mine);
        }
    }

    #[test]
    fn sentences_that_move_together_are_one_block() {
        let (a, b) = ([&MOVED[..], &STAY[..]].concat(), [&STAY[..], &MOVED[..]].concat());
        let alignment = aligned(&a, &b);
        let rows = visible_rows(&alignment.rows, &labels(TextSide::Original));
        let moved: Vec<(RowChange, Option<u32>)> =
            rows.iter().filter(|s| s.block.is_some()).map(|s| (s.change, s.block)).collect();
        let (away, here) = ((RowChange::MovedAway, Some(1)), (RowChange::MovedHere, Some(1)));
        assert_eq!(moved, [away, away, here, here]);
        assert_eq!(rows.iter().filter(|shown| shown.begins_change()).count(), 2);
        assert!(rows.iter().all(|s| s.before.iter().chain(&s.after).all(|text| text.spans.is_empty())));
    }

    #[test]
    fn words_that_changed_in_a_moved_sentence_are_marked() {
        let edited = ["第一段说的是渡口的旧时刻表已经公布。"];
        let (a, b) = ([&MOVED[..1], &STAY[..]].concat(), [&STAY[..], &edited[..]].concat());
        let alignment = aligned(&a, &b);
        let rows = visible_rows(&alignment.rows, &labels(TextSide::Original));
        let marked: Vec<String> = rows
            .iter()
            .filter(|shown| shown.block.is_some())
            .flat_map(|shown| shown.before.iter().chain(&shown.after))
            .flat_map(|text| text.spans.iter().map(|span| text.text[span.clone()].to_owned()))
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
