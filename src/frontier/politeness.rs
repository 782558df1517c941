//! How one host is treated: its interval, its concurrency, its patience.

use std::collections::HashMap;
use std::ops::Add;
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

use super::{HostKey, HostUnit};

/// The politeness of one host, validated.
#[derive(Clone, Debug, PartialEq)]
pub struct Politeness {
    /// The time between two requests; none for no limit.
    pub interval: Option<Duration>,
    /// How many requests may be under way at once.
    pub per_host_concurrency: u32,
    /// Whether robots.txt is asked for and kept.
    pub robots: bool,
    /// The longest `Crawl-delay` that is honoured in full.
    pub crawl_delay_cap: Duration,
    /// The longest that a run waits for a host that asked for rest; beyond it the host's pages are
    /// left for a later run.
    pub wait_cap: Duration,
    /// The first wait after a 429 or 503 that names no time; doubled at each further one.
    pub backoff_initial: Duration,
    /// The longest such wait.
    pub backoff_max: Duration,
    /// After this long without a refusal the curve starts anew.
    pub backoff_forgiven_after: Duration,
    /// After this many failed connections in a row the host is left alone for `breaker_pause`, and
    /// after one more it is given up for the run.
    pub breaker_failures: u32,
    /// How long that pause is.
    pub breaker_pause: Duration,
    /// At most so many pages are asked for in a run.
    pub max_pages: Option<u64>,
    /// No page is begun so long after the first request.
    pub max_time: Option<Duration>,
    /// No page is begun once so many bytes of bodies have come.
    pub max_bytes: Option<u64>,
}

impl Default for Politeness {
    fn default() -> Self {
        Self {
            interval: Some(Duration::from_secs(1)),
            per_host_concurrency: 1,
            robots: true,
            crawl_delay_cap: Duration::from_secs(60),
            wait_cap: Duration::from_secs(300),
            backoff_initial: Duration::from_secs(60),
            backoff_max: Duration::from_secs(24 * 60 * 60),
            backoff_forgiven_after: Duration::from_secs(30 * 60),
            breaker_failures: 3,
            breaker_pause: Duration::from_secs(30),
            max_pages: None,
            max_time: None,
            max_bytes: None,
        }
    }
}

/// The politeness of all hosts: one for most, and exceptions by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostPoliteness {
    /// What holds where nothing else is said.
    pub default: Politeness,
    /// Exceptions, by host name without port.
    pub hosts: HashMap<String, Politeness>,
    /// Which hosts are spared together.
    pub unit: HostUnit,
}

impl HostPoliteness {
    /// Whether any host's robots.txt is not obeyed.
    pub fn ignores_robots(&self) -> bool {
        std::iter::once(&self.default).chain(self.hosts.values()).any(|own| !own.robots)
    }

    /// What holds for a host.
    pub fn of(&self, host: &HostKey) -> &Politeness {
        self.hosts.get(host.name()).unwrap_or(&self.default)
    }
}

/// Governor's clock over tokio's, so that a paused clock in tests moves the limiters too.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioClock;

/// A moment of [`TokioClock`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Instant);

impl Clock for TokioClock {
    type Instant = Moment;

    fn now(&self) -> Moment {
        Moment(Instant::now())
    }
}

impl Reference for Moment {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_duration_since(earlier.0).into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Self {
        self.0.checked_sub(duration.into()).map_or(*self, Self)
    }
}

impl Add<Nanos> for Moment {
    type Output = Self;

    fn add(self, other: Nanos) -> Self {
        Self(self.0 + Duration::from(other))
    }
}

/// One host's limiter.
pub(super) struct Limiter(
    RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<<TokioClock as Clock>::Instant>>,
);

impl Limiter {
    /// A limiter of one request an interval, without bursts; none where the interval is zero.
    pub(super) fn new(interval: Duration) -> Option<Self> {
        let quota = Quota::with_period(interval)?;
        Some(Self(RateLimiter::direct_with_clock(quota, TokioClock)))
    }

    /// Takes the permit, or says when it can be had.
    pub(super) fn take(&self) -> Result<(), Instant> {
        self.0.check().map_err(|not_until| not_until.earliest_possible().0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_limiter_gives_one_permit_an_interval() {
        let limiter = Limiter::new(Duration::from_millis(200)).unwrap();
        let start = Instant::now();
        assert_eq!(limiter.take(), Ok(()));
        let until = limiter.take().unwrap_err();
        assert_eq!(until - start, Duration::from_millis(200));
        tokio::time::sleep_until(until).await;
        assert_eq!(limiter.take(), Ok(()));
        assert!(limiter.take().is_err());
        assert!(Limiter::new(Duration::ZERO).is_none());
    }

    #[test]
    fn exceptions_are_found_by_name() {
        let slow = Politeness { interval: Some(Duration::from_secs(9)), ..Politeness::default() };
        let all = HostPoliteness {
            default: Politeness::default(),
            hosts: HashMap::from([("slow.example".to_owned(), slow.clone())]),
            unit: HostUnit::Host,
        };
        assert_eq!(all.of(&HostKey::from("slow.example:8080")), &slow);
        assert_eq!(all.of(&HostKey::from("other.example")), &all.default);
        assert!(!all.ignores_robots());
        let mut one = all;
        one.hosts.insert("x.example".to_owned(), Politeness { robots: false, ..Politeness::default() });
        assert!(one.ignores_robots());
    }
}
