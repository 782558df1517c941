//! Decides whether a run's failures are those of the web or of the own network.
//!
//! When the own network is down, every link looks dead. A run in which the canary hosts fail, or most
//! hosts, shows nothing about any page and must not add strikes. One proper answer disproves that: a host
//! whose certificate was verified, or a page with text from a host that is shown to answer for itself.

use std::collections::{HashMap, HashSet};

use url::Url;

use super::cause::Cause;
use super::judgement::Judgement;

/// With fewer hosts than this, "most hosts" proves nothing: an archive may cite two dead ones.
const MIN_HOSTS: usize = 4;

/// What a run observed of each host.
#[derive(Clone, Debug, Default)]
pub struct RunHealth {
    /// Whether the host was ever reached.
    hosts: HashMap<String, bool>,
    /// By domain: how all its deep pages ended; `None` where they did not all end in the same way.
    page_ends: HashMap<String, Option<PageEnd>>,
    /// The canary hosts, and whether each gave an answer of its own.
    canaries: Vec<(String, bool)>,
    /// Hosts that were never reached over TLS, or not with a certificate that holds.
    tls_failed: HashSet<String>,
    /// Whether an answer came over TLS, with a certificate that holds.
    verified_host: bool,
    /// Whether an answer over plain HTTP is known to be the host's own.
    own_answer: bool,
}

/// How an answered page ended where another host may have answered for its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PageEnd {
    /// At this address of another domain, without its query.
    Foreign(String),
    /// At its own address, with a page that may be the answer for every address: the hash of its body.
    Everywhere(String),
}

impl PageEnd {
    /// The end at an address of another domain.
    pub fn at_foreign(url: &Url) -> Self {
        Self::Foreign(portal_address(url))
    }
}

/// Why the failures of a run do not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outage {
    /// The canary hosts, which the operator knows to be up, could not be reached or did not answer
    /// themselves.
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
    /// Most hosts could not be verified over TLS, and none could, while plain HTTP works.
    #[error(
        "{failed} of {hosts} hosts could not be verified over TLS: the clock or the certificates here seem to \
         be at fault; no link was marked by such a failure"
    )]
    Certificates {
        /// Hosts that could not be verified.
        failed: usize,
        /// All hosts that were asked.
        hosts: usize,
    },
    /// Most hosts led to one foreign address, or showed one page for every address: a captive portal, which
    /// asks for a login before it gives access to the network.
    #[error(
        "{hosts} different hosts all {}: the network here seems to answer for them; no link was marked",
        match end {
            PageEnd::Foreign(address) => format!("led to {address}"),
            PageEnd::Everywhere(_) => "showed one and the same page".to_owned(),
        }
    )]
    Portal {
        /// How many hosts, counted by registrable domain.
        hosts: usize,
        /// How they ended.
        end: PageEnd,
    },
}

impl Outage {
    /// Whether an answer at this address with this judgement came from the portal.
    pub fn is_portal_answer(&self, url: &str, judgement: &Judgement) -> bool {
        match self {
            Self::Portal { end: PageEnd::Foreign(address), .. } => {
                Url::parse(url).is_ok_and(|url| portal_address(&url) == *address)
            }
            Self::Portal { end: PageEnd::Everywhere(_), .. } => may_answer_every_url(judgement),
            Self::Canaries(_) | Self::MostHosts { .. } | Self::Certificates { .. } => false,
        }
    }

    /// Whether a failure with this judgement may be due to the outage rather than to the page.
    pub fn may_have_caused(&self, judgement: &Judgement) -> bool {
        match self {
            Self::Certificates { .. } => judgement.cause.is_some_and(is_tls_failure),
            Self::Canaries(_) | Self::MostHosts { .. } | Self::Portal { .. } => true,
        }
    }
}

/// Whether a page may be the answer for every address of its host: an error page with a status of success,
/// or a gate.
pub fn may_answer_every_url(judgement: &Judgement) -> bool {
    matches!(judgement.cause, Some(Cause::Soft404 | Cause::BotWall))
}

/// A URL without its query and fragment, which differ from page to page at a portal.
fn portal_address(url: &Url) -> String {
    let mut address = url.clone();
    address.set_query(None);
    address.set_fragment(None);
    address.into()
}

impl RunHealth {
    /// A run without observations.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes the judgement of a link to `host`. Links that were not asked for do not count.
    pub fn note_judgement(&mut self, host: &str, judgement: &Judgement) {
        let Some(reached) = host_was_reached(judgement) else { return };
        if judgement.cause.is_some_and(is_tls_failure) {
            self.tls_failed.insert(host.to_owned());
        }
        match self.hosts.get_mut(host) {
            Some(ever) => *ever |= reached,
            None => _ = self.hosts.insert(host.to_owned(), reached),
        }
    }

