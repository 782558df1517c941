//! The state of a host that outlives a run: its robots files, and its back-off.
//!
//! This file defines the record and its stored form; the pipeline keeps it in the store. The URLs that are
//! left to fetch are stored nowhere: they are those that the archive names, less those that the visits in
//! the store have settled. So there is nothing to reconcile after a crash.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::back_off::MAX_RETRY_AFTER;
use super::{BackOff, FrontierError, HostKey, RobotsAccess};

/// How far in the future a stored time may be and still be believed.
const MAX_AHEAD: Duration = Duration::from_secs(24 * 60 * 60);
/// How far in the future the age of a robots file is still taken for zero.
const MAX_SKEW: Duration = Duration::from_secs(60 * 60);

/// The state of a host, or of a group of hosts, that outlives a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostState {
    /// When the back-off ends (by `Retry-After`, or by the doubling rule), in milliseconds since 1970.
    pub wait_until_ms: Option<u64>,
    /// The number of refusals in a row.
    pub refusals: u32,
    /// When the time without a refusal begins, in milliseconds since 1970: at the last refusal, or at the end
    /// of the back-off that followed it, whichever is later.
    pub last_refusal_ms: Option<u64>,
    /// The robots files of the origins of the host.
    pub robots: Vec<StoredRobots>,
    /// The status of the last refusal. It is stored after the other fields, since earlier versions stored
    /// none.
    #[serde(skip)]
    pub status: Option<u16>,
    /// When the back-off was noted, in milliseconds since 1970; `None` in a record of an earlier version.
    #[serde(skip)]
    pub noted_ms: Option<u64>,
    /// Whether the host stated when the back-off ends; `false` in a record of an earlier version.
    #[serde(skip)]
    pub is_stated: bool,
}

impl HostState {
    /// Encodes the stored form: the record in postcard, then the status, when the back-off was noted,
    /// and whether the host stated its end.
    pub fn encode_record(&self, host: &HostKey) -> Result<Vec<u8>, FrontierError> {
        let bytes = postcard::to_stdvec(self).map_err(damaged_state(host))?;
        let bytes = postcard::to_extend(&self.status, bytes).map_err(damaged_state(host))?;
        let bytes = postcard::to_extend(&self.noted_ms, bytes).map_err(damaged_state(host))?;
        postcard::to_extend(&self.is_stated, bytes).map_err(damaged_state(host))
    }

    /// Decodes the stored form. What a record of an earlier version does not have is `None` or
    /// `false`.
    pub fn decode_record(host: &HostKey, bytes: &[u8]) -> Result<Self, FrontierError> {
        let (mut state, rest) = postcard::take_from_bytes::<Self>(bytes).map_err(damaged_state(host))?;
        let (status, rest) = postcard::take_from_bytes(rest).unwrap_or_default();
        state.status = status;
        let (noted_ms, rest) = postcard::take_from_bytes(rest).unwrap_or_default();
        state.noted_ms = noted_ms;
        state.is_stated = postcard::from_bytes(rest).unwrap_or_default();
        Ok(state)
    }

    /// Writes a back-off into the record, as calendar times. `now` and `now_ms` are the same moment;
    /// `forgiven_after` is the time without a refusal after which refusals are forgotten.
    pub fn set_back_off(&mut self, back_off: BackOff, forgiven_after: Duration, now: Instant, now_ms: u64) {
        let to_calendar = |moment: Instant| match moment.checked_duration_since(now) {
            Some(ahead) => now_ms.saturating_add(milliseconds(ahead)),
            None => now_ms.saturating_sub(milliseconds(now.saturating_duration_since(moment))),
        };
        self.wait_until_ms = back_off.wait_until.map(to_calendar);
        self.refusals = back_off.refusals;
        self.status = back_off.status;
        self.is_stated = back_off.is_stated;
        self.noted_ms = Some(now_ms);
        let quiet_from =
            back_off.forgiven_at.map(|at| to_calendar(at).saturating_sub(milliseconds(forgiven_after)));
        self.last_refusal_ms = quiet_from.filter(|_| back_off.refusals > 0);
    }

    /// Reads the back-off as moments of this process. It is cut to the longest pause that can occur; refusals
    /// that are old enough are forgotten. Of a back-off that was noted by a clock that was ahead, only the
    /// number of refusals is known.
    pub fn back_off(&self, forgiven_after: Duration, now: Instant, now_ms: u64) -> BackOff {
        let known = BackOff { status: self.status, is_stated: self.is_stated, ..BackOff::default() };
        if self.is_from_future(now_ms) {
            let forgiven_at = (self.refusals > 0).then_some(now + forgiven_after);
            return BackOff { refusals: self.refusals, forgiven_at, ..known };
        }
        // A clock that was ahead by less does not prolong a pause.
        let now_ms = now_ms.max(self.noted_ms.unwrap_or_default());
        let ahead = |at: u64| Duration::from_millis(at.saturating_sub(now_ms)).min(MAX_RETRY_AFTER);
        let wait_until = self.wait_until_ms.filter(|until| *until > now_ms).map(|until| now + ahead(until));
        let quiet_from = self.last_refusal_ms.max(self.wait_until_ms).unwrap_or_default();
        let forgiven_ms = quiet_from.saturating_add(milliseconds(forgiven_after));
        if self.refusals == 0 || forgiven_ms <= now_ms {
            return BackOff { wait_until, ..known };
        }
        let forgiven_at = Some(now + ahead(forgiven_ms));
        BackOff { wait_until, refusals: self.refusals, forgiven_at, ..known }
    }

