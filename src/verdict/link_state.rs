//! The state of a link over time: how failures confirm that it is dead, and when they do not count.
//!
//! One failure proves little: servers are moved, certificates expire over a week-end. Wikipedia's
//! `InternetArchiveBot` asks for three failures, each at least three days after the one before, and so
//! does this. Any success resets the count. A link that was never seen alive has nothing to lose: where there is
//! evidence that its page is gone, it is dead at first sight, and said to be unconfirmed.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::cause::Cause;
use super::judgement::Judgement;
use super::verdict::Verdict;

/// How many strikes confirm that a link is dead. A strike is a failure that counts.
const CONFIRMING_STRIKES: u32 = 3;
/// The least time between two strikes.
const STRIKE_INTERVAL: SignedDuration = SignedDuration::from_hours(3 * 24);

/// What is said of a refusal, or of a limit on this side.
pub const ADDS_NO_STRIKE: &str = "this says nothing about the page, so it adds no strike";

/// The state of a link over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkState {
    /// Nothing is wrong, or nothing is known.
    #[default]
    Ok,
    /// Failed, not yet confirmed.
    Suspect,
    /// Confirmed by several failures days apart; or never seen alive, and gone at first sight.
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
            Availability::Missing if counts => self.after_failure(judgement.verdict, at),
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

    fn after_failure(&self, verdict: Verdict, at: Timestamp) -> Self {
        let due = self.last_strike.is_none_or(|last| at.duration_since(last) >= STRIKE_INTERVAL);
        let strikes = if due { self.strikes.saturating_add(1) } else { self.strikes };
        let is_gone = verdict == Verdict::Dead || self.state == LinkState::Dead;
        let dead_at_first_sight = is_gone && self.last_ok.is_none();
        Self {
            state: if strikes >= CONFIRMING_STRIKES || dead_at_first_sight {
                LinkState::Dead
            } else {
                LinkState::Suspect
            },
            strikes,
            first_failed: self.first_failed.or(Some(at)),
            last_strike: if due { Some(at) } else { self.last_strike },
            last_ok: self.last_ok,
        }
    }

    /// Whether several failures, days apart, confirm that the link is dead.
    pub fn is_confirmed(&self) -> bool {
        self.state == LinkState::Dead && self.strikes >= CONFIRMING_STRIKES
    }

    /// The earliest time at which a link that keeps failing is confirmed as dead; `None` where it is confirmed,
    /// or has not failed.
    pub fn confirmed_from(&self) -> Option<Timestamp> {
        let missing = CONFIRMING_STRIKES.checked_sub(self.strikes).filter(|missing| *missing > 0)?;
        let wait = STRIKE_INTERVAL.checked_mul(i32::try_from(missing).ok()?)?;
        self.last_strike?.checked_add(wait).ok()
    }

    /// What of the state belongs to the evidence of a verdict: that a refusal adds no strike, or why what fails
    /// counts as dead.
    pub fn explain_verdict(&self, judgement: &Judgement) -> Option<String> {
        let confirmed = judgement.verdict == Verdict::Failing && self.is_confirmed();
        let uncounted = page_availability(judgement) == Availability::Unknown;
        self.explain_state(judgement).filter(|_| confirmed || uncounted)
    }

    /// What the state means after this judgement, in words for people; `None` where there is nothing to say.
    pub fn explain_state(&self, judgement: &Judgement) -> Option<String> {
        match page_availability(judgement) {
            Availability::Available if self.state == LinkState::Revived => {
                Some("revived: it failed before, and answers again".to_owned())
            }
            Availability::Unknown if matches!(judgement.verdict, Verdict::Blocked | Verdict::Failing) => {
                Some(ADDS_NO_STRIKE.to_owned())
            }
            Availability::Missing => self.explain_failures(),
            Availability::Available | Availability::Unknown => None,
        }
    }

    fn explain_failures(&self) -> Option<String> {
        let strikes = self.strikes;
        let from = self.confirmed_from().map(|at| {
            let day = at.strftime("%Y-%m-%d");
            format!("; it is confirmed as dead if it still fails on {day}")
        });
        let from = from.unwrap_or_default();
        match self.state {
            LinkState::Suspect => Some(format!(
                "suspect: {strikes} of {CONFIRMING_STRIKES} failures that confirm that it is dead, each three days after the one before{from}"
            )),
            LinkState::Dead if self.is_confirmed() => Some(describe_confirmation(strikes, self.first_failed)),
            LinkState::Dead => Some(format!("dead, unconfirmed: it was never seen alive{from}")),
            LinkState::Ok | LinkState::Revived => None,
        }
    }
}

