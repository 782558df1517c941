//! Aligns two whole texts: first in order, then with the sentences that moved.

use super::moved;
use super::rows::{Alignment, Rows};
use super::search_budget::SearchBudget;
use super::sentences::align_sentences;
use crate::text::{NormalForms, PageText};
use crate::text_diff::tokens::{Interner, TokenizedText};

/// Aligns two texts. The budget bounds the search, not the result: every sentence of both sides
/// is in exactly one row.
pub fn align_texts(
    original: &PageText,
    local: &PageText,
    forms: &NormalForms,
    budget: &mut SearchBudget,
) -> Alignment {
    let mut interner = Interner::default();
    let a = TokenizedText::new(original, forms, &mut interner);
    let b = TokenizedText::new(local, forms, &mut interner);
    Alignment {
        rows: align_tokenized(a, b, forms, interner, budget),
        original_title: original.title.clone(),
        local_title: local.title.clone(),
    }
}

/// The rows of two texts that are split into sentences already.
pub fn align_tokenized(
    a: TokenizedText,
    b: TokenizedText,
    forms: &NormalForms,
    interner: Interner,
    budget: &mut SearchBudget,
) -> Rows {
    let mut rows = align_sentences(a, b, forms, interner, budget);
    moved::mark_moved_rows(&mut rows, forms, budget);
    rows
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::text_diff::align::{RowKind, RowText};

    fn page(blocks: &[&str]) -> PageText {
        PageText { blocks: blocks.iter().map(|b| (*b).into()).collect(), ..PageText::default() }
    }

    fn row_kinds(a: &[&str], b: &[&str]) -> Vec<RowKind> {
        let found =
            align_texts(&page(a), &page(b), &NormalForms::default(), &mut SearchBudget::of_comparison());
        found.rows.iter().map(|row| row.kind).collect()
    }

    #[test]
    fn every_kind_of_change_has_its_row() {
        use RowKind::{Changed, Equal, OnlyLocal, OnlyOriginal, Variant};
        assert_eq!(
            row_kinds(
                &["第一句话没有变。第二句里有三个人在场。只有原文才有的一句话在这里。最后一句也没变。"],
                &["第一句话没有变。第二句里有五个人在场。最后一句也没變。完全是另外加上去的东西。"]
            ),
            [Equal, Changed, OnlyOriginal, Variant, OnlyLocal]
        );
    }

    #[test]
    fn merged_and_split_sentences_are_no_change() {
        assert_eq!(
            row_kinds(
                &["前面的一句话。他来了。她走了。后面的一句话。"],
                &["前面的一句话。他来了，她走了。后面的一句话。"]
            ),
            [RowKind::Equal, RowKind::Variant, RowKind::Equal]
        );
    }

    #[test]
    fn figures_alone_do_not_make_two_sentences_the_same() {
        use RowKind::{Changed, OnlyLocal};
        let (first, second) = ("步道全长5.6公里，沿线种了柳树。", "步道全长5.6英里，沿线种了柳树。");
        assert_eq!(row_kinds(&[first], &["5.6", second]), [OnlyLocal, Changed]);
        let found = row_kinds(&["2019 | 1200", "2020 | 1300"], &["2019 | 1250", "2020 | 1350"]);
        assert_eq!(found, [Changed, Changed]);
    }

    #[test]
    fn the_cells_of_a_table_are_compared_one_by_one() {
        use RowKind::{Changed, Equal, OnlyLocal};
        let table = ["Heron", "40", "-12%", "Egret", "60", "+15%", "Ibis", "2%", "7"];
        let with = |at: usize, cell: &'static str| {
            let mut cells = table;
            cells[at] = cell;
            cells
        };
        for (at, cell) in [(1, "45"), (2, "12%"), (4, "65"), (8, "1,200")] {
            let kinds = row_kinds(&table, &with(at, cell));
            assert!(
                kinds.iter().enumerate().all(|(n, kind)| *kind == if n == at { Changed } else { Equal }),
                "{kinds:?}"
            );
        }
        let mut swapped = table;
        swapped.swap(1, 4);
        let found = row_kinds(&table, &swapped);
        assert_eq!((found[1], found[4]), (Changed, Changed));
        assert_eq!(row_kinds(&["Heron", "Egret"], &["Heron", "40", "Egret"]), [Equal, OnlyLocal, Equal]);
        // Figures are not glued where a table was flattened into a line.
        let line = "Heron 63 85% 1 egg";
        assert_eq!(row_kinds(&["Heron", "63", "85%", "1 egg"], &[line]), [RowKind::Variant]);
        assert_eq!(row_kinds(&["Heron", "63", "87%", "1 egg"], &[line]), [Changed]);
        let [line, cells] = [["Heron 63 85%"].as_slice(), &["Heron", "63", "85%"]];
        assert_eq!(
            (row_kinds(cells, line), row_kinds(line, cells)),
            (vec![RowKind::Variant], vec![RowKind::Variant])
        );
        assert_eq!(row_kinds(&["Heron", "61", "85%"], line), [Changed]);
    }

    #[test]
    fn spans_mark_what_changed() {
        let found = align_texts(
            &page(&["At least 12 people were hurt on Monday."]),
            &page(&["At least 21 people were not hurt on Monday."]),
            &NormalForms::default(),
            &mut SearchBudget::of_comparison(),
        );
        let row = found.rows.get(0).unwrap();
        let cut = |side: &RowText<'_>| {
            side.spans.iter().map(|s| side.text[s.clone()].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(cut(&row.original.unwrap()), ["12"]);
        assert_eq!(cut(&row.local.unwrap()), ["21", "not"]);
        assert_eq!(row.changed, 5);
    }

    #[test]
    fn a_moved_paragraph_is_followed() {
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
        let rows = align_texts(&a, &b, &NormalForms::default(), &mut SearchBudget::of_comparison()).rows;
        let from = rows.iter().position(|r| r.kind == RowKind::MovedOriginal);
        let to = rows.iter().position(|r| r.kind == RowKind::MovedLocal);
        assert!(from.is_some() && to.is_some());
        assert_eq!(rows.get(from.unwrap_or(0)).unwrap().moved_to, to);
        assert_eq!(rows.iter().filter(|r| r.kind == RowKind::Equal).count(), 3);
    }
}
