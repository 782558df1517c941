//! Whether a run's failures are the web's or our own.
//!
//! When our network is down, every link looks dead. A run in which the canaries fail, or most hosts,
//! says nothing about any page: no strike may come of it.

use std::collections::HashMap;

use url::Url;

use super::{Cause, Judgement};

/// Below so many hosts, "most of them" means nothing: an archive may cite two dead ones.
const FEW_HOSTS: usize = 4;

/// What a run saw of each host.
#[derive(Clone, Debug, Default)]
pub struct RunHealth {
    /// Whether the host was ever reached.
    hosts: HashMap<String, bool>,
    /// By domain: how all its deep pages ended; none where they did not all end so.
    ends: HashMap<String, Option<End>>,
    canaries: Vec<(String, bool)>,
}

/// How an answered page ended, as far as somebody else may have answered for its host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// At this address of another domain, without its query.
    Foreign(String),
    /// Where it was asked for, with a page that stands for every address there: the hash of its body.
    Everywhere(String),
}

impl End {
    /// An address of another domain.
    pub fn foreign(url: &Url) -> Self {
        Self::Foreign(address_of(url))
    }
}

/// Why a run's failures do not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outage {
    /// The hosts that the operator knows to be up could not be reached, or did not answer themselves.
    #[error(
        "no canary host gave an answer of its own ({0}): the network here seems to be down; no link was marked"
    )]
    Canaries(String),
    /// Most hosts could not be reached, or not over TLS.
    #[error(
        "{failed} of {hosts} hosts could not be reached, or not over TLS: the network, the clock or the \
         certificates here seem to be at fault; no link was marked"
    )]
    MostHosts {
        /// Hosts that were never reached.
        failed: usize,
        /// All hosts that were asked.
        hosts: usize,
    },
    /// Most hosts led to one foreign address, or all showed one page for every address: a network that
    /// wants a login first.
    #[error(
        "{hosts} different hosts all {}: the network here seems to answer for them; no link was marked",
        match end {
            End::Foreign(address) => format!("led to {address}"),
            End::Everywhere(_) => "showed one and the same page".to_owned(),
        }
    )]
    Portal {
        /// How many, by their registrable domains.
        hosts: usize,
        /// How they ended.
        end: End,
    },
}

impl Outage {
    /// Whether an answer at this address, judged so, was the portal's.
    pub fn answered(&self, url: &str, judgement: &Judgement) -> bool {
        match self {
            Self::Portal { end: End::Foreign(address), .. } => {
                Url::parse(url).is_ok_and(|url| address_of(&url) == *address)
            }
            Self::Portal { end: End::Everywhere(_), .. } => stands_for_all(judgement),
            Self::Canaries(_) | Self::MostHosts { .. } => false,
        }
    }
}

/// Whether what was seen may stand for every address of its host: a page for what is not there, or a gate.
pub fn stands_for_all(judgement: &Judgement) -> bool {
    matches!(judgement.cause, Some(Cause::Soft404 | Cause::BotWall))
}

/// A URL without what differs from page to page where one page stands for all.
fn address_of(url: &Url) -> String {
    let mut address = url.clone();
    address.set_query(None);
    address.set_fragment(None);
    address.into()
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

    /// Takes note of how an answered page of a domain ended; none where it answered for itself. Home pages
    /// say nothing: brands are merged, and names are sold in bundles.
    pub fn ended(&mut self, domain: &str, requested: &Url, end: Option<End>) {
        if requested.path() == "/" {
            return;
        }
        match self.ends.get_mut(domain) {
            Some(known) if *known != end => *known = None,
            Some(_) => {}
            None => _ = self.ends.insert(domain.to_owned(), end),
        }
    }

    /// The one way in which most domains ended, where there is one.
    fn portal(&self) -> Option<Outage> {
        let mut ended: HashMap<&End, usize> = HashMap::new();
        for end in self.ends.values().flatten() {
            *ended.entry(end).or_default() += 1;
        }
        let (end, hosts) = ended.into_iter().max_by_key(|(_, hosts)| *hosts)?;
        let most = hosts >= FEW_HOSTS && hosts * 2 > self.ends.len();
        most.then(|| Outage::Portal { hosts, end: end.clone() })
    }

    /// Takes note of a canary: a host of which the operator knows that it is up; `reached` is whether it
    /// gave an answer of its own.
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
        let most = hosts >= FEW_HOSTS && failed * 2 > hosts;
        if most { Some(Outage::MostHosts { failed, hosts }) } else { self.portal() }
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
            | Cause::ForbiddenAddress
            | Cause::RobotsUnreachable,
        ) => None,
        // What an outage, a captive portal's DNS or a lost route looks like; and, at most hosts at once, a
        // wrong clock here, roots that are missing, or somebody between who ends every connection.
        Some(
            Cause::Timeout
            | Cause::DnsFailure
            | Cause::DnsNxdomain
            | Cause::ConnectionRefused
            | Cause::ConnectionReset
            | Cause::ConnectionClosed
            | Cause::TlsExpired
            | Cause::TlsHostname
            | Cause::TlsUntrusted
            | Cause::TlsProtocol,
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
    fn certificates_that_fail_at_most_hosts_are_a_fault_of_ours() {
        for cause in [Cause::TlsExpired, Cause::TlsUntrusted, Cause::TlsHostname, Cause::ConnectionClosed] {
            let bad = Some(cause);
            let most = run(&[("a", bad), ("b", bad), ("c", bad), ("d", None)]);
            assert_eq!(most.outage(), Some(Outage::MostHosts { failed: 3, hosts: 4 }), "{cause:?}");
            let half = run(&[("a", bad), ("b", bad), ("c", None), ("d", None)]);
            assert_eq!(half.outage(), None);
        }
    }

    #[test]
    fn one_address_behind_most_hosts_is_a_portal_and_one_behind_some_is_not() {
        let url = |text: &str| Url::parse(text).unwrap();
        let led = |ends: &[(&str, Option<&str>)]| {
            let mut health = RunHealth::new();
            for (domain, end) in ends {
                let end = end.map(|end| End::foreign(&url(end)));
                health.ended(domain, &url("http://x.example/deep?a=1"), end);
            }
            health
        };
        let to = |path: &'static str| Some(path);
        let all = [
            ("a", to("http://portal.test/in?from=a")),
            ("b", to("http://portal.test/in?from=b")),
            ("c", to("http://portal.test/in")),
            ("d", to("http://portal.test/in")),
        ];
        let outage = led(&all).outage().unwrap();
        assert_eq!(outage, Outage::Portal { hosts: 4, end: End::foreign(&url("http://portal.test/in")) });
        let judged = Judgement::new(Verdict::Dead, Some(Cause::Soft404), ["test"]);
        assert!(outage.answered("http://portal.test/in?from=z", &judged));
        assert!(!outage.answered("http://portal.test/", &judged));
        assert_eq!(led(&all[..3]).outage(), None, "three are few");
        let others: Vec<_> = ["e", "f", "g", "h"].into_iter().map(|domain| (domain, None)).collect();
        assert_eq!(led(&[all.as_slice(), &others].concat()).outage(), None, "half of them");
        let once = [all.as_slice(), &[("d", None)]].concat();
        assert_eq!(led(&once).outage(), None, "a host that answered itself was reached");
        let mut home = RunHealth::new();
        for domain in ["a", "b", "c", "d"] {
            home.ended(domain, &url("http://x.example/"), Some(End::foreign(&url("http://one.test/"))));
        }
        assert_eq!(home.outage(), None);
        let mut seen = led(&all);
        seen.canary("up.example", true);
        assert_eq!(seen.outage(), None);
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
