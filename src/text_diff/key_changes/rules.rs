//! Reads `config/key-changes.toml`, the words by which key changes are recognised, and a user's additions
//! to them.

use serde::Deserialize;
use toml::Table;

use super::substitution_set::SubstitutionSet;
use crate::model::{RuleError, extend_rule_file};

/// The rules that come with the program.
const EMBEDDED: &str = include_str!("../../../config/key-changes.toml");

/// The words and characters by which key changes are recognised. `config/key-changes.toml` explains each
/// key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyChangeRules {
    /// Characters that write a number and are not digits.
    #[serde(default)]
    pub(super) numerals: String,
    /// Words after which a single numeral is a number.
    #[serde(default)]
    pub(super) number_after: Vec<String>,
    /// Those of them that make the number a date.
    #[serde(default)]
    pub(super) date_after: Vec<String>,
    /// Words that are numbers.
    #[serde(default)]
    pub(super) number_words: Vec<String>,
    /// Characters that negate.
    #[serde(default)]
    pub(super) negating_marks: Vec<String>,
    /// Words that hold such a character and do not negate.
    #[serde(default)]
    pub(super) not_negating: Vec<String>,
    /// Words that negate.
    #[serde(default)]
    pub(super) negating_terms: Vec<String>,
    /// Words that mark a title whose text is withdrawn or corrected.
    #[serde(default)]
    pub(in crate::text_diff) title_marks: Vec<String>,
    /// Characters that transliterate foreign names in Chinese.
    #[serde(default)]
    pub(super) transliteration: String,
    /// Sets of words of which one that replaces another is a key change.
    #[serde(default)]
    pub(super) instead: Vec<SubstitutionSet>,
}

impl Default for KeyChangeRules {
    fn default() -> Self {
        Self::embedded()
    }
}

impl KeyChangeRules {
    /// The rules that come with the program.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "the embedded file is constant, and a test reads it"
    )]
    pub fn embedded() -> Self {
        Self::with_user(&Table::new()).expect("config/key-changes.toml is valid")
    }

    /// The embedded rules with a user's table added: lists and sets of characters grow.
    ///
    /// # Errors
    /// A key that no rule has, a value of the wrong type, or a substitution set that could name nothing.
    pub fn with_user(table: &Table) -> Result<Self, RuleError> {
        let mut rules: Self = extend_rule_file(EMBEDDED, table)?;
        let own: Self = extend_rule_file("", table)?;
        for (at, set) in own.instead.iter().enumerate() {
            set.check().map_err(|error| error.below(&format!("instead[{at}]")))?;
        }
        // Texts are compared with these in small letters.
        for word in rules.title_marks.iter_mut().chain(&mut rules.negating_terms) {
            *word = word.to_lowercase();
        }
        Ok(rules)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_embedded_rules_are_complete() {
        let rules = KeyChangeRules::embedded();
        assert!(!rules.numerals.is_empty() && !rules.transliteration.is_empty());
        assert!(rules.instead.len() > 3 && rules.title_marks.len() > 5);
    }

    #[test]
    fn a_user_extends_every_list() {
        let embedded = KeyChangeRules::embedded();
        let table = "numerals = \"零\"\nnumber_after = [\"甲\"]\ndate_after = [\"甲\"]\nnumber_words = [\"gross\"]\n\
                     negating_marks = [\"勿\"]\nnot_negating = [\"勿论\"]\nnegating_terms = [\"Hardly\"]\n\
                     title_marks = [\"Entwurf\"]\ntransliteration = \"甫\"\n\
                     [[instead]]\nkind = \"date\"\nwords = [\"spring\", \"autumn|fall\"]";
        let rules = KeyChangeRules::with_user(&table.parse().unwrap()).unwrap();
        assert!(rules.numerals.ends_with('零') && rules.numerals.starts_with(&embedded.numerals));
        assert!(rules.transliteration.ends_with('甫'));
        assert_eq!(rules.instead.len(), embedded.instead.len() + 1);
        assert!(rules.title_marks.contains(&"entwurf".to_owned()));
        assert!(rules.negating_terms.contains(&"hardly".to_owned()));
        for (ours, theirs) in [
            (&rules.number_after, &embedded.number_after),
            (&rules.date_after, &embedded.date_after),
            (&rules.number_words, &embedded.number_words),
            (&rules.negating_marks, &embedded.negating_marks),
            (&rules.not_negating, &embedded.not_negating),
        ] {
            assert_eq!(ours.len(), theirs.len() + 1);
        }
    }

    #[test]
    fn a_wrong_rule_names_its_key_and_the_nearest_one() {
        for (text, message) in [
            ("negating_term = [\"x\"]", "negating_term"),
            ("number_words = 3", "number_words"),
            ("[[instead]]\nkind = \"tense\"\nwords = [\"is\", \"was\"]", "instead[0].kind"),
            ("[[instead]]\nkind = \"date\"\nwords = [\"noon\"]", "instead[0].words"),
            ("[[instead]]\nkind = \"date\"\nwords = [\"noon\", \"dusk|\"]", "instead[0].words[1]"),
        ] {
            let error = KeyChangeRules::with_user(&text.parse().unwrap()).unwrap_err();
            assert_eq!(error.key(), message, "{error}");
        }
        let error = KeyChangeRules::with_user(&"negating_term = []".parse().unwrap()).unwrap_err();
        assert!(
            matches!(&error, RuleError::UnknownKey { nearest: Some(near), .. } if near == "negating_terms")
        );
    }
}
