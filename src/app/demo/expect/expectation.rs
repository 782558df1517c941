//! The form of one row of the table of expectations.

use crate::model::Role;
use crate::report::LinkChange;
use crate::text_diff::{DriftClass, Side};
use crate::verdict::{Cause, Verdict};

/// What is right for one link.
#[derive(Clone, Copy, Debug)]
pub struct Expectation {
    /// The article's path.
    pub article: &'static str,
    /// The link's text, which is unique within its article.
    pub label: &'static str,
    /// The URL after repair; empty where there is none.
    pub url: &'static str,
    /// What the link is for.
    pub role: Role,
    /// Era 0 and era 1.
    pub eras: [Outcome; 2],
    /// Whether a report may leave the link out: a footer that every article repeats.
    pub optional: bool,
}

/// What is right for one link in one era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// The cause.
    pub cause: Option<Cause>,
    /// The drift class; none where there is nothing to compare.
    pub drift: Option<DriftClass>,
    /// Which side lost the part, for [`DriftClass::Truncated`].
    pub missing_from: Option<Side>,
    /// Whether the original must be said to hold only more around an unchanged text.
    pub noise: bool,
    /// What changed since the era before.
    pub change: Option<LinkChange>,
}
