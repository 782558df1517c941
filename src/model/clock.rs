//! The time by which a run dates what it stores, and which times are believed.
//!
//! The system's clock may be wrong: a machine starts in 1970, a year is mistyped, a clock is set while a run
//! is on its way. A run therefore reads it once and then counts on by a clock that nobody sets. What an
//! earlier run dated in the future is not believed later on.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// 2026-01-01T00:00:00Z, in milliseconds since 1970. Before that this program did not exist, so a clock that
/// shows an earlier time is wrong.
const EARLIEST_MS: i64 = 1_767_225_600_000;
/// How far in the future a time may be and still be believed: clocks of several machines differ, and time
/// zones are mistaken for one another.
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// How long after the newest stored time a run begins whose clock is behind it.
const STEP: SignedDuration = SignedDuration::from_millis(1);

/// A clock that is set once and then goes on evenly, whatever happens to the system's clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Timestamp,
    since: Instant,
    is_believable: bool,
}

impl Clock {
    /// Sets the clock. `system` is the system's time, and `newest` the newest time that an earlier run
    /// stored. The clock never shows a time before `newest`, unless that is not believed.
    pub fn set(system: Timestamp, newest: Option<Timestamp>) -> Self {
        let is_believable = is_believable(system);
        let system = if is_believable { system } else { earliest() };
        let newest = newest.filter(|newest| !is_believable || *newest <= latest_believed(system));
        let start =
            newest.and_then(|newest| newest.checked_add(STEP).ok()).map_or(system, |next| system.max(next));
        Self { start, since: Instant::now(), is_believable }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        let gone = SignedDuration::try_from(self.since.elapsed()).unwrap_or(SignedDuration::MAX);
        self.start.saturating_add(gone).unwrap_or(Timestamp::MAX)
    }

    /// Whether the system's clock may have been right when this one was set.
    pub fn is_believable(&self) -> bool {
        self.is_believable
    }
}

impl Default for Clock {
    /// A clock that is set by the system's.
    fn default() -> Self {
        Self::set(Timestamp::now(), None)
    }
}

/// Whether a clock that shows this time may be right.
pub fn is_believable(system: Timestamp) -> bool {
    system >= earliest()
}

/// The latest stored time that is believed at a time.
pub fn latest_believed(now: Timestamp) -> Timestamp {
    now.saturating_add(MAX_AHEAD).unwrap_or(Timestamp::MAX)
}

/// Whether a stored time is not believed, since it is in the future. Where the system's clock cannot be right,
/// nothing is said to be.
pub fn is_in_future(at: Timestamp) -> bool {
    let system = Timestamp::now();
    is_believable(system) && at > latest_believed(system)
}

/// The earliest time that a clock can show which is right.
pub fn earliest() -> Timestamp {
    Timestamp::from_millisecond(EARLIEST_MS).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_clock_is_never_behind_what_is_stored() {
        let start = |system: &str, newest: Option<&str>| Clock::set(at(system), newest.map(at)).start;
        assert_eq!(earliest(), at("2026-01-01T00:00:00Z"));
        let now = "2027-05-01T12:00:00Z";
        assert_eq!(start(now, None), at(now));
        assert_eq!(start(now, Some("2027-04-01T12:00:00Z")), at(now));
        // Behind by less than a day: the stored time is believed.
        assert_eq!(start(now, Some("2027-05-02T11:00:00Z")), at("2027-05-02T11:00:00.001Z"));
        // By a year: the stored time is not.
        assert_eq!(start(now, Some("2028-05-01T12:00:00Z")), at(now));
        // A clock of before this program is never right.
        assert_eq!(start("1970-01-01T00:01:00Z", None), earliest());
        assert_eq!(start("2000-01-01T00:00:00Z", Some(now)), at("2027-05-01T12:00:00.001Z"));
        assert!(!Clock::set(at("2000-01-01T00:00:00Z"), None).is_believable());
        assert!(Clock::set(at(now), None).is_believable());
    }

    #[test]
    fn the_clock_goes_on_evenly() {
        let clock = Clock::set(at("2027-05-01T12:00:00Z"), None);
        let (first, second) = (clock.now(), clock.now());
        assert!(first >= clock.start && second >= first);
        assert!(second.duration_since(clock.start) < SignedDuration::from_hours(1));
    }
}
