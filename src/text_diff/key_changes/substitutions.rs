//! Finds words that replace another word of the same set: morning for afternoon, allowed for forbidden.

use super::rules::KeyChangeRules;
use crate::text_diff::align::RowText;

/// The words that replace others of their set: the kind of change, the original's word, the local copy's
/// word.
pub fn find_substitutions<'a>(
    original: &RowText<'_>,
    local: &RowText<'_>,
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
