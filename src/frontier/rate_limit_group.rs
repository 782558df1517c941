//! What hosts that are spared together share: one limiter, one back-off, one budget.
//!
//! By default every host has a lane of its own. With `politeness.host_key` set to `domain` or
//! `address`, all hosts of a registrable domain, or behind one address, are in one lane.

use std::time::Duration;

use tokio::time::Instant;

use super::Politeness;
use super::politeness::Limiter;

/// The longest rest that a host may ask for by `Retry-After`. A longer one is a mistake of the
/// server's: it would keep its pages from being looked at for ever.
pub(super) const LONGEST_REST: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A host's wish to be left alone, as far as it outlives a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackOff {
    /// Until when it asked for rest, in a word or by our own curve. May be past.
    pub wait_until: Option<Instant>,
    /// How many refusals in a row the curve has seen.
    pub refusals: u32,
    /// When they are forgotten, where none follows.
    pub forgiven_at: Option<Instant>,
    /// The status of the last of them.
    pub status: Option<u16>,
}

/// Which budget of a host is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostBudget {
    /// `politeness.max_pages_per_host`.
    Pages,
    /// `politeness.max_time_per_host`.
    Time,
    /// `politeness.max_bytes_per_host`.
    Bytes,
}

impl HostBudget {
    /// The setting that it comes from.
    pub fn key(self) -> &'static str {
        match self {
            Self::Pages => "max_pages_per_host",
            Self::Time => "max_time_per_host",
            Self::Bytes => "max_bytes_per_host",
        }
    }
}

/// What hosts share that are spared together.
pub(super) struct Lane {
    /// The most careful settings of its hosts.
    politeness: Politeness,
    limiter: Option<Limiter>,
    in_flight: u32,
    back_off: BackOff,
    /// Until when we hold back by ourselves, for what the last requests may have lost on their way.
    pause_until: Option<Instant>,
    first_asked: Option<Instant>,
    last_asked: Option<Instant>,
    pages: u64,
    bytes: u64,
    /// The shortest time that a request took, the hosts' first ones left out.
    shortest: Option<Duration>,
    /// Hosts that wait for a request of this lane to end.
    pub(super) blocked: Vec<u32>,
}

/// No more is taken for a delay on the way to the server.
const MOST_LATE: Duration = Duration::from_millis(10);
/// What is allowed for it where it cannot be known.
const UNKNOWN_LATE: Duration = Duration::from_millis(1);

/// Moves a deadline out, never in.
pub(super) fn extend(deadline: &mut Option<Instant>, until: Instant) {
    *deadline = Some(deadline.map_or(until, |known| known.max(until)));
}

/// The smaller of two limits, where none is no limit.
fn stricter<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

impl Lane {
    pub(super) fn new(politeness: &Politeness) -> Self {
        Self {
            politeness: politeness.clone(),
            limiter: politeness.interval.and_then(Limiter::new),
            in_flight: 0,
            back_off: BackOff::default(),
            pause_until: None,
            first_asked: None,
            last_asked: None,
            pages: 0,
            bytes: 0,
            shortest: None,
            blocked: Vec::new(),
        }
    }

    /// One more host is in the lane: the more careful settings hold.
    pub(super) fn join(&mut self, other: &Politeness) {
        if let Some(interval) = other.interval {
            self.slow_down(interval);
        }
        let own = &mut self.politeness;
        own.per_host_concurrency = own.per_host_concurrency.min(other.per_host_concurrency);
        own.backoff_initial = own.backoff_initial.max(other.backoff_initial);
        own.max_pages = stricter(own.max_pages, other.max_pages);
        own.max_time = stricter(own.max_time, other.max_time);
        own.max_bytes = stricter(own.max_bytes, other.max_bytes);
    }

    /// Makes the interval this long, if it is shorter (or there is none); one request is counted as made
    /// just now.
    pub(super) fn slow_down(&mut self, interval: Duration) {
        if interval.is_zero() || self.politeness.interval.is_some_and(|own| own >= interval) {
            return;
        }
        self.politeness.interval = Some(interval);
        self.limiter = Limiter::new(interval);
        if self.first_asked.is_some() {
            let _ = self.limiter.as_ref().map(Limiter::take);
        }
    }

    /// The rest that is still wanted.
    pub(super) fn rest(&self, now: Instant) -> Option<Instant> {
        self.back_off.wait_until.filter(|until| *until > now)
    }

