//! Whether a run's failures are the web's or our own.
//!
//! When our network is down, every link looks dead. A run in which the canaries fail, or most hosts,
//! says nothing about any page: no strike may come of it.

use std::collections::HashMap;

use super::{Cause, Judgement};

/// Below so many hosts, "most of them" means nothing: an archive may cite two dead ones.
const FEW_HOSTS: usize = 4;

/// What a run saw of each host.
#[derive(Clone, Debug, Default)]
pub struct RunHealth {
    /// Whether the host was ever reached.
    hosts: HashMap<String, bool>,
    canaries: Vec<(String, bool)>,
}

/// Why a run's failures do not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outage {
    /// The hosts that the operator knows to be up could not be reached.
    #[error("no canary host could be reached ({0}): the network here seems to be down; no link was marked")]
    Canaries(String),
    /// Most hosts could not be reached.
    #[error(
        "{failed} of {hosts} hosts could not be reached: the network here seems to be down; no link was marked"
    )]
    MostHosts {
        /// Hosts that were never reached.
        failed: usize,
        /// All hosts that were asked.
        hosts: usize,
    },
}

impl RunHealth {
    /// A run in which nothing was seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes note of a judgement of a link to `host`. Links that were not asked for say nothing.
    pub fn observe(&mut self, host: &str, judgement: &Judgement) {
        let Some(reached) = reached(judgement) else { return };
        match self.hosts.get_mut(host) {
            Some(ever) => *ever |= reached,
            None => _ = self.hosts.insert(host.to_owned(), reached),
        }
    }

    /// Takes note of a canary: a host of which the operator knows that it is up.
    pub fn canary(&mut self, host: &str, reached: bool) {
        self.canaries.push((host.to_owned(), reached));
    }

    /// Whether this run's failures are our own.
    pub fn outage(&self) -> Option<Outage> {
        if !self.canaries.is_empty() && self.canaries.iter().all(|(_, reached)| !reached) {
            let names: Vec<&str> = self.canaries.iter().map(|(host, _)| host.as_str()).collect();
            return Some(Outage::Canaries(names.join(", ")));
        }
        // A canary that answers is better evidence than a count.
        if self.canaries.iter().any(|(_, reached)| *reached) {
            return None;
        }
        let hosts = self.hosts.len();
        let failed = self.hosts.values().filter(|reached| !**reached).count();
        (hosts >= FEW_HOSTS && failed * 2 > hosts).then_some(Outage::MostHosts { failed, hosts })
    }
}

/// Whether the judgement shows that the host was reached; none where it was not asked.
fn reached(judgement: &Judgement) -> Option<bool> {
    match judgement.cause {
        Some(
            Cause::Scheme
            | Cause::Excluded
            | Cause::OverBudget
            | Cause::MalformedUrl
            | Cause::FileMissing
            | Cause::ForbiddenAddress,
        ) => None,
        // What an outage, a captive portal's DNS or a lost route looks like.
        Some(
            Cause::Timeout
            | Cause::DnsFailure
            | Cause::DnsNxdomain
            | Cause::ConnectionRefused
            | Cause::ConnectionReset,
        ) => Some(false),
        _ => Some(true),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::verdict::Verdict;

    fn run(causes: &[(&str, Option<Cause>)]) -> RunHealth {
        let mut health = RunHealth::new();
        for (host, cause) in causes {
            health.observe(host, &Judgement::new(Verdict::Failing, *cause, ["test"]));
        }
        health
    }

    #[test]
    fn an_outage_is_told_from_dead_hosts() {
        let down = Some(Cause::DnsFailure);
        let most = run(&[("a", down), ("b", down), ("c", Some(Cause::Timeout)), ("d", None), ("d", None)]);
        assert_eq!(most.outage(), Some(Outage::MostHosts { failed: 3, hosts: 4 }));
        let half = run(&[("a", down), ("b", down), ("c", None), ("d", Some(Cause::Http5xx))]);
        assert_eq!(half.outage(), None);
        let sometimes = run(&[("a", down), ("a", None), ("b", down), ("b", None), ("c", down), ("d", down)]);
        assert_eq!(sometimes.outage(), None, "a host that answered once is up");
        let few = run(&[("a", down), ("b", down), ("c", down)]);
        assert_eq!(few.outage(), None);
        let unasked = run(&[("a", Some(Cause::OverBudget)), ("b", down), ("c", down), ("d", down)]);
        assert_eq!(unasked.outage(), None, "hosts that were not asked do not count");
    }

    #[test]
    fn canaries_decide_where_there_are_any() {
        let down = Some(Cause::Timeout);
        let mut health = run(&[("a", down), ("b", down), ("c", down), ("d", down)]);
        health.canary("up.example", true);
        assert_eq!(health.outage(), None);
        let mut health = run(&[("a", None), ("b", None)]);
        health.canary("up.example", false);
        assert_eq!(health.outage(), Some(Outage::Canaries("up.example".to_owned())));
    }
}
