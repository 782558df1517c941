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
}

impl HostState {
    /// Encodes the stored form: the record in postcard, then the status.
    pub fn encode_record(&self, host: &HostKey) -> Result<Vec<u8>, FrontierError> {
        let bytes = postcard::to_stdvec(self).map_err(damaged_state(host))?;
        postcard::to_extend(&self.status, bytes).map_err(damaged_state(host))
    }

    /// Decodes the stored form. The status is `None` in a record of an earlier version, which ends before it.
    pub fn decode_record(host: &HostKey, bytes: &[u8]) -> Result<Self, FrontierError> {
        let (mut state, rest) = postcard::take_from_bytes::<Self>(bytes).map_err(damaged_state(host))?;
        state.status = postcard::from_bytes(rest).unwrap_or_default();
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
        let quiet_from =
            back_off.forgiven_at.map(|at| to_calendar(at).saturating_sub(milliseconds(forgiven_after)));
        self.last_refusal_ms = quiet_from.filter(|_| back_off.refusals > 0);
    }

    /// Reads the back-off as moments of this process. It is cut to the longest pause that can occur, since
    /// the clock may have been wrong; refusals that are old enough are forgotten.
    pub fn back_off(&self, forgiven_after: Duration, now: Instant, now_ms: u64) -> BackOff {
        let ahead = |at: u64| Duration::from_millis(at.saturating_sub(now_ms)).min(MAX_RETRY_AFTER);
        let wait_until = self.wait_until_ms.filter(|until| *until > now_ms).map(|until| now + ahead(until));
        let quiet_from = self.last_refusal_ms.max(self.wait_until_ms).unwrap_or_default();
        let forgiven_ms = quiet_from.saturating_add(milliseconds(forgiven_after));
        if self.refusals == 0 || forgiven_ms <= now_ms {
            return BackOff { wait_until, refusals: 0, forgiven_at: None, status: self.status };
        }
        let forgiven_at = Some(now + ahead(forgiven_ms));
        BackOff { wait_until, refusals: self.refusals, forgiven_at, status: self.status }
    }
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
        let bytes = state.encode_record(&host).unwrap();
        assert_eq!(HostState::decode_record(&host, &bytes).unwrap(), state);
        let without_status = postcard::to_stdvec(&state).unwrap();
        let decoded = HostState::decode_record(&host, &without_status).unwrap();
        assert_eq!(decoded, HostState { status: None, ..state });
        let error = HostState::decode_record(&host, &[0xff]).unwrap_err();
        assert!(error.to_string().contains("a.example"), "{error}");
    }
}
