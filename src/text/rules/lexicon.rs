//! The words of `config/lexicon.toml`: what makes a change important, and what a correction looks like.

use std::collections::HashSet;

use serde::Deserialize;

use super::word_list::check_words;
use crate::model::{RuleError, read_rule_table};
use crate::text::{normalize, prose};

const BUILT_IN: &str = include_str!("../../../config/lexicon.toml");

/// How far into a sentence the colon of a label is searched for, in characters.
const LABEL_REACH: usize = 48;
/// Replaces words that differ in a phrase.
const GAP: char = '…';

/// Words that make a change important.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lexicon {
    /// Labels of corrections and later notes.
    pub correction_labels: Vec<String>,
    /// Those of them that are also used alone for other reasons.
    pub weak_labels: Vec<String>,
    /// Beginnings of sentences that are corrections without a label.
    pub correction_phrases: Vec<String>,
    /// Words that say when.
    pub time_words: Vec<String>,
    /// Characters that negate, for scripts without spaces.
    pub negating_marks: Vec<String>,
    /// Words that hold such a character and do not negate.
    pub not_negating: Vec<String>,
    /// Words that negate.
    pub negating_terms: Vec<String>,
    /// Chinese numerals.
    pub numerals: String,
    /// Characters before which a numeral counts something.
    pub counting: String,
    /// What makes a figure a date.
    pub dates: Vec<String>,
    /// Words that are a date by themselves.
    pub date_words: Vec<String>,
    /// Chinese surnames of one character, simplified.
    pub surnames: String,
    /// Titles that are used beside a name.
    pub titles: Vec<String>,
    /// What follows the name of someone who says something.
    pub saying: Vec<String>,
    /// Words of what somebody does who is named as an author.
    pub author_roles: Vec<String>,
    /// Capitalised words that are not names.
    pub not_names: Vec<String>,
    /// The first characters of corrections: most sentences are ruled out by their first character.
    #[serde(skip)]
    first_chars: HashSet<char>,
    /// The first characters of the names of months and days.
    #[serde(skip)]
    date_first_chars: HashSet<char>,
    /// The normal forms of the words that a correction begins with.
    #[serde(skip)]
    normal_beginnings: Vec<String>,
}

impl Lexicon {
    /// The words that come with the program.
    pub fn built_in() -> Self {
        // A test holds that the file can be read.
        toml::from_str::<Self>(BUILT_IN).unwrap_or_default().indexed()
    }

    /// Adds a user's words: a table with the keys of `config/lexicon.toml`.
    ///
    /// # Errors
    /// An unknown key, a value of the wrong type, an empty word.
    pub fn with_user(mut self, table: &toml::Table) -> Result<Self, RuleError> {
        let added: Self = read_rule_table(table)?;
        let lists = [
            ("correction_labels", &mut self.correction_labels, added.correction_labels),
            ("weak_labels", &mut self.weak_labels, added.weak_labels),
            ("correction_phrases", &mut self.correction_phrases, added.correction_phrases),
            ("time_words", &mut self.time_words, added.time_words),
            ("negating_marks", &mut self.negating_marks, added.negating_marks),
            ("not_negating", &mut self.not_negating, added.not_negating),
            ("negating_terms", &mut self.negating_terms, added.negating_terms),
            ("dates", &mut self.dates, added.dates),
            ("date_words", &mut self.date_words, added.date_words),
            ("titles", &mut self.titles, added.titles),
            ("saying", &mut self.saying, added.saying),
            ("author_roles", &mut self.author_roles, added.author_roles),
            ("not_names", &mut self.not_names, added.not_names),
        ];
        for (key, words, more) in lists {
            check_words(key, &more)?;
            words.extend(more);
        }
        self.numerals.push_str(&added.numerals);
        self.counting.push_str(&added.counting);
        self.surnames.push_str(&added.surnames);
        Ok(self.indexed())
    }

    /// Brings the lists into the forms in which they are searched.
    fn indexed(mut self) -> Self {
        let lists = [
            &mut self.correction_labels,
            &mut self.weak_labels,
            &mut self.correction_phrases,
            &mut self.time_words,
            &mut self.negating_terms,
            &mut self.dates,
            &mut self.author_roles,
        ];
        for word in lists.into_iter().flatten() {
            *word = word.to_lowercase();
        }
        // The longest label decides what follows it.
        self.correction_labels.sort_by_key(|word| std::cmp::Reverse(word.len()));
        self.first_chars = self.correction_beginnings().filter_map(|word| word.chars().next()).collect();
        self.date_first_chars = self.date_words.iter().filter_map(|word| word.chars().next()).collect();
        self.normal_beginnings = self.correction_beginnings().map(normalize::full_normal_form).collect();
        self
    }

