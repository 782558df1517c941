//! Three texts at once: the first snapshot, the newest, and the local copy. Who moved, and was the
//! copy ever equal to the original?

use super::{Comparison, MovedSide, compare};
use crate::text::{NormalForms, PageText};

/// What three texts say of each other.
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
    pub fn ever_equal(&self) -> bool {
        self.at_first.class.is_equal() || self.now.class.is_equal()
    }

    /// Who moved. Texts alone do not say whether the copy was changed since the first snapshot was
    /// taken or was never like it: `local` is known by what was stored of it then.
    pub fn moved(&self, local: bool) -> MovedSide {
        MovedSide::from_changes(self.over_time.class.is_drift(), local)
    }
}

/// Compares three texts, two by two.
pub fn three_way(first: &PageText, newest: &PageText, local: &PageText, forms: &NormalForms) -> ThreeWay {
    // The first snapshot stands where the local copy does: what the newest page holds around its
    // text is furniture, and what the first one held is looked for in the whole newest page.
    let first_text = PageText { whole: String::new(), ..first.clone() };
    ThreeWay {
        over_time: compare(newest, &first_text, forms),
        at_first: compare(first, local, forms),
        now: compare(newest, local, forms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_moved() {
        let text = |number: u32| PageText {
            blocks: vec![
                "第一段说的是天气很好，适合出门走走。".into(),
                format!("第二段说的是共有{number}人到场参加了活动。"),
                "第三段说的是活动在下午五点钟结束。".into(),
            ],
            ..PageText::default()
        };
        let forms = NormalForms::default();
        let judge = |first, newest, local, edited| {
            let found = three_way(&text(first), &text(newest), &text(local), &forms);
            (found.moved(edited), found.ever_equal())
        };
        assert_eq!(judge(1, 1, 1, false), (MovedSide::Neither, true));
        assert_eq!(judge(1, 2, 1, false), (MovedSide::Original, true));
        assert_eq!(judge(1, 1, 2, true), (MovedSide::Local, false));
        assert_eq!(judge(1, 2, 2, true), (MovedSide::Both, true));
        assert_eq!(judge(1, 2, 3, true), (MovedSide::Both, false));
        // A copy that was never like the page says nothing of who moved.
        assert_eq!(judge(1, 1, 3, false), (MovedSide::Neither, false));
    }
}
