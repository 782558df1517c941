//! What a crawl learnt about hosts as a whole: whether it is the web that fails, or our own network.

use std::collections::{HashMap, HashSet};

use crate::fetch::FetchFailure;
use crate::frontier::{HostKey, Origin};

/// What a crawl learnt about hosts as a whole.
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

    /// Takes note of a failure; `origin` is given where it came before there was a connection.
    pub(super) fn record_failure(&mut self, host: &HostKey, origin: Option<Origin>, failure: FetchFailure) {
        if let Some(origin) = origin {
            self.connection_failures.insert(origin, failure);
        }
        if !self.answered.contains(host) {
            self.failed.insert(host.clone(), failure);
        }
    }

    /// Why an origin cannot be reached, as far as was seen: there, or at its host.
    pub(super) fn last_failure(&self, host: &HostKey, origin: &Origin) -> Option<FetchFailure> {
        self.connection_failures.get(origin).or_else(|| self.failed.get(host)).copied()
    }

    /// Whether the failures look like our own network: nobody answered at all, and nothing that
    /// failed proves that packets came through.
    pub fn looks_like_no_network(&self) -> bool {
        let silent = |failure: &FetchFailure| {
            matches!(failure, FetchFailure::DnsFailure | FetchFailure::Unreachable | FetchFailure::Timeout)
        };
        self.answered.is_empty() && !self.failed.is_empty() && self.failed.values().all(silent)
    }
}
