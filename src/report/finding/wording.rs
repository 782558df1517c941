//! Words what was found about a link, in one line.

use super::group::{FindingGroup, is_bad_page};
use crate::report::{FoundPage, LinkReport, sanitize};
use crate::text_diff::{Drift, DriftClass, MovedSide, TextSide};
use crate::verdict::{ADDS_NO_STRIKE, Cause, LinkState, Verdict, describe_confirmation};

/// The target of a link: its URL, or what is written if it has none.
pub fn link_target(link: &LinkReport) -> &str {
    link.url.as_deref().or(link.written.as_deref()).unwrap_or(&link.label)
}

/// The cause and the evidence in one line, where `is_cut` with long texts cut.
pub fn describe_finding(group: FindingGroup, link: &LinkReport, is_cut: bool) -> String {
    let mut facts: Vec<String> = Vec::new();
    match group {
        FindingGroup::NewlyDrifted | FindingGroup::Drifted(_) | FindingGroup::QuoteLost => {
            if let Some(drift) = &link.drift {
                describe_drift(group, drift, is_cut, &mut facts);
            }
        }
        FindingGroup::Moved => {
            if let Some(url) = &link.final_url {
                facts.push(format!("now {}", sanitize::one_line(url)));
            }
        }
        FindingGroup::Recovered => facts.push(match link.first_failed {
            Some(since) => format!("answers again after failing since {}", format_day(since)),
            None => "answers again".to_owned(),
        }),
        FindingGroup::Chain => describe_chain(link, &mut facts),
        _ => describe_failure(group, link, is_cut, &mut facts),
    }
    facts.join(" · ")
}

/// The chain of reposts, and what is wrong with the pages along it.
fn describe_chain(link: &LinkReport, facts: &mut Vec<String>) {
    if let Some((_, further)) = link.chain.split_first() {
        let urls: Vec<_> = further.iter().map(|url| sanitize::one_line(url)).collect();
        facts.push(format!("reposted from {}", urls.join(", which is reposted from ")));
    }
    let bad: Vec<&FoundPage> = link.found.iter().filter(|found| is_bad_page(found)).collect();
    facts.extend(bad.iter().take(3).map(|found| {
        let verdict = found.verdict.map(Verdict::as_str).unwrap_or_default();
        let cause = found.cause.map(|cause| format!(" ({})", cause_name(cause))).unwrap_or_default();
        format!("{} {}: {verdict}{cause}", found.role.as_str(), sanitize::one_line(&found.url))
    }));
    match bad.len().saturating_sub(3) {
        0 => {}
        more => facts.push(format!("{more} more")),
    }
}

/// A text in one line, of at most `most` characters where it is cut.
fn quote(text: &str, most: usize, is_cut: bool) -> String {
    let text = sanitize::one_line(text);
    if is_cut { sanitize::shorten_text(&text, most).into_owned() } else { text.into_owned() }
}

fn describe_failure(group: FindingGroup, link: &LinkReport, is_cut: bool, facts: &mut Vec<String>) {
    let cause = link.cause.map(cause_name);
    if let Some(cause) = &cause {
        facts.push(match (link.status, link.cause) {
            (Some(status), Some(Cause::Http5xx | Cause::Http4xx)) => format!("{cause} ({status})"),
            _ => cause.clone(),
        });
    }
    // Leave out evidence that only repeats the cause.
    let status = link.status.map(|status| format!("status {status}"));
    let named = cause.as_ref().is_some_and(|cause| cause.starts_with("http-"));
    let confirmed =
        (link.confirmed && link.strikes > 0).then(|| describe_confirmation(link.strikes, link.first_failed));
    let repeats = |fact: &String| {
        Some(fact) == cause.as_ref()
            || Some(fact) == confirmed.as_ref()
            // The heading of the group says so of all.
            || (group == FindingGroup::Blocked && fact == ADDS_NO_STRIKE)
            || (named && Some(fact) == status.as_ref())
    };
    let says_more = |fact: &&String| !repeats(fact) && !fact.trim().is_empty();
    facts.extend(link.evidence.iter().filter(says_more).take(2).map(|fact| quote(fact, 90, is_cut)));
    match (link.state, confirmed) {
        (LinkState::Dead, Some(confirmed)) => facts.push(confirmed),
        _ if link.strikes > 1 => {
            let since =
                link.first_failed.map(|since| format!(" since {}", format_day(since))).unwrap_or_default();
            facts.push(format!("{} failures{since}", link.strikes));
        }
        _ => {}
    }
    match (link.state, link.confirmed_from) {
        (LinkState::Suspect, Some(from)) => {
            facts.push(format!("confirmed as dead if it still fails on {}", format_day(from)));
        }
        (LinkState::Dead, Some(_)) => facts.push("unconfirmed".to_owned()),
        _ => {}
    }
    if let Some(archived) = &link.archived {
        facts.push(format!("archived {} {}", format_day(archived.at), sanitize::one_line(&archived.url)));
    }
}

fn describe_drift(group: FindingGroup, drift: &Drift, is_cut: bool, facts: &mut Vec<String>) {
    if group == FindingGroup::NewlyDrifted {
        facts.push(drift.class.as_str().to_owned());
    }
    facts.extend(drift.key_changes.iter().take(2).map(|change| {
        let words = |text: &str| quote(text, 40, is_cut);
        format!(
            "{}: “{}” → “{}”",
            sanitize::one_line(&change.kind),
            words(&change.local),
            words(&change.original)
        )
    }));
    match (drift.class, drift.missing_from) {
        (DriftClass::Truncated, Some(TextSide::Original)) => {
            facts.push("the original lost a part".to_owned());
        }
        (DriftClass::Truncated, Some(TextSide::Local)) => {
            facts.push("the local copy lacks a part".to_owned());
        }
        _ => {}
    }
    if drift.title_changed {
        facts.push("title changed".to_owned());
    }
    match drift.changed_sentences {
        0 => {}
        1 => facts.push("1 sentence changed".to_owned()),
        count => facts.push(format!("{count} sentences changed")),
    }
    if let Some(lost) = drift.quotes_lost.first() {
        let more = match drift.quotes_lost.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        facts.push(format!("quoted, but missing: “{}”{more}", quote(lost, 40, is_cut)));
    }
    if drift.against == "previous" {
        if group != FindingGroup::QuoteLost {
            facts.push("compared with the last snapshot".to_owned());
        }
        return;
    }
    facts.extend(describe_moved_side(drift));
    facts.extend(describe_equality(drift));
}

/// Which side changed since the last run, or, if neither did, since the first visit.
pub fn describe_moved_side(drift: &Drift) -> Option<String> {
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

/// Whether a copy that differs was ever equal to the original.
pub fn describe_equality(drift: &Drift) -> Option<String> {
    match (drift.was_equal, drift.equal_at) {
        _ if !drift.class.is_drift() => None,
        (Some(true), Some(at)) => {
            Some(format!("the local copy was equal to the original on {}", format_day(at)))
        }
        // On a first visit this is obvious.
        (Some(false), _) if drift.moved_since_first.is_some() => {
            Some("the local copy was never equal to the original".to_owned())
        }
        _ => None,
    }
}

/// The name of a cause, as in the JSON output.
fn cause_name(cause: Cause) -> String {
    match serde_json::to_value(cause) {
        Ok(serde_json::Value::String(name)) => name,
        _ => format!("{cause:?}"),
    }
}

/// The date of a time, in UTC.
fn format_day(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}
