//! Whether a title says something else.

use std::time::Instant;

use super::TellingChange;
use super::align::moved::dice;
use super::align::{self, BUDGET, Row};
use crate::text::{NormalForms, PageText, normalize};

/// Titles whose character pairs agree less than this (Dice coefficient) mean something else.
const SAME_MEANING: f64 = 0.5;

/// A title of so many letters is found within a line, too.
const LONG_TITLE: u32 = 8;

/// What became of a title.
#[derive(Clone, Debug, Default)]
pub struct TitleChange {
    /// Whether it says something else, in any letter.
    pub changed: bool,
    /// Whether it was replaced by one of another meaning.
    pub replaced: bool,
    /// Whether both sides have one, and it is the same but for a site's name.
    pub same: bool,
    /// Changed figures and negations in it, and a mark that it was given.
    pub telling: Vec<TellingChange>,
    /// How many letters of it changed.
    pub letters: u32,
    /// The original title's letters.
    pub original_letters: u32,
    /// The local title's letters.
    pub local_letters: u32,
}

/// Holds two titles against each other. A page without a title says nothing. A page's title often
/// carries the site's name, so a title that contains the other is the same.
pub fn judge(original: &PageText, local: &PageText, forms: &NormalForms) -> TitleChange {
    let fold = |text: &str| normalize::folded(text, forms).to_lowercase();
    let (a, b) = (fold(&original.title), fold(&local.title));
    let page = !original.whole.is_empty();
    let length = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let (original_letters, local_letters) = (length(&a), length(&b));
    let contained = local_letters >= 4 && a.contains(&b) || original_letters >= 4 && b.contains(&a);
    let kept = contained || (a == b && !a.is_empty());
    let same = TitleChange { original_letters, local_letters, same: kept, ..TitleChange::default() };
    let correction = marked(&original.title) != marked(&local.title);
    if a == b || (page && (a.is_empty() || b.is_empty())) {
        return same;
    }
    let as_written = local_letters >= LONG_TITLE && original.whole.contains(local.title.trim());
    if page && !correction && (contained || as_written || shown(&original.whole, &b, forms)) {
        return same;
    }
    let pairs = |text: &str| {
        let mut all: Vec<(char, char)> = text.chars().zip(text.chars().skip(1)).collect();
        all.sort_unstable();
        all
    };
    let rows = aligned(original, local, forms);
    let mut telling: Vec<TellingChange> =
        super::key_changes::telling(&rows).into_iter().filter(|change| change.kind != "name").collect();
    if correction && telling.iter().all(|change| change.kind != "correction") {
        let [local, original] = [local, original].map(|page| page.title.clone());
        telling.insert(0, TellingChange { kind: "correction".to_owned(), local, original });
    }
    let replaced = !page || !telling.is_empty() || dice(&pairs(&a), &pairs(&b)) < SAME_MEANING;
    let letters = rows.iter().map(|row| row.changed).sum();
    TitleChange { changed: true, replaced, telling, letters, ..same }
}

/// Whether a title says that its text is withdrawn or corrected: `…（更正）`, `【已删除】…`.
fn marked(title: &str) -> bool {
    let marks = &super::key_changes::marks().title_marks;
    let parts = title.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(str::to_lowercase).any(|part| marks.contains(&part))
}

/// Whether the page shows the title: as a line of its own, or, where it is long enough to be nothing
/// else, within a line (with the date after it, or the section before it).
fn shown(whole: &str, title: &str, forms: &NormalForms) -> bool {
    let length = u32::try_from(title.chars().count()).unwrap_or(u32::MAX);
    length >= 4
        && whole.lines().filter(|line| line.len() < 1000).any(|line| {
            let line = normalize::folded(line, forms).to_lowercase();
            line == title || (length >= LONG_TITLE && line.contains(title))
        })
}

fn aligned(original: &PageText, local: &PageText, forms: &NormalForms) -> Vec<Row> {
    let only_title = |page: &PageText| PageText { blocks: vec![page.title.clone()], ..PageText::default() };
    let deadline = Instant::now() + BUDGET;
    align::align(&only_title(original), &only_title(local), forms, deadline).rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(original: &str, whole: &str, local: &str) -> TitleChange {
        let page = |title: &str, whole: &str| PageText {
            title: title.into(),
            whole: whole.into(),
            ..PageText::default()
        };
        judge(&page(original, whole), &page(local, ""), &NormalForms::default())
    }

    #[test]
    fn a_site_name_is_no_change() {
        assert!(!title("某地发生火灾 - 某某网", "x", "某地發生火災").changed);
        assert!(!title("某某网", "导航\n某地发生火灾\n正文", "某地发生火灾").changed);
        assert!(!title("", "x", "某地发生火灾").changed);
    }

    #[test]
    fn another_title_is_one() {
        let found = title("某地发生火灾三人死亡", "x", "某地发生火灾五人死亡");
        assert!(found.changed && found.replaced && found.telling.len() == 1);
        let found = title("某地昨天发生大火灾", "x", "某地昨日发生大火灾");
        assert!(found.changed && !found.replaced);
        assert!(title("股市大涨", "x", "某地发生火灾").replaced);
    }

    #[test]
    fn a_mark_of_correction_is_one() {
        for marked in ["某地发生火灾三人死亡（更正） - 某某网", "【已删除】某地发生火灾三人死亡"]
        {
            let found = title(marked, "某地发生火灾三人死亡", "某地发生火灾三人死亡");
            assert!(found.changed && found.replaced && found.telling[0].kind == "correction", "{marked}");
        }
        assert!(!title("删除好友的人 - 某网", "x", "删除好友的人").changed);
    }
}
