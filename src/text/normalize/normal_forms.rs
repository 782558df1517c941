//! The steps of normalisation, each of which a user can switch off.

use serde::{Deserialize, Serialize};

/// The steps that make a normal form; all are on by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools)] // Independent switches, each named in the settings.
pub struct NormalForms {
    /// Leave out remains of markdown and invisible marks (soft hyphens, zero-width spaces).
    pub markup: bool,
    /// Leave out web addresses that are written out in the text. Comparisons that were stored before this
    /// step was there have no word of it, and are made again.
    #[serde(default)]
    pub addresses: bool,
    /// Apply Unicode normalisation form KC (UAX #15).
    pub nfkc: bool,
    /// Leave out white space.
    pub white_space: bool,
    /// Leave out punctuation and symbols, except inside a number.
    pub punctuation: bool,
    /// Make full-width punctuation half-width.
    pub width: bool,
    /// Map traditional and Japanese forms of a character to the simplified form.
    pub script: bool,
    /// Make all quotation marks `"`.
    pub quotes: bool,
    /// Make capital letters small.
    pub letter_case: bool,
}

impl Default for NormalForms {
    fn default() -> Self {
        Self {
            markup: true,
            addresses: true,
            nfkc: true,
            white_space: true,
            punctuation: true,
            width: true,
            script: true,
            quotes: true,
            letter_case: true,
        }
    }
}

impl NormalForms {
    /// No step at all: the text as it is.
    pub fn all_off() -> Self {
        Self {
            markup: false,
            addresses: false,
            nfkc: false,
            white_space: false,
            punctuation: false,
            width: false,
            script: false,
            quotes: false,
            letter_case: false,
        }
    }

    /// The names of the steps that are on, in the order in which they are applied.
    pub fn enabled_names(&self) -> Vec<&'static str> {
        [
            (self.markup, "markup"),
            (self.addresses, "addresses"),
            (self.nfkc, "nfkc"),
            (self.white_space, "white_space"),
            (self.quotes, "quotes"),
            (self.width, "width"),
            (self.punctuation, "punctuation"),
            (self.script, "script"),
            (self.letter_case, "letter_case"),
        ]
        .into_iter()
        .filter_map(|(on, name)| on.then_some(name))
        .collect()
    }
}
