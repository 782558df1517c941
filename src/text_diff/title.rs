//! Whether a title says something else.

use super::TellingChange;
use super::moved::dice;
use crate::text::{PageText, normal};

/// Titles whose character pairs agree less than this (Dice coefficient) mean something else.
const SAME_MEANING: f64 = 0.5;

/// What became of a title.
#[derive(Clone, Debug, Default)]
pub struct TitleChange {
    /// Whether it says something else, in any letter.
    pub changed: bool,
    /// Whether it was replaced by one of another meaning.
    pub replaced: bool,
    /// Changed figures and negations in it.
    pub telling: Vec<TellingChange>,
}

/// Holds two titles against each other. A side without a title says nothing. A page's title often
/// carries the site's name, so a title that contains the other is the same.
pub fn judge(original: &PageText, local: &PageText) -> TitleChange {
    let fold = |text: &str| normal::letters(text).to_lowercase();
    let (a, b) = (fold(&original.title), fold(&local.title));
    if a.is_empty() || b.is_empty() || a == b {
        return TitleChange::default();
    }
    let page = !original.whole.is_empty();
    let contained = b.chars().count() >= 4 && a.contains(&b) || a.chars().count() >= 4 && b.contains(&a);
    if page && (contained || shown(&original.whole, &b)) {
        return TitleChange::default();
    }
    let pairs = |text: &str| {
        let mut all: Vec<(char, char)> = text.chars().zip(text.chars().skip(1)).collect();
        all.sort_unstable();
        all
    };
    let telling = figures(original, local);
    let replaced = !page || !telling.is_empty() || dice(&pairs(&a), &pairs(&b)) < SAME_MEANING;
    TitleChange { changed: true, replaced, telling }
}

/// Whether the page shows the title as a line of its own.
fn shown(whole: &str, title: &str) -> bool {
    title.chars().count() >= 4
        && whole
            .lines()
            .filter(|line| line.len() < 1000)
            .any(|line| normal::letters(line).to_lowercase() == title)
}

fn figures(original: &PageText, local: &PageText) -> Vec<TellingChange> {
    let only_title = |page: &PageText| PageText { blocks: vec![page.title.clone()], ..PageText::default() };
    let deadline = std::time::Instant::now() + super::align::BUDGET;
    let forms = crate::text::NormalForms::default();
    let found = super::align::align(&only_title(original), &only_title(local), &forms, deadline);
    super::telling::telling(&found.rows).into_iter().filter(|change| change.kind != "name").collect()
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
        judge(&page(original, whole), &page(local, ""))
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
}
