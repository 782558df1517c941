//! Detects during a run whether the network here is down.
//!
//! One failing host says nothing. Several different hosts that fail in a row, with no answer in
//! between, raise a suspicion. Then reference hosts are asked: the canaries, or else the hosts that
//! answered last. If one answers, the failures were the hosts' own. If no reference host answers, it is
//! an outage: no requests are sent until one answers again, and the pages that failed since are asked
//! for again.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use crate::fetch::FetchFailure;
use crate::frontier::{HostKey, robots_url};

/// How many different hosts must fail in a row to raise the suspicion. An archive may cite two or three
/// dead hosts one after the other.
const MIN_FAILED_HOSTS: usize = 4;
/// How many reference hosts are asked in one round if there are no canaries.
const REFERENCE_HOSTS: usize = 3;
/// For how long no new suspicion is raised after an unfounded one.
const CALM_TIME: Duration = Duration::from_secs(10);
/// The first wait between two rounds. It doubles with each round.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait between two rounds.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What an answer says about the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NetworkNews {
    /// Nothing new: the network was not in doubt.
    Unchanged,
    /// The network is up: failures up to this moment were the hosts' own.
    Up(Instant),
    /// The network is back: failures since this moment say nothing about the hosts.
    Restored(Instant),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MonitorPhase {
    Up,
    /// This many reference hosts have not answered yet.
    Asking(usize),
    /// No reference host answered. The next round is at this time.
    Down(Instant),
}

/// What is known about the network here.
#[derive(Debug)]
pub(super) struct NetworkMonitor {
    max_outage: Duration,
    canaries: Vec<Url>,
    phase: MonitorPhase,
    /// Whether a round ended without an answer, so an outage is confirmed.
    confirmed: bool,
    wait: Duration,
    /// The time of the first failure that no later answer has cleared up.
    since: Option<Instant>,
    /// The hosts that failed since then, with the time of their last failure.
    failed: HashMap<HostKey, Instant>,
    /// Hosts that answered, the latest last, with a URL to ask them for.
    answered: VecDeque<(HostKey, Url)>,
    /// When the latest of them was added.
    noted: Option<Instant>,
    calm_until: Option<Instant>,
}

impl NetworkMonitor {
    pub(super) fn new(canaries: Vec<Url>, max_outage: Duration) -> Self {
        Self {
            max_outage,
            canaries,
            phase: MonitorPhase::Up,
            confirmed: false,
            wait: FIRST_WAIT,
            since: None,
            failed: HashMap::new(),
            answered: VecDeque::new(),
            noted: None,
            calm_until: None,
        }
    }

    /// Whether requests may be sent.
    pub(super) fn is_up(&self) -> bool {
        self.phase == MonitorPhase::Up
    }

    /// Whether an outage is confirmed.
    pub(super) fn is_down(&self) -> bool {
        self.confirmed
    }

    /// Whether this failure may be due to an outage here and there is a reference host to ask about it.
    pub(super) fn is_in_doubt(&self, failure: FetchFailure) -> bool {
        looks_like_outage(failure) && self.has_reference_hosts()
    }

    /// Whether there is any reference host.
    pub(super) fn has_reference_hosts(&self) -> bool {
        !(self.canaries.is_empty() && self.answered.is_empty())
    }

    /// Records an answer to a request that was begun at this time. It proves the network for failures
    /// before that time only.
    pub(super) fn record_answer(&mut self, host: &HostKey, url: &Url, begun: Instant) -> NetworkNews {
        self.remember_answering_host(host, url, begun);
        let Some(since) = self.since else { return NetworkNews::Unchanged };
        self.failed.retain(|_, at| *at > begun);
        if !self.failed.is_empty() {
            self.since = self.failed.values().min().copied();
            return if self.is_up() { NetworkNews::Up(begun) } else { NetworkNews::Unchanged };
        }
        self.confirm_up(since, begun)
    }

    /// Remembers hosts that answered lately, at most about one a second.
    fn remember_answering_host(&mut self, host: &HostKey, url: &Url, now: Instant) {
        let full = self.answered.len() >= REFERENCE_HOSTS;
        let lately = self.noted.is_some_and(|at| now.saturating_duration_since(at) < Duration::from_secs(1));
        if (full && lately) || self.answered.iter().any(|(known, _)| known == host) {
            return;
        }
        self.noted = Some(now);
        self.answered.push_back((host.clone(), robots_url(url)));
        if full {
            self.answered.pop_front();
        }
    }

