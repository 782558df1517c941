//! What can be wrong with the rules of this stage.

/// What can be wrong with the rules of this stage.
#[derive(Debug, thiserror::Error)]
pub enum CitationError {
    /// A rule is wrong.
    #[error("rule \"{key}\": {reason}")]
    Rule {
        /// The rule's key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
}
