//! Decides when failed connections pause or end the requests to a host, so that a dead host costs a few
//! attempts and not one for each of its pages.

use tokio::time::Instant;

/// What the breaker lets through.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum BreakerState {
    /// Requests are made.
    #[default]
    Closed,
    /// The host was paused once. Requests are made, and the next failure opens the breaker.
    HalfOpen,
    /// No more requests are made in this run.
    Open,
}

/// The failed connections of a host, or of one of its origins.
#[derive(Default)]
pub(super) struct CircuitBreaker {
    /// Failures in a row.
    failures: u32,
    last_failure: Option<Instant>,
    state: BreakerState,
}

impl CircuitBreaker {
    /// Whether no more requests are made in this run.
    pub(super) fn is_open(&self) -> bool {
        self.state == BreakerState::Open
    }

    /// Records a failure; returns whether the host is to be paused now. `max_failures` in a row cause the
    /// pause (`politeness.breaker_failures`), and one more failure after it opens the breaker.
    pub(super) fn record_failure(&mut self, now: Instant, max_failures: u32) -> bool {
        self.last_failure = Some(now);
        self.failures = self.failures.saturating_add(1);
        if self.failures < max_failures {
            return false;
        }
        let was_closed = self.state == BreakerState::Closed;
        self.state = if was_closed { BreakerState::HalfOpen } else { BreakerState::Open };
        was_closed
    }

    /// Opens the breaker at once.
    pub(super) fn open_for_this_run(&mut self, now: Instant) {
        self.last_failure = Some(now);
        self.state = BreakerState::Open;
    }

    /// Records an answer, whatever its status: the breaker closes.
    pub(super) fn record_answer(&mut self) {
        self.failures = 0;
        self.state = BreakerState::Closed;
    }

    /// Closes the breaker if its last failure is no older than `since`, because the local network was down
    /// then; returns whether it did.
    pub(super) fn forgive_since(&mut self, since: Instant) -> bool {
        let recent = self.last_failure.is_some_and(|last| last >= since);
        if recent {
            *self = Self::default();
        }
        recent
    }
}