    /// A reference host answered, which clears up every failure so far.
    pub(super) fn record_reference_answer(&mut self, now: Instant) -> NetworkNews {
        self.failed.clear();
        self.since.map_or(NetworkNews::Unchanged, |since| self.confirm_up(since, now))
    }

    fn confirm_up(&mut self, since: Instant, at: Instant) -> NetworkNews {
        let was_up = self.is_up();
        self.since = None;
        self.phase = MonitorPhase::Up;
        self.wait = FIRST_WAIT;
        if std::mem::take(&mut self.confirmed) {
            return NetworkNews::Restored(since);
        }
        if !was_up {
            self.calm_until = Some(at + CALM_TIME);
        }
        NetworkNews::Up(at)
    }

    /// Records that a host could not be reached.
    pub(super) fn record_failure(&mut self, host: &HostKey, now: Instant) {
        self.since.get_or_insert(now);
        match self.failed.get_mut(host) {
            Some(last) => *last = now,
            None => _ = self.failed.insert(host.clone(), now),
        }
    }

    /// Whether this host has a failure that may be due to an outage here.
    pub(super) fn is_suspect(&self, host: &HostKey) -> bool {
        self.failed.contains_key(host)
    }

    /// Takes the failures as the hosts' own, since no reference host can be asked.
    pub(super) fn dismiss_suspicion(&mut self, now: Instant) {
        self.since = None;
        self.failed.clear();
        self.phase = MonitorPhase::Up;
        self.calm_until = Some(now + CALM_TIME);
    }

    /// Whether reference hosts should be asked now: at the first suspicion, and at each later round.
    /// `at_the_end` means that no other request is left that could clear up the failures.
    pub(super) fn needs_round(&self, at_the_end: bool, now: Instant) -> bool {
        match self.phase {
            MonitorPhase::Up => {
                let calm = self.calm_until.is_some_and(|until| until > now) && !at_the_end;
                self.failed.len() >= MIN_FAILED_HOSTS && self.has_reference_hosts() && !calm
            }
            MonitorPhase::Asking(_) => false,
            MonitorPhase::Down(next) => next <= now,
        }
    }

    /// The hosts to ask in a round.
    pub(super) fn reference_hosts(&self) -> Vec<(HostKey, Url)> {
        if self.canaries.is_empty() {
            return self.answered.iter().cloned().collect();
        }
        self.canaries.iter().map(|url| (HostKey::from_url(url), url.clone())).collect()
    }

    /// Begins a round in which this many hosts are asked. If it is 0, because each host must wait, the
    /// round is put off until `put_off`. Returns false if that is too late.
    pub(super) fn begin_round(&mut self, asked: usize, put_off: Option<Instant>, now: Instant) -> bool {
        self.phase = match put_off {
            _ if asked > 0 => MonitorPhase::Asking(asked),
            Some(until) if until <= now + LONGEST_WAIT || self.confirmed => MonitorPhase::Down(until),
            _ => return false,
        };
        true
    }

    /// A reference host did not answer. Returns true when this confirms an outage.
    pub(super) fn record_reference_failure(&mut self, now: Instant) -> bool {
        let MonitorPhase::Asking(asked) = self.phase else { return false };
        if asked > 1 {
            self.phase = MonitorPhase::Asking(asked - 1);
            return false;
        }
        self.phase = MonitorPhase::Down(now + self.wait);
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        !std::mem::replace(&mut self.confirmed, true)
    }

    /// The time of the next round, if one is planned.
    pub(super) fn next_round(&self) -> Option<Instant> {
        match self.phase {
            MonitorPhase::Down(next) => Some(next),
            MonitorPhase::Up | MonitorPhase::Asking(_) => None,
        }
    }

    /// Whether the outage has lasted longer than the limit.
    pub(super) fn is_past_limit(&self, now: Instant) -> bool {
        let long = self.since.is_some_and(|since| now.saturating_duration_since(since) >= self.max_outage);
        self.confirmed && long && matches!(self.phase, MonitorPhase::Down(_))
    }
}

/// Whether a failure looks like an outage, a captive portal's DNS or a lost route.
pub(super) fn looks_like_outage(failure: FetchFailure) -> bool {
    matches!(
        failure,
        FetchFailure::Timeout
            | FetchFailure::DnsFailure
            | FetchFailure::DnsNxdomain
            | FetchFailure::ConnectionRefused
            | FetchFailure::ConnectionReset
            | FetchFailure::ConnectionClosed
            | FetchFailure::Unreachable
    )
}

#[cfg(test)]
mod tests;
