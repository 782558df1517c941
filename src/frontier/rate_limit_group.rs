//! What a group of hosts shares: one limiter, one back-off, one budget.
//!
//! By default each host is a group of its own. With `politeness.host_key` set to `domain` or `address`, all
//! hosts of a registrable domain, or behind one address, are one group.

use std::time::Duration;

use tokio::time::Instant;

use super::patience::Patience;
use super::rate_limiter::IntervalLimiter;
use super::{BackOff, HostBudget, PatienceLimit, Politeness};

/// The most that is assumed for a delay of a request on its way to the server.
const MAX_TRANSIT_DELAY: Duration = Duration::from_millis(10);
/// What is assumed for that delay while it cannot be measured.
const UNKNOWN_TRANSIT_DELAY: Duration = Duration::from_millis(1);

/// What a group of hosts shares.
pub(super) struct RateLimitGroup {
    /// The strictest settings of its hosts.
    politeness: Politeness,
    limiter: Option<IntervalLimiter>,
    in_flight: u32,
    back_off: BackOff,
    /// The page whose 503 may be its own trouble, and how often it was refused since the last proper answer.
    troubled_page: Option<(u64, u32)>,
    /// What refusals have cost.
    patience: Patience,
    /// The earliest time of the next request, given the delay that the last one may have had on its way.
    pause_until: Option<Instant>,
    first_request: Option<Instant>,
    last_request: Option<Instant>,
    pages: u64,
    bytes: u64,
    /// The shortest time that a request took; the first request of each host does not count.
    shortest_request: Option<Duration>,
    /// Indexes of the hosts that wait for a request of this group to end.
    pub(super) waiting_hosts: Vec<u32>,
}