/// Why a link counts as dead after so many failures, in words for people.
pub fn describe_confirmation(strikes: u32, first_failed: Option<Timestamp>) -> String {
    let since = first_failed.map(|at| format!(" since {}", at.strftime("%Y-%m-%d"))).unwrap_or_default();
    format!("dead: confirmed by {strikes} failures{since}, each days after the one before")
}

fn page_availability(judgement: &Judgement) -> Availability {
    match (judgement.verdict, judgement.cause) {
        (Verdict::Alive | Verdict::Moved, _) => Availability::Available,
        // A refusal, a rate limit, the address filter and the size limit say nothing about the page. The
        // statuses of `Http4xx` are refusals in other dresses: filters answer clients that they do not know with
        // 400, 405, 406, 412, 418 and more, for pages that everybody else can read.
        (Verdict::Blocked | Verdict::Skipped | Verdict::Invalid, _)
        | (_, Some(Cause::Http429 | Cause::Http4xx | Cause::ForbiddenAddress | Cause::BodyTooLarge)) => {
            Availability::Unknown
        }
        _ if judgement.is_inconclusive => Availability::Unknown,
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
            Cause::BotWall | Cause::Http403 => Verdict::Blocked,
            _ => Verdict::Failing,
        };
        Judgement::new(verdict, Some(cause), ["test"])
    }

    /// The record after visits at these days: what each found, and whether its failures count.
    fn record_after(visits: &[(i64, Option<Cause>, bool)]) -> LinkRecord {
        visits.iter().fold(LinkRecord::default(), |state, (days, cause, counts)| {
            let judgement = cause.map_or_else(|| Judgement::new(Verdict::Alive, None, ["test"]), judged_as);
            state.after_judgement(&judgement, day(*days), *counts)
        })
    }

    /// The state, the strikes, and whether it is confirmed, after visits that count.
    fn state_after(visits: &[(i64, Option<Cause>)]) -> (LinkState, u32, bool) {
        let visits: Vec<_> = visits.iter().map(|(days, cause)| (*days, *cause, true)).collect();
        let record = record_after(&visits);
        (record.state, record.strikes, record.is_confirmed())
    }

    const GONE: Option<Cause> = Some(Cause::Http404);
    const SLOW: Option<Cause> = Some(Cause::Timeout);
    const BROKEN: Option<Cause> = Some(Cause::Http5xx);

    #[test]
    fn three_failures_three_days_apart_confirm_that_a_living_link_is_dead() {
        use LinkState::{Dead, Revived, Suspect};
        for (visits, expected) in [
            (vec![(0, None), (1, GONE)], (Suspect, 1, false)),
            (vec![(0, None), (1, GONE), (2, GONE), (3, GONE)], (Suspect, 1, false)),
            (vec![(0, None), (1, GONE), (4, GONE)], (Suspect, 2, false)),
            (vec![(0, None), (1, GONE), (4, GONE), (6, GONE)], (Suspect, 2, false)),
            (vec![(0, None), (1, GONE), (4, GONE), (7, GONE)], (Dead, 3, true)),
            (vec![(0, None), (1, SLOW), (4, BROKEN), (7, SLOW)], (Dead, 3, true)),
            (vec![(0, None), (1, GONE), (4, None), (7, GONE)], (Suspect, 1, false)),
            (vec![(0, None), (1, GONE), (4, GONE), (7, GONE), (9, None)], (Revived, 0, false)),
            (vec![(0, None), (1, GONE), (2, None), (3, None)], (LinkState::Ok, 0, false)),
            (vec![(0, None), (1, GONE), (2, None), (3, GONE)], (Suspect, 1, false)),
        ] {
            assert_eq!(state_after(&visits), expected, "{visits:?}");
        }
    }

    #[test]
    fn a_link_that_was_never_seen_alive_is_dead_at_first_sight_and_unconfirmed() {
        use LinkState::{Dead, Revived, Suspect};
        for (visits, expected) in [
            (vec![(0, GONE)], (Dead, 1, false)),
            (vec![(0, Some(Cause::DnsNxdomain))], (Dead, 1, false)),
            (vec![(0, GONE), (3, GONE)], (Dead, 2, false)),
            (vec![(0, GONE), (3, SLOW)], (Dead, 2, false)),
            (vec![(0, GONE), (3, GONE), (6, GONE)], (Dead, 3, true)),
            (vec![(0, GONE), (1, None)], (Revived, 0, false)),
            (vec![(0, GONE), (1, None), (2, GONE)], (Suspect, 1, false)),
            // A failure is no evidence that the page is gone; weeks of failures are.
            (vec![(0, SLOW)], (Suspect, 1, false)),
            (vec![(0, SLOW), (1, GONE)], (Dead, 1, false)),
            (vec![(0, SLOW), (3, BROKEN), (6, SLOW)], (Dead, 3, true)),
        ] {
            assert_eq!(state_after(&visits), expected, "{visits:?}");
        }
    }

    #[test]
    fn a_refusal_in_any_dress_adds_no_strike() {
        for cause in [
            Cause::BotWall,
            Cause::Http403,
            Cause::Http429,
            Cause::Http4xx,
            Cause::ForbiddenAddress,
            Cause::BodyTooLarge,
        ] {
            let refused = [(0, Some(cause)), (4, Some(cause)), (8, Some(cause)), (12, Some(cause))];
            assert_eq!(state_after(&refused), (LinkState::Ok, 0, false), "{cause}");
            let between = [(0, None), (1, GONE), (4, Some(cause)), (8, GONE)];
            assert_eq!(state_after(&between), (LinkState::Suspect, 2, false), "{cause}");
            let words = LinkRecord::default().explain_state(&judged_as(cause));
            assert_eq!(words.as_deref(), Some(ADDS_NO_STRIKE));
        }
        let mut judgement = judged_as(Cause::TlsProtocol);
        assert_eq!(LinkRecord::default().after_judgement(&judgement, day(0), true).strikes, 1);
        judgement.is_inconclusive = true;
        assert_eq!(LinkRecord::default().after_judgement(&judgement, day(0), true), LinkRecord::default());
    }

    #[test]
    fn failures_that_do_not_count_change_nothing() {
        let visits = [(0, GONE, false), (3, GONE, false), (6, GONE, false)];
        assert_eq!(record_after(&visits), LinkRecord::default());
    }

    #[test]
    fn the_times_of_failures_are_kept_until_a_success() {
        let dead = record_after(&[(0, GONE, true), (3, GONE, true), (6, GONE, true), (7, GONE, true)]);
        assert_eq!((dead.first_failed, dead.last_strike), (Some(day(0)), Some(day(6))));
        let back = dead.after_judgement(&Judgement::new(Verdict::Moved, None, ["test"]), day(8), true);
        assert_eq!((back.state, back.last_ok, back.first_failed), (LinkState::Revived, Some(day(8)), None));
    }

    #[test]
    fn the_state_is_explained_with_the_date_of_its_confirmation() {
        let explain = |visits: &[(i64, Option<Cause>, bool)]| {
            let (_, cause, _) = visits.last().unwrap();
            record_after(visits).explain_state(&judged_as(cause.unwrap()))
        };
        let suspect = explain(&[(0, None, true), (1, GONE, true), (4, GONE, true)]).unwrap();
        assert!(suspect.starts_with("suspect: 2 of 3 failures that confirm that it is dead"), "{suspect}");
        assert!(suspect.ends_with("confirmed as dead if it still fails on 2026-01-08"), "{suspect}");
        let unseen = explain(&[(0, GONE, true)]).unwrap();
        assert_eq!(
            unseen,
            "dead, unconfirmed: it was never seen alive; it is confirmed as dead if it still fails on 2026-01-07"
        );
        let slow = explain(&[(0, SLOW, true), (3, SLOW, true), (6, SLOW, true)]).unwrap();
        assert_eq!(slow, "dead: confirmed by 3 failures since 2026-01-01, each days after the one before");
        assert_eq!(record_after(&[(0, None, true)]).confirmed_from(), None);
    }
}
