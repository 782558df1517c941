//! Compares three texts two by two: the first snapshot of a page, its newest snapshot, and the local
//! copy. The result says which side changed, and whether the copy ever equalled the original.

use super::compare::compare;
use super::compare_rules::CompareRules;
use super::comparison::Comparison;
use super::drift::MovedSide;
use crate::text::PageText;

/// The comparisons of three texts.
#[derive(Clone, Debug, PartialEq)]
pub struct ThreeWay {
    /// The first snapshot against the newest.
    pub over_time: Comparison,
    /// The first snapshot against the local copy.
    pub at_first: Comparison,
    /// The newest snapshot against the local copy.
    pub now: Comparison,
}

impl ThreeWay {
    /// Whether the local copy is equal to one of the two snapshots, but for its form.
    pub fn was_ever_equal(&self) -> bool {
        self.at_first.class.is_equal() || self.now.class.is_equal()
    }

    /// Which sides changed since the first snapshot. The three texts cannot show whether the copy was
    /// edited or was never like the page, so the caller says by `local_edited` whether it was edited.
    pub fn moved_side(&self, local_edited: bool) -> MovedSide {
        MovedSide::from_changes(self.over_time.class.is_drift(), local_edited)
    }
}

/// Compares three texts, two by two.
pub fn compare_three_way(
    first: &PageText,
    newest: &PageText,
    local: &PageText,
    rules: &CompareRules,
) -> ThreeWay {
    // The first snapshot takes the place of a local copy: text around the newest article counts as
    // boilerplate, and the whole newest page is searched for the sentences of the first.
    let first_text = PageText { whole: String::new(), ..first.clone() };
    ThreeWay {
        over_time: compare(newest, &first_text, rules),
        at_first: compare(first, local, rules),
        now: compare(newest, local, rules),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_texts_show_which_side_changed() {
        let text = |number: u32| PageText {
            blocks: vec![
                "第一段说的是天气很好，适合出门走走。".into(),
                format!("第二段说的是共有{number}人到场参加了活动。").into(),
                "第三段说的是活动在下午五点钟结束。".into(),
            ],
            ..PageText::default()
        };
        let rules = CompareRules::default();
        let judge = |first, newest, local, edited| {
            let found = compare_three_way(&text(first), &text(newest), &text(local), &rules);
            (found.moved_side(edited), found.was_ever_equal())
        };
        assert_eq!(judge(1, 1, 1, false), (MovedSide::Neither, true));
        assert_eq!(judge(1, 2, 1, false), (MovedSide::Original, true));
        assert_eq!(judge(1, 1, 2, true), (MovedSide::Local, false));
        assert_eq!(judge(1, 2, 2, true), (MovedSide::Both, true));
        assert_eq!(judge(1, 2, 3, true), (MovedSide::Both, false));
        // A copy that was never like the page shows nothing about who changed.
        assert_eq!(judge(1, 1, 3, false), (MovedSide::Neither, false));
    }
}
