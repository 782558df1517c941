//! Decides the drift class of two texts.
//!
//! The thresholds come from 12,000 synthetic comparisons and from labelled pairs of versions of
//! articles. The measure is the share of changed characters of the longer side, so that one moved comma
//! is no edit and a replaced paragraph is. Additions around an unchanged text are not a change.

use super::align::texts::align_tokenized;
use super::align::{RowKind, Rows, SearchBudget};
use super::change_totals::ChangeTotals;
use super::compare_rules::CompareRules;
use super::comparison::{Comparison, DriftClass, TRANSLATION, TextSide};
use super::frame_rows;
use super::frame_rows::remove_frame_rows;
use super::key_changes::find_key_changes;
use super::ngram_shares::ngram_shares;
use super::page_rows;
use super::sides::Sides;
use super::title::compare_titles;
use super::tokens::{Interner, TokenizedText};
use super::translation::compare_translation;
use super::truncation::find_truncated_side;
use crate::text::{PageText, normalize};

/// Above this share of changed characters an edit is a major one.
const MAJOR: f64 = 0.10;
/// Above this share a text counts as rewritten.
const REWRITTEN: f64 = 0.45;
/// Where one run of sentences holds this share of all changes, a passage was added or taken out,
/// and the text was not rewritten.
const ONE_PASSAGE: f64 = 0.8;
/// Below this share of common 5-grams, in both directions, the texts are different articles.
const MAX_DIFFERENT: f64 = 0.20;
/// Under an unchanged title, a text of which at least this share of 5-grams is left was rewritten.
const MIN_KEPT: f64 = 0.03;
/// A title of at least this many letters identifies an article.
const MIN_TITLE: u32 = 6;
/// A copy that is less than this share of a page's visible text has other text around it.
const MOSTLY: f64 = 0.97;
/// A side with fewer letters holds nothing that could be compared with a page.
const MIN_LETTERS: u64 = 10;

