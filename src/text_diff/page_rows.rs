//! Adjusts the rows of a page against a local copy: what a page shows around and among the sentences of
//! an article, and what the extraction missed, must not count as a change.

use std::collections::HashSet;

use super::align::{AlignedRow, RowKind, RowText};
use super::haystack::Haystack;
use crate::text::{Lexicon, NormalForms, PageText, normalize};

/// A line of at most this many letters inside a page's article may be a label.
const MAX_LABEL: u32 = 12;
/// A sentence of at least this many letters that the copy holds elsewhere adds nothing.
const MIN_REPEATED: u32 = 6;
/// A sentence of at least this many letters counts as unchanged where the page has it elsewhere.
const MIN_FOUND: u32 = 2;

/// Removes the rows of text that a page shows among the article's sentences without adding any: a short
/// label ("Advertisement"), which is a block of its own and does not end as a sentence does; and text of
/// the local copy that the page shows a second time (a pull quote, a summary).
pub fn remove_boilerplate_rows(
    rows: &mut Vec<AlignedRow>,
    original: &PageText,
    local: &PageText,
    forms: &NormalForms,
    words: &Lexicon,
) {
    if rows.iter().all(|row| row.kind != RowKind::OnlyOriginal) {
        return;
    }
    let labels: HashSet<&str> =
        original.blocks.iter().map(|block| block.trim()).filter(|block| !ends_sentence(block)).collect();
    let copy = Haystack::new(&local.text(), forms);
    let is_boilerplate = |row: &AlignedRow| {
        let Some(text) = row.original.as_ref().filter(|_| row.kind == RowKind::OnlyOriginal) else {
            return false;
        };
        let label = text.weight <= MAX_LABEL && labels.contains(text.text.as_str());
        let repeated =
            || text.weight >= MIN_REPEATED && copy.holds_whole(&normalize::normal_form(&text.text, forms));
        (label || is_item_mark(&text.text) || repeated()) && !words.is_correction(&text.text)
    };
    let gone: Vec<bool> = rows.iter().map(is_boilerplate).collect();
    let mut at = 0;
    rows.retain(|_| {
        at += 1;
        !gone.get(at - 1).copied().unwrap_or_default()
    });
    // Moved rows refer to each other by index.
    let mut shifts = vec![0_usize];
    for gone in &gone {
        shifts.push(shifts.last().copied().unwrap_or_default() + usize::from(*gone));
    }
    for to in rows.iter_mut().filter_map(|row| row.moved_to.as_mut()) {
        *to -= shifts.get(*to).copied().unwrap_or_default();
    }
}

/// Whether a text is only the mark of a footnote or a list item: `[1]`, `2.`, `3）`. Markup may make such
/// a mark of its own, and then it is not in the text.
fn is_item_mark(text: &str) -> bool {
    let inner = text.trim_start_matches(['[', '［', '〔', '(', '（']);
    let number = inner.trim_end_matches([']', '］', '〕', ')', '）', '.', '．', '、']);
    number.len() < text.len() && (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
}

/// Makes rows that differ only in the mark of a list item or a footnote count as unchanged.
pub fn ignore_item_marks(rows: &mut [AlignedRow]) {
    for row in rows {
        let only_a_mark = match (row.kind, &row.original, &row.local) {
            (RowKind::OnlyLocal, None, Some(text)) => is_item_mark(&text.text),
            (RowKind::Changed, Some(original), Some(local)) => {
                only_adds_item_mark(original, local) || only_adds_item_mark(local, original)
            }
            _ => false,
        };
        if only_a_mark {
            row.kind = RowKind::Variant;
            row.changed = 0;
            for side in [&mut row.original, &mut row.local].into_iter().flatten() {
                side.spans.clear();
            }
        }
    }
}

/// Whether a text differs from another only in the mark of a list item at its start.
fn only_adds_item_mark(with: &RowText, without: &RowText) -> bool {
    let [span] = with.spans.as_slice() else { return false };
    let end =
        span.end + with.text.get(span.end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    without.spans.is_empty() && with.text.get(..end).is_some_and(|head| is_item_mark(head.trim_start()))
}

/// Makes sentences of the local copy count as unchanged where the page holds them outside the extracted
/// text, since the extraction may have missed them.
pub fn ignore_sentences_found_elsewhere(rows: &mut [AlignedRow], whole: &str, forms: &NormalForms) {
    if rows.iter().all(|row| row.kind != RowKind::OnlyLocal) {
        return;
    }
    let page = Haystack::new(whole, forms);
    for row in rows.iter_mut().filter(|row| row.kind == RowKind::OnlyLocal) {
        if let Some(local) = &row.local
            && local.weight >= MIN_FOUND
            && page.holds_whole(&normalize::normal_form(&local.text, forms))
        {
            row.kind = RowKind::Variant;
            row.changed = 0;
        }
    }
}

/// Whether a text ends with the punctuation of a sentence.
pub fn ends_sentence(text: &str) -> bool {
    let end = text.trim_end_matches(['"', '”', '’', '\'', ')', ']', '」', '』', '）', '】']);
    end.ends_with(['.', '!', '?', '。', '！', '？', '…', '；', ';'])
}
