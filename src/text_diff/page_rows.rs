//! Adjusts the rows of a page against a local copy: what a page shows around and among the sentences of
//! an article, and what the extraction missed, must not count as a change.

use std::collections::HashSet;
use std::ops::Range;

use super::align::{AlignedRow, RowKind, RowText, Rows};
use super::haystack::Haystack;
use crate::text::{Lexicon, NormalForms, PageText, TextRules, normalize};

/// A line of at most this many letters inside a page's article may be a label.
const MAX_LABEL: u32 = 12;
/// A sentence of at least this many letters that the copy holds elsewhere adds nothing.
const MIN_REPEATED: u32 = 6;
/// A sentence of at least this many letters counts as unchanged where the page has it elsewhere.
const MIN_FOUND: u32 = 2;

/// A line of counters has at most this many letters.
const MAX_COUNTERS: u32 = 60;
/// A line with fewer words of counters may be a row of a table.
const MIN_COUNTER_WORDS: usize = 2;

/// Removes the rows of text that a page shows among the article's sentences without adding any: a short
/// label ("Advertisement"), which is a block of its own and does not end as a sentence does; and text of
/// the local copy that the page shows a second time (a pull quote, a summary).
pub fn remove_boilerplate_rows(
    rows: &mut Rows,
    original: &PageText,
    local: &PageText,
    forms: &NormalForms,
    words: &Lexicon,
) {
    if rows.iter().all(|row| row.kind != RowKind::OnlyOriginal) {
        return;
    }
    let labels: HashSet<&str> =
        original.article_blocks().map(str::trim).filter(|block| !ends_sentence(block)).collect();
    let copy = Haystack::new(&local.framed_text(), forms);
    let is_boilerplate = |row: AlignedRow<'_>| {
        let Some(text) = row.original.filter(|_| row.kind == RowKind::OnlyOriginal) else {
            return false;
        };
        let label = text.weight <= MAX_LABEL && labels.contains(text.text);
        let repeated =
            || text.weight >= MIN_REPEATED && copy.holds_whole(&normalize::normal_form(text.text, forms));
        (label || is_item_mark(text.text) || repeated()) && !words.is_correction(text.text)
    };
    let gone: Vec<bool> = rows.iter().map(is_boilerplate).collect();
    rows.remove(&gone);
}

