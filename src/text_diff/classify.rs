//! The class of a comparison.
//!
//! The thresholds come from 12,000 synthetic comparisons and from labelled pairs of versions of
//! articles. What decides is the share of changed characters of the longer side, so that one moved
//! comma is no edit and a replaced paragraph is; additions around an unchanged text are no change.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Instant;

use super::align::{Row, RowKind, RowText, rows};
use super::ngram_index::{Haystack, shares};
use super::tokens::{Names, Side};
use super::{Comparison, DriftClass, Side as Which, key_changes, title};
use crate::text::{NormalForms, PageText, lexicon, normalize};

/// Above this share of changed characters an edit is a major one.
const MAJOR: f64 = 0.10;
/// Above this, hardly anything is left: rewritten.
const REWRITTEN: f64 = 0.45;
/// Where one run of sentences holds this share of all changes, a passage was added or taken out,
/// and the text was not rewritten.
const ONE_PASSAGE: f64 = 0.8;
/// Below this share of common 5-grams, both ways, another article stands there.
const DIFFERENT: f64 = 0.20;
/// Under its own title, a text of which more than this is left was told anew.
const RETOLD: f64 = 0.03;
/// A lost tail of this share is a truncation.
const TAIL: f64 = 0.25;
/// The same where the text that is left ends in mid-sentence.
const TAIL_ABRUPT: f64 = 0.12;
/// A lost beginning or middle of this share is one: paragraphs are taken out by editors, too.
const PART: f64 = 0.35;
/// What is left of a truncated text is intact where at most this share of it changed.
const INTACT: f64 = 0.05;
/// A title of so many letters says which article it is.
const TELLING_TITLE: u32 = 6;
/// A line of at most this many letters inside a page's article may be a label.
const LABEL: u32 = 12;
/// A sentence of at least this many letters that the copy holds elsewhere says nothing new.
const REPEATED: u32 = 6;
/// A sentence of at least so many letters counts as found where the page has it elsewhere.
const FOUND: u32 = 2;
/// A copy that is less than this share of what a page shows has other things around it.
const MOSTLY: f64 = 0.97;
/// A side with fewer letters holds nothing that could be compared with a page.
const MIN_LETTERS: u64 = 10;

/// Compares two texts.
pub fn compare(
    original: &PageText,
    local: &PageText,
    forms: &NormalForms,
    deadline: Instant,
) -> (Comparison, Vec<Row>) {
    let mut names = Names::default();
    let mut a = Side::new(original, forms, &mut names);
    let mut b = Side::new(local, forms, &mut names);
    let title = title::judge(original, local, forms);
    let mut result = Comparison {
        class: DriftClass::Unverifiable,
        missing_from: None,
        local_in_original: 0.0,
        original_in_local: 0.0,
        changed_sentences: 0,
        noise: false,
        title_changed: title.changed,
        telling: Vec::new(),
    };
    let page = !original.whole.is_empty();
    if let Some((class, missing_from)) = one_is_empty(&a, &b, page) {
        result.class = class;
        result.missing_from = missing_from;
        return (result, rows(&mut a, &mut b, forms, &mut names, deadline));
    }
    (result.original_in_local, result.local_in_original) = shares(&a.letters, &b.letters);
    let mut found = rows(&mut a, &mut b, forms, &mut names, deadline);
    if page {
        furniture(&mut found, original, local, forms);
        marks(&mut found);
        find_elsewhere(&mut found, &original.whole, forms);
        if result.local_in_original < 1.0 {
            let whole: Vec<char> = normalize::folded(&original.whole, forms).chars().collect();
            let (_, in_whole) = shares(&whole, &b.letters);
            result.local_in_original = result.local_in_original.max(in_whole);
        }
    }
    let mut tally = Tally::of(&found, page);
    if !page && title.changed {
        tally.changed += u64::from(title.letters);
    }
    tally.original += u64::from(title.original_letters);
    tally.local += u64::from(title.local_letters);
    result.changed_sentences = tally.sentences;
    result.telling = key_changes::telling(&found);
    result.telling.splice(0..0, title.telling.clone());
    let same_words = tally.sentences == 0;
    if same_words {
        let raw_equal = found.iter().all(|row| row.kind != RowKind::Variant) && order_of_blocks(&a, &b, page);
        let corrected = result.telling.iter().any(|change| change.kind == "correction");
        result.class = match () {
            () if title.replaced || corrected => DriftClass::MinorEdit,
            () if raw_equal => DriftClass::Identical,
            () => DriftClass::Cosmetic,
        };
        // Furniture around a text that changed is beside the point: called noise, the change goes unseen.
        let more = || tally.outside > 0 || (page && surrounded(original, &b));
        result.noise = result.class.is_equal() && more();
        return (result, found);
    }
    let ratio = tally.changed as f64 / tally.longer().max(1) as f64;
    let one_passage = tally.largest as f64 >= ONE_PASSAGE * tally.changed as f64;
    if result.local_in_original < DIFFERENT && result.original_in_local < DIFFERENT && ratio > REWRITTEN {
        // Told anew in other words, an article keeps its title, and some of its names and figures.
        let kept = result.local_in_original.max(result.original_in_local);
        let retold = title.same && title.local_letters >= TELLING_TITLE && kept >= RETOLD;
        result.class = if retold { DriftClass::Rewritten } else { DriftClass::Different };
    } else if let Some(side) = truncated(&found, page) {
        result.class = DriftClass::Truncated;
        result.missing_from = Some(side);
    } else if ratio > REWRITTEN && !one_passage {
        result.class = DriftClass::Rewritten;
    } else if ratio > MAJOR {
        result.class = DriftClass::MajorEdit;
    } else {
        result.class = DriftClass::MinorEdit;
    }
    (result, found)
}

