//! Which links need attention, in which order, and what is said of each in one line.

use super::sanitize;
use super::{Change, FoundPage, LinkReport};
use crate::text_diff::{Drift, MovedSide};
use crate::text_diff::{DriftClass, Side};
use crate::verdict::{Cause, Verdict};

/// A kind of finding. The order is that in which a person should look at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Dead now, and was not before.
    NewlyDead,
    /// Dead.
    Dead,
    /// Drifted now, and had not before.
    NewlyDrifted,
    /// Drifted, by class; the gravest first.
    Drifted(Gravity),
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
pub enum Gravity {
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

impl Group {
    /// The heading, in plain words.
    pub fn title(self) -> &'static str {
        match self {
            Self::NewlyDead => "Newly dead",
            Self::Dead => "Dead",
            Self::NewlyDrifted => "Newly drifted",
            Self::Drifted(Gravity::Different) => "Drifted: another article stands there",
            Self::Drifted(Gravity::Rewritten) => "Drifted: rewritten",
            Self::Drifted(Gravity::Truncated) => "Drifted: truncated",
            Self::Drifted(Gravity::MajorEdit) => "Drifted: major edit",
            Self::Drifted(Gravity::MinorEdit) => "Drifted: minor edit",
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
pub fn groups(link: &LinkReport) -> Vec<Group> {
    let mut groups = Vec::new();
    match link.verdict {
        Verdict::Dead if link.cause == Some(Cause::FileMissing) => groups.push(Group::FileMissing),
        Verdict::Dead if link.change == Some(Change::NewlyDead) => groups.push(Group::NewlyDead),
        Verdict::Dead => groups.push(Group::Dead),
        Verdict::Moved => groups.push(Group::Moved),
        Verdict::Failing => groups.push(Group::Failing),
        Verdict::Blocked => groups.push(Group::Blocked),
        Verdict::Invalid => groups.push(Group::Invalid),
        Verdict::Alive | Verdict::Skipped => {}
    }
    if let Some(gravity) = link.drift.as_ref().and_then(gravity) {
        groups.push(match link.change {
            Some(Change::NewlyDrifted) => Group::NewlyDrifted,
            _ => Group::Drifted(gravity),
        });
    } else if link.drift.as_ref().is_some_and(|drift| !drift.quotes_lost.is_empty()) {
        groups.push(Group::QuoteLost);
    }
    if link.change == Some(Change::Recovered) {
        groups.push(Group::Recovered);
    }
    if !link.chain.is_empty() || link.found.iter().any(is_bad) {
        groups.push(Group::Chain);
    }
    groups
}

/// The class alone decides. `noise` never hides a change: a comparison that calls a text rewritten
/// and also sees more around it has found both.
fn gravity(drift: &Drift) -> Option<Gravity> {
    match drift.class {
        DriftClass::Different => Some(Gravity::Different),
        DriftClass::Rewritten => Some(Gravity::Rewritten),
        DriftClass::Truncated => Some(Gravity::Truncated),
        DriftClass::MajorEdit => Some(Gravity::MajorEdit),
        DriftClass::MinorEdit => Some(Gravity::MinorEdit),
        DriftClass::Identical | DriftClass::Cosmetic | DriftClass::Unverifiable => None,
    }
}

/// The link's target for people: its URL, or what is written where there is none.
pub fn target(link: &LinkReport) -> &str {
    link.url.as_deref().or(link.written.as_deref()).unwrap_or(&link.label)
}

/// Cause and evidence in few words.
pub fn detail(group: Group, link: &LinkReport) -> String {
    let mut facts: Vec<String> = Vec::new();
    match group {
        Group::NewlyDrifted | Group::Drifted(_) | Group::QuoteLost => {
            if let Some(drift) = &link.drift {
                drift_facts(group, drift, &mut facts);
            }
        }
        Group::Moved => {
            if let Some(url) = &link.final_url {
                facts.push(format!("now {}", sanitize::line(url)));
            }
        }
        Group::Recovered => facts.push(match link.first_failed {
            Some(since) => format!("answers again; had failed since {}", day(since)),
            None => "answers again".to_owned(),
        }),
        Group::Chain => chain_facts(link, &mut facts),
        _ => failure_facts(link, &mut facts),
    }
    facts.join(" · ")
}

fn is_bad(found: &FoundPage) -> bool {
    found.verdict.is_some_and(|verdict| !matches!(verdict, Verdict::Alive | Verdict::Skipped))
}

/// The chain as one line, and what is wrong with the pages behind the original.
fn chain_facts(link: &LinkReport, facts: &mut Vec<String>) {
    if let Some((_, further)) = link.chain.split_first() {
        let urls: Vec<_> = further.iter().map(|url| sanitize::line(url)).collect();
        facts.push(format!("reposted from {}", urls.join(", that from ")));
    }
    let bad: Vec<&FoundPage> = link.found.iter().filter(|found| is_bad(found)).collect();
    facts.extend(bad.iter().take(3).map(|found| {
        let verdict = found.verdict.map(Verdict::as_str).unwrap_or_default();
        let cause = found.cause.map(|cause| format!(" ({})", cause_name(cause))).unwrap_or_default();
        format!("{} {}: {verdict}{cause}", found.role.as_str(), sanitize::line(&found.url))
    }));
    match bad.len().saturating_sub(3) {
        0 => {}
        more => facts.push(format!("{more} more")),
    }
}

fn failure_facts(link: &LinkReport, facts: &mut Vec<String>) {
    let cause = link.cause.map(cause_name);
    if let Some(cause) = &cause {
        facts.push(match (link.status, link.cause) {
            (Some(status), Some(Cause::Http5xx | Cause::Http4xx)) => format!("{cause} ({status})"),
            _ => cause.clone(),
        });
    }
    // Evidence that only repeats the cause is left out.
    let status = link.status.map(|status| format!("status {status}"));
    let named = cause.as_ref().is_some_and(|cause| cause.starts_with("http-"));
    let repeats = |fact: &String| Some(fact) == cause.as_ref() || (named && Some(fact) == status.as_ref());
    let says_more = |fact: &&String| !repeats(fact) && !fact.trim().is_empty();
    facts.extend(
        link.evidence
            .iter()
            .filter(says_more)
            .take(2)
            .map(|fact| sanitize::shorten(&sanitize::line(fact), 90).into_owned()),
    );
    if link.strikes > 1 {
        let since = link.first_failed.map(|since| format!(" since {}", day(since))).unwrap_or_default();
        facts.push(format!("{} failures{since}", link.strikes));
    }
    if let Some(archived) = &link.archived {
        facts.push(format!("archived {} {}", day(archived.at), sanitize::line(&archived.url)));
    }
}

fn drift_facts(group: Group, drift: &Drift, facts: &mut Vec<String>) {
    if group == Group::NewlyDrifted {
        facts.push(drift.class.as_str().to_owned());
    }
    facts.extend(drift.telling.iter().take(2).map(|change| {
        let words = |text: &str| sanitize::shorten(&sanitize::line(text), 40).into_owned();
        format!(
            "{}: “{}” → “{}”",
            sanitize::line(&change.kind),
            words(&change.local),
            words(&change.original)
        )
    }));
    match (drift.class, drift.missing_from) {
        (DriftClass::Truncated, Some(Side::Original)) => facts.push("the original lost a part".to_owned()),
        (DriftClass::Truncated, Some(Side::Local)) => facts.push("the local copy lacks a part".to_owned()),
        _ => {}
    }
    if drift.title_changed {
        facts.push("title changed".to_owned());
    }
    match drift.changed_sentences {
        0 => {}
        1 => facts.push("1 sentence".to_owned()),
        count => facts.push(format!("{count} sentences")),
    }
    if let Some(quote) = drift.quotes_lost.first() {
        let more = match drift.quotes_lost.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        facts.push(format!("quoted, and gone: “{}”{more}", sanitize::shorten(&sanitize::line(quote), 40)));
    }
    if drift.against == "previous" {
        if group != Group::QuoteLost {
            facts.push("against the last snapshot".to_owned());
        }
        return;
    }
    facts.extend(who_moved(drift));
    facts.extend(equality(drift));
}

/// Who changed, in words: since the last run, or, where nobody has, since the first visit.
pub fn who_moved(drift: &Drift) -> Option<String> {
    let said = |side: MovedSide| match side {
        MovedSide::Original => Some("the original changed"),
        MovedSide::Local => Some("the local copy changed"),
        MovedSide::Both => Some("both sides changed"),
        MovedSide::Neither | MovedSide::Unknown => None,
    };
    said(drift.moved_side).map(str::to_owned).or_else(|| {
        let side = said(drift.moved_since_first?)?;
        Some(format!("{side} since the first visit"))
    })
}

/// Whether a copy that differs was ever equal to the original, in words.
pub fn equality(drift: &Drift) -> Option<String> {
    match (drift.was_equal, drift.equal_at) {
        _ if !drift.class.is_drift() => None,
        (Some(true), Some(at)) => Some(format!("the local copy equalled the original on {}", day(at))),
        // On a first visit that goes without saying.
        (Some(false), _) if drift.moved_since_first.is_some() => {
            Some("the local copy was never seen equal to the original".to_owned())
        }
        _ => None,
    }
}

/// A cause's name, which is that of the JSON output.
fn cause_name(cause: Cause) -> String {
    match serde_json::to_value(cause) {
        Ok(serde_json::Value::String(name)) => name,
        _ => format!("{cause:?}"),
    }
}

/// The day of a time, in UTC.
fn day(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}
