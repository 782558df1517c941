//! Takes the frame of both texts out of an alignment, once it has been matched.
//!
//! Both texts are aligned whole, so that a line finds its equal whatever each side takes it for. After that,
//! what only surrounds the local copy is its keeper's, and what only surrounds the original is its site's:
//! neither is a change. A note about the text is one where each side has it in other words.

use super::align::{AlignedRow, RowKind, Rows};
use crate::text::BlockRole;

/// Removes the rows of the frame. A sentence of the local text that the original has in its frame is unchanged.
pub fn remove_frame_rows(rows: &mut Rows) {
    let gone: Vec<bool> = rows.iter().map(|row| is_frame_row(rows, row)).collect();
    // The other place of a sentence that moved into the frame, or out of it, is all that remains of it.
    for at in 0..rows.len() {
        let other = rows.get(at).and_then(|row| row.moved_to);
        let is_gone = |at: usize| gone.get(at).copied().unwrap_or_default();
        if !is_gone(at) && other.is_some_and(is_gone) {
            rows.mark_unchanged(at);
        }
    }
    rows.remove(&gone);
}

/// The length of the local copy's notes about the text, in characters of the normal form. A change is small
/// or large against the whole copy.
pub fn weigh_notes(rows: &Rows) -> u64 {
    let notes = rows.iter().filter_map(|row| row.local.filter(|text| text.role == BlockRole::Note));
    notes.map(|text| u64::from(text.weight)).sum()
}

fn is_frame_row(rows: &Rows, row: AlignedRow<'_>) -> bool {
    let is_frame = |row: AlignedRow<'_>| match row.local.or(row.original).map(|text| text.role) {
        Some(BlockRole::Frame) => true,
        Some(BlockRole::Note) => row.kind != RowKind::Changed,
        Some(BlockRole::Article) | None => false,
    };
    let other = || row.moved_to.and_then(|to| rows.get(to));
    match row.kind {
        // A sentence of the copy's own frame is no change of place in the original.
        RowKind::MovedOriginal => is_frame(row) || other().is_some_and(is_frame),
        _ => is_frame(row),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{NormalForms, PageBlock, PageText};
    use crate::text_diff::align::{SearchBudget, align_texts};

    const TEXT: [&str; 2] = ["渡口在春天里修好了旧码头，居民们都来看。", "船长说今年一共会运送三万名客人。"];

    fn row_kinds(original: &[PageBlock], local: &[PageBlock]) -> Vec<RowKind> {
        let page = |blocks: &[PageBlock]| PageText { blocks: blocks.to_vec(), ..PageText::default() };
        let budget = &mut SearchBudget::of_comparison();
        let mut rows = align_texts(&page(original), &page(local), &NormalForms::default(), budget).rows;
        remove_frame_rows(&mut rows);
        rows.iter().map(|row| row.kind).collect()
    }

    fn with(line: PageBlock) -> [PageBlock; 3] {
        let [first, second] = TEXT.map(PageBlock::from);
        [first, line, second]
    }

    #[test]
    fn a_line_finds_its_equal_whatever_each_side_takes_it_for() {
        let line = "编辑：某某，发表于渡口新闻社";
        for original in [PageBlock::of_article(line), PageBlock::of_frame(line)] {
            for local in [PageBlock::of_article(line), PageBlock::of_frame(line)] {
                let found = row_kinds(&with(original.clone()), &with(local));
                assert!(found.iter().all(|kind| *kind == RowKind::Equal), "{found:?}");
            }
        }
    }

    #[test]
    fn only_text_that_one_side_has_is_a_change() {
        let text = TEXT.map(PageBlock::from);
        let line = "另外一句只有一边才有的话在这里。";
        for framed in [PageBlock::of_frame(line), PageBlock::of_article(line)] {
            let changed = usize::from(framed.is_article());
            let count = |kinds: Vec<RowKind>| kinds.iter().filter(|kind| **kind != RowKind::Equal).count();
            assert_eq!(count(row_kinds(&with(framed.clone()), &text)), changed);
            assert_eq!(count(row_kinds(&text, &with(framed))), changed);
        }
    }

    #[test]
    fn a_note_in_other_words_is_a_change() {
        let note = |text: &str| PageBlock { text: text.to_owned(), role: BlockRole::Note };
        let (ours, theirs) = ("审核：灯塔看守人", "审核：山里的看守人");
        let found = row_kinds(&with(PageBlock::of_frame(theirs)), &with(note(ours)));
        assert_eq!(found[1], RowKind::Changed);
        assert_eq!(row_kinds(&TEXT.map(PageBlock::from), &with(note(ours))), [RowKind::Equal; 2]);
    }

    #[test]
    fn a_sentence_that_moved_into_the_frame_is_unchanged() {
        let line = "另外一句两边都有的话在这里，只是地方不同。";
        let [first, second] = TEXT.map(PageBlock::from);
        let original = [first.clone(), second.clone(), PageBlock::of_frame(line)];
        let found = row_kinds(&original, &[PageBlock::of_article(line), first.clone(), second.clone()]);
        assert!(found.iter().all(|kind| matches!(kind, RowKind::Equal | RowKind::Variant)), "{found:?}");
        let original = [first.clone(), second.clone(), PageBlock::of_article(line)];
        let found = row_kinds(&original, &[PageBlock::of_frame(line), first, second]);
        assert!(found.iter().all(|kind| matches!(kind, RowKind::Equal | RowKind::Variant)), "{found:?}");
    }
}
