//! The state of a link over time: how failures confirm that it is dead, and when they do not count.
//!
//! One failure proves little: servers are moved, certificates expire over a week-end. Wikipedia's
//! `InternetArchiveBot` asks for three failures, each at least three days after the one before, and so
//! does this. Any success resets the count.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::cause::Cause;
use super::judgement::Judgement;
use super::verdict::Verdict;

/// How many strikes confirm that a link is dead. A strike is a failure that counts.
const CONFIRMING_STRIKES: u32 = 3;
/// The least time between two strikes.
const STRIKE_INTERVAL: SignedDuration = SignedDuration::from_hours(3 * 24);

/// The state of a link over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkState {
    /// Nothing is wrong, or nothing is known.
    #[default]
    Ok,
    /// Failed, not yet confirmed.
    Suspect,
    /// Confirmed by several failures days apart.
    Dead,
    /// Was suspect or dead, and answers again.
    Revived,
}

/// What is remembered of a link between visits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkRecord {
    /// The state over time.
    pub state: LinkState,
    /// The failures that count, since the last success.
    pub strikes: u32,
    /// The time of the first of them.
    pub first_failed: Option<Timestamp>,
    /// The time of the last of them.
    pub last_strike: Option<Timestamp>,
    /// The time of the last success.
    pub last_ok: Option<Timestamp>,
}

/// Whether a judgement shows that the page is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Availability {
    Available,
    Missing,
    /// The server refused this client, or was not asked, which shows nothing about the page.
    Unknown,
}

impl LinkRecord {
    /// The record after a judgement. `counts` says whether failures of this run count; during an outage
    /// of the own network they do not (see [`super::RunHealth`]). Several failures of one run are one
    /// strike, since strikes are days apart.
    #[must_use]
    pub fn after_judgement(&self, judgement: &Judgement, at: Timestamp, counts: bool) -> Self {
        match page_availability(judgement) {
            Availability::Available => self.after_success(at),
            Availability::Missing if counts => self.after_failure(at),
            Availability::Missing | Availability::Unknown => self.clone(),
        }
    }

    fn after_success(&self, at: Timestamp) -> Self {
        let state = match self.state {
            LinkState::Suspect | LinkState::Dead => LinkState::Revived,
            LinkState::Ok | LinkState::Revived => LinkState::Ok,
        };
        Self { state, strikes: 0, first_failed: None, last_strike: None, last_ok: Some(at) }
    }

    fn after_failure(&self, at: Timestamp) -> Self {
        let due = self.last_strike.is_none_or(|last| at.duration_since(last) >= STRIKE_INTERVAL);
        let strikes = if due { self.strikes.saturating_add(1) } else { self.strikes };
        Self {
            state: if strikes >= CONFIRMING_STRIKES { LinkState::Dead } else { LinkState::Suspect },
            strikes,
            first_failed: self.first_failed.or(Some(at)),
            last_strike: if due { Some(at) } else { self.last_strike },
            last_ok: self.last_ok,
        }
    }
}

impl LinkState {
    /// The state in words for people; `None` where nothing is wrong. `strikes` is
    /// [`LinkRecord::strikes`].
    pub fn describe_state(self, strikes: u32) -> Option<String> {
        match self {
            Self::Ok => None,
            Self::Suspect => Some(format!(
                "suspect: {strikes} of {CONFIRMING_STRIKES} failures that confirm that it is dead; each counts three days after the one before"
            )),
            Self::Dead => {
                Some(format!("dead: confirmed by {strikes} failures, each days after the one before"))
            }
            Self::Revived => Some("revived: it failed before, and answers again".to_owned()),
        }
    }
}

fn page_availability(judgement: &Judgement) -> Availability {
    match (judgement.verdict, judgement.cause) {
        (Verdict::Alive | Verdict::Moved, _) => Availability::Available,
        // A refusal, a rate limit, the address filter and the size limit say nothing about the page.
        (Verdict::Blocked | Verdict::Skipped | Verdict::Invalid, _)
        | (_, Some(Cause::Http429 | Cause::ForbiddenAddress | Cause::BodyTooLarge)) => Availability::Unknown,
        (Verdict::Dead | Verdict::Failing, _) => Availability::Missing,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn day(days: i64) -> Timestamp {
        "2026-01-01T03:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(days * 24)
    }

    fn judged_as(cause: Cause) -> Judgement {
        let verdict = match cause {
            Cause::Http404 | Cause::DnsNxdomain => Verdict::Dead,
            Cause::BotWall => Verdict::Blocked,
            _ => Verdict::Failing,
        };
        Judgement::new(verdict, Some(cause), ["test"])
    }

    fn record_after(visits: &[(i64, Option<Cause>, bool)]) -> LinkRecord {
        visits.iter().fold(LinkRecord::default(), |state, (days, cause, counts)| {
            let judgement = cause.map_or_else(|| Judgement::new(Verdict::Alive, None, ["test"]), judged_as);
            state.after_judgement(&judgement, day(*days), *counts)
        })
    }

    #[test]
    fn three_failures_three_days_apart_confirm() {
        let gone = Some(Cause::Http404);
        for (visits, state, strikes) in [
            (vec![(0, gone, true)], LinkState::Suspect, 1),
            (vec![(0, gone, true), (1, gone, true), (2, gone, true)], LinkState::Suspect, 1),
            (vec![(0, gone, true), (3, gone, true)], LinkState::Suspect, 2),
            (vec![(0, gone, true), (3, gone, true), (5, gone, true)], LinkState::Suspect, 2),
            (vec![(0, gone, true), (3, gone, true), (6, gone, true)], LinkState::Dead, 3),
            (vec![(0, gone, true), (3, Some(Cause::Timeout), true), (9, gone, true)], LinkState::Dead, 3),
            (vec![(0, gone, true), (3, None, true), (6, gone, true)], LinkState::Suspect, 1),
            (vec![(0, gone, false), (3, gone, false), (6, gone, false)], LinkState::Ok, 0),
            (vec![(0, Some(Cause::BotWall), true), (9, Some(Cause::BotWall), true)], LinkState::Ok, 0),
            (vec![(0, Some(Cause::Http429), true)], LinkState::Ok, 0),
            (vec![(0, Some(Cause::ForbiddenAddress), true)], LinkState::Ok, 0),
            (vec![(0, gone, true), (3, Some(Cause::BotWall), true)], LinkState::Suspect, 1),
            (vec![(0, gone, true), (1, None, true)], LinkState::Revived, 0),
            (vec![(0, gone, true), (1, None, true), (2, None, true)], LinkState::Ok, 0),
        ] {
            let got = record_after(&visits);
            assert_eq!((got.state, got.strikes), (state, strikes), "{visits:?}");
        }
        let dead = record_after(&[(0, gone, true), (3, gone, true), (6, gone, true), (7, gone, true)]);
        assert_eq!((dead.first_failed, dead.last_strike), (Some(day(0)), Some(day(6))));
        let back = dead.after_judgement(&Judgement::new(Verdict::Moved, None, ["test"]), day(8), true);
        assert_eq!((back.state, back.last_ok, back.first_failed), (LinkState::Revived, Some(day(8)), None));
    }
}
