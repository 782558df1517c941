//! What a comparison of two texts says: the drift class, the shares, and the changes to read first.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// How much a text changed. The names are those of the JSON output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum DriftClass {
    /// The texts are equal as written.
    Identical,
    /// Only the form differs: markup, white space, punctuation, width, simplified or traditional script.
    Cosmetic,
    /// At most a tenth of the characters changed.
    MinorEdit,
    /// More than a tenth of the characters changed.
    MajorEdit,
    /// One side lost a large part in one piece.
    Truncated,
    /// Hardly a sentence was left unchanged.
    Rewritten,
    /// The page now holds another article.
    Different,
    /// There is no text that could be compared.
    Unverifiable,
}

impl DriftClass {
    /// The class's name in reports.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether this is drift: the text says something else, or part of it is gone.
    pub fn is_drift(self) -> bool {
        !matches!(self, Self::Identical | Self::Cosmetic | Self::Unverifiable)
    }

    /// Whether both sides say the same, word for word.
    pub fn is_equal(self) -> bool {
        matches!(self, Self::Identical | Self::Cosmetic)
    }
}

/// One of the two texts of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextSide {
    /// The page on the web; of two files the one that is a page, or the first.
    Original,
    /// The copy in the archive, or the other file.
    Local,
}

/// The reason of a comparison whose texts are in different languages.
pub const TRANSLATION: &str = "translation";

/// What changed between an original and a local copy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// How much changed.
    pub class: DriftClass,
    /// The side that lost a part, for [`DriftClass::Truncated`].
    pub missing_from: Option<TextSide>,
    /// The share of the local copy's 5-grams found in the original, 0 to 1.
    pub local_in_original: f64,
    /// The share of the original's 5-grams found in the local copy, 0 to 1.
    pub original_in_local: f64,
    /// How many sentences were changed, added or removed.
    pub changed_sentences: u32,
    /// Whether the original holds more around an unchanged text.
    pub noise: bool,
    /// Whether the title says something else.
    pub title_changed: bool,
    /// The changes that a reader must see first: corrections, negations, figures, dates, names.
    #[serde(rename = "telling")]
    pub key_changes: Vec<KeyChange>,
    /// Why there is no comparable text, for [`DriftClass::Unverifiable`]: `translation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A change that a reader must not miss.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChange {
    /// `number`, `date`, `negation`, `name` or `correction`.
    pub kind: String,
    /// The words in the local copy.
    pub local: String,
    /// The words in the original.
    pub original: String,
}
