//! Makes and reads the keys of the trees. Each begins with the URL's key, so that entries of a URL are
//! adjacent.

use crate::model::ArticleId;
use crate::model::UrlKey;
use crate::store::error::damaged;
use crate::store::{RunId, StoreError};

/// A key with a time: the keys of a URL sort by time.
pub(in crate::store) fn timed_key(url: UrlKey, at_ms: u64) -> Vec<u8> {
    let mut key = url.as_bytes().to_vec();
    key.extend_from_slice(&at_ms.to_be_bytes());
    key
}

/// The key of a visit. The run follows the time, so that two runs within one millisecond (an import and a
/// run) do not share a key.
pub(in crate::store) fn visit_key(url: UrlKey, at_ms: u64, run: RunId) -> Vec<u8> {
    let mut key = timed_key(url, at_ms);
    key.extend_from_slice(&run.0.to_be_bytes());
    key
}

/// The parts of a key that [`visit_key`] made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct VisitKey {
    pub(in crate::store) url: UrlKey,
    pub(in crate::store) at_ms: u64,
    pub(in crate::store) run: RunId,
}

impl VisitKey {
    pub(in crate::store) fn from_bytes(key: &[u8]) -> Result<Self, StoreError> {
        let parts = || {
            let url = UrlKey::from_bytes(*key.first_chunk::<16>()?);
            let run = u64::from_be_bytes(key.get(24..)?.try_into().ok()?);
            Some(Self { url, at_ms: time_in_key(key)?, run: RunId(run) })
        };
        parts().ok_or_else(|| damaged("a visit", "its key is cut short".to_owned()))
    }
}

/// The prefix of the comparisons of an article with a URL.
pub(in crate::store) fn comparison_prefix(url: UrlKey, article: &ArticleId) -> Vec<u8> {
    let mut key = url.as_bytes().to_vec();
    key.extend(blake3::hash(article.as_str().as_bytes()).as_bytes().iter().take(16));
    key
}

/// The time in a key that [`timed_key`] made.
pub(in crate::store) fn time_in_key(key: &[u8]) -> Option<u64> {
    key.get(16..)?.first_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}

/// The first second of the year 0, the earliest that a record can state, in seconds since 1970.
const FIRST_SECOND: i64 = -62_167_219_200;

/// A time as keys hold it: milliseconds since 1970, or for a time before that, the seconds since the year 0.
///
/// Keys are unsigned numbers, so the dates before 1970 that some imported files state have no room before the
/// others. They share the numbers of 1970 and 1971, in their own order and one for each second; the records
/// hold the exact time.
pub(in crate::store) fn unix_milliseconds(at: jiff::Timestamp) -> u64 {
    let milliseconds = at.as_millisecond();
    u64::try_from(milliseconds)
        .unwrap_or_else(|_| u64::try_from(milliseconds.div_euclid(1_000) - FIRST_SECOND).unwrap_or(0))
}

/// Puts records of a URL, which are given in the order of their keys, into the order of their times.
pub(in crate::store) fn sort_early_times<T>(records: &mut [T], at: impl Fn(&T) -> jiff::Timestamp) {
    if records.first().is_some_and(|first| at(first).as_second() <= FIRST_SECOND.abs() / 1_000) {
        records.sort_by_key(|record| at(record).as_millisecond() >= 0);
    }
}

/// The time whose number in keys is larger by `steps`; `None` where there is none.
pub(in crate::store) fn later_time(at: jiff::Timestamp, steps: u64) -> Option<jiff::Timestamp> {
    let steps = i64::try_from(steps).ok()?;
    let is_early = at.as_millisecond() < 0;
    let step = if is_early { jiff::SignedDuration::from_secs } else { jiff::SignedDuration::from_millis };
    let later = at.checked_add(step(steps)).ok()?;
    Some(later).filter(|later| steps == 0 || is_early == (later.as_millisecond() < 0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_numbers_of_times_before_1970_are_distinct_and_in_order() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
        let early: Vec<u64> =
            ["0000-01-01T00:00:00Z", "1601-01-01T00:00:00Z", "1969-12-31T23:59:58Z", "1969-12-31T23:59:59Z"]
                .map(|text| unix_milliseconds(at(text)))
                .into();
        assert!(early.is_sorted_by(|a, b| a < b), "{early:?}");
        assert_eq!(early.first(), Some(&0));
        // Numbers of 1970 and later are what they were.
        assert_eq!(unix_milliseconds(at("1970-01-01T00:00:01Z")), 1_000);
        assert!(unix_milliseconds(at("1972-01-01T00:00:00Z")) > early[3]);
        for text in ["1601-01-01T00:00:00Z", "2020-01-01T00:00:00.5Z"] {
            let moved = later_time(at(text), 3).unwrap();
            assert_eq!(unix_milliseconds(moved), unix_milliseconds(at(text)) + 3, "{text}");
        }
        assert_eq!(later_time(at("1969-12-31T23:59:59Z"), 0), Some(at("1969-12-31T23:59:59Z")));
        assert_eq!(later_time(at("1969-12-31T23:59:59Z"), 1), None);
        assert_eq!(later_time(jiff::Timestamp::MAX, 1), None);
    }
}
