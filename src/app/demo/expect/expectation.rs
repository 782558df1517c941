//! Defines one row of the table of expected results.

use crate::model::Role;
use crate::report::LinkChange;
use crate::text_diff::{DriftClass, TextSide};
use crate::verdict::{Cause, Verdict};

/// The expected result for one link.
#[derive(Clone, Copy, Debug)]
pub struct Expectation {
    /// The article's path.
    pub article: &'static str,
    /// The link's text, which is unique within its article.
    pub label: &'static str,
    /// The URL after repair; empty where the link has no URL.
    pub url: &'static str,
    /// What the link is for.
    pub role: Role,
    /// The outcomes in era 0 and era 1.
    pub eras: [Outcome; 2],
    /// Whether a report may omit the link, because every article repeats it in its footer.
    pub optional: bool,
}

/// The expected result for one link in one era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// The cause.
    pub cause: Option<Cause>,
    /// The drift class; `None` where there is nothing to compare.
    pub drift: Option<DriftClass>,
    /// Which side lost the part, for [`DriftClass::Truncated`].
    pub missing_from: Option<TextSide>,
    /// Whether the report must mark the drift as noise around an unchanged text.
    pub noise: bool,
    /// What changed since the era before.
    pub change: Option<LinkChange>,
}