/// Whether a page shows clearly more than the copy's text.
fn surrounded(original: &PageText, local: &Side) -> bool {
    let visible = normalize::letters(&original.whole).chars().count();
    (local.letters.len() as f64) < MOSTLY * visible as f64
}

/// A side without text is no other text: the body was emptied, or could not be read.
fn one_is_empty(a: &Side, b: &Side, page: bool) -> Option<(DriftClass, Option<Which>)> {
    let (of_a, of_b) = (a.weight(), b.weight());
    if of_a > 0 && of_b > 0 {
        return None;
    }
    Some(match () {
        () if of_a == 0 && of_b == 0 || page => (DriftClass::Unverifiable, None),
        () if of_b == 0 && of_a >= MIN_LETTERS => (DriftClass::Truncated, Some(Which::Local)),
        () if of_a == 0 && of_b >= MIN_LETTERS => (DriftClass::Truncated, Some(Which::Original)),
        () => (DriftClass::MinorEdit, None),
    })
}

/// Two files are identical only where their lines are, too; a page's lines are its layout.
fn order_of_blocks(a: &Side, b: &Side, page: bool) -> bool {
    page || a.raw == b.raw
}

/// What a page shows among the article's sentences without adding any: a short label
/// ("Advertisement"), which is a block of its own and ends as no sentence does; and what the local
/// copy says, too, which stands there a second time (a pull quote, a summary).
fn furniture(found: &mut Vec<Row>, original: &PageText, local: &PageText, forms: &NormalForms) {
    if found.iter().all(|row| row.kind != RowKind::OnlyOriginal) {
        return;
    }
    let labels: HashSet<&str> =
        original.blocks.iter().map(|block| block.trim()).filter(|block| !ends_sentence(block)).collect();
    let copy = Haystack::new(&local.text(), forms);
    let is_furniture = |row: &Row| {
        let Some(text) = row.original.as_ref().filter(|_| row.kind == RowKind::OnlyOriginal) else {
            return false;
        };
        let label = text.weight <= LABEL && labels.contains(text.text.as_str());
        let repeated = || text.weight >= REPEATED && copy.holds(&normalize::folded(&text.text, forms));
        (label || is_mark(&text.text) || repeated()) && !lexicon::built_in().is_correction(&text.text)
    };
    let gone: Vec<bool> = found.iter().map(is_furniture).collect();
    let mut at = 0;
    found.retain(|_| {
        at += 1;
        !gone.get(at - 1).copied().unwrap_or_default()
    });
    // Rows know each other by their places.
    let mut shifts = vec![0_usize];
    for gone in &gone {
        shifts.push(shifts.last().copied().unwrap_or_default() + usize::from(*gone));
    }
    for to in found.iter_mut().filter_map(|row| row.moved_to.as_mut()) {
        *to -= shifts.get(*to).copied().unwrap_or_default();
    }
}

