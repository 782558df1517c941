//! The judgement over time: how failures become a death, and when they do not.
//!
//! One failure says little: servers are moved, certificates lapse over a week-end. Three, each at
//! least three days after the one before, are what Wikipedia's `InternetArchiveBot` asks for before it
//! calls a link dead; any success takes all of it back.

use jiff::{SignedDuration, Timestamp};

use super::{Cause, Judgement, LinkState, State, Verdict};

/// Failures that confirm a death.
const CONFIRMS: u32 = 3;
/// The least time between two that count.
const APART: SignedDuration = SignedDuration::from_hours(3 * 24);

/// What a judgement says about whether the page is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    There,
    Missing,
    /// The server refused us, or we did not ask: nothing about the page.
    Nothing,
}

impl LinkState {
    /// The state after a judgement at a time. `counts` is whether failures of this run count: not
    /// in an outage of our own (see [`super::RunHealth`]). Several failures of one run are one strike,
    /// since strikes lie days apart.
    #[must_use]
    pub fn advance(&self, judgement: &Judgement, at: Timestamp, counts: bool) -> Self {
        match sign(judgement) {
            Sign::There => self.succeeded(at),
            Sign::Missing if counts => self.failed(at),
            Sign::Missing | Sign::Nothing => self.clone(),
        }
    }

    fn succeeded(&self, at: Timestamp) -> Self {
        let state = match self.state {
            State::Suspect | State::Dead => State::Revived,
            State::Ok | State::Revived => State::Ok,
        };
        Self { state, strikes: 0, first_failed: None, last_strike: None, last_ok: Some(at) }
    }

    fn failed(&self, at: Timestamp) -> Self {
        let due = self.last_strike.is_none_or(|last| at.duration_since(last) >= APART);
        let strikes = if due { self.strikes.saturating_add(1) } else { self.strikes };
        Self {
            state: if strikes >= CONFIRMS { State::Dead } else { State::Suspect },
            strikes,
            first_failed: self.first_failed.or(Some(at)),
            last_strike: if due { Some(at) } else { self.last_strike },
            last_ok: self.last_ok,
        }
    }
}

impl State {
    /// What the state means, for people; none where there is nothing to say. `strikes` as in
    /// [`LinkState::strikes`].
    pub fn words(self, strikes: u32) -> Option<String> {
        match self {
            Self::Ok => None,
            Self::Suspect => Some(format!(
                "suspect: {strikes} of {CONFIRMS} failures that confirm a death; each counts three days after the one before"
            )),
            Self::Dead => {
                Some(format!("dead: confirmed by {strikes} failures, each days after the one before"))
            }
            Self::Revived => Some("revived: it failed before, and answers again".to_owned()),
        }
    }
}

fn sign(judgement: &Judgement) -> Sign {
    match (judgement.verdict, judgement.cause) {
        (Verdict::Alive | Verdict::Moved, _) => Sign::There,
        // Not about the page: refusals, a rate limit, our own guard, our own cap.
        (Verdict::Blocked | Verdict::Skipped | Verdict::Invalid, _)
        | (_, Some(Cause::Http429 | Cause::ForbiddenAddress | Cause::BodyTooLarge)) => Sign::Nothing,
        (Verdict::Dead | Verdict::Failing, _) => Sign::Missing,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn day(days: i64) -> Timestamp {
        "2026-01-01T03:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(days * 24)
    }

    fn told(cause: Cause) -> Judgement {
        let verdict = match cause {
            Cause::Http404 | Cause::DnsNxdomain => Verdict::Dead,
            Cause::BotWall => Verdict::Blocked,
            _ => Verdict::Failing,
        };
        Judgement::new(verdict, Some(cause), ["test"])
    }

    fn after(visits: &[(i64, Option<Cause>, bool)]) -> LinkState {
        visits.iter().fold(LinkState::default(), |state, (days, cause, counts)| {
            let judgement = cause.map_or_else(|| Judgement::new(Verdict::Alive, None, ["test"]), told);
            state.advance(&judgement, day(*days), *counts)
        })
    }

    #[test]
    fn three_failures_three_days_apart_confirm() {
        let gone = Some(Cause::Http404);
        for (visits, state, strikes) in [
            (vec![(0, gone, true)], State::Suspect, 1),
            (vec![(0, gone, true), (1, gone, true), (2, gone, true)], State::Suspect, 1),
            (vec![(0, gone, true), (3, gone, true)], State::Suspect, 2),
            (vec![(0, gone, true), (3, gone, true), (5, gone, true)], State::Suspect, 2),
            (vec![(0, gone, true), (3, gone, true), (6, gone, true)], State::Dead, 3),
            (vec![(0, gone, true), (3, Some(Cause::Timeout), true), (9, gone, true)], State::Dead, 3),
            (vec![(0, gone, true), (3, None, true), (6, gone, true)], State::Suspect, 1),
            (vec![(0, gone, false), (3, gone, false), (6, gone, false)], State::Ok, 0),
            (vec![(0, Some(Cause::BotWall), true), (9, Some(Cause::BotWall), true)], State::Ok, 0),
            (vec![(0, Some(Cause::Http429), true)], State::Ok, 0),
            (vec![(0, Some(Cause::ForbiddenAddress), true)], State::Ok, 0),
            (vec![(0, gone, true), (3, Some(Cause::BotWall), true)], State::Suspect, 1),
            (vec![(0, gone, true), (1, None, true)], State::Revived, 0),
            (vec![(0, gone, true), (1, None, true), (2, None, true)], State::Ok, 0),
        ] {
            let got = after(&visits);
            assert_eq!((got.state, got.strikes), (state, strikes), "{visits:?}");
        }
        let dead = after(&[(0, gone, true), (3, gone, true), (6, gone, true), (7, gone, true)]);
        assert_eq!((dead.first_failed, dead.last_strike), (Some(day(0)), Some(day(6))));
        let back = dead.advance(&Judgement::new(Verdict::Moved, None, ["test"]), day(8), true);
        assert_eq!((back.state, back.last_ok, back.first_failed), (State::Revived, Some(day(8)), None));
    }
}
