//! Knows at which times a URL has captures already, and finds one for the next.
//!
//! Most tools write dates in whole seconds, and a URL may have answered many times in one. What a search
//! has passed over is remembered as a range, so that many captures of one second take linear time.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ContentHash, UrlKey};
use crate::store::StoreError;

/// How much later than stated a capture may be stored, in milliseconds: the most captures of a URL and a
/// second that are told apart.
const MAX_SHIFT_MS: u64 = 100_000;

/// What a search for a time found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FoundTime {
    /// The first millisecond at which nothing is stored.
    Free(u64),
    /// The millisecond at which an equal capture is stored.
    Known(u64),
    /// All milliseconds that are tried are taken.
    AllTaken,
}

/// The times of captures that are known to be taken.
#[derive(Debug, Default)]
pub(super) struct TakenTimes {
    /// The ranges of milliseconds that are taken without a gap: from a URL and the first one to the one
    /// after the last. No range begins where another one of the same URL ends.
    ranges: BTreeMap<(UrlKey, u64), u64>,
    /// What is stored, and when.
    contents: BTreeSet<(UrlKey, ContentHash, u64)>,
}

impl TakenTimes {
    /// The number of times that are remembered.
    pub(super) fn len(&self) -> usize {
        self.contents.len()
    }

    /// The first time from `at_ms` on that is free, unless an equal capture stands before it. `read_stored`
    /// says what the store holds at a millisecond, and is asked once for each.
    pub(super) fn find_time(
        &mut self,
        url: UrlKey,
        at_ms: u64,
        content: ContentHash,
        mut read_stored: impl FnMut(u64) -> Result<Option<ContentHash>, StoreError>,
    ) -> Result<FoundTime, StoreError> {
        let mut ms = at_ms;
        while ms - at_ms < MAX_SHIFT_MS {
            if let Some(end) = self.range_end(url, ms) {
                let equal = self.contents.range((url, content, ms)..(url, content, end)).next();
                if let Some((_, _, known_ms)) = equal {
                    return Ok(FoundTime::Known(*known_ms));
                }
                ms = end;
            } else {
                match read_stored(ms)? {
                    None => return Ok(FoundTime::Free(ms)),
                    Some(stored) => self.add(url, ms, stored),
                }
            }
        }
        Ok(FoundTime::AllTaken)
    }

    /// Remembers what is stored at a millisecond.
    pub(super) fn add(&mut self, url: UrlKey, ms: u64, content: ContentHash) {
        self.contents.insert((url, content, ms));
        if self.range_end(url, ms).is_some() {
            return;
        }
        let after = ms.saturating_add(1);
        let end = self.ranges.remove(&(url, after)).unwrap_or(after);
        match self.ranges.range_mut((url, 0)..(url, ms)).next_back() {
            Some((_, before)) if *before == ms => *before = end,
            _ => {
                self.ranges.insert((url, ms), end);
            }
        }
    }

    /// The end of the range that holds a millisecond.
    fn range_end(&self, url: UrlKey, ms: u64) -> Option<u64> {
        let (_, end) = self.ranges.range((url, 0)..=(url, ms)).next_back()?;
        Some(*end).filter(|end| *end > ms)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::model::CanonicalUrl;

    fn key(text: &str) -> UrlKey {
        CanonicalUrl::parse(text).unwrap().key()
    }

    fn content(number: u64) -> ContentHash {
        ContentHash::of(&number.to_be_bytes())
    }

    /// What a search gives that tries each millisecond.
    fn find_slowly(
        stored: &BTreeMap<(UrlKey, u64), ContentHash>,
        url: UrlKey,
        at_ms: u64,
        what: u64,
    ) -> FoundTime {
        for ms in at_ms.. {
            match stored.get(&(url, ms)) {
                None => return FoundTime::Free(ms),
                Some(found) if *found == content(what) => return FoundTime::Known(ms),
                Some(_) => {}
            }
        }
        FoundTime::AllTaken
    }

    #[test]
    fn a_time_is_the_one_that_trying_each_gives() {
        let urls = [key("http://a.example/"), key("http://b.example/")];
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..50 {
            let mut stored = BTreeMap::new();
            let mut taken = TakenTimes::default();
            for _ in 0..200 {
                let (url, at_ms, what) = (urls[random.usize(..2)], random.u64(..60), random.u64(..40));
                if random.u8(..4) == 0 {
                    // Another import stored it, which is not known yet; what is known to be taken stays.
                    if taken.range_end(url, at_ms).is_none() {
                        stored.entry((url, at_ms)).or_insert(content(what));
                    }
                    continue;
                }
                let slow = find_slowly(&stored, url, at_ms, what);
                let read = |ms| Ok(stored.get(&(url, ms)).copied());
                let found = taken.find_time(url, at_ms, content(what), read).unwrap();
                assert_eq!(found, slow);
                if let FoundTime::Free(ms) = found {
                    taken.add(url, ms, content(what));
                    stored.insert((url, ms), content(what));
                }
            }
        }
    }

    #[test]
    fn each_millisecond_of_the_store_is_read_once_and_no_search_goes_on_for_ever() {
        let url = key("http://a.example/");
        let mut taken = TakenTimes::default();
        let mut reads = 0_u64;
        for number in 0..30_000 {
            let read = |ms| {
                reads += 1;
                Ok((ms < 20_000).then(|| content(ms)))
            };
            let found = taken.find_time(url, 0, content(number), read).unwrap();
            if number < 20_000 {
                assert_eq!(found, FoundTime::Known(number));
            } else {
                assert_eq!(found, FoundTime::Free(number));
                taken.add(url, number, content(number));
            }
        }
        assert_eq!(reads, 30_000);
        let full = taken.find_time(url, 5, content(u64::MAX), |ms| Ok(Some(content(ms)))).unwrap();
        assert_eq!(full, FoundTime::AllTaken);
        assert_eq!(taken.len() as u64, 5 + MAX_SHIFT_MS);
    }
}
