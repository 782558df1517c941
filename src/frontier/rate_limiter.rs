//! Limits the rate of requests: one permit for each interval.

use std::ops::Add;
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

/// The clock of tokio for governor, so that a test which pauses the clock moves the limiters too.
#[derive(Clone, Copy, Debug, Default)]
struct TokioClock;

/// A moment of [`TokioClock`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct TokioInstant(Instant);

impl Clock for TokioClock {
    type Instant = TokioInstant;

    fn now(&self) -> TokioInstant {
        TokioInstant(Instant::now())
    }
}

impl Reference for TokioInstant {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_duration_since(earlier.0).into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Self {
        self.0.checked_sub(duration.into()).map_or(*self, Self)
    }
}

impl Add<Nanos> for TokioInstant {
    type Output = Self;

    fn add(self, other: Nanos) -> Self {
        Self(self.0 + Duration::from(other))
    }
}

/// The limiter of one group of hosts.
pub(super) struct IntervalLimiter(
    RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<TokioInstant>>,
);

impl IntervalLimiter {
    /// A limiter of one permit for each interval, without bursts; `None` where the interval is zero.
    pub(super) fn new(interval: Duration) -> Option<Self> {
        let quota = Quota::with_period(interval)?;
        Some(Self(RateLimiter::direct_with_clock(quota, TokioClock)))
    }

    /// Takes a permit, or returns when the next one can be had.
    pub(super) fn take_permit(&self) -> Result<(), Instant> {
        self.0.check().map_err(|not_until| not_until.earliest_possible().0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_limiter_gives_one_permit_for_each_interval() {
        let limiter = IntervalLimiter::new(Duration::from_millis(200)).unwrap();
        let start = Instant::now();
        assert_eq!(limiter.take_permit(), Ok(()));
        let until = limiter.take_permit().unwrap_err();
        assert_eq!(until - start, Duration::from_millis(200));
        tokio::time::sleep_until(until).await;
        assert_eq!(limiter.take_permit(), Ok(()));
        assert!(limiter.take_permit().is_err());
        assert!(IntervalLimiter::new(Duration::ZERO).is_none());
    }
}
