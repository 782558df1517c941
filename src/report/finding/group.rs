//! Groups the findings of a report by kind, in the order in which a person should look at them.

use crate::report::{FoundPage, LinkChange, LinkReport};
use crate::text_diff::{Drift, DriftClass};
use crate::verdict::{Cause, LinkState, Verdict};

/// A kind of finding. The order is the one in which a person should look at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingGroup {
    /// Dead now, and was not before.
    NewlyDead,
    /// Dead.
    Dead,
    /// Was seen alive and fails now, for the first time since.
    NewlySuspect,
    /// Was seen alive and has failed before, but is not yet confirmed as dead.
    Suspect,
    /// Drifted now, but not in the run before.
    NewlyDrifted,
    /// Drifted, by class, the most severe first.
    Drifted(Severity),
    /// The page has not drifted, but a quotation of the article is missing from it.
    QuoteLost,
    /// The page moved permanently, so the link should be updated.
    Moved,
    /// The check failed.
    Failing,
    /// The server refused this client.
    Blocked,
    /// The link is not a valid URL.
    Invalid,
    /// A local file is missing.
    FileMissing,
    /// The page answers again.
    Recovered,
    /// The original is a repost itself, or its own sources are dead.
    Chain,
}

/// Drift classes, the most severe first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A different article.
    Different,
    /// Almost every sentence changed.
    Rewritten,
    /// A large part is missing.
    Truncated,
    /// Many changes.
    MajorEdit,
    /// Few changes.
    MinorEdit,
}

impl FindingGroup {
    /// The heading of the group.
    pub fn heading(self) -> &'static str {
        match self {
            Self::NewlyDead => "Newly dead",
            Self::Dead => "Dead",
            Self::NewlySuspect => "Newly suspect (was alive, fails now)",
            Self::Suspect => "Suspect (was alive, not yet confirmed as dead)",
            Self::NewlyDrifted => "Newly drifted",
            Self::Drifted(Severity::Different) => "Drifted: a different article is there now",
            Self::Drifted(Severity::Rewritten) => "Drifted: rewritten",
            Self::Drifted(Severity::Truncated) => "Drifted: truncated",
            Self::Drifted(Severity::MajorEdit) => "Drifted: major edit",
            Self::Drifted(Severity::MinorEdit) => "Drifted: minor edit",
            Self::QuoteLost => "Quotations missing from the source",
            Self::Moved => "Moved permanently (update the link)",
            Self::Failing => "Could not be checked this time",
            Self::Blocked => "Blocked (the page itself was not seen)",
            Self::Invalid => "Not a valid URL",
            Self::FileMissing => "Missing local files",
            Self::Recovered => "Recovered",
            Self::Chain => "Sources of the originals",
        }
    }
}

/// The groups in which a link is listed. A page that moved and drifted is in two, since it needs two
/// actions.
pub fn groups_of_link(link: &LinkReport) -> Vec<FindingGroup> {
    let mut groups = Vec::new();
    match link.verdict {
        Verdict::Dead if link.cause == Some(Cause::FileMissing) => groups.push(FindingGroup::FileMissing),
        Verdict::Dead | Verdict::Failing => groups.push(group_of_failure(link)),
        Verdict::Moved => groups.push(FindingGroup::Moved),
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

/// The group of a link that is dead or failing. What has been failing until it was confirmed is dead like the
/// rest.
fn group_of_failure(link: &LinkReport) -> FindingGroup {
    match (link.change, link.state) {
        (Some(LinkChange::NewlyDead), _) => FindingGroup::NewlyDead,
        (Some(LinkChange::NewlySuspect), _) => FindingGroup::NewlySuspect,
        (_, LinkState::Suspect) if link.was_seen_alive() => FindingGroup::Suspect,
        (_, LinkState::Dead) => FindingGroup::Dead,
        _ if link.verdict == Verdict::Dead => FindingGroup::Dead,
        _ => FindingGroup::Failing,
    }
}

/// The severity of a drift. The class alone decides: `noise` never hides a change, since a rewritten
/// text may also have more around it.
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