    /// Every word that a correction may begin with, after a time that may come first.
    fn correction_beginnings(&self) -> impl Iterator<Item = &str> {
        let heads = self.correction_phrases.iter().map(|phrase| phrase.split(GAP).next().unwrap_or_default());
        self.correction_labels.iter().map(String::as_str).chain(heads)
    }

    /// Whether a text in normal form may hold a correction: it holds the beginning of one somewhere.
    pub fn may_hold_correction(&self, normal: &str) -> bool {
        self.normal_beginnings.iter().any(|beginning| normal.contains(beginning.as_str()))
    }

    /// How many negations a text holds.
    pub fn count_negations(&self, text: &str) -> usize {
        let mut rest = text.to_lowercase().replace('’', "'");
        for word in &self.not_negating {
            rest = rest.replace(word.as_str(), " ");
        }
        let marks: usize = self.negating_marks.iter().map(|mark| rest.matches(mark.as_str()).count()).sum();
        let words = rest.split(|c: char| !c.is_alphanumeric() && c != '\'');
        marks + words.filter(|word| self.negating_terms.iter().any(|term| term == word)).count()
    }

    /// How many letters a text has besides those of a time.
    fn count_letters_beside_time(&self, text: &str) -> usize {
        let mut rest = text.to_owned();
        for word in self.dates.iter().chain(&self.time_words) {
            rest = rest.replace(word.as_str(), " ");
        }
        rest.split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_ascii() || word.len() > 3)
            .map(|word| word.chars().count())
            .sum()
    }

    /// Whether what follows a label is a time and no more, as in "Updated: 5 May 2020, 10:00".
    fn is_mostly_time(&self, text: &str) -> bool {
        self.count_letters_beside_time(text) < 4
    }

    /// Whether a text says when and nothing else: "March 5, ", "2021年3月5日".
    fn is_only_time(&self, text: &str) -> bool {
        self.count_letters_beside_time(text) == 0
            && (text.contains(|c: char| c.is_numeric()) || self.begins_with_date_word(text))
    }

    fn begins_with_date_word(&self, text: &str) -> bool {
        let word = text.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        !word.is_empty() && self.date_words.iter().any(|known| known == word)
    }

    /// Whether a sentence begins as a correction does.
    pub fn is_correction(&self, sentence: &str) -> bool {
        let start = sentence.trim_start_matches(|c: char| !c.is_alphanumeric());
        let Some(first) = start.chars().next().and_then(|c| c.to_lowercase().next()) else { return false };
        let may_be_dated = first.is_numeric() || self.date_first_chars.contains(&first);
        if !may_be_dated && !self.first_chars.contains(&first) {
            return false;
        }
        let ended = prose::ends_sentence(sentence);
        let start: String = start
            .chars()
            .take(LABEL_REACH)
            .map(|c| if c == '’' { '\'' } else { c })
            .collect::<String>()
            .to_lowercase();
        if self.correction_phrases.iter().any(|phrase| begins_with_phrase(&start, phrase)) {
            return true;
        }
        let after = |label: &String, rest: &str| self.is_label(label, rest, ended);
        let labels = || self.correction_labels.iter();
        if let Some(found) =
            labels().find_map(|label| start.strip_prefix(label.as_str()).map(|rest| after(label, rest)))
        {
            return found;
        }
        // "3月5日訂正：", "March 5 update:".
        may_be_dated
            && (first.is_numeric() || self.begins_with_date_word(&start))
            && labels().any(|label| {
                start
                    .split_once(label.as_str())
                    .is_some_and(|(time, rest)| self.is_only_time(time) && after(label, rest))
            })
    }

    /// Whether a word is a label, given what follows it: a colon, a closing bracket, a dash, or a
    /// date and then one of these. `ended` says whether the whole ends as a sentence does.
    fn is_label(&self, label: &str, rest: &str, ended: bool) -> bool {
        let weak = self.weak_labels.iter().any(|word| word == label);
        let rest = rest.trim_start_matches([' ', '\u{3000}']);
        let after = |text: &str| {
            let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
            // A time and a source ("更新：5月6日 10:20 来源：某报") are a dateline.
            let dateline = weak && !ended && text.contains([':', '：']);
            if text.is_empty() { !weak } else { !dateline && !self.is_mostly_time(text) }
        };
        match rest.chars().next() {
            None => !weak,
            Some(
                ':' | '：' | '】' | ']' | '］' | '〕' | '》' | '」' | '—' | '–' | '-' | '｜' | '|' | '/'
                | '／',
            ) => after(rest),
            // "Correction (May 5):", "更正（5月6日）：", "Update, May 5:".
            Some('(' | '（' | ',' | '，' | ')' | '）') => rest
                .split_once([':', '：', ')', '）'])
                .is_some_and(|(time, tail)| self.is_mostly_time(time) && after(tail)),
            // "Update 3/5/2021:", "Correction on March 5:", "UPDATE 10:30am:".
            Some(_) => rest
                .match_indices([':', '：'])
                .filter_map(|(at, colon)| Some((rest.get(..at)?, rest.get(at + colon.len()..)?)))
                .find(|(_, tail)| !tail.starts_with(|c: char| c.is_numeric()))
                .is_some_and(|(time, tail)| (!weak || ended) && self.is_only_time(time) && after(tail)),
        }
    }
}