    /// Notes how an answered page of a domain ended; `None` where the domain answered itself. Home pages do
    /// not count, since brands are merged and domains are sold in bundles.
    pub fn note_page_end(&mut self, domain: &str, requested: &Url, end: Option<PageEnd>) {
        if requested.path() == "/" {
            return;
        }
        match self.page_ends.get_mut(domain) {
            Some(known) if *known != end => *known = None,
            Some(_) => {}
            None => _ = self.page_ends.insert(domain.to_owned(), end),
        }
    }

    /// The outage where most domains ended in the same way.
    fn find_portal(&self) -> Option<Outage> {
        let mut ended: HashMap<&PageEnd, usize> = HashMap::new();
        for end in self.page_ends.values().flatten() {
            *ended.entry(end).or_default() += 1;
        }
        let (end, hosts) = ended.into_iter().max_by_key(|(_, hosts)| *hosts)?;
        let most = hosts >= MIN_HOSTS && hosts * 2 > self.page_ends.len();
        most.then(|| Outage::Portal { hosts, end: end.clone() })
    }

    /// Notes a canary, a host that the operator knows to be up; `reached` says whether it gave an answer of
    /// its own.
    pub fn note_canary(&mut self, host: &str, reached: bool) {
        self.canaries.push((host.to_owned(), reached));
    }

    /// Notes an answer over TLS: its certificate was verified, so the host itself answered.
    pub fn note_verified_host(&mut self) {
        self.verified_host = true;
    }

    /// Notes an answer over plain HTTP that no captive portal can have given.
    pub fn note_own_answer(&mut self) {
        self.own_answer = true;
    }

    /// Whether some host gave a proper answer in this run, which proves that the network here works.
    pub fn is_network_proved(&self) -> bool {
        self.verified_host || self.own_answer || self.canaries.iter().any(|(_, reached)| *reached)
    }

    /// The reason why the failures of this run do not count, if there is one.
    pub fn find_outage(&self) -> Option<Outage> {
        if !self.canaries.is_empty() && self.canaries.iter().all(|(_, reached)| !reached) {
            let names: Vec<&str> = self.canaries.iter().map(|(host, _)| host.as_str()).collect();
            return Some(Outage::Canaries(names.join(", ")));
        }
        // A canary that answers is better evidence than a count.
        if self.canaries.iter().any(|(_, reached)| *reached) {
            return None;
        }
        let hosts = self.hosts.len();
        if self.is_network_proved() {
            let failed = self.tls_failed.len();
            let most = failed >= MIN_HOSTS && failed * 2 > hosts && !self.verified_host;
            return most.then_some(Outage::Certificates { failed, hosts });
        }
        let failed = self.hosts.values().filter(|reached| !**reached).count();
        let most = hosts >= MIN_HOSTS && failed * 2 > hosts;
        if most { Some(Outage::MostHosts { failed, hosts }) } else { self.find_portal() }
    }
}

/// Whether a failure is one of TLS, as a wrong clock or missing root certificates cause it.
fn is_tls_failure(cause: Cause) -> bool {
    matches!(cause, Cause::TlsExpired | Cause::TlsHostname | Cause::TlsUntrusted | Cause::TlsProtocol)
}

