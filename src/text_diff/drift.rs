//! Holds the drift of one page: a comparison, which side changed, and whether both sides were ever equal.
//!
//! [`Comparison`] knows two texts only. [`Drift`] adds what earlier visits show. It is both what reports
//! show and the core of what the pipeline stores, so its JSON names belong to both contracts.

use serde::{Deserialize, Serialize};

use super::comparison::{Comparison, DriftClass, KeyChange, TextSide};

/// How the text behind a link changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// How much changed.
    pub class: DriftClass,
    /// `local` or `previous`: what it was compared with.
    pub against: String,
    /// Which side changed since the last run.
    pub moved_side: MovedSide,
    /// The side that lost a part, for a truncation.
    pub missing_from: Option<TextSide>,
    /// The share of the local copy found in the original.
    pub local_in_original: f64,
    /// The share of the original found in the local copy.
    pub original_in_local: f64,
    /// How many sentences were changed, added or removed.
    pub changed_sentences: u32,
    /// Whether the original holds more around an unchanged text.
    pub noise: bool,
    /// Whether the title says something else.
    pub title_changed: bool,
    /// Whether the local copy was ever equal to the original, but for its form: now, at an earlier visit,
    /// or to the first snapshot. `None` where that is unknown, and for a comparison with the previous
    /// snapshot.
    #[serde(default)]
    pub was_equal: Option<bool>,
    /// The last time at which it was equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equal_at: Option<jiff::Timestamp>,
    /// Which side changed since the first visit; `None` where there is only one visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_since_first: Option<MovedSide>,
    /// The changes to read first.
    #[serde(default, rename = "telling", skip_serializing_if = "Vec::is_empty")]
    pub key_changes: Vec<KeyChange>,
    /// The article's quotations that an earlier snapshot of the page held and the newest does not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotes_lost: Vec<String>,
    /// Why there is no comparable text, for `unverifiable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Drift {
    /// The drift of a comparison. The caller adds which side changed and what earlier visits show.
    pub fn from_comparison(comparison: &Comparison, against: &str) -> Self {
        Self {
            missing_from: comparison.missing_from,
            local_in_original: comparison.local_in_original,
            original_in_local: comparison.original_in_local,
            changed_sentences: comparison.changed_sentences,
            noise: comparison.noise,
            title_changed: comparison.title_changed,
            key_changes: comparison.key_changes.clone(),
            reason: comparison.reason.clone(),
            ..Self::bare(comparison.class, against)
        }
    }

    /// The drift of a page without comparable text, for this reason.
    pub fn unverifiable(reason: &str, against: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..Self::bare(DriftClass::Unverifiable, against) }
    }

    /// The drift of a page that is the same as at its last snapshot.
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

/// Which side changed since an earlier visit.
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
    /// Unknown: this is the first visit, or no earlier text could be read.
    #[default]
    Unknown,
}

impl MovedSide {
    /// Joins what is known of each side: whether the original changed, and whether the local copy changed.
    pub fn from_changes(original: bool, local: bool) -> Self {
        match (original, local) {
            (true, true) => Self::Both,
            (true, false) => Self::Original,
            (false, true) => Self::Local,
            (false, false) => Self::Neither,
        }
    }
}