/// Whether a text begins with a phrase, in which a gap replaces a few words of the same sentence.
fn begins_with_phrase(start: &str, phrase: &str) -> bool {
    let mut parts = phrase.split(GAP);
    let Some(mut rest) = start.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    parts.all(|part| {
        let Some((gap, after)) = rest.split_once(part) else { return false };
        rest = after;
        !gap.contains(['。', '！', '？', '!', '?']) && !gap.contains(". ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_list_parses() {
        let words = Lexicon::built_in();
        assert!(words.correction_labels.len() > 10 && words.negating_marks.len() > 5);
        assert!(!words.numerals.is_empty() && words.surnames.chars().count() > 100);
    }

    #[test]
    fn corrections_are_labels() {
        let words = Lexicon::built_in();
        for text in [
            "更正：昨天的报道有误。",
            "【勘误】人数应为五人。",
            "【更正啟事】昨日的報導有誤。",
            "更正（5月6日）：人数应为五人。",
            "编者按——",
            "編按：本文刊出後已作修改。",
            "本文此前的版本对人数的说法有误。",
            "【訂正】記事の初出で人数に誤りがありました。",
            "お詫びと訂正：日付は六月でした。",
            "追記：公開後に修正しました。",
            "記事の初出で人数に誤りがありました。",
            "Correction: the name",
            "Correction (May 5): the name was wrong.",
            "Editor’s note: this story was changed.",
            "UPDATE, May 5: the number has risen to nine.",
            "An earlier version of this article said",
            "2021年3月5日更正：人数应为五人。",
            "※3月5日訂正：人数は五人でした。",
            "Update 3/5/2021: The number has risen to nine.",
            "UPDATE 10:30am: The road is open again.",
            "Updated March 5: Adds what the mayor said.",
            "March 5 update: the road is open again.",
            "Correction on March 5: the name was wrong.",
            "本文已于3月5日更正。",
            "本文已撤回",
            "【本文已删除】",
            "本文因内容失实已被撤回。",
            "この記事は3月5日に訂正されました。",
            "This version corrects the name of the mayor.",
            "This story was corrected on May 5 to give the right name.",
        ] {
            assert!(words.is_correction(text), "{text}");
        }
    }

    #[test]
    fn a_sentence_about_a_correction_is_not_a_correction() {
        let words = Lexicon::built_in();
        for text in [
            "更新：2022年5月6日 07:08",
            "更新",
            "更新时间：5小时前",
            "Updated: May 6, 2022 at 7:08 pm EST",
            "Updated: 5 hours ago",
            "更新换代的设备",
            "道歉声明发布后，公司的股价下跌。",
            "更正启事刊登后，读者仍不满意。",
            "Corrections officers said",
            "Correction of the course took a year.",
            "The paper ran a correction: the name was wrong.",
            "他说要更正。",
            "该报刊登了更正：人数应为五人。",
            "Updated daily, the list",
            "訂正された教科書が届いた。",
            "お詫びの言葉はなかった。",
            "追記された条文は三つある。",
            "更新：2021-03-05 10:20 来源：某某日报",
            "更新 2021-03-05 10:20 来源：某某日报",
            "Updated March 5, 2021, 10:30 a.m. ET",
            "Updated 10:30 a.m. ET, March 5, 2021 | By: Jane Roe",
            "2021-03-05 更新",
            "3月5日，更正启事登在头版：读者仍不满意。",
            "2021年，他更正：人数应为五人。",
            "May says the update: it was late.",
            "本文已经写完。后来他撤回了上诉。",
        ] {
            assert!(!words.is_correction(text), "{text}");
        }
    }
}
