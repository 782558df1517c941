//! What a crawl learnt about hosts as a whole: whether it is the web that fails, or our own network.

use std::collections::{HashMap, HashSet};

use crate::crawl::HostKey;
use crate::fetch::FetchFailure;

/// What a crawl learnt about hosts as a whole.
#[derive(Clone, Debug, Default)]
pub struct HostTally {
    /// Hosts that gave any answer.
    pub answered: HashSet<HostKey>,
    /// Hosts that could not be reached, with the last failure.
    pub failed: HashMap<HostKey, FetchFailure>,
}

impl HostTally {
    pub(super) fn answered(&mut self, host: &HostKey) {
        self.failed.remove(host);
        if !self.answered.contains(host) {
            self.answered.insert(host.clone());
        }
    }

    pub(super) fn failed(&mut self, host: &HostKey, failure: FetchFailure) {
        if !self.answered.contains(host) {
            self.failed.insert(host.clone(), failure);
        }
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
