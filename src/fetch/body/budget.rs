//! Limits the memory of all bodies together.
//!
//! The limit on one body does not bound the memory while hundreds are received and more wait to be judged.
//! A body that grows beyond a small size therefore needs a permit, which it returns when its last copy is
//! dropped. There are two kinds of permits, and each is acquired as a whole: a body with a large permit
//! needs nothing more to be completed, so bodies cannot wait for each other in a circle.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// The most bytes of a body that needs no permit. Most pages are smaller.
const SMALL_BYTES: usize = 128 << 10;
/// The most bytes of a body that needs only one of [`MEDIUM_PERMITS`]; a larger one also needs one of
/// [`LARGE_PERMITS`].
const MEDIUM_BYTES: usize = 1 << 20;
const MEDIUM_PERMITS: usize = 64;
const LARGE_PERMITS: usize = 3;

/// The permits of all bodies.
pub(in crate::fetch) struct BodyBudget {
    medium: Arc<Semaphore>,
    large: Arc<Semaphore>,
    /// How long a body waits for a permit. After that it grows without one, since waiting for ever would be
    /// worse than exceeding the budget.
    max_wait: Duration,
}

/// The permits of one body.
#[derive(Default)]
pub(in crate::fetch) struct Permit {
    medium: Option<OwnedSemaphorePermit>,
    large: Option<OwnedSemaphorePermit>,
    /// Whether a wait was in vain; the body does not wait again.
    timed_out: bool,
}

impl BodyBudget {
    pub(in crate::fetch) fn new(max_wait: Duration) -> Self {
        Self {
            medium: Arc::new(Semaphore::new(MEDIUM_PERMITS)),
            large: Arc::new(Semaphore::new(LARGE_PERMITS)),
            max_wait,
        }
    }

    /// Acquires the permits that a body of this size needs; returns how long that took.
    pub(in crate::fetch) async fn acquire_permits(&self, permit: &mut Permit, size: usize) -> Duration {
        if size <= SMALL_BYTES || permit.timed_out {
            return Duration::ZERO;
        }
        let started = Instant::now();
        if permit.medium.is_none() {
            permit.medium = self.wait_for_permit(&self.medium).await;
        }
        if size > MEDIUM_BYTES && permit.large.is_none() {
            permit.large = self.wait_for_permit(&self.large).await;
        }
        permit.timed_out = permit.medium.is_none() || (size > MEDIUM_BYTES && permit.large.is_none());
        started.elapsed()
    }

    async fn wait_for_permit(&self, permits: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        // Acquiring fails only for a closed semaphore, and these are never closed.
        timeout(self.max_wait, Arc::clone(permits).acquire_owned()).await.ok()?.ok()
    }
}

/// A body that keeps its permits until its last copy is dropped.
struct BudgetedBody {
    bytes: Vec<u8>,
    _permit: Permit,
}

impl AsRef<[u8]> for BudgetedBody {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Permit {
    /// Whether the body may grow to the limit of a single body.
    pub(in crate::fetch) fn allows_any_size(&self) -> bool {
        self.large.is_some()
    }

    /// Attaches the permits to a complete body.
    pub(in crate::fetch) fn attach_to_body(self, bytes: Vec<u8>) -> Bytes {
        if self.medium.is_none() {
            return bytes.into();
        }
        Bytes::from_owner(BudgetedBody { bytes, _permit: self })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn large_bodies_wait_for_each_other_and_small_ones_do_not() {
        let budget = BodyBudget::new(Duration::from_secs(30));
        let mut bodies = Vec::new();
        for _ in 0..LARGE_PERMITS {
            let mut permit = Permit::default();
            assert_eq!(budget.acquire_permits(&mut permit, SMALL_BYTES + 1).await, Duration::ZERO);
            assert_eq!(budget.acquire_permits(&mut permit, MEDIUM_BYTES + 1).await, Duration::ZERO);
            assert_eq!(
                budget.acquire_permits(&mut permit, MEDIUM_BYTES * 9).await,
                Duration::ZERO,
                "a permit is acquired once"
            );
            bodies.push(permit.attach_to_body(vec![0; 8]));
        }
        let mut small = Permit::default();
        assert_eq!(budget.acquire_permits(&mut small, SMALL_BYTES).await, Duration::ZERO);
        assert_eq!(
            budget.acquire_permits(&mut small, MEDIUM_BYTES).await,
            Duration::ZERO,
            "medium permits are left"
        );

        // A copy of a body keeps the permit; the last one returns it.
        let copy = bodies[0].clone();
        bodies.remove(0);
        let release = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            drop(copy);
        };
        let mut next = Permit::default();
        let (waited, ()) = tokio::join!(budget.acquire_permits(&mut next, MEDIUM_BYTES + 1), release);
        assert_eq!(waited, Duration::from_secs(3));
        assert!(next.large.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_waits_for_a_permit_only_once() {
        let budget = BodyBudget::new(Duration::from_secs(30));
        let mut permits = Vec::new();
        for _ in 0..=LARGE_PERMITS {
            let mut permit = Permit::default();
            budget.acquire_permits(&mut permit, MEDIUM_BYTES + 1).await;
            permits.push(permit);
        }
        let last = permits.last_mut().unwrap();
        assert!(last.timed_out, "it continued after half a minute");
        assert_eq!(
            budget.acquire_permits(last, MEDIUM_BYTES + 2).await,
            Duration::ZERO,
            "and does not wait again"
        );
    }
}
