//! Changes that a reader must not miss: figures, dates, negations, names, corrections.

mod figures;
mod names;
mod negation;
mod substitutions;

use std::collections::HashMap;
use std::ops::Range;

use super::TellingChange;
use super::align::{Row, RowKind, RowText};
use crate::text::lexicon;
use crate::text::lexicon::Words;

pub(super) use substitutions::marks;

/// How many telling changes are kept.
const MAX: usize = 50;
/// Longer changes are cut to this many characters.
const MAX_CHARS: usize = 80;

/// Names the telling changes of an alignment, most telling first.
pub fn telling(rows: &[Row]) -> Vec<TellingChange> {
    let words = lexicon::built_in();
    let mut found: Vec<(u8, TellingChange)> = Vec::new();
    let mut replaced: HashMap<(String, String), u32> = HashMap::new();
    for row in rows {
        match (row.kind, &row.original, &row.local) {
            (RowKind::Changed, Some(original), Some(local)) => {
                changed(original, local, words, &mut found, &mut replaced);
            }
            (RowKind::MovedOriginal, Some(original), None) if !original.spans.is_empty() => {
                let there = row.moved_to.and_then(|to| rows.get(to)).and_then(|row| row.local.as_ref());
                if let Some(local) = there {
                    changed(original, local, words, &mut found, &mut replaced);
                }
            }
            (RowKind::OnlyOriginal, Some(text), None) if words.is_correction(&text.text) => {
                found.push(change("correction", &text.text, ""));
            }
            (RowKind::OnlyLocal, None, Some(text)) if words.is_correction(&text.text) => {
                found.push(change("correction", "", &text.text));
            }
            _ => {}
        }
    }
    for ((original, local), times) in replaced {
        // One word replaced throughout is a name or a term.
        if times >= 2 && !found.iter().any(|(_, known)| known.original == original && known.local == local) {
            found.push(change("name", &original, &local));
        }
    }
    found.sort_by(|x, y| x.0.cmp(&y.0).then_with(|| x.1.local.cmp(&y.1.local)));
    found.dedup();
    found.into_iter().map(|(_, change)| change).take(MAX).collect()
}

fn change(kind: &str, original: &str, local: &str) -> (u8, TellingChange) {
    let order = match kind {
        "correction" => 0,
        "negation" => 1,
        "number" => 2,
        "date" => 3,
        _ => 4,
    };
    let cut = |text: &str| text.chars().take(MAX_CHARS).collect::<String>();
    (order, TellingChange { kind: kind.to_owned(), local: cut(local), original: cut(original) })
}

fn changed(
    original: &RowText,
    local: &RowText,
    words: &Words,
    found: &mut Vec<(u8, TellingChange)>,
    replaced: &mut HashMap<(String, String), u32>,
) {
    if words.is_correction(&original.text) != words.is_correction(&local.text) {
        found.push(change("correction", &original.text, &local.text));
    }
    let marks = substitutions::marks();
    let (numbers_a, numbers_b) =
        (figures::figures(original, words, marks), figures::figures(local, words, marks));
    figures::pair_up(numbers_a, numbers_b, |a, b| {
        let dated = a.iter().chain(&b).any(|figure| figure.date);
        found.push(change(if dated { "date" } else { "number" }, &figures::show(&a), &figures::show(&b)));
    });
    for (a, b) in negation::changed(original, local, words, marks) {
        found.push(change("negation", &around(&original.text, &a), &around(&local.text, &b)));
    }
    for (kind, a, b) in marks.replaced(original, local) {
        found.push(change(kind, &a, &b));
    }
    for (kind, a, b) in names::names(original, local, words, marks) {
        found.push(change(kind, &a, &b));
    }
    if original.spans.len() == local.spans.len() {
        for (a, b) in original.spans.iter().zip(&local.spans) {
            let (Some(a), Some(b)) = (original.text.get(a.clone()), local.text.get(b.clone())) else {
                continue;
            };
            let length = |text: &str| text.chars().count();
            if (2..=24).contains(&length(a))
                && (1..=24).contains(&length(b))
                && !a.chars().any(|c| c.is_ascii_digit())
            {
                *replaced.entry((a.to_owned(), b.to_owned())).or_insert(0) += 1;
            }
        }
    }
}

