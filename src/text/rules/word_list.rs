//! Checks the lists of words of the rule files.

use crate::model::RuleError;

/// Refuses a list with an empty word, which every text would hold.
pub(super) fn check_words(key: &str, words: &[String]) -> Result<(), RuleError> {
    match words.iter().position(|word| word.trim().is_empty()) {
        Some(at) => Err(RuleError::invalid(format!("{key}[{at}]"), "an empty word would match every text")),
        None => Ok(()),
    }
}