    /// Our own pause.
    pub(super) fn pause(&self, now: Instant) -> Option<Instant> {
        self.pause_until.max(self.after_the_last()).filter(|until| *until > now)
    }

    /// While a request is under way it is not known how late it reached its server, so the next one keeps
    /// a little more distance than agreed.
    fn after_the_last(&self) -> Option<Instant> {
        let (last, interval) = (self.last_asked?, self.politeness.interval?);
        (self.in_flight > 0 && !self.is_full()).then(|| last + interval + UNKNOWN_LATE.min(interval / 50))
    }

    /// Whether no further request may run beside those under way.
    pub(super) fn is_full(&self) -> bool {
        self.in_flight >= self.politeness.per_host_concurrency
    }

    /// The budget that is used up, if one is. Only pages that were not begun are held to it.
    pub(super) fn spent(&self, now: Instant) -> Option<HostBudget> {
        let own = &self.politeness;
        let long = |max| self.first_asked.is_some_and(|first| now.saturating_duration_since(first) >= max);
        if own.max_pages.is_some_and(|max| self.pages >= max) {
            Some(HostBudget::Pages)
        } else if own.max_bytes.is_some_and(|max| self.bytes >= max) {
            Some(HostBudget::Bytes)
        } else if own.max_time.is_some_and(long) {
            Some(HostBudget::Time)
        } else {
            None
        }
    }

    /// Takes the permit for a request, or says when it can be had.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        if let Some(limiter) = &self.limiter {
            limiter.take()?;
        }
        self.in_flight += 1;
        self.first_asked.get_or_insert(now);
        self.last_asked = Some(now);
        Ok(())
    }

    /// A page is asked for the first time.
    pub(super) fn page_begun(&mut self) {
        self.pages += 1;
    }

    /// So many bytes of bodies came.
    pub(super) fn received(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// A request that was let go at `asked` has ended; `first` says that it was its host's first.
    pub(super) fn ended(&mut self, first: bool, asked: Instant, now: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(interval) = self.politeness.interval else { return };
        if first {
            // It also resolved the name and connected, so the server saw it later than we sent it: the
            // interval counts from its end, or the second would come too soon.
            extend(&mut self.pause_until, now + interval);
            return;
        }
        // What a request took beyond the shortest one may have been spent on the way there: then the
        // server saw it so much later, and the next one would come too soon. Robots files take less time
        // than pages and are asked for first: against one of them every page would seem late.
        let took = now.saturating_duration_since(asked);
        let least = *self.shortest.get_or_insert(took);
        self.shortest = Some(least.min(took));
        let late = took.saturating_sub(least).min(MOST_LATE).min(interval / 5);
        extend(&mut self.pause_until, asked + interval + late);
    }

    /// The host asked for rest, until a stated time or by our own curve: a minute,
    /// doubled at each, at most a day, forgotten after thirty minutes in which it could be asked
    /// and did not refuse.
    pub(super) fn refused(&mut self, now: Instant, retry_after: Option<Duration>, status: u16) {
        let own = &self.politeness;
        if self.back_off.forgiven_at.is_some_and(|at| at <= now) {
            self.back_off.refusals = 0;
        }
        let wait = if let Some(stated) = retry_after {
            stated.min(LONGEST_REST)
        } else {
            let doubled = 2_u32.saturating_pow(self.back_off.refusals.min(20));
            own.backoff_initial.saturating_mul(doubled).min(own.backoff_max)
        };
        self.back_off.refusals = self.back_off.refusals.saturating_add(1);
        self.back_off.status = Some(status);
        extend(&mut self.back_off.wait_until, now + wait);
        self.back_off.forgiven_at = self.back_off.wait_until.map(|until| until + own.backoff_forgiven_after);
    }

    pub(super) fn back_off(&self) -> BackOff {
        self.back_off
    }

    /// Puts back what was remembered; where several records speak of one lane, the latest holds.
    pub(super) fn restore(&mut self, remembered: BackOff) {
        if let Some(until) = remembered.wait_until {
            extend(&mut self.back_off.wait_until, until);
        }
        if let Some(at) = remembered.forgiven_at {
            extend(&mut self.back_off.forgiven_at, at);
        }
        self.back_off.refusals = self.back_off.refusals.max(remembered.refusals);
        self.back_off.status = remembered.status.or(self.back_off.status);
    }
}
