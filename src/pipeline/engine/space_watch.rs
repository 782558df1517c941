//! Asks now and then whether the disk of the store still has room.

use std::time::Duration;

use tokio::time::Instant;

use crate::store::{SpaceGuard, StoreError};

/// The time between two questions; asking takes some microseconds on a local disk.
const INTERVAL: Duration = Duration::from_millis(100);
/// After so many bytes of bodies the next question comes earlier.
const MAX_BYTES: u64 = 2 << 20;

/// The disk of the store, and when to ask next.
pub(super) struct SpaceWatch {
    guard: Option<SpaceGuard>,
    next: Option<Instant>,
    next_bytes: u64,
}

impl SpaceWatch {
    pub(super) fn new(guard: Option<SpaceGuard>) -> Self {
        Self { guard, next: None, next_bytes: 0 }
    }

    /// Why the run must end, if too little is free. `received` is the number of bytes of bodies so far, and
    /// `unwritten` of those that are not on the disk yet.
    pub(super) fn find_shortage(
        &mut self,
        now: Instant,
        received: u64,
        unwritten: u64,
    ) -> Option<StoreError> {
        let guard = self.guard.as_ref()?;
        if self.next.is_some_and(|next| now < next) && received < self.next_bytes {
            return None;
        }
        (self.next, self.next_bytes) = (Some(now + INTERVAL), received.saturating_add(MAX_BYTES));
        guard.check(unwritten).err()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::store::{DiskSpace, MinFree, SpaceGauge, SpaceRule};

    #[test]
    fn the_disk_is_asked_ten_times_a_second_or_after_some_megabytes() {
        let asked = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&asked);
        let gauge = SpaceGauge::new(move |_| {
            let free = 100 - counter.fetch_add(1, Ordering::Relaxed);
            Ok(DiskSpace { total: 1_000, free })
        });
        let rule = SpaceRule { min_free: MinFree::Bytes(98), gauge };
        let mut watch = SpaceWatch::new(Some(SpaceGuard { dir: ".".into(), rule }));
        let start = Instant::now();
        assert!(watch.find_shortage(start, 0, 0).is_none());
        for step in 0..100 {
            assert!(watch.find_shortage(start + Duration::from_millis(step), step, 0).is_none());
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert!(watch.find_shortage(start, MAX_BYTES, 0).is_none());
        assert!(watch.find_shortage(start + INTERVAL, MAX_BYTES, 0).is_none());
        assert_eq!(asked.load(Ordering::Relaxed), 3);
        let shortage = watch.find_shortage(start + 2 * INTERVAL, MAX_BYTES, 0).unwrap();
        assert!(matches!(shortage, StoreError::LowSpace { free: 97, needed: 98, .. }), "{shortage}");
    }

    #[test]
    fn what_is_still_to_be_written_counts_as_written() {
        let rule = SpaceRule {
            min_free: MinFree::Bytes(600),
            gauge: SpaceGauge::new(|_| Ok(DiskSpace { total: 1_000, free: 700 })),
        };
        let mut watch = SpaceWatch::new(Some(SpaceGuard { dir: ".".into(), rule }));
        let start = Instant::now();
        assert!(watch.find_shortage(start, 0, 100).is_none());
        let shortage = watch.find_shortage(start + INTERVAL, 0, 101).unwrap();
        assert!(matches!(shortage, StoreError::LowSpace { free: 700, needed: 701, .. }), "{shortage}");
    }
}