    /// Whether the clock was ahead when the back-off was noted. An earlier version did not store when that
    /// was, but no pause is longer than the longest.
    fn is_from_future(&self, now_ms: u64) -> bool {
        let longest = milliseconds(MAX_RETRY_AFTER);
        self.noted_ms.map_or_else(
            || {
                self.wait_until_ms
                    .is_some_and(|until| is_beyond_belief(until.saturating_sub(longest), now_ms))
            },
            |noted| is_beyond_belief(noted, now_ms),
        )
    }
}

/// Whether a stored time is too far in the future to be believed.
fn is_beyond_belief(at_ms: u64, now_ms: u64) -> bool {
    at_ms > now_ms.saturating_add(milliseconds(MAX_AHEAD))
}

fn damaged_state(host: &HostKey) -> impl Fn(postcard::Error) -> FrontierError {
    move |error| FrontierError::DamagedHostState { host: host.to_string(), reason: error.to_string() }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The answer to a request for a robots file, kept for at most a day (RFC 9309, section 2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRobots {
    /// The origin that it applies to.
    pub origin: String,
    /// When it was requested, in milliseconds since 1970.
    pub at_ms: u64,
    /// The answer.
    pub access: RobotsAccess,
}

impl StoredRobots {
    /// Whether the answer is at most as old as `ttl`. A time in the future says nothing about its age.
    pub fn is_fresh(&self, ttl: Duration, now_ms: u64) -> bool {
        let is_past = self.at_ms <= now_ms.saturating_add(milliseconds(MAX_SKEW));
        is_past && now_ms.saturating_sub(self.at_ms) < milliseconds(ttl)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::frontier::RobotsAccess;

    #[test]
    fn a_host_state_is_decoded_as_it_was_encoded() {
        let host = HostKey::from("a.example");
        let state = HostState {
            wait_until_ms: Some(12),
            refusals: 2,
            last_refusal_ms: Some(11),
            robots: vec![StoredRobots {
                origin: "http://a.example".to_owned(),
                at_ms: 10,
                access: RobotsAccess::Found(b"User-agent: *\nDisallow: /x".to_vec()),
            }],
            status: Some(503),
            noted_ms: Some(11),
            is_stated: true,
        };
        let bytes = state.encode_record(&host).unwrap();
        assert_eq!(HostState::decode_record(&host, &bytes).unwrap(), state);
        let without_status = postcard::to_stdvec(&state).unwrap();
        let decoded = HostState::decode_record(&host, &without_status).unwrap();
        assert_eq!(decoded, HostState { status: None, noted_ms: None, is_stated: false, ..state });
        let status_only = postcard::to_extend(&state.status, without_status).unwrap();
        let decoded = HostState::decode_record(&host, &status_only).unwrap();
        assert_eq!(decoded, HostState { noted_ms: None, ..decoded.clone() });
        assert_eq!(decoded.status, Some(503));
        let error = HostState::decode_record(&host, &[0xff]).unwrap_err();
        assert!(error.to_string().contains("a.example"), "{error}");
    }

    const DAY_MS: u64 = 24 * 60 * 60 * 1000;

    #[tokio::test(start_paused = true)]
    async fn a_back_off_that_a_clock_ahead_noted_is_no_deadline() {
        let (now, now_ms) = (Instant::now(), 1000 * DAY_MS);
        let quiet = Duration::from_secs(1800);
        let pause = Duration::from_secs(10 * 24 * 3600);
        let stored_at = |noted_ms: u64, earlier_version: bool| {
            let refused = BackOff {
                wait_until: Some(now + pause),
                refusals: 3,
                forgiven_at: Some(now + pause + quiet),
                status: Some(429),
                is_stated: true,
            };
            let mut state = HostState::default();
            state.set_back_off(refused, quiet, now, noted_ms);
            state.noted_ms = state.noted_ms.filter(|_| !earlier_version);
            state
        };
        // A year ahead: the pause is void, and the refusals are remembered for a while.
        for earlier_version in [false, true] {
            let read = stored_at(now_ms + 365 * DAY_MS, earlier_version).back_off(quiet, now, now_ms);
            assert_eq!((read.wait_until, read.refusals), (None, 3));
            assert_eq!(read.forgiven_at, Some(now + quiet));
            // A long pause that an honest clock noted is kept.
            let read = stored_at(now_ms - DAY_MS, earlier_version).back_off(quiet, now, now_ms);
            assert_eq!(read.wait_until, Some(now + pause - Duration::from_secs(24 * 3600)));
        }
        // Ahead by hours: the pause is as long as it was asked for.
        let read = stored_at(now_ms + DAY_MS / 2, false).back_off(quiet, now, now_ms);
        assert_eq!(read.wait_until, Some(now + pause));
    }

    #[test]
    fn a_robots_file_of_the_future_is_not_fresh() {
        let (now_ms, ttl) = (1000 * DAY_MS, Duration::from_secs(24 * 3600));
        let asked = |at_ms| StoredRobots { origin: String::new(), at_ms, access: RobotsAccess::Unavailable };
        assert!(asked(now_ms - 1000).is_fresh(ttl, now_ms) && asked(now_ms + 1000).is_fresh(ttl, now_ms));
        assert!(!asked(now_ms - DAY_MS).is_fresh(ttl, now_ms));
        assert!(!asked(now_ms + DAY_MS / 2).is_fresh(ttl, now_ms));
    }
}
