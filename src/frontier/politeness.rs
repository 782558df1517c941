//! The settings that say how each host is treated.

use std::collections::HashMap;
use std::time::Duration;

use super::{GroupBy, HostKey};

/// The settings of one host, validated.
#[derive(Clone, Debug, PartialEq)]
pub struct Politeness {
    /// The time between two requests; `None` for no limit.
    pub interval: Option<Duration>,
    /// How many requests may run at once.
    pub per_host_concurrency: u32,
    /// Whether robots.txt is fetched and obeyed.
    pub robots: bool,
    /// The longest `Crawl-delay` that is obeyed in full; a longer one counts as this.
    pub crawl_delay_cap: Duration,
    /// The longest back-off that a run waits for; the pages of a host that backs off for longer are left to a
    /// later run.
    pub retry_after_cap: Duration,
    /// The time that hanging requests and pauses after refusals may cost a run in all, before the pages of
    /// the host are left to a later run; proper answers add to it.
    pub patience: Duration,
    /// The number of hanging or refused requests in a row after which they are left, too.
    pub give_up_after: u32,
    /// The first pause after a 429 or 503 without `Retry-After`; doubled at each further one. The first 503 of
    /// a single page pauses the host for a twelfth of it.
    pub backoff_initial: Duration,
    /// The longest pause of that kind.
    pub backoff_max: Duration,
    /// After this time without a refusal the doubling starts again at `backoff_initial`.
    pub backoff_forgiven_after: Duration,
    /// After this many failed connections in a row the host is paused for `breaker_pause`; one more failure
    /// ends the requests to it for the run.
    pub breaker_failures: u32,
    /// The length of that pause.
    pub breaker_pause: Duration,
    /// The most pages that one run requests.
    pub max_pages: Option<u64>,
    /// The time after the first request from which no new page is requested.
    pub max_time: Option<Duration>,
    /// The bytes of bodies after which no new page is requested.
    pub max_bytes: Option<u64>,
}

impl Default for Politeness {
    fn default() -> Self {
        Self {
            interval: Some(Duration::from_secs(1)),
            per_host_concurrency: 1,
            robots: true,
            crawl_delay_cap: Duration::from_secs(60),
            retry_after_cap: Duration::from_secs(120),
            patience: Duration::from_secs(120),
            give_up_after: 8,
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

/// The settings of all hosts: one set for most, and exceptions by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostPoliteness {
    /// The settings of every host without an exception.
    pub default: Politeness,
    /// Exceptions, by host name without port.
    pub hosts: HashMap<String, Politeness>,
    /// What makes hosts share a limiter, a back-off and a budget.
    pub group_by: GroupBy,
}

impl HostPoliteness {
    /// Whether robots.txt is ignored for any host.
    pub fn ignores_robots(&self) -> bool {
        std::iter::once(&self.default).chain(self.hosts.values()).any(|settings| !settings.robots)
    }

    /// The settings of a host.
    pub fn for_host(&self, host: &HostKey) -> &Politeness {
        self.hosts.get(host.host_name()).unwrap_or(&self.default)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_apply_by_name() {
        let slow = Politeness { interval: Some(Duration::from_secs(9)), ..Politeness::default() };
        let all = HostPoliteness {
            default: Politeness::default(),
            hosts: HashMap::from([("slow.example".to_owned(), slow.clone())]),
            group_by: GroupBy::Host,
        };
        assert_eq!(all.for_host(&HostKey::from("slow.example:8080")), &slow);
        assert_eq!(all.for_host(&HostKey::from("other.example")), &all.default);
        assert!(!all.ignores_robots());
        let mut one = all;
        one.hosts.insert("x.example".to_owned(), Politeness { robots: false, ..Politeness::default() });
        assert!(one.ignores_robots());
    }
}