/// Whether a judgement shows that the host was reached; `None` where the host was not asked.
fn host_was_reached(judgement: &Judgement) -> Option<bool> {
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
        // The effects of an outage, of a captive portal's DNS or of a lost route; and, where most hosts
        // fail, of a wrong clock, of missing root certificates, or of a proxy that ends connections.
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

    fn health_of(causes: &[(&str, Option<Cause>)]) -> RunHealth {
        let mut health = RunHealth::new();
        for (host, cause) in causes {
            health.note_judgement(host, &Judgement::new(Verdict::Failing, *cause, ["test"]));
        }
        health
    }

    #[test]
    fn an_outage_is_not_confused_with_dead_hosts() {
        let down = Some(Cause::DnsFailure);
        let most =
            health_of(&[("a", down), ("b", down), ("c", Some(Cause::Timeout)), ("d", None), ("d", None)]);
        assert_eq!(most.find_outage(), Some(Outage::MostHosts { failed: 3, hosts: 4 }));
        let half = health_of(&[("a", down), ("b", down), ("c", None), ("d", Some(Cause::Http5xx))]);
        assert_eq!(half.find_outage(), None);
        let sometimes =
            health_of(&[("a", down), ("a", None), ("b", down), ("b", None), ("c", down), ("d", down)]);
        assert_eq!(sometimes.find_outage(), None, "a host that answered once is up");
        let few = health_of(&[("a", down), ("b", down), ("c", down)]);
        assert_eq!(few.find_outage(), None);
        let unasked = health_of(&[("a", Some(Cause::OverBudget)), ("b", down), ("c", down), ("d", down)]);
        assert_eq!(unasked.find_outage(), None, "hosts that were not asked do not count");
    }

    #[test]
    fn one_proper_answer_disproves_an_outage() {
        let down = Some(Cause::ConnectionRefused);
        let failed = [("a", down), ("b", down), ("c", Some(Cause::DnsNxdomain)), ("d", None)];
        assert!(!health_of(&failed).is_network_proved());
        let proofs: [fn(&mut RunHealth); 2] = [RunHealth::note_verified_host, RunHealth::note_own_answer];
        for note in proofs {
            let mut health = health_of(&failed);
            note(&mut health);
            assert!(health.is_network_proved());
            assert_eq!(health.find_outage(), None);
        }
        // Plain HTTP says nothing about the clock and the certificates here.
        let bad = Some(Cause::TlsExpired);
        let mut health = health_of(&[("a", bad), ("b", bad), ("c", bad), ("d", bad), ("e", None)]);
        health.note_own_answer();
        let outage = health.find_outage().unwrap();
        assert_eq!(outage, Outage::Certificates { failed: 4, hosts: 5 });
        assert!(outage.may_have_caused(&Judgement::new(Verdict::Failing, bad, ["test"])));
        assert!(!outage.may_have_caused(&Judgement::new(Verdict::Failing, down, ["test"])));
        health.note_verified_host();
        assert_eq!(health.find_outage(), None);
        // Canaries are asked last: what they show is newer than an answer in the run.
        health.note_canary("up.example", false);
        assert_eq!(health.find_outage(), Some(Outage::Canaries("up.example".to_owned())));
        assert!(health.is_network_proved());
    }

    #[test]
    fn certificates_that_fail_at_most_hosts_are_a_local_fault() {
        for cause in [Cause::TlsExpired, Cause::TlsUntrusted, Cause::TlsHostname, Cause::ConnectionClosed] {
            let bad = Some(cause);
            let most = health_of(&[("a", bad), ("b", bad), ("c", bad), ("d", None)]);
            assert_eq!(most.find_outage(), Some(Outage::MostHosts { failed: 3, hosts: 4 }), "{cause:?}");
            let half = health_of(&[("a", bad), ("b", bad), ("c", None), ("d", None)]);
            assert_eq!(half.find_outage(), None);
        }
    }

    #[test]
    fn one_address_behind_most_hosts_is_a_portal() {
        let url = |text: &str| Url::parse(text).unwrap();
        let led = |ends: &[(&str, Option<&str>)]| {
            let mut health = RunHealth::new();
            for (domain, end) in ends {
                let end = end.map(|end| PageEnd::at_foreign(&url(end)));
                health.note_page_end(domain, &url("http://x.example/deep?a=1"), end);
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
        let outage = led(&all).find_outage().unwrap();
        assert_eq!(
            outage,
            Outage::Portal { hosts: 4, end: PageEnd::at_foreign(&url("http://portal.test/in")) }
        );
        let judged = Judgement::new(Verdict::Dead, Some(Cause::Soft404), ["test"]);
        assert!(outage.is_portal_answer("http://portal.test/in?from=z", &judged));
        assert!(!outage.is_portal_answer("http://portal.test/", &judged));
        assert_eq!(led(&all[..3]).find_outage(), None, "three are few");
        let others: Vec<_> = ["e", "f", "g", "h"].into_iter().map(|domain| (domain, None)).collect();
        assert_eq!(led(&[all.as_slice(), &others].concat()).find_outage(), None, "half of them");
        let once = [all.as_slice(), &[("d", None)]].concat();
        assert_eq!(led(&once).find_outage(), None, "a host that answered itself was reached");
        let mut home = RunHealth::new();
        for domain in ["a", "b", "c", "d"] {
            home.note_page_end(
                domain,
                &url("http://x.example/"),
                Some(PageEnd::at_foreign(&url("http://one.test/"))),
            );
        }
        assert_eq!(home.find_outage(), None);
        let mut seen = led(&all);
        seen.note_canary("up.example", true);
        assert_eq!(seen.find_outage(), None);
    }

    #[test]
    fn canaries_decide_where_there_are_any() {
        let down = Some(Cause::Timeout);
        let mut health = health_of(&[("a", down), ("b", down), ("c", down), ("d", down)]);
        health.note_canary("up.example", true);
        assert_eq!(health.find_outage(), None);
        let mut health = health_of(&[("a", None), ("b", None)]);
        health.note_canary("up.example", false);
        assert_eq!(health.find_outage(), Some(Outage::Canaries("up.example".to_owned())));
    }
}