/// Whether a text is the mark of a footnote or of a list's item, and nothing else: `[1]`, `2.`, `3）`.
/// Markup may make such a mark of its own, and then it is no text.
fn is_mark(text: &str) -> bool {
    let inner = text.trim_start_matches(['[', '［', '〔', '(', '（']);
    let number = inner.trim_end_matches([']', '］', '〕', ')', '）', '.', '．', '、']);
    number.len() < text.len() && (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
}

/// Takes the marks of lists and footnotes for no change, where one side has them and the other has not.
fn marks(found: &mut [Row]) {
    for row in found {
        let only_a_mark = match (row.kind, &row.original, &row.local) {
            (RowKind::OnlyLocal, None, Some(text)) => is_mark(&text.text),
            (RowKind::Changed, Some(original), Some(local)) => {
                begins_with_mark(original, local) || begins_with_mark(local, original)
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

/// Whether a text differs from another only in a list's mark at its start.
fn begins_with_mark(with: &RowText, without: &RowText) -> bool {
    let [span] = with.spans.as_slice() else { return false };
    let end =
        span.end + with.text.get(span.end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    without.spans.is_empty() && with.text.get(..end).is_some_and(|head| is_mark(head.trim_start()))
}

fn ends_sentence(text: &str) -> bool {
    let end = text.trim_end_matches(['"', '”', '’', '\'', ')', ']', '」', '』', '）', '】']);
    end.ends_with(['.', '!', '?', '。', '！', '？', '…', '；', ';'])
}

/// A sentence that the extraction missed is no loss where the page has it.
fn find_elsewhere(found: &mut [Row], whole: &str, forms: &NormalForms) {
    if found.iter().all(|row| row.kind != RowKind::OnlyLocal) {
        return;
    }
    let page = Haystack::new(whole, forms);
    for row in found.iter_mut().filter(|row| row.kind == RowKind::OnlyLocal) {
        if let Some(local) = &row.local
            && local.weight >= FOUND
            && page.holds(&normalize::folded(&local.text, forms))
        {
            row.kind = RowKind::Variant;
            row.changed = 0;
        }
    }
}

/// Sums over an alignment.
struct Tally {
    changed: u64,
    sentences: u32,
    /// The largest run of changes between two equal sentences.
    largest: u64,
    /// Letters of the original before the first and after the last matched row, and in other lines:
    /// furniture.
    outside: u64,
    original: u64,
    local: u64,
}

impl Tally {
    fn longer(&self) -> u64 {
        self.original.max(self.local)
    }

    fn of(found: &[Row], page: bool) -> Self {
        let mut tally = Self { changed: 0, sentences: 0, largest: 0, outside: 0, original: 0, local: 0 };
        let inside = if page { core(found) } else { 0..found.len() };
        let lines = same_lines(found, &inside);
        // Sentences that stand on one side only, one run after another, were replaced: the longer
        // side of the run counts.
        let (mut gone, mut new, mut run) = (0_u64, 0_u64, 0_u64);
        let end = Row { kind: RowKind::Equal, original: None, local: None, moved_to: None, changed: 0 };
        for (at, row) in found.iter().chain(std::iter::once(&end)).enumerate() {
            let weight = |side: &Option<RowText>| side.as_ref().map_or(0, |s| u64::from(s.weight));
            let outside = !inside.contains(&at) && row.kind == RowKind::OnlyOriginal;
            let counts = |text: &RowText| {
                (lines.contains(&at) && is_sentence(&text.text))
                    || lexicon::built_in().is_correction(&text.text)
            };
            if outside && !row.original.as_ref().is_some_and(counts) {
                tally.outside += weight(&row.original);
                continue;
            }
            tally.original += weight(&row.original);
            tally.local += weight(&row.local);
            let sentences = |side: &Option<RowText>| side.as_ref().map_or(0, |s| s.sentences);
            match row.kind {
                RowKind::OnlyOriginal | RowKind::MovedOriginal => {
                    gone += u64::from(row.changed);
                    tally.sentences += 1;
                }
                RowKind::OnlyLocal => {
                    new += u64::from(row.changed);
                    tally.sentences += 1;
                }
                RowKind::Changed => {
                    run += u64::from(row.changed) + gone.max(new);
                    tally.sentences += sentences(&row.original).max(sentences(&row.local));
                    (gone, new) = (0, 0);
                }
                RowKind::Equal | RowKind::Variant => {
                    run += gone.max(new);
                    tally.changed += run;
                    tally.largest = tally.largest.max(run);
                    (gone, new, run) = (0, 0, 0);
                }
                RowKind::MovedLocal => {}
            }
        }
        tally
    }
}

/// The rows from the first to the last that has a local side.
fn core(found: &[Row]) -> Range<usize> {
    let first = found.iter().position(|row| row.local.is_some()).unwrap_or(0);
    let last = found.iter().rposition(|row| row.local.is_some()).map_or(0, |at| at + 1);
    first..last
}

/// The same rows, and those that stand in one line with the first or the last of them.
fn same_lines(found: &[Row], inside: &Range<usize>) -> Range<usize> {
    let goes_on = |row: &&Row| row.original.as_ref().is_some_and(|text| text.goes_on);
    let (mut start, mut end) = (inside.start, inside.end);
    end += found.get(end..).unwrap_or_default().iter().take_while(goes_on).count();
    let first = found.get(start..).unwrap_or_default().iter().find(|row| row.original.is_some());
    if first.as_ref().is_some_and(goes_on) {
        let before = found.get(..start).unwrap_or_default();
        // A line's first sentence does not go on.
        start -= (before.iter().rev().take_while(goes_on).count() + 1).min(start);
    }
    start..end
}

/// Whether a text is a sentence rather than a credit (`（记者张三）`, `来源：某社`, `© 2020 …`).
fn is_sentence(text: &str) -> bool {
    ends_sentence(text) && !text.starts_with(['(', '（', '[', '［', '【', '©'])
}

/// Which side lost a large part in one piece, if one did and nothing much else changed.
fn truncated(found: &[Row], page: bool) -> Option<Which> {
    for (kind, side) in [(RowKind::OnlyLocal, Which::Original), (RowKind::OnlyOriginal, Which::Local)] {
        // What follows the text on a page is furniture rather than a tail that the copy lost.
        if page && side == Which::Local {
            continue;
        }
        let other = if kind == RowKind::OnlyLocal { RowKind::OnlyOriginal } else { RowKind::OnlyLocal };
        let rest: Vec<&Row> = found.iter().filter(|row| !(page && row.kind == other)).collect();
        // A lost sentence may also stand elsewhere, where a text repeats itself: then its row has
        // but one side, too.
        let one_sided = |row: &Row| match kind {
            RowKind::OnlyLocal => row.original.is_none(),
            _ => row.local.is_none(),
        };
        let weigh = |rows: &[&Row]| -> f64 {
            rows.iter()
                .map(|row| {
                    let text = if kind == RowKind::OnlyLocal { &row.local } else { &row.original };
                    text.as_ref().map_or(0.0, |t| f64::from(t.weight))
                })
                .sum()
        };
        let total = weigh(&rest);
        let changed: f64 = rest.iter().map(|row| f64::from(row.changed)).sum();
        let mut from = 0;
        for part in rest.chunk_by(|a, b| one_sided(a) == one_sided(b)) {
            let at_end = from + part.len() == rest.len();
            let whole = part.first().is_none_or(|row| !one_sided(row));
            let before = rest.get(..from).unwrap_or_default();
            from += part.len();
            // A text that breaks off may have lost no whole sentence.
            let (cut, gone) = match (whole, at_end) {
                (false, true) => (before.last().map_or(0, |row| cut_short(row, kind)), part),
                (true, true) => (part.last().map_or(0, |row| cut_short(row, kind)), &[][..]),
                (false, false) => (0, part),
                (true, false) => continue,
            };
            let gone: Vec<&Row> = gone.iter().copied().filter(|row| row.moved_to.is_none()).collect();
            let lost = weigh(&gone) + f64::from(cut);
            let others =
                changed - gone.iter().map(|row| f64::from(row.changed)).sum::<f64>() - f64::from(cut);
            let kept = total - lost;
            let threshold = match () {
                () if cut > 0 => TAIL_ABRUPT,
                () if at_end => TAIL,
                () => PART,
            };
            if kept > 0.0 && lost > 0.0 && lost / total >= threshold && others <= INTACT * kept {
                return Some(side);
            }
        }
    }
    None
}

/// How many letters the last common sentence lost, where one side breaks off in it.
fn cut_short(row: &Row, longer: RowKind) -> u32 {
    let (Some(original), Some(local)) = (&row.original, &row.local) else { return 0 };
    let (long, short) = if longer == RowKind::OnlyLocal { (local, original) } else { (original, local) };
    let (whole, part) = (normalize::letters(&long.text), normalize::letters(&short.text));
    if row.kind == RowKind::Changed && part.len() < whole.len() && whole.starts_with(&part) {
        long.weight.saturating_sub(short.weight)
    } else {
        0
    }
}
