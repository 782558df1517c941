//! Three texts at once: the first snapshot, the newest, and the local copy. Who moved?

use super::{Comparison, compare};
use crate::text::{NormalForms, PageText};

/// Who changed between the first snapshot and now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// The page on the web; the copy still says what the page once said.
    Original,
    /// The copy; the page still says what it said.
    Local,
    /// Both.
    Both,
    /// Neither.
    Neither,
}

/// What three texts say of each other.
#[derive(Clone, Debug, PartialEq)]
pub struct ThreeWay {
    /// The first snapshot against the newest.
    pub over_time: Comparison,
    /// The first snapshot against the local copy.
    pub at_first: Comparison,
    /// The newest snapshot against the local copy.
    pub now: Comparison,
    /// Who moved.
    pub moved: Moved,
    /// Whether the local copy was equal to the original at either time.
    pub ever_equal: bool,
}

/// Compares three texts, two by two.
pub fn three_way(first: &PageText, newest: &PageText, local: &PageText, forms: &NormalForms) -> ThreeWay {
    // A snapshot is an original in either place: nothing around its text may count as lost.
    let newest_text = PageText { whole: String::new(), ..newest.clone() };
    let over_time = compare(first, &newest_text, forms);
    let at_first = compare(first, local, forms);
    let now = compare(newest, local, forms);
    let same_as_first = !at_first.class.is_drift();
    let same_as_newest = !now.class.is_drift();
    let moved = match (over_time.class.is_drift(), same_as_first, same_as_newest) {
        (false, true, _) | (false, _, true) => Moved::Neither,
        (false, false, false) => Moved::Local,
        (true, true, _) => Moved::Original,
        // The copy followed the page, or went its own way.
        (true, false, _) => Moved::Both,
    };
    ThreeWay { over_time, at_first, now, moved, ever_equal: same_as_first || same_as_newest }
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
        let judge = |first, newest, local| {
            let found = three_way(&text(first), &text(newest), &text(local), &forms);
            (found.moved, found.ever_equal)
        };
        assert_eq!(judge(1, 1, 1), (Moved::Neither, true));
        assert_eq!(judge(1, 2, 1), (Moved::Original, true));
        assert_eq!(judge(1, 1, 2), (Moved::Local, false));
        assert_eq!(judge(1, 2, 2), (Moved::Both, true));
        assert_eq!(judge(1, 2, 3), (Moved::Both, false));
    }
}
