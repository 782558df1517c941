//! What is remembered of each host between runs: its robots files, and how long it wants to rest.
//!
//! This file defines the record and its stored form; the pipeline keeps it in the store. Which URLs are left to do is *not* kept here, nor anywhere: what the archive names, less what
//! the visits in the snapshot store say is done, is the frontier. So nothing has to be reconciled after
//! a crash.

use serde::{Deserialize, Serialize};

use std::time::Duration;

use tokio::time::Instant;

use super::rate_limit_group::LONGEST_REST;
use super::{BackOff, FrontierError, HostKey};

/// What is remembered of a host (or of hosts that are spared together) between runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostState {
    /// Until when the host asked to be left alone (`Retry-After`, or our own curve), in
    /// milliseconds since 1970.
    pub wait_until_ms: Option<u64>,
    /// How many refusals in a row the curve has seen.
    pub refusals: u32,
    /// When the last of them came, or when the rest that followed it was over, whichever is later,
    /// in milliseconds since 1970: the quiet time begins there.
    pub last_refusal_ms: Option<u64>,
    /// The robots files of the host's origins.
    pub robots: Vec<StoredRobots>,
    /// The status of the last refusal. Stored behind the rest: earlier versions wrote none.
    #[serde(skip)]
    pub status: Option<u16>,
}

impl HostState {
    /// The stored form: the record in postcard, then the status.
    pub fn encode(&self, host: &HostKey) -> Result<Vec<u8>, FrontierError> {
        let bytes = postcard::to_stdvec(self).map_err(damaged(host))?;
        postcard::to_extend(&self.status, bytes).map_err(damaged(host))
    }

    /// Reads the stored form. The status is `None` in records of earlier versions, which end before it.
    pub fn decode(host: &HostKey, bytes: &[u8]) -> Result<Self, FrontierError> {
        let (mut state, rest) = postcard::take_from_bytes::<Self>(bytes).map_err(damaged(host))?;
        state.status = postcard::from_bytes(rest).unwrap_or_default();
        Ok(state)
    }

    /// Writes a back-off down as times of the calendar: `now` and `now_ms` are the same moment, and
    /// `forgiven_after` is how long the quiet time is.
    pub fn remember(&mut self, back_off: BackOff, forgiven_after: Duration, now: Instant, now_ms: u64) {
        let calendar = |moment: Instant| match moment.checked_duration_since(now) {
            Some(ahead) => now_ms.saturating_add(millis(ahead)),
            None => now_ms.saturating_sub(millis(now.saturating_duration_since(moment))),
        };
        self.wait_until_ms = back_off.wait_until.map(calendar);
        self.refusals = back_off.refusals;
        self.status = back_off.status;
        let quiet_from = back_off.forgiven_at.map(|at| calendar(at).saturating_sub(millis(forgiven_after)));
        self.last_refusal_ms = quiet_from.filter(|_| back_off.refusals > 0);
    }

    /// The back-off that was written down, as moments of this process. A rest longer than any that
    /// is taken (a clock that was wrong) is cut; refusals long past are forgotten.
    pub fn back_off(&self, forgiven_after: Duration, now: Instant, now_ms: u64) -> BackOff {
        let ahead = |at: u64| Duration::from_millis(at.saturating_sub(now_ms)).min(LONGEST_REST);
        let wait_until = self.wait_until_ms.filter(|until| *until > now_ms).map(|until| now + ahead(until));
        let quiet_from = self.last_refusal_ms.max(self.wait_until_ms).unwrap_or_default();
        let forgiven_ms = quiet_from.saturating_add(millis(forgiven_after));
        if self.refusals == 0 || forgiven_ms <= now_ms {
            return BackOff { wait_until, refusals: 0, forgiven_at: None, status: self.status };
        }
        let forgiven_at = Some(now + ahead(forgiven_ms));
        BackOff { wait_until, refusals: self.refusals, forgiven_at, status: self.status }
    }
}

fn damaged(host: &HostKey) -> impl Fn(postcard::Error) -> FrontierError {
    move |error| FrontierError::DamagedHostState { host: host.to_string(), reason: error.to_string() }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A robots file as it was answered, kept for at most a day (RFC 9309, section 2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRobots {
    /// The origin that it speaks for.
    pub origin: String,
    /// When it was asked for, in milliseconds since 1970.
    pub at_ms: u64,
    /// What came of it.
    pub access: super::RobotsAccess,
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
        };
        let bytes = state.encode(&host).unwrap();
        assert_eq!(HostState::decode(&host, &bytes).unwrap(), state);
        let without_status = postcard::to_stdvec(&state).unwrap();
        let decoded = HostState::decode(&host, &without_status).unwrap();
        assert_eq!(decoded, HostState { status: None, ..state });
        let error = HostState::decode(&host, &[0xff]).unwrap_err();
        assert!(error.to_string().contains("a.example"), "{error}");
    }
}
