//! Why a URL is not requested in this run.

use std::time::Duration;

use super::HostBudget;

/// Why a URL is not requested in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// robots.txt forbids it.
    Robots {
        /// The rule that decides, as in `Disallow: /private`.
        rule: String,
    },
    /// robots.txt could not be fetched, which forbids everything (RFC 9309, section 2.3.1.4).
    RobotsUnreachable,
    /// The host refused requests, and its back-off ends later than this run waits.
    BackingOff {
        /// How long the back-off still lasts.
        wait: Duration,
        /// The status of the refusal, where it is known.
        status: Option<u16>,
        /// Whether the host stated the end itself. Otherwise it is the pause of `politeness.backoff`.
        is_stated: bool,
        /// Which limit it exceeds.
        limit: WaitLimit,
    },
    /// Its requests hung or were refused for longer than the run is patient.
    GivenUp {
        /// The status of the last refusal, if there was one.
        status: Option<u16>,
        /// Which limit was met.
        limit: PatienceLimit,
    },
    /// Several connections to its origin failed in a row, or the name of its host does not exist.
    HostDown,
    /// The limit of this run for the host is reached.
    OverBudget {
        /// Which limit.
        budget: HostBudget,
    },
    /// The text is not a URL.
    InvalidUrl,
}

/// What a back-off exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitLimit {
    /// `politeness.retry_after_cap`.
    RetryAfterCap,
    /// The end of the run (`crawl.max_time`).
    RunEnd,
}

/// What ends the patience of a run with a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatienceLimit {
    /// The time that its requests cost: `politeness.patience`.
    Time,
    /// The number of requests in a row without a proper answer: `politeness.give_up_after`.
    InARow,
}
