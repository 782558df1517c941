//! The words of `config/telling.toml`: what stands for one another, and is named where it changed.

use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::text_diff::align::RowText;

const SOURCE: &str = include_str!("../../../config/telling.toml");

/// Words of one meaning: one in the place of another is a change of that kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Instead {
    kind: String,
    /// A meaning each: words with a bar between them.
    words: Vec<String>,
}

/// What the file says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Replaceable {
    /// Characters that write a number and are no digits.
    pub numerals: String,
    /// After one of these a single numeral is a number.
    pub number_after: Vec<String>,
    /// Of them, those that make it a date.
    pub date_after: Vec<String>,
    /// Numbers that are words.
    pub number_words: Vec<String>,
    /// Characters that negate.
    pub negating_marks: Vec<String>,
    /// Words that hold such a character and do not negate.
    pub not_negating: Vec<String>,
    /// Words that negate.
    pub negating_terms: Vec<String>,
    /// Words of a title whose text is withdrawn or corrected.
    pub title_marks: Vec<String>,
    /// Characters that foreign names are written with in Chinese.
    pub transliteration: String,
    /// Words that stand for one another.
    pub instead: Vec<Instead>,
}

static BUILT_IN: LazyLock<Replaceable> = LazyLock::new(|| toml::from_str(SOURCE).unwrap_or_default());

/// The built-in words.
pub fn marks() -> &'static Replaceable {
    &BUILT_IN
}

impl Replaceable {
    /// Words in the place of others of their kind: the kind, the original's, the local copy's.
    pub fn replaced<'a>(&'a self, original: &RowText, local: &RowText) -> Vec<(&'a str, String, String)> {
        let mut found = Vec::new();
        for set in &self.instead {
            let (a, b) = (set.touched(original), set.touched(local));
            if a.len() != b.len() {
                continue;
            }
            let pairs = a.into_iter().zip(b).filter(|(x, y)| x.0 != y.0);
            found.extend(pairs.map(|(x, y)| (set.kind.as_str(), x.1, y.1)));
        }
        found
    }
}

impl Instead {
    /// The words that a side's changed spans touch, in order, each with its meaning's number.
    fn touched(&self, side: &RowText) -> Vec<(usize, String)> {
        let mut found: Vec<(Range<usize>, usize)> = Vec::new();
        for (meaning, words) in self.words.iter().enumerate() {
            for word in words.split('|') {
                let places = occurrences(&side.text, word).filter(|at| touches(side, at));
                found.extend(places.map(|at| (at, meaning)));
            }
        }
        // Of two that begin at one place, the longer.
        found.sort_unstable_by_key(|(at, _)| (at.start, std::cmp::Reverse(at.end)));
        found.dedup_by_key(|(at, _)| at.start);
        found.into_iter().filter_map(|(at, meaning)| Some((meaning, side.text.get(at)?.to_owned()))).collect()
    }
}

/// Whether a side's changed spans touch a place.
pub fn touches(side: &RowText, at: &Range<usize>) -> bool {
    let next = side.spans.partition_point(|span| span.end <= at.start);
    side.spans.get(next).is_some_and(|span| span.start < at.end)
}

/// Where a word stands, in small or capital letters; a word of letters only where it is one.
fn occurrences<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let ascii = word.is_ascii();
    let in_word = |c: char| c.is_ascii_alphanumeric();
    text.char_indices()
        .filter(move |(at, _)| {
            text.as_bytes()
                .get(*at..at + word.len())
                .is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
        })
        .map(move |(at, _)| at..at + word.len())
        .filter(move |at| {
            let before = text.get(..at.start).and_then(|before| before.chars().next_back());
            let after = text.get(at.end..).and_then(|after| after.chars().next());
            !ascii || !(before.is_some_and(in_word) || after.is_some_and(in_word))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_diff::key_changes::tests::tell;

    #[test]
    fn the_built_in_list_parses() {
        let marks: Replaceable = toml::from_str(SOURCE).unwrap_or_default();
        assert!(!marks.numerals.is_empty() && marks.instead.len() > 3 && marks.title_marks.len() > 5);
    }

    #[test]
    fn words_in_the_place_of_others_are_named() {
        for (kind, a, b) in [
            ("date", "会议在上午五点结束，大家都走了。", "会议在下午五点结束，大家都走了。"),
            ("date", "It begins at 5 a.m. on the pier.", "It begins at 5 p.m. on the pier."),
            ("date", "次の会議は火曜日に開かれる予定です。", "次の会議は金曜日に開かれる予定です。"),
            ("negation", "这件事情禁止外传，请大家注意。", "这件事情允许外传，请大家注意。"),
        ] {
            let found = tell(a, b);
            assert!(found.iter().any(|one| one.0 == kind), "{a} {b} {found:?}");
        }
        for (a, b) in [
            ("It is 5 a.m. now, he said.", "It is 5 am now, he says."),
            ("某地昨天发生大火灾。", "某地昨日发生大火灾。"),
        ] {
            assert!(tell(a, b).iter().all(|one| one.0 != "date"), "{a} {b}");
        }
    }
}
