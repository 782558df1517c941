//! Finds words that replace another word of the same set: morning for afternoon, allowed for forbidden.

use std::ops::Range;

use serde::Deserialize;

use super::rules::KeyChangeRules;
use crate::model::RuleError;
use crate::text_diff::align::RowText;

/// The kinds of change that a set may name.
const KINDS: [&str; 5] = ["number", "date", "negation", "name", "correction"];
/// Separates words of one meaning.
const SAME_MEANING: char = '|';

/// Words of which one that replaces another is a change of this kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SubstitutionSet {
    kind: String,
    /// One entry for each meaning; words of the same meaning have a bar between them.
    words: Vec<String>,
}

/// The words that replace others of their set: the kind of change, the original's word, the local copy's
/// word.
pub fn find_substitutions<'a>(
    original: &RowText,
    local: &RowText,
    rules: &'a KeyChangeRules,
) -> Vec<(&'a str, String, String)> {
    let mut found = Vec::new();
    for set in &rules.instead {
        let (a, b) = (set.find_words(original), set.find_words(local));
        if a.len() != b.len() {
            continue;
        }
        let pairs = a.into_iter().zip(b).filter(|(x, y)| x.0 != y.0);
        found.extend(pairs.map(|(x, y)| (set.kind.as_str(), x.1, y.1)));
    }
    found
}

impl SubstitutionSet {
    /// Checks that the set can name a change.
    pub fn check(&self) -> Result<(), RuleError> {
        if !KINDS.contains(&self.kind.as_str()) {
            let reason = format!("invalid kind {:?}; expected one of {}", self.kind, KINDS.join(", "));
            return Err(RuleError::invalid("kind", reason));
        }
        if self.words.len() < 2 {
            return Err(RuleError::invalid("words", "a set needs two meanings or more"));
        }
        let has_empty = |words: &String| words.split(SAME_MEANING).any(str::is_empty);
        match self.words.iter().position(has_empty) {
            Some(at) => Err(RuleError::invalid(format!("words[{at}]"), "a word is empty")),
            None => Ok(()),
        }
    }

    /// The words of the set that a side's changed spans touch, in order, each with the number of its
    /// meaning.
    fn find_words(&self, side: &RowText) -> Vec<(usize, String)> {
        let mut found: Vec<(Range<usize>, usize)> = Vec::new();
        for (meaning, words) in self.words.iter().enumerate() {
            for word in words.split(SAME_MEANING) {
                let places = find_word(&side.text, word).filter(|at| touches_span(side, at));
                found.extend(places.map(|at| (at, meaning)));
            }
        }
        // Of two words that begin at the same place, the longer one counts.
        found.sort_unstable_by_key(|(at, _)| (at.start, std::cmp::Reverse(at.end)));
        found.dedup_by_key(|(at, _)| at.start);
        found.into_iter().filter_map(|(at, meaning)| Some((meaning, side.text.get(at)?.to_owned()))).collect()
    }
}

/// Whether a side's changed spans touch a place.
pub fn touches_span(side: &RowText, at: &Range<usize>) -> bool {
    let next = side.spans.partition_point(|span| span.end <= at.start);
    side.spans.get(next).is_some_and(|span| span.start < at.end)
}

/// The places of a word, in small or capital letters. A word of ASCII letters is found only as a whole
/// word.
fn find_word<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
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
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::text_diff::key_changes::find::tests::{changes_between, changes_by};

    #[test]
    fn a_word_that_replaces_another_of_its_set_is_named() {
        for (kind, a, b) in [
            ("date", "会议在上午五点结束，大家都走了。", "会议在下午五点结束，大家都走了。"),
            ("date", "It begins at 5 a.m. on the pier.", "It begins at 5 p.m. on the pier."),
            ("date", "次の会議は火曜日に開かれる予定です。", "次の会議は金曜日に開かれる予定です。"),
            ("negation", "这件事情禁止外传，请大家注意。", "这件事情允许外传，请大家注意。"),
        ] {
            let found = changes_between(a, b);
            assert!(found.iter().any(|one| one.0 == kind), "{a} {b} {found:?}");
        }
        for (a, b) in [
            ("It is 5 a.m. now, he said.", "It is 5 am now, he says."),
            ("某地昨天发生大火灾。", "某地昨日发生大火灾。"),
        ] {
            assert!(changes_between(a, b).iter().all(|one| one.0 != "date"), "{a} {b}");
        }
    }

    #[test]
    fn a_users_set_names_its_changes() {
        let (a, b) = ("The fair opens in spring this year.", "The fair opens in autumn this year.");
        assert!(changes_between(a, b).iter().all(|one| one.0 != "date"));
        let table = "[[instead]]\nkind = \"date\"\nwords = [\"spring\", \"autumn|fall\"]";
        let rules = KeyChangeRules::with_user(&table.parse().unwrap()).unwrap();
        assert!(changes_by(a, b, &rules).iter().any(|one| one.0 == "date"));
    }
}