/// A change with a few characters around it.
fn around(text: &str, span: &Range<usize>) -> String {
    let before: Vec<char> = text.get(..span.start).unwrap_or_default().chars().rev().take(8).collect();
    let inside = text.get(span.clone()).unwrap_or_default();
    let after = text.get(span.end..).unwrap_or_default().chars().take(8);
    before.into_iter().rev().chain(inside.chars()).chain(after).collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crate::text::{NormalForms, PageText};
    use crate::text_diff::align::align;

    use super::*;

    pub(super) fn tell(a: &str, b: &str) -> Vec<(String, String, String)> {
        let page = |text: &str| PageText { blocks: vec![text.to_owned()], ..PageText::default() };
        let deadline = Instant::now() + Duration::from_secs(20);
        let found = align(&page(a), &page(b), &NormalForms::default(), deadline);
        telling(&found.rows).into_iter().map(|t| (t.kind, t.original, t.local)).collect()
    }

    fn one(kind: &str, a: &str, b: &str) -> Vec<(String, String, String)> {
        vec![(kind.to_owned(), a.to_owned(), b.to_owned())]
    }

    #[test]
    fn figures_and_dates() {
        assert_eq!(tell("事故造成12人死亡。", "事故造成15人死亡。"), one("number", "12人", "15人"));
        assert_eq!(tell("会议于3月5日举行。", "会议于3月6日举行。"), one("date", "5日", "6日"));
        assert_eq!(tell("事故造成三人死亡。", "事故造成五人死亡。"), one("number", "三人", "五人"));
        assert_eq!(tell("It rose 3.5% in May.", "It rose 35% in May."), one("number", "3.5%", "35%"));
        assert_eq!(tell("It fell on March 5 again.", "It fell on March 8 again."), one("date", "5", "8"));
    }

    #[test]
    fn negations() {
        let found = tell("他表示将会出席会议。", "他表示将不会出席会议。");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "negation");
        assert!(found[0].2.contains('不') && !found[0].1.contains('不'));
        assert_eq!(tell("He did go there today.", "He did not go there today.")[0].0, "negation");
        for (a, b) in [
            ("会議は来月に開きます。", "会議は来月に開きません。"),
            ("彼はそこへ行くと話した。", "彼はそこへ行かないと話した。"),
            ("這件事已經確認。", "這件事未經確認。"),
            ("他有证据。", "他没有证据。"),
            ("They have done it.", "They haven't done it."),
        ] {
            assert!(tell(a, b).iter().any(|found| found.0 == "negation"), "{a} {b}");
        }
        assert!(tell("今天天气很好啊。", "今天天气很棒啊。").is_empty());
        for (a, b) in [("他来了，但是晚了。", "他来了，不过晚了。"), ("They do not go.", "They don't go.")]
        {
            assert!(!tell(a, b).iter().any(|found| found.0 == "negation"), "{a} {b}");
        }
    }

    #[test]
    fn figures_are_compared_in_order() {
        for (a, b) in [
            ("事故造成三人受伤，另外有两人失踪。", "事故造成两人受伤，另外有三人失踪。"),
            ("The score was 3-2 after extra time.", "The score was 2-3 after extra time."),
            ("最低气温为-5度，风力不大。", "最低气温为5度，风力不大。"),
            ("罚款$500，三天之内付清。", "罚款€500，三天之内付清。"),
            ("比分是3:2，主队赢了。", "比分是32，主队赢了。"),
            ("其中百分之五来自外地。", "其中百分之八来自外地。"),
            ("会议定在第三季度举行。", "会议定在第二季度举行。"),
            ("总价贰拾万元整，三天付清。", "总价叁拾万元整，三天付清。"),
            ("详情见附件③的说明。", "详情见附件④的说明。"),
            ("卷Ⅲ已经出版了。", "卷Ⅱ已经出版了。"),
            ("It cost 3.5 million dollars to build.", "It cost 3.5 billion dollars to build."),
            ("Twelve people were hurt in the fall.", "Eleven people were hurt in the fall."),
        ] {
            assert!(tell(a, b).iter().any(|found| found.0 == "number"), "{a} {b} {:?}", tell(a, b));
        }
        for (a, b) in [("会议在星期三举行。", "会议在星期五举行。"), ("会议在周三举行。", "会议在周五举行。")]
        {
            assert_eq!(tell(a, b)[0].0, "date", "{a} {b}");
        }
        assert!(
            tell("造价涨了5 %左右，他说。", "造价涨了5%左右，他讲。").iter().all(|found| found.0 != "number")
        );
        assert!(tell("One of them came to the pier.", "Some of them came to the pier.").is_empty());
    }

    #[test]
    fn a_moved_sentence_that_was_changed_is_told() {
        let page = |blocks: [&str; 4]| PageText {
            blocks: blocks.iter().map(|b| (*b).to_owned()).collect(),
            ..PageText::default()
        };
        let (first, second) = ("第一段讲天气很好，也很暖和。", "第二段讲经济的增长，说得很长。");
        let (moved, last) = ("第三段讲比赛的结果，共有35人参加。", "第四段讲文化活动，说得也很长。");
        let edited = moved.replace("35", "55");
        let deadline = Instant::now() + Duration::from_secs(20);
        let (a, b) = (page([first, second, moved, last]), page([&edited, first, second, last]));
        let found = telling(&align(&a, &b, &NormalForms::default(), deadline).rows);
        assert_eq!((found[0].kind.as_str(), found[0].original.as_str()), ("number", "35人"));
    }

    #[test]
    fn a_negation_that_went_elsewhere_is_one() {
        let found = tell("他不会来，但会打电话。", "他会来，但不会打电话。");
        assert_eq!(found.len(), 2, "{found:?}");
        let found = tell(
            "Nobody knew the plan. The council did not say who will pay for the lamps.",
            "Nobody knew the plan. The council did say who will pay for the lamps.",
        );
        assert_eq!(found, one("negation", "cil did not say who", "cil did say who "));
        for (a, b) in [
            ("Der Rat hat dem Plan nicht zugestimmt.", "Der Rat hat dem Plan zugestimmt."),
            ("Es gibt keine Beweise für die Tat.", "Es gibt Beweise für die Tat."),
            ("Le maire ne veut pas partir demain.", "Le maire veut partir demain."),
            ("It is unlikely that the boat sails.", "It is likely that the boat sails."),
            ("他别去那里，那里非常危险。", "他去那里，那里非常危险。"),
        ] {
            assert!(tell(a, b).iter().any(|found| found.0 == "negation"), "{a} {b}");
        }
        assert!(tell("特别好的一天。", "很好的一天。").is_empty());
    }

    #[test]
    fn corrections_and_names() {
        let found = tell("正文的第一句话。更正：此前报道的人数有误。", "正文的第一句话。");
        assert_eq!(found[0].0, "correction");
        assert_eq!(
            tell("Mr Brown said it was so.", "Mr Green said it was so."),
            one("name", "Brown", "Green")
        );
    }
}
