//! The rules of a comparison, which the caller hands in.

use super::key_changes::KeyChangeRules;
use crate::text::{NormalForms, TextRules};

/// The rules of a comparison: which differences are only form, and which changes are named first.
#[derive(Clone, Debug, Default)]
pub struct CompareRules {
    /// The differences that are only form.
    pub forms: NormalForms,
    /// The words by which key changes are recognised.
    pub key_changes: KeyChangeRules,
    /// The words of corrections, dates and names.
    pub text: TextRules,
}