/// Whether a text is only the mark of a footnote or a list item: `[1]`, `2.`, `3）`. Markup may make such
/// a mark of its own, and then it is not in the text.
fn is_item_mark(text: &str) -> bool {
    let inner = text.trim_start_matches(['[', '［', '〔', '(', '（']);
    let number = inner.trim_end_matches([']', '］', '〕', ')', '）', '.', '．', '、']);
    number.len() < text.len() && (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a text differs from another only in the numbers of notes behind its words: `old1, poor[2]`.
fn only_adds_note_numbers(with: &RowText<'_>, without: &RowText<'_>) -> bool {
    let is_note = |span: &Range<usize>| {
        let number = with.text.get(span.clone()).unwrap_or_default();
        let before = with.text.get(..span.start).unwrap_or_default();
        let bracketed = before.ends_with(['[', '［', '〔']);
        // A longer word in small letters, since `M4` and `COVID19` are names.
        let word = before.chars().rev().take(3).filter(|c| c.is_lowercase()).count() == 3;
        let stop = before.trim_end_matches(['.', ',', ';', ':', '!', '?', '"', '”', '’', ')']);
        let behind = word || (stop.len() < before.len() && stop.ends_with(char::is_lowercase));
        (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) && (bracketed || behind)
    };
    !with.spans.is_empty() && without.spans.is_empty() && with.spans.iter().all(is_note)
}

/// Makes rows that differ only in the mark of a list item or a footnote count as unchanged.
pub fn ignore_item_marks(rows: &mut Rows) {
    let is_only_a_mark = |row: AlignedRow<'_>| match (row.kind, row.original, row.local) {
        (RowKind::OnlyLocal, None, Some(text)) => is_item_mark(text.text),
        (RowKind::Changed, Some(original), Some(local)) => {
            [(original, local), (local, original)].iter().any(|(with, without)| {
                only_adds_item_mark(with, without) || only_adds_note_numbers(with, without)
            })
        }
        _ => false,
    };
    for at in 0..rows.len() {
        if rows.get(at).is_some_and(is_only_a_mark) {
            rows.mark_unchanged(at);
        }
    }
}

/// Makes rows unchanged whose text may be another on every page and in every copy: a title that was glued to
/// the sentence below it, and a line of counters ("2 hours ago · 1,204 views").
pub fn ignore_glued_titles_and_counters(
    rows: &mut Rows,
    titles: [&str; 2],
    forms: &NormalForms,
    rules: &TextRules,
) {
    let titles = titles.map(|title| normalize::normal_form(title, forms));
    let repeats_title = |with: &RowText<'_>, without: &RowText<'_>| {
        let letters = |text: &RowText<'_>| normalize::normal_form(text.text, forms);
        // The change may begin within the title, where the sentence begins with its first word.
        let rest = |title: &String| letters(with).strip_prefix(title.as_str()).map(str::to_owned);
        without.spans.is_empty()
            && titles
                .iter()
                .filter(|title| !title.is_empty())
                .any(|title| rest(title) == Some(letters(without)))
    };
    let is_form = |row: AlignedRow<'_>| match (row.kind, row.original, row.local) {
        (RowKind::Changed, Some(original), Some(local)) => {
            repeats_title(&original, &local)
                || repeats_title(&local, &original)
                || [original, local].iter().all(|text| counts_visits(text, rules))
        }
        _ => false,
    };
    for at in 0..rows.len() {
        if rows.get(at).is_some_and(is_form) {
            rows.mark_unchanged(at);
        }
    }
}

/// Whether a changed text is a line of counters of which only figures and units of time changed.
fn counts_visits(text: &RowText<'_>, rules: &TextRules) -> bool {
    let lower = text.text.to_lowercase();
    if text.weight > MAX_COUNTERS || text.continues_line || ends_sentence(&lower) {
        return false;
    }
    let counted = |span: &Range<usize>| {
        let words = text.text.get(span.clone()).unwrap_or_default().to_lowercase();
        let mut words = words.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
        words.all(|word| rules.lexicon().time_words.iter().any(|known| known == word))
    };
    rules.counters().count_words(&lower) >= MIN_COUNTER_WORDS && text.spans.iter().all(counted)
}

/// Whether a text differs from another only in the mark of a list item at its start.
fn only_adds_item_mark(with: &RowText<'_>, without: &RowText<'_>) -> bool {
    let [span] = with.spans else { return false };
    let end =
        span.end + with.text.get(span.end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    without.spans.is_empty() && with.text.get(..end).is_some_and(|head| is_item_mark(head.trim_start()))
}

/// Makes sentences of the local copy count as unchanged where the page holds them outside the extracted
/// text, since the extraction may have missed them.
pub fn ignore_sentences_found_elsewhere(rows: &mut Rows, whole: &str, forms: &NormalForms) {
    if rows.iter().all(|row| row.kind != RowKind::OnlyLocal) {
        return;
    }
    let page = Haystack::new(whole, forms);
    let is_on_page = |row: AlignedRow<'_>| {
        let text = row.local.filter(|text| row.kind == RowKind::OnlyLocal && text.weight >= MIN_FOUND);
        text.is_some_and(|text| page.holds_whole(&normalize::normal_form(text.text, forms)))
    };
    for at in 0..rows.len() {
        if rows.get(at).is_some_and(is_on_page) {
            rows.mark_unchanged(at);
        }
    }
}

/// Whether a text ends with the punctuation of a sentence.
pub fn ends_sentence(text: &str) -> bool {
    let end = text.trim_end_matches(['"', '”', '’', '\'', ')', ']', '」', '』', '）', '】']);
    end.ends_with(['.', '!', '?', '。', '！', '？', '…', '；', ';'])
}
