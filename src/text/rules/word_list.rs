//! Reads lists of words from TOML and says what is wrong with them.

/// Why a rule cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TextRuleError {
    /// An unknown key, or a value of the wrong type.
    #[error("rules.{table}: {source}")]
    Toml {
        /// The table under `[rules]`.
        table: String,
        /// What is wrong, and where.
        source: Box<toml::de::Error>,
    },
    /// An empty word, which every text would hold.
    #[error("rules.{table}.{key}: an entry is empty")]
    EmptyWord {
        /// The table under `[rules]`.
        table: String,
        /// The key of the list.
        key: &'static str,
    },
    /// A site's rule that does not name its hosts.
    #[error("rules.{table}.hosts: name at least one host")]
    NoHosts {
        /// The table under `[rules]`.
        table: String,
    },
    /// A selector that is not valid CSS.
    #[error("rules.{table}.{key}: \"{selector}\" is not a CSS selector: {reason}")]
    Selector {
        /// The table under `[rules]`.
        table: String,
        /// The key of the list.
        key: &'static str,
        /// The selector.
        selector: String,
        /// Why it is not valid.
        reason: String,
    },
}

/// Reads a table in the form of one of the rule files.
pub(super) fn read_table<T: serde::de::DeserializeOwned>(
    name: &str,
    table: &toml::Table,
) -> Result<T, TextRuleError> {
    let read = table.clone().try_into();
    read.map_err(|error| TextRuleError::Toml { table: name.to_owned(), source: Box::new(error) })
}

/// Refuses a list with an empty word.
pub(super) fn check_words(table: &str, key: &'static str, words: &[String]) -> Result<(), TextRuleError> {
    if words.iter().any(|word| word.trim().is_empty()) {
        return Err(TextRuleError::EmptyWord { table: table.to_owned(), key });
    }
    Ok(())
}
