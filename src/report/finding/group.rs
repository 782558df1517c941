//! Groups the findings of a report by kind, in the order in which a person should look at them.

use crate::report::{FoundPage, LinkChange, LinkReport};
use crate::text_diff::{Drift, DriftClass};
use crate::verdict::{Cause, Verdict};

/// A kind of finding. The order is that in which a person should look at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingGroup {
    /// Dead now, and was not before.
    NewlyDead,
    /// Dead.
    Dead,
    /// Drifted now, and had not before.
    NewlyDrifted,
    /// Drifted, by class; the gravest first.
    Drifted(Severity),
    /// The page has not drifted now, but what the article quotes from it is gone.
    QuoteLost,
    /// The link should be updated.
    Moved,
    /// Could not be judged.
    Failing,
    /// Refused.
    Blocked,
    /// No URL.
    Invalid,
    /// A local file is missing.
    FileMissing,
    /// Answers again.
    Recovered,
    /// Reposted from a page that is a repost itself, or whose own sources are gone.
    Chain,
}

/// Drift classes, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Another article.
    Different,
    /// Hardly a sentence is left.
    Rewritten,
    /// A large part is missing.
    Truncated,
    /// Much is changed.
    MajorEdit,
    /// A little is changed.
    MinorEdit,
}

impl FindingGroup {
    /// The heading, in plain words.
    pub fn heading(self) -> &'static str {
        match self {
            Self::NewlyDead => "Newly dead",
            Self::Dead => "Dead",
            Self::NewlyDrifted => "Newly drifted",
            Self::Drifted(Severity::Different) => "Drifted: another article stands there",
            Self::Drifted(Severity::Rewritten) => "Drifted: rewritten",
            Self::Drifted(Severity::Truncated) => "Drifted: truncated",
            Self::Drifted(Severity::MajorEdit) => "Drifted: major edit",
            Self::Drifted(Severity::MinorEdit) => "Drifted: minor edit",
            Self::QuoteLost => "Quoted words are gone from the source",
            Self::Moved => "Moved for good (update the link)",
            Self::Failing => "Could not be judged this time",
            Self::Blocked => "Blocked (says nothing about the page)",
            Self::Invalid => "No URL can be made of it",
            Self::FileMissing => "Missing files of the archive",
            Self::Recovered => "Recovered",
            Self::Chain => "Behind the originals",
        }
    }
}

/// The groups in which a link is listed. A page that moved and drifted asks for two actions.
pub fn groups_of_link(link: &LinkReport) -> Vec<FindingGroup> {
    let mut groups = Vec::new();
    match link.verdict {
        Verdict::Dead if link.cause == Some(Cause::FileMissing) => groups.push(FindingGroup::FileMissing),
        Verdict::Dead if link.change == Some(LinkChange::NewlyDead) => groups.push(FindingGroup::NewlyDead),
        Verdict::Dead => groups.push(FindingGroup::Dead),
        Verdict::Moved => groups.push(FindingGroup::Moved),
        Verdict::Failing => groups.push(FindingGroup::Failing),
        Verdict::Blocked => groups.push(FindingGroup::Blocked),
        Verdict::Invalid => groups.push(FindingGroup::Invalid),
        Verdict::Alive | Verdict::Skipped => {}
    }
    if let Some(severity) = link.drift.as_ref().and_then(severity_of_drift) {
        groups.push(match link.change {
            Some(LinkChange::NewlyDrifted) => FindingGroup::NewlyDrifted,
            _ => FindingGroup::Drifted(severity),
        });
    } else if link.drift.as_ref().is_some_and(|drift| !drift.quotes_lost.is_empty()) {
        groups.push(FindingGroup::QuoteLost);
    }
    if link.change == Some(LinkChange::Recovered) {
        groups.push(FindingGroup::Recovered);
    }
    if !link.chain.is_empty() || link.found.iter().any(is_bad_page) {
        groups.push(FindingGroup::Chain);
    }
    groups
}

/// The class alone decides. `noise` never hides a change: a comparison that calls a text rewritten
/// and also sees more around it has found both.
fn severity_of_drift(drift: &Drift) -> Option<Severity> {
    match drift.class {
        DriftClass::Different => Some(Severity::Different),
        DriftClass::Rewritten => Some(Severity::Rewritten),
        DriftClass::Truncated => Some(Severity::Truncated),
        DriftClass::MajorEdit => Some(Severity::MajorEdit),
        DriftClass::MinorEdit => Some(Severity::MinorEdit),
        DriftClass::Identical | DriftClass::Cosmetic | DriftClass::Unverifiable => None,
    }
}

pub(super) fn is_bad_page(found: &FoundPage) -> bool {
    found.verdict.is_some_and(|verdict| !matches!(verdict, Verdict::Alive | Verdict::Skipped))
}
