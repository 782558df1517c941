//! The seven verdicts about a link.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// What is said of a link. The names are those of the JSON output; the order is that of summaries.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Verdict {
    /// The page answers with its content, or the local file exists.
    Alive,
    /// Alive behind permanent redirects only.
    Moved,
    /// There is evidence that the page is gone for good.
    Dead,
    /// The server answers and refuses this client.
    Blocked,
    /// The link could not be judged this time.
    Failing,
    /// The link is not fetched.
    Skipped,
    /// The link's text is not a URL.
    Invalid,
}

impl Verdict {
    /// All verdicts, in the order of the JSON contract.
    pub const ALL: &'static [Self] = <Self as VariantArray>::VARIANTS;

    /// Whether the page is there: alive or moved.
    pub fn is_fine(self) -> bool {
        matches!(self, Self::Alive | Self::Moved)
    }

    /// The verdict's name in reports.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
