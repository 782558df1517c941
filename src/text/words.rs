//! The words of `config/text.toml`: what makes a change telling, and what a correction looks like.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

const SOURCE: &str = include_str!("../../config/text.toml");

/// How far into a sentence the colon of a label is looked for, in characters.
const LABEL: usize = 48;

/// Markers that make a change telling.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Words {
    /// Labels of corrections and later notes.
    pub correction_labels: Vec<String>,
    /// Those of them that also stand alone for other reasons.
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
    /// Titles that stand beside a name.
    pub titles: Vec<String>,
    /// What follows the name of one who says something.
    pub saying: Vec<String>,
    /// Capitalised words that are no names.
    pub not_names: Vec<String>,
    /// The characters that corrections begin with: most sentences are told by their first.
    #[serde(skip)]
    beginnings: HashSet<char>,
}

static BUILT_IN: LazyLock<Words> = LazyLock::new(|| parse(SOURCE).unwrap_or_default());

/// Reads a word list in the form of `config/text.toml`.
pub fn parse(source: &str) -> Result<Words, toml::de::Error> {
    let mut words: Words = toml::from_str(source)?;
    let lists = [
        &mut words.correction_labels,
        &mut words.weak_labels,
        &mut words.correction_phrases,
        &mut words.time_words,
        &mut words.negating_terms,
        &mut words.dates,
    ];
    for word in lists.into_iter().flatten() {
        *word = word.to_lowercase();
    }
    // The longest label decides what follows it.
    words.correction_labels.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.beginnings = words.correction_marks().filter_map(|mark| mark.chars().next()).collect();
    Ok(words)
}

/// The built-in words.
pub fn built_in() -> &'static Words {
    &BUILT_IN
}

impl Words {
    /// Every mark that a correction may begin with.
    pub fn correction_marks(&self) -> impl Iterator<Item = &String> {
        self.correction_labels.iter().chain(&self.correction_phrases)
    }

    /// Whether what follows a label is a time and no more, as in "Updated: 5 May 2020, 10:00".
    fn is_only_time(&self, text: &str) -> bool {
        let mut rest = text.to_owned();
        for word in self.dates.iter().chain(&self.time_words) {
            rest = rest.replace(word.as_str(), " ");
        }
        let left: usize = rest
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_ascii() || word.len() > 3)
            .map(|word| word.chars().count())
            .sum();
        left < 4
    }

    /// Whether a sentence begins as a correction does.
    pub fn is_correction(&self, sentence: &str) -> bool {
        let start = sentence.trim_start_matches(|c: char| !c.is_alphanumeric());
        let first = start.chars().next().and_then(|c| c.to_lowercase().next());
        if !first.is_some_and(|c| self.beginnings.contains(&c)) {
            return false;
        }
        let start: String = start
            .chars()
            .take(LABEL)
            .map(|c| if c == '’' { '\'' } else { c })
            .collect::<String>()
            .to_lowercase();
        if self.correction_phrases.iter().any(|phrase| start.starts_with(phrase.as_str())) {
            return true;
        }
        self.correction_labels
            .iter()
            .find_map(|label| start.strip_prefix(label.as_str()).map(|rest| self.is_label(label, rest)))
            .unwrap_or(false)
    }

    /// Whether a word is a label, given what follows it: a colon, a closing bracket, a dash, or a
    /// date and then one of these.
    fn is_label(&self, label: &str, rest: &str) -> bool {
        let weak = self.weak_labels.iter().any(|word| word == label);
        let rest = rest.trim_start_matches([' ', '\u{3000}']);
        let after = |text: &str| {
            let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
            !(text.is_empty() && weak) && (text.is_empty() || !self.is_only_time(text))
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
                .is_some_and(|(time, tail)| self.is_only_time(time) && after(tail)),
            Some(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_list_parses() {
        let words = parse(SOURCE).unwrap_or_default();
        assert!(words.correction_labels.len() > 10 && words.negating_marks.len() > 5);
        assert!(!words.numerals.is_empty() && words.surnames.chars().count() > 100);
        assert!(parse("unknown = 1").is_err());
    }

    #[test]
    fn corrections_are_labels() {
        let words = built_in();
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
            "This story was corrected on May 5 to give the right name.",
        ] {
            assert!(words.is_correction(text), "{text}");
        }
    }

    #[test]
    fn what_is_about_a_correction_is_none() {
        let words = built_in();
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
        ] {
            assert!(!words.is_correction(text), "{text}");
        }
    }
}
