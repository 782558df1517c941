//! Room in memory for bodies: what many servers send at once may not add up.
//!
//! The cap holds for one body; with hundreds under way, and more that wait to be analysed, it is no
//! bound on memory. So a body that grows past a small size takes a place, and gives it back when the
//! last that holds it lets it go. There are two kinds of places, each taken whole: who has a large one
//! needs nothing more to come to its end, so nobody waits in a ring.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Up to this size, in bytes, a body needs no place: most pages.
pub(in crate::fetch) const SMALL: usize = 128 << 10;
/// Up to this size it needs one of [`MIDDLING_PLACES`]; beyond, also one of [`LARGE_PLACES`].
pub(in crate::fetch) const MIDDLING: usize = 1 << 20;
const MIDDLING_PLACES: usize = 64;
const LARGE_PLACES: usize = 3;

/// The places.
pub(in crate::fetch) struct Room {
    middling: Arc<Semaphore>,
    large: Arc<Semaphore>,
    /// How long a place is waited for. Then the body grows without: late is better than never.
    patience: Duration,
}

/// What one body holds of the room.
#[derive(Default)]
pub(in crate::fetch) struct Place {
    middling: Option<OwnedSemaphorePermit>,
    large: Option<OwnedSemaphorePermit>,
    outworn: bool,
}

impl Room {
    pub(in crate::fetch) fn new(patience: Duration) -> Self {
        Self {
            middling: Arc::new(Semaphore::new(MIDDLING_PLACES)),
            large: Arc::new(Semaphore::new(LARGE_PLACES)),
            patience,
        }
    }

    /// Sees to it that a body of this size has its place; says how long that took.
    pub(in crate::fetch) async fn make(&self, place: &mut Place, size: usize) -> Duration {
        if size <= SMALL || place.outworn {
            return Duration::ZERO;
        }
        let started = Instant::now();
        if place.middling.is_none() {
            place.middling = self.wait(&self.middling).await;
        }
        if size > MIDDLING && place.large.is_none() {
            place.large = self.wait(&self.large).await;
        }
        place.outworn = place.middling.is_none() || (size > MIDDLING && place.large.is_none());
        started.elapsed()
    }

    async fn wait(&self, places: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        // The semaphores are never closed.
        tokio::time::timeout(self.patience, Arc::clone(places).acquire_owned()).await.ok()?.ok()
    }
}

/// A body that keeps its place for as long as it is held.
struct Held {
    bytes: Vec<u8>,
    _place: Place,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Place {
    /// Whether the body may grow to the cap.
    pub(in crate::fetch) fn is_large(&self) -> bool {
        self.large.is_some()
    }

    /// The body, which takes the place with it.
    pub(in crate::fetch) fn hold(self, bytes: Vec<u8>) -> Bytes {
        if self.middling.is_none() {
            return bytes.into();
        }
        Bytes::from_owner(Held { bytes, _place: self })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn large_bodies_wait_for_each_other_and_small_ones_for_nobody() {
        let room = Room::new(Duration::from_secs(30));
        let mut bodies = Vec::new();
        for _ in 0..LARGE_PLACES {
            let mut place = Place::default();
            assert_eq!(room.make(&mut place, SMALL + 1).await, Duration::ZERO);
            assert_eq!(room.make(&mut place, MIDDLING + 1).await, Duration::ZERO);
            assert_eq!(room.make(&mut place, MIDDLING * 9).await, Duration::ZERO, "a place is taken once");
            bodies.push(place.hold(vec![0; 8]));
        }
        let mut small = Place::default();
        assert_eq!(room.make(&mut small, SMALL).await, Duration::ZERO);
        assert_eq!(room.make(&mut small, MIDDLING).await, Duration::ZERO, "middling places are left");

        // A copy of a body keeps its place; the last one gives it back.
        let copy = bodies[0].clone();
        bodies.remove(0);
        let leave = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            drop(copy);
        };
        let mut next = Place::default();
        let (waited, ()) = tokio::join!(room.make(&mut next, MIDDLING + 1), leave);
        assert_eq!(waited, Duration::from_secs(3));
        assert!(next.large.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let room = Room::new(Duration::from_secs(30));
        let mut places = Vec::new();
        for _ in 0..=LARGE_PLACES {
            let mut place = Place::default();
            room.make(&mut place, MIDDLING + 1).await;
            places.push(place);
        }
        let last = places.last_mut().unwrap();
        assert!(last.outworn, "it went on after half a minute");
        assert_eq!(room.make(last, MIDDLING + 2).await, Duration::ZERO, "and does not wait again");
    }
}
