//! Records which hosts answered and which failed, to tell failing hosts from an outage here.

use std::collections::{HashMap, HashSet};

use crate::fetch::FetchFailure;
use crate::frontier::{HostKey, Origin};

/// The answers and failures of a crawl by host.
#[derive(Clone, Debug, Default)]
pub struct HostStats {
    /// Hosts that gave any answer.
    pub answered: HashSet<HostKey>,
    /// Hosts that could not be reached, with the last failure.
    pub failed: HashMap<HostKey, FetchFailure>,
    /// The last failure of each origin to which no connection could be made.
    connection_failures: HashMap<Origin, FetchFailure>,
}

impl HostStats {
    pub(super) fn record_answer(&mut self, host: &HostKey) {
        self.failed.remove(host);
        if !self.answered.contains(host) {
            self.answered.insert(host.clone());
        }
    }

    /// Records a failure. `origin` is given if no connection was made.
    pub(super) fn record_failure(&mut self, host: &HostKey, origin: Option<Origin>, failure: FetchFailure) {
        if let Some(origin) = origin {
            self.connection_failures.insert(origin, failure);
        }
        if !self.answered.contains(host) {
            self.failed.insert(host.clone(), failure);
        }
    }

    /// The last failure of an origin, or else of its host.
    pub(super) fn last_failure(&self, host: &HostKey, origin: &Origin) -> Option<FetchFailure> {
        self.connection_failures.get(origin).or_else(|| self.failed.get(host)).copied()
    }

    /// Whether the failures look like an outage here: no host answered, and no failure proves that
    /// packets came back.
    pub fn looks_like_no_network(&self) -> bool {
        let silent = |failure: &FetchFailure| {
            matches!(failure, FetchFailure::DnsFailure | FetchFailure::Unreachable | FetchFailure::Timeout)
        };
        self.answered.is_empty() && !self.failed.is_empty() && self.failed.values().all(silent)
    }
}
