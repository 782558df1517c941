//! Decides whether a title says something else.
//!
//! A page's title often carries the site's name or a section, so a plain comparison would report every
//! page as changed.

use super::align::{Rows, SearchBudget, align_texts};
use super::compare_rules::CompareRules;
use super::comparison::KeyChange;
use super::key_changes::find_key_changes;
use crate::text::ngrams::dice_coefficient;
use crate::text::{NormalForms, PageText, normalize};

/// Titles whose character pairs agree less than this (Dice coefficient) mean something else.
const MIN_SIMILARITY: f64 = 0.5;

/// A title of at least this many letters is also found within a longer line.
const LONG_TITLE: u32 = 8;

/// How a title changed.
#[derive(Clone, Debug, Default)]
pub struct TitleChange {
    /// Whether any letter of it changed.
    pub changed: bool,
    /// Whether it was replaced by one of another meaning.
    pub replaced: bool,
    /// Whether both sides have a title, and it is the same but for a site's name.
    pub same: bool,
    /// The changed figures and negations in it, and a correction's mark that it was given.
    pub key_changes: Vec<KeyChange>,
    /// How many letters of it changed.
    pub letters: u32,
    /// The original title's letters.
    pub original_letters: u32,
    /// The local title's letters.
    pub local_letters: u32,
}

/// Compares two titles. A page without a title proves nothing, and a title that contains the other is
/// the same, since a page's title often carries the site's name.
pub fn compare_titles(original: &PageText, local: &PageText, rules: &CompareRules) -> TitleChange {
    let forms = &rules.forms;
    let fold = |text: &str| normalize::normal_form(text, forms).to_lowercase();
    let (a, b) = (fold(&original.title), fold(&local.title));
    let page = !original.whole.is_empty();
    let length = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let (original_letters, local_letters) = (length(&a), length(&b));
    let contained = local_letters >= 4 && a.contains(&b) || original_letters >= 4 && b.contains(&a);
    let kept = contained || (a == b && !a.is_empty());
    let same = TitleChange { original_letters, local_letters, same: kept, ..TitleChange::default() };
    let marked = |title: &str| has_correction_mark(title, &rules.key_changes.title_marks);
    let correction = marked(&original.title) != marked(&local.title);
    if a == b || (page && (a.is_empty() || b.is_empty())) {
        return same;
    }
    let as_written = local_letters >= LONG_TITLE && original.whole.contains(local.title.trim());
    if page && !correction && (contained || as_written || is_shown_on_page(&original.whole, &b, forms)) {
        return same;
    }
    let pairs = |text: &str| {
        let mut all: Vec<(char, char)> = text.chars().zip(text.chars().skip(1)).collect();
        all.sort_unstable();
        all
    };
    let rows = align_titles(original, local, forms);
    let found = find_key_changes(&rows, &rules.key_changes, rules.text.lexicon()).into_iter();
    let mut key_changes: Vec<KeyChange> = found.filter(|change| change.kind != "name").collect();
    if correction && key_changes.iter().all(|change| change.kind != "correction") {
        let [local, original] = [local, original].map(|page| page.title.clone());
        key_changes.insert(0, KeyChange { kind: "correction".to_owned(), local, original });
    }
    let replaced =
        !page || !key_changes.is_empty() || dice_coefficient(&pairs(&a), &pairs(&b)) < MIN_SIMILARITY;
    let letters = rows.iter().map(|row| row.changed).sum();
    TitleChange { changed: true, replaced, key_changes, letters, ..same }
}

/// Whether a title says that its text is withdrawn or corrected: `…（更正）`, `【已删除】…`.
pub(super) fn has_correction_mark(title: &str, marks: &[String]) -> bool {
    let parts = title.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).any(|part| marks.contains(&part))
}

/// Whether the page shows the title: as a line of its own, or, where it is long enough to be nothing
/// else, within a line (with a date after it or a section before it).
fn is_shown_on_page(whole: &str, title: &str, forms: &NormalForms) -> bool {
    let length = u32::try_from(title.chars().count()).unwrap_or(u32::MAX);
    length >= 4
        && whole.lines().filter(|line| line.len() < 1000).any(|line| {
            let line = normalize::normal_form(line, forms).to_lowercase();
            line == title || (length >= LONG_TITLE && line.contains(title))
        })
}

fn align_titles(original: &PageText, local: &PageText, forms: &NormalForms) -> Rows {
    let only_title =
        |page: &PageText| PageText { blocks: vec![page.title.as_str().into()], ..PageText::default() };
    align_texts(&only_title(original), &only_title(local), forms, &mut SearchBudget::of_comparison()).rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare_with_page(original: &str, whole: &str, local: &str) -> TitleChange {
        let page = |title: &str, whole: &str| PageText {
            title: title.into(),
            whole: whole.into(),
            ..PageText::default()
        };
        compare_titles(&page(original, whole), &page(local, ""), &CompareRules::default())
    }

    #[test]
    fn a_site_name_does_not_change_a_title() {
        assert!(!compare_with_page("某地发生火灾 - 某某网", "x", "某地發生火災").changed);
        assert!(!compare_with_page("某某网", "导航\n某地发生火灾\n正文", "某地发生火灾").changed);
        assert!(!compare_with_page("", "x", "某地发生火灾").changed);
    }

    #[test]
    fn other_words_change_a_title() {
        let found = compare_with_page("某地发生火灾三人死亡", "x", "某地发生火灾五人死亡");
        assert!(found.changed && found.replaced && found.key_changes.len() == 1);
        let found = compare_with_page("某地昨天发生大火灾", "x", "某地昨日发生大火灾");
        assert!(found.changed && !found.replaced);
        assert!(compare_with_page("股市大涨", "x", "某地发生火灾").replaced);
    }

    #[test]
    fn a_correction_mark_changes_a_title() {
        for marked in ["某地发生火灾三人死亡（更正） - 某某网", "【已删除】某地发生火灾三人死亡"]
        {
            let found = compare_with_page(marked, "某地发生火灾三人死亡", "某地发生火灾三人死亡");
            assert!(found.changed && found.replaced && found.key_changes[0].kind == "correction", "{marked}");
        }
        assert!(!compare_with_page("删除好友的人 - 某网", "x", "删除好友的人").changed);
    }
}
