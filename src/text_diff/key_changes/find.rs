//! Goes over the rows of an alignment and names the key changes, the most important first.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::names::Surnames;
use super::rules::KeyChangeRules;
use super::{figures, names, negation, substitutions};
use crate::text::Lexicon;
use crate::text_diff::align::{RowKind, RowText, Rows};
use crate::text_diff::comparison::KeyChange;

/// In this many changed sentences key changes are looked for; a text with more was rewritten.
const MAX_SENTENCES: usize = 5000;
/// How many key changes are kept.
const MAX_CHANGES: usize = 50;
/// The longest text of a change, in characters; longer ones are cut.
const MAX_CHARS: usize = 80;
/// How many characters on both sides of a change are shown with it.
const CONTEXT: usize = 8;
/// A word that is replaced by the same other word this often is a name or a term.
const MIN_REPLACED: u32 = 2;

/// Names the key changes of an alignment, the most important first.
pub fn find_key_changes(rows: &Rows, rules: &KeyChangeRules, words: &Lexicon) -> Vec<KeyChange> {
    let surnames = Surnames::of_lexicon(words);
    let mut finder =
        ChangeFinder { surnames, compared: 0, words, rules, found: Vec::new(), replaced: BTreeMap::new() };
    for row in rows.iter() {
        match (row.kind, row.original, row.local) {
            (RowKind::Changed, Some(original), Some(local)) => finder.compare_row(&original, &local),
            (RowKind::MovedOriginal, Some(original), None) if !original.spans.is_empty() => {
                let target = row.moved_to.and_then(|to| rows.get(to)).and_then(|row| row.local);
                if let Some(local) = target {
                    finder.compare_row(&original, &local);
                }
            }
            (RowKind::OnlyOriginal, Some(text), None) if finder.words.is_correction(text.text) => {
                finder.push("correction", text.text, "");
            }
            (RowKind::OnlyLocal, None, Some(text)) if finder.words.is_correction(text.text) => {
                finder.push("correction", "", text.text);
            }
            _ => {}
        }
    }
    finder.into_changes()
}

/// Collects the key changes of an alignment.
struct ChangeFinder<'a> {
    surnames: Surnames<'a>,
    /// How many sentences were compared.
    compared: usize,
    words: &'a Lexicon,
    rules: &'a KeyChangeRules,
    /// The changes with their rank; the lowest rank comes first.
    found: Vec<(u8, KeyChange)>,
    /// How often a word of the original was replaced by a word of the local copy.
    replaced: BTreeMap<(String, String), u32>,
}

impl ChangeFinder<'_> {
    fn push(&mut self, kind: &str, original: &str, local: &str) {
        let rank = match kind {
            "correction" => 0,
            "negation" => 1,
            "number" => 2,
            "date" => 3,
            _ => 4,
        };
        let cut = |text: &str| text.chars().take(MAX_CHARS).collect::<String>();
        let change = KeyChange { kind: kind.to_owned(), local: cut(local), original: cut(original) };
        self.found.push((rank, change));
    }

    /// Adds the key changes of a sentence that both sides have.
    fn compare_row(&mut self, original: &RowText<'_>, local: &RowText<'_>) {
        self.compared += 1;
        if self.compared > MAX_SENTENCES {
            return;
        }
        let (words, rules) = (self.words, self.rules);
        if words.is_correction(original.text) != words.is_correction(local.text) {
            self.push("correction", original.text, local.text);
        }
        let figures_a = figures::find_figures(original, words, rules);
        let figures_b = figures::find_figures(local, words, rules);
        figures::pair_figures(figures_a, figures_b, |a, b| {
            let dated = a.iter().chain(&b).any(|figure| figure.is_date);
            let kind = if dated { "date" } else { "number" };
            self.push(kind, &figures::join_figures(&a), &figures::join_figures(&b));
        });
        for (a, b) in negation::find_negation_changes(original, local, words, rules) {
            self.push("negation", &with_context(original.text, &a), &with_context(local.text, &b));
        }
        for (with, without, is_local) in [(original, local, false), (local, original, true)] {
            let Some(name) = names::find_added_name(with, without, words) else { continue };
            let place = negation::counterpart(with, &name, without);
            let shown = (with_context(with.text, &name), with_context(without.text, &place));
            let (a, b) = if is_local { (shown.1, shown.0) } else { shown };
            self.push("name", &a, &b);
        }
        for (kind, a, b) in substitutions::find_substitutions(original, local, rules) {
            self.push(kind, &a, &b);
        }
        for (kind, a, b) in names::find_name_changes(original, local, &self.surnames, rules) {
            self.push(kind, &a, &b);
        }
        if original.spans.len() == local.spans.len() {
            for (a, b) in original.spans.iter().zip(local.spans) {
                let (Some(a), Some(b)) = (original.text.get(a.clone()), local.text.get(b.clone())) else {
                    continue;
                };
                let length = |text: &str| text.chars().count();
                if (2..=24).contains(&length(a))
                    && (1..=24).contains(&length(b))
                    && !a.chars().any(|c| c.is_ascii_digit())
                {
                    *self.replaced.entry((a.to_owned(), b.to_owned())).or_insert(0) += 1;
                }
            }
        }
    }

    /// The changes in order, with the words that were replaced throughout.
    fn into_changes(mut self) -> Vec<KeyChange> {
        let replaced = std::mem::take(&mut self.replaced);
        let often = replaced.into_iter().filter(|(_, times)| *times >= MIN_REPLACED);
        let known: HashSet<(&str, &str)> =
            self.found.iter().map(|(_, known)| (known.original.as_str(), known.local.as_str())).collect();
        let new: Vec<(String, String)> = often
            .map(|(words, _)| words)
            .filter(|(original, local)| !known.contains(&(original.as_str(), local.as_str())))
            .collect();
        for (original, local) in new {
            self.push("name", &original, &local);
        }
        self.found.sort_by(|x, y| x.0.cmp(&y.0).then_with(|| x.1.local.cmp(&y.1.local)));
        self.found.dedup();
        self.found.into_iter().map(|(_, change)| change).take(MAX_CHANGES).collect()
    }
}

