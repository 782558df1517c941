//! The drift of one page: a comparison, with which side changed and whether both were ever equal.
//!
//! [`Comparison`] knows two texts only. [`Drift`] adds what earlier visits say. It is both what reports
//! show and the core of what the pipeline stores, so its JSON names belong to both contracts.

use serde::{Deserialize, Serialize};

use super::comparison::{Comparison, DriftClass, KeyChange, TextSide};

/// What became of the text behind a link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The class.
    pub class: DriftClass,
    /// `local` or `previous`: what it was compared with.
    pub against: String,
    /// Who changed since the last run.
    pub moved_side: MovedSide,
    /// Which side lost the part, for a truncation.
    pub missing_from: Option<TextSide>,
    /// The share of the local copy found in the original.
    pub local_in_original: f64,
    /// The share of the original found in the local copy.
    pub original_in_local: f64,
    /// How many sentences were changed, added or removed.
    pub changed_sentences: u32,
    /// Whether the original only holds more around an unchanged text.
    pub noise: bool,
    /// Whether the title says something else.
    pub title_changed: bool,
    /// Whether the local copy was ever seen to be equal to the original, but for its form: now, at
    /// an earlier visit, or to the first snapshot. None where that cannot be said, and for a
    /// comparison with the previous snapshot.
    #[serde(default)]
    pub was_equal: Option<bool>,
    /// The last time at which it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equal_at: Option<jiff::Timestamp>,
    /// Who changed since the first visit; none where the first visit is the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_since_first: Option<MovedSide>,
    /// The changes that matter most.
    #[serde(default, rename = "telling", skip_serializing_if = "Vec::is_empty")]
    pub key_changes: Vec<KeyChange>,
    /// What the article quotes, an earlier snapshot of the page held, and the newest does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotes_lost: Vec<String>,
    /// Why there is no comparable text, for `unverifiable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Drift {
    /// What a comparison found; who moved, and what was before, is for the caller to say.
    pub fn from_comparison(comparison: &Comparison, against: &str) -> Self {
        Self {
            missing_from: comparison.missing_from,
            local_in_original: comparison.local_in_original,
            original_in_local: comparison.original_in_local,
            changed_sentences: comparison.changed_sentences,
            noise: comparison.noise,
            title_changed: comparison.title_changed,
            key_changes: comparison.key_changes.clone(),
            ..Self::bare(comparison.class, against)
        }
    }

    /// That there is nothing to compare, and why.
    pub fn unverifiable(reason: &str, against: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..Self::bare(DriftClass::Unverifiable, against) }
    }

    /// That the page is what it was at its last snapshot.
    pub fn unchanged() -> Self {
        Self {
            moved_side: MovedSide::Neither,
            local_in_original: 1.0,
            original_in_local: 1.0,
            ..Self::bare(DriftClass::Identical, "previous")
        }
    }

    fn bare(class: DriftClass, against: &str) -> Self {
        Self {
            class,
            against: against.to_owned(),
            moved_side: MovedSide::Unknown,
            missing_from: None,
            local_in_original: 0.0,
            original_in_local: 0.0,
            changed_sentences: 0,
            noise: false,
            title_changed: false,
            was_equal: None,
            equal_at: None,
            moved_since_first: None,
            key_changes: Vec::new(),
            quotes_lost: Vec::new(),
            reason: None,
        }
    }
}

/// Who changed since the last run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MovedSide {
    /// The page on the web.
    Original,
    /// The copy in the archive.
    Local,
    /// Both.
    Both,
    /// Neither.
    Neither,
    /// The first visit, or nothing that could be read to hold it against.
    #[default]
    Unknown,
}

impl MovedSide {
    /// Combines what is known of each side: whether the original changed, and whether the local copy did.
    pub fn from_changes(original: bool, local: bool) -> Self {
        match (original, local) {
            (true, true) => Self::Both,
            (true, false) => Self::Original,
            (false, true) => Self::Local,
            (false, false) => Self::Neither,
        }
    }
}