/// The smaller of two limits, where `None` is no limit.
fn stricter_limit<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl RateLimitGroup {
    pub(super) fn new(politeness: &Politeness) -> Self {
        Self {
            politeness: politeness.clone(),
            limiter: politeness.interval.and_then(IntervalLimiter::new),
            in_flight: 0,
            back_off: BackOff::default(),
            troubled_page: None,
            patience: Patience::default(),
            pause_until: None,
            first_request: None,
            last_request: None,
            pages: 0,
            bytes: 0,
            shortest_request: None,
            waiting_hosts: Vec::new(),
        }
    }

    /// Adds a host: for each setting, the stricter value applies from now on.
    pub(super) fn add_host(&mut self, other: &Politeness) {
        if let Some(interval) = other.interval {
            self.raise_interval(interval);
        }
        let own = &mut self.politeness;
        own.per_host_concurrency = own.per_host_concurrency.min(other.per_host_concurrency);
        own.backoff_initial = own.backoff_initial.max(other.backoff_initial);
        own.patience = own.patience.min(other.patience);
        own.retry_after_cap = own.retry_after_cap.min(other.retry_after_cap);
        own.give_up_after = own.give_up_after.min(other.give_up_after);
        own.max_pages = stricter_limit(own.max_pages, other.max_pages);
        own.max_time = stricter_limit(own.max_time, other.max_time);
        own.max_bytes = stricter_limit(own.max_bytes, other.max_bytes);
    }

    /// Raises the interval to this value, if it is shorter or not set. If any request was made, one is
    /// counted as made just now.
    pub(super) fn raise_interval(&mut self, interval: Duration) {
        if interval.is_zero() || self.politeness.interval.is_some_and(|own| own >= interval) {
            return;
        }
        self.politeness.interval = Some(interval);
        self.limiter = IntervalLimiter::new(interval);
        if self.first_request.is_some() {
            let _ = self.limiter.as_ref().map(IntervalLimiter::take_permit);
        }
    }

    /// When the back-off ends, if it has not ended yet.
    pub(super) fn back_off_end(&self, now: Instant) -> Option<Instant> {
        self.back_off.pause_end(now)
    }

    /// The earliest time of the next request, if that is not yet.
    pub(super) fn next_request_time(&self, now: Instant) -> Option<Instant> {
        self.pause_until.max(self.earliest_concurrent_request()).filter(|until| *until > now)
    }

    /// While a request runs, the time at which it reached its server is unknown; the next one therefore
    /// keeps a little more distance than the interval.
    fn earliest_concurrent_request(&self) -> Option<Instant> {
        let (last, interval) = (self.last_request?, self.politeness.interval?);
        let delay = UNKNOWN_TRANSIT_DELAY.min(interval / 50);
        (self.in_flight > 0 && !self.is_full()).then(|| last + interval + delay)
    }

    /// Whether no further request may run beside those that run now.
    pub(super) fn is_full(&self) -> bool {
        self.in_flight >= self.politeness.per_host_concurrency
    }

    /// The budget that is used up, if one is. It applies only to pages that no request was made for yet.
    pub(super) fn exhausted_budget(&self, now: Instant) -> Option<HostBudget> {
        let own = &self.politeness;
        let is_over =
            |max| self.first_request.is_some_and(|first| now.saturating_duration_since(first) >= max);
        if own.max_pages.is_some_and(|max| self.pages >= max) {
            Some(HostBudget::Pages)
        } else if own.max_bytes.is_some_and(|max| self.bytes >= max) {
            Some(HostBudget::Bytes)
        } else if own.max_time.is_some_and(is_over) {
            Some(HostBudget::Time)
        } else {
            None
        }
    }

    /// Takes the permit for a request, or returns when it can be had.
    pub(super) fn take_permit(&mut self, now: Instant) -> Result<(), Instant> {
        if let Some(limiter) = &self.limiter {
            limiter.take_permit()?;
        }
        self.in_flight += 1;
        self.first_request.get_or_insert(now);
        self.last_request = Some(now);
        Ok(())
    }

    /// Counts a page that is requested for the first time.
    pub(super) fn count_new_page(&mut self) {
        self.pages += 1;
    }

    /// Counts the bytes of a body.
    pub(super) fn count_bytes(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Notes that the request for which a ticket was issued at `issued_at` has ended; `is_first` says that it
    /// was the first one of its host.
    pub(super) fn end_request(&mut self, is_first: bool, issued_at: Instant, now: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(interval) = self.politeness.interval else { return };
        if is_first {
            // The first request also resolved the name and connected, so it reached the server long after it
            // was issued. Its interval counts from its end, or the second request would arrive too early.
            self.delay_next_request(now + interval);
            return;
        }
        // The time that a request took beyond the shortest one may have passed on its way to the server,
        // which then received it that much later. The first request of a host is left out: it is usually
        // for a robots file, takes less time than a page, and would make every page seem delayed.
        let took = now.saturating_duration_since(issued_at);
        let shortest = *self.shortest_request.get_or_insert(took);
        self.shortest_request = Some(shortest.min(took));
        let delay = took.saturating_sub(shortest).min(MAX_TRANSIT_DELAY).min(interval / 5);
        self.delay_next_request(issued_at + interval + delay);
    }

    fn delay_next_request(&mut self, until: Instant) {
        self.pause_until = self.pause_until.max(Some(until));
    }

    /// Records a proper answer of a host of the group.
    pub(super) fn record_answer(&mut self) {
        self.troubled_page = None;
        self.patience.record_answer();
    }

    /// Records that a host of the group refused the request for this page.
    pub(super) fn record_refusal(
        &mut self,
        now: Instant,
        retry_after: Option<Duration>,
        status: u16,
        page: u64,
    ) {
        let times_before = match self.troubled_page {
            None => Some(0),
            Some((known, times)) => (known == page).then_some(times),
        };
        let pause = match times_before.filter(|_| status == 503 && retry_after.is_none()) {
            Some(times) => {
                self.troubled_page = Some((page, times + 1));
                self.back_off.record_page_trouble(now, times, status, &self.politeness)
            }
            None => self.back_off.record_refusal(now, retry_after, status, &self.politeness),
        };
        // The request itself took one turn of the host.
        self.patience.record_loss(now, pause.max(self.politeness.interval.unwrap_or_default()));
    }

    /// The limit that the refusals of the group have exceeded, if they have.
    pub(super) fn exceeded_limit(&self) -> Option<PatienceLimit> {
        self.patience.exceeded_limit(&self.politeness)
    }

    pub(super) fn back_off(&self) -> BackOff {
        self.back_off
    }

    /// Takes over a back-off of an earlier run.
    pub(super) fn merge_stored_back_off(&mut self, stored: BackOff) {
        self.back_off.merge_stored(stored);
    }
}
