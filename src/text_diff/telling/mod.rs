//! Changes that a reader must not miss: figures, dates, negations, names, corrections.

mod figures;
mod names;
mod negation;

use std::collections::HashMap;
use std::ops::Range;

use super::TellingChange;
use super::align::{Row, RowKind, RowText};
use crate::text::words::{self, Words};

/// How many telling changes are kept.
const MAX: usize = 50;
/// Longer changes are cut to this many characters.
const MAX_CHARS: usize = 80;

/// Names the telling changes of an alignment, most telling first.
pub fn telling(rows: &[Row]) -> Vec<TellingChange> {
    let words = words::built_in();
    let mut found: Vec<(u8, TellingChange)> = Vec::new();
    let mut replaced: HashMap<(String, String), u32> = HashMap::new();
    for row in rows {
        match (row.kind, &row.original, &row.local) {
            (RowKind::Changed, Some(original), Some(local)) => {
                changed(original, local, words, &mut found, &mut replaced);
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
    let (numbers_a, numbers_b) = (figures::figures(original, words), figures::figures(local, words));
    figures::pair_up(numbers_a, numbers_b, |a, b| {
        let dated = a.iter().chain(&b).any(|figure| figure.date);
        found.push(change(if dated { "date" } else { "number" }, &figures::show(&a), &figures::show(&b)));
    });
    let (no_a, no_b) = (negation::places(original, words), negation::places(local, words));
    if no_a.len() != no_b.len() {
        let clause = |side: &RowText, other: &[Range<usize>]| {
            let at = other.first().cloned().or_else(|| side.spans.first().cloned()).unwrap_or(0..0);
            around(&side.text, &at)
        };
        found.push(change("negation", &clause(original, &no_a), &clause(local, &no_b)));
    }
    for (kind, a, b) in names::names(original, local, words) {
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
    fn corrections_and_names() {
        let found = tell("正文的第一句话。更正：此前报道的人数有误。", "正文的第一句话。");
        assert_eq!(found[0].0, "correction");
        assert_eq!(
            tell("Mr Brown said it was so.", "Mr Green said it was so."),
            one("name", "Brown", "Green")
        );
    }
}
