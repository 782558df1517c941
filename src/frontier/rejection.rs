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
    /// The host refused requests, and its back-off ends later than this run waits
    /// (`politeness.retry_after_cap`, or the end of the run).
    BackingOff {
        /// How long the back-off still lasts.
        wait: Duration,
        /// The status of the refusal, where it is known.
        status: Option<u16>,
    },
    /// Its requests hung or were refused for longer than the run is patient
    /// (`politeness.patience`, `politeness.give_up_after`).
    GivenUp {
        /// The status of the last refusal, if there was one.
        status: Option<u16>,
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