/// A change with a few characters on both sides of it.
fn with_context(text: &str, span: &Range<usize>) -> String {
    let before: Vec<char> = text.get(..span.start).unwrap_or_default().chars().rev().take(CONTEXT).collect();
    let inside = text.get(span.clone()).unwrap_or_default();
    let after = text.get(span.end..).unwrap_or_default().chars().take(CONTEXT);
    before.into_iter().rev().chain(inside.chars()).chain(after).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use crate::text::{NormalForms, PageText, TextRules};
    use crate::text_diff::align::{SearchBudget, align_texts};

    use super::*;

    /// The key changes between two texts: kind, original, local.
    pub(in crate::text_diff) fn changes_between(a: &str, b: &str) -> Vec<(String, String, String)> {
        changes_by(a, b, &KeyChangeRules::embedded())
    }

    pub(in crate::text_diff) fn changes_by(
        a: &str,
        b: &str,
        rules: &KeyChangeRules,
    ) -> Vec<(String, String, String)> {
        let page = |text: &str| PageText { blocks: vec![text.into()], ..PageText::default() };
        let rows =
            align_texts(&page(a), &page(b), &NormalForms::default(), &mut SearchBudget::of_comparison()).rows;
        find_key_changes(&rows, rules, TextRules::built_in().lexicon())
            .into_iter()
            .map(|t| (t.kind, t.original, t.local))
            .collect()
    }

    fn one_change(kind: &str, a: &str, b: &str) -> Vec<(String, String, String)> {
        vec![(kind.to_owned(), a.to_owned(), b.to_owned())]
    }

    #[test]
    fn changed_figures_and_dates_are_named() {
        assert_eq!(
            changes_between("事故造成12人死亡。", "事故造成15人死亡。"),
            one_change("number", "12人", "15人")
        );
        assert_eq!(
            changes_between("会议于3月5日举行。", "会议于3月6日举行。"),
            one_change("date", "5日", "6日")
        );
        assert_eq!(
            changes_between("事故造成三人死亡。", "事故造成五人死亡。"),
            one_change("number", "三人", "五人")
        );
        assert_eq!(
            changes_between("It rose 3.5% in May.", "It rose 35% in May."),
            one_change("number", "3.5%", "35%")
        );
        assert_eq!(
            changes_between("It fell on March 5 again.", "It fell on March 8 again."),
            one_change("date", "5", "8")
        );
    }

    #[test]
    fn added_and_removed_negations_are_named() {
        let found = changes_between("他表示将会出席会议。", "他表示将不会出席会议。");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "negation");
        assert!(found[0].2.contains('不') && !found[0].1.contains('不'));
        assert_eq!(changes_between("He did go there today.", "He did not go there today.")[0].0, "negation");
        for (a, b) in [
            ("会議は来月に開きます。", "会議は来月に開きません。"),
            ("彼はそこへ行くと話した。", "彼はそこへ行かないと話した。"),
            ("這件事已經確認。", "這件事未經確認。"),
            ("他有证据。", "他没有证据。"),
            ("They have done it.", "They haven't done it."),
        ] {
            assert!(changes_between(a, b).iter().any(|found| found.0 == "negation"), "{a} {b}");
        }
        assert!(changes_between("今天天气很好啊。", "今天天气很棒啊。").is_empty());
        for (a, b) in [("他来了，但是晚了。", "他来了，不过晚了。"), ("They do not go.", "They don't go.")]
        {
            assert!(!changes_between(a, b).iter().any(|found| found.0 == "negation"), "{a} {b}");
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
            assert!(
                changes_between(a, b).iter().any(|found| found.0 == "number"),
                "{a} {b} {:?}",
                changes_between(a, b)
            );
        }
        for (a, b) in [("会议在星期三举行。", "会议在星期五举行。"), ("会议在周三举行。", "会议在周五举行。")]
        {
            assert_eq!(changes_between(a, b)[0].0, "date", "{a} {b}");
        }
        assert!(
            changes_between("造价涨了5 %左右，他说。", "造价涨了5%左右，他讲。")
                .iter()
                .all(|found| found.0 != "number")
        );
        assert!(
            changes_between("One of them came to the pier.", "Some of them came to the pier.").is_empty()
        );
    }

    #[test]
    fn a_change_in_a_moved_sentence_is_named() {
        let page = |blocks: [&str; 4]| PageText {
            blocks: blocks.iter().map(|b| (*b).into()).collect(),
            ..PageText::default()
        };
        let (first, second) = ("第一段讲天气很好，也很暖和。", "第二段讲经济的增长，说得很长。");
        let (moved, last) = ("第三段讲比赛的结果，共有35人参加。", "第四段讲文化活动，说得也很长。");
        let edited = moved.replace("35", "55");
        let (a, b) = (page([first, second, moved, last]), page([&edited, first, second, last]));
        let found = find_key_changes(
            &align_texts(&a, &b, &NormalForms::default(), &mut SearchBudget::of_comparison()).rows,
            &KeyChangeRules::embedded(),
            TextRules::built_in().lexicon(),
        );
        assert_eq!((found[0].kind.as_str(), found[0].original.as_str()), ("number", "35人"));
    }

    #[test]
    fn a_negation_that_moved_to_another_word_is_named() {
        let found = changes_between("他不会来，但会打电话。", "他会来，但不会打电话。");
        assert_eq!(found.len(), 2, "{found:?}");
        let found = changes_between(
            "Nobody knew the plan. The council did not say who will pay for the lamps.",
            "Nobody knew the plan. The council did say who will pay for the lamps.",
        );
        assert_eq!(found, one_change("negation", "cil did not say who", "cil did say who "));
        for (a, b) in [
            ("Der Rat hat dem Plan nicht zugestimmt.", "Der Rat hat dem Plan zugestimmt."),
            ("Es gibt keine Beweise für die Tat.", "Es gibt Beweise für die Tat."),
            ("Le maire ne veut pas partir demain.", "Le maire veut partir demain."),
            ("It is unlikely that the boat sails.", "It is likely that the boat sails."),
            ("他别去那里，那里非常危险。", "他去那里，那里非常危险。"),
        ] {
            assert!(changes_between(a, b).iter().any(|found| found.0 == "negation"), "{a} {b}");
        }
        assert!(changes_between("特别好的一天。", "很好的一天。").is_empty());
        assert!(changes_between("She may act on it.", "She may act t on it.").is_empty());
    }

    #[test]
    fn negations_of_many_languages_are_named() {
        for (a, b) in [
            ("They can see the far bank.", "They can't see the far bank."),
            ("They can see the far bank.", "They can’t see the far bank."),
            ("It need happen again soon.", "It needn't happen again soon."),
            ("Wij gaan morgen naar de haven.", "Wij gaan morgen niet naar de haven."),
            ("O barco vai sair do cais.", "O barco não vai sair do cais."),
            ("Il ponte resta aperto stasera.", "Il ponte non resta aperto stasera."),
            ("Łódź jutro wypłynie z portu.", "Łódź jutro nigdy wypłynie z portu."),
            ("Vasul va pleca mâine din port.", "Vasul nu va pleca mâine din port."),
            ("Most je otevřený celý den.", "Most není otevřený celý den."),
            ("Міст завтра буде відкритий.", "Міст завтра не буде відкритий."),
            ("Η γέφυρα θα ανοίξει αύριο.", "Η γέφυρα δεν θα ανοίξει αύριο."),
            ("Bron öppnar i morgon bitti.", "Bron öppnar inte i morgon bitti."),
            ("A híd holnap kinyit újra.", "A híd holnap nem kinyit újra."),
            ("그는 다리를 본 적이 있다고 했다.", "그는 다리를 본 적이 없다고 했다."),
            ("الجسر يفتح غدا صباحا.", "الجسر لا يفتح غدا صباحا."),
            ("Cầu sẽ mở vào ngày mai.", "Cầu sẽ không mở vào ngày mai."),
            ("สะพานจะเปิดในวันพรุ่งนี้", "สะพานจะไม่เปิดในวันพรุ่งนี้"),
            ("पुल कल सुबह खुलेगा और चलेगा।", "पुल कल सुबह नहीं खुलेगा और चलेगा।"),
        ] {
            let found = changes_between(a, b);
            let named = |one: &(String, String, String)| {
                one.0 == "negation" && !one.1.is_empty() && !one.2.is_empty()
            };
            assert!(found.iter().any(named), "{a} {b} {found:?}");
        }
    }

    #[test]
    fn corrections_and_names_are_named() {
        let found = changes_between("正文的第一句话。更正：此前报道的人数有误。", "正文的第一句话。");
        assert_eq!(found[0].0, "correction");
        assert_eq!(
            changes_between("Mr Brown said it was so.", "Mr Green said it was so."),
            one_change("name", "Brown", "Green")
        );
        assert_eq!(
            changes_between(
                "The paper was read by Brown on Monday.",
                "The paper was read by Brown Smith on Monday."
            ),
            one_change("name", "y Brown on Monda", "y Brown Smith on Mond")
        );
        assert!(changes_between("They all came to the pier.", "They all came back to the pier.").is_empty());
    }
}