/// Classifies the difference of two texts. Returns the comparison and the rows that it rests on. The
/// budget bounds the search for the best alignment.
pub fn classify(
    original: &PageText,
    local: &PageText,
    rules: &CompareRules,
    budget: &mut SearchBudget,
) -> (Comparison, Rows) {
    let forms = &rules.forms;
    let mut interner = Interner::default();
    let a = TokenizedText::new(original, forms, &mut interner);
    let b = TokenizedText::new(local, forms, &mut interner);
    let title = compare_titles(original, local, rules);
    let mut result = Comparison {
        class: DriftClass::Unverifiable,
        missing_from: None,
        local_in_original: 0.0,
        original_in_local: 0.0,
        changed_sentences: 0,
        noise: false,
        title_changed: title.changed,
        key_changes: Vec::new(),
        reason: None,
    };
    let sides = Sides::of(original, local);
    let is_page = sides.has_page();
    if let Some((class, missing_from)) = classify_empty_side(&a, &b, is_page) {
        result.class = class;
        result.missing_from = missing_from;
        return (result, align_tokenized(a, b, forms, interner, budget));
    }
    (result.original_in_local, result.local_in_original) = ngram_shares(&a.letters, &b.letters);
    if is_page && result.local_in_original < 1.0 {
        let whole = normalize::normal_form(&original.whole, forms);
        let (_, in_whole) = ngram_shares(&whole, &b.letters);
        result.local_in_original = result.local_in_original.max(in_whole);
    }
    let (same_lines, local_letters) = (a.raw == b.raw, b.weight());
    let mut rows = align_tokenized(a, b, forms, interner, budget);
    let notes = frame_rows::weigh_notes(&rows);
    remove_frame_rows(&mut rows);
    if is_page {
        page_rows::remove_boilerplate_rows(&mut rows, original, local, forms, rules.text.lexicon());
        page_rows::ignore_item_marks(&mut rows);
        let titles = [original.title.as_str(), local.title.as_str()];
        page_rows::ignore_glued_titles_and_counters(&mut rows, titles, forms, &rules.text);
        page_rows::ignore_sentences_found_elsewhere(&mut rows, &original.whole, forms);
    }
    let mut totals = ChangeTotals::from_rows(&rows, sides, rules.text.lexicon());
    if !is_page && title.changed {
        totals.changed += u64::from(title.letters);
    }
    totals.original += u64::from(title.original_letters);
    totals.local += u64::from(title.local_letters) + notes;
    result.changed_sentences = totals.sentences;
    result.key_changes = find_key_changes(&rows, &rules.key_changes, rules.text.lexicon());
    result.key_changes.splice(0..0, title.key_changes.clone());
    let same_words = totals.sentences == 0;
    if same_words {
        // Two files are identical only where their lines are equal; a page's lines are its layout.
        let raw_equal = rows.iter().all(|row| row.kind != RowKind::Variant) && (is_page || same_lines);
        let corrected = result.key_changes.iter().any(|change| change.kind == "correction");
        result.class = match () {
            () if title.replaced || corrected => DriftClass::MinorEdit,
            () if raw_equal => DriftClass::Identical,
            () => DriftClass::Cosmetic,
        };
        // Noise is reported only for an equal text, since it would divert from a change.
        let more = || {
            totals.outside > 0 || (sides == Sides::PageAndCopy && has_text_around(original, local_letters))
        };
        result.noise = result.class.is_equal() && more();
        return (result, rows);
    }
    let ratio = totals.changed as f64 / totals.longer_side().max(1) as f64;
    let one_passage = totals.largest_run as f64 >= ONE_PASSAGE * totals.changed as f64;
    if result.local_in_original < MAX_DIFFERENT
        && result.original_in_local < MAX_DIFFERENT
        && ratio > REWRITTEN
    {
        // An article that was rewritten keeps its title and some of its names and figures.
        let kept = result.local_in_original.max(result.original_in_local);
        let retold = title.same && title.local_letters >= MIN_TITLE && kept >= MIN_KEPT;
        result.class = if retold { DriftClass::Rewritten } else { DriftClass::Different };
        if let Some(figures) = compare_translation(original, local) {
            result.class = DriftClass::Unverifiable;
            result.reason = Some(TRANSLATION.to_owned());
            result.key_changes = figures;
            // A title in another language is not another title.
            result.title_changed = false;
        }
    } else if let Some(side) = find_truncated_side(&rows, sides) {
        result.class = DriftClass::Truncated;
        result.missing_from = Some(side);
    } else if ratio > REWRITTEN && !one_passage {
        result.class = DriftClass::Rewritten;
    } else if ratio > MAJOR {
        result.class = DriftClass::MajorEdit;
    } else {
        result.class = DriftClass::MinorEdit;
    }
    (result, rows)
}

/// Whether a page shows clearly more than the copy's text, which has so many letters.
fn has_text_around(original: &PageText, local_letters: u64) -> bool {
    let visible = normalize::full_normal_form(&original.whole).chars().count();
    (local_letters as f64) < MOSTLY * visible as f64
}

/// The class where one side has no text: the body was emptied, or could not be read. `None` where both
/// have text.
fn classify_empty_side(
    a: &TokenizedText,
    b: &TokenizedText,
    is_page: bool,
) -> Option<(DriftClass, Option<TextSide>)> {
    let (of_a, of_b) = (a.weight(), b.weight());
    if of_a > 0 && of_b > 0 {
        return None;
    }
    Some(match () {
        () if of_a == 0 && of_b == 0 || is_page => (DriftClass::Unverifiable, None),
        () if of_b == 0 && of_a >= MIN_LETTERS => (DriftClass::Truncated, Some(TextSide::Local)),
        () if of_a == 0 && of_b >= MIN_LETTERS => (DriftClass::Truncated, Some(TextSide::Original)),
        () => (DriftClass::MinorEdit, None),
    })
}
