//! Whether our own network is there, while the run goes on.
//!
//! One host that fails says nothing. Several different ones in a row, with no answer from anybody in
//! between, raise a suspicion; then hosts that ought to answer (the canaries, else those that
//! answered last) are asked. If one does, the failures were the hosts' own. If none does, it is an
//! outage: nothing is asked until one of them answers again, and what failed since is asked anew.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use crate::fetch::FetchFailure;
use crate::frontier::{HostKey, robots_url};

/// Different hosts that failed in a row raise the suspicion. An archive may cite two or three dead
/// ones one after the other.
const MIN_FAILED_HOSTS: usize = 4;
/// How many hosts are asked in one round, where there are no canaries.
const REFERENCE_HOSTS: usize = 3;
/// How long after an unfounded suspicion none is raised.
const CALM_TIME: Duration = Duration::from_secs(10);
/// The first wait between two rounds; doubled at each.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What an answer tells of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NetworkNews {
    /// Nothing new: it was not in doubt.
    Unchanged,
    /// It is there: failures up to this moment were the hosts' own.
    Up(Instant),
    /// It is back: failures since this moment say nothing.
    Restored(Instant),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MonitorPhase {
    Up,
    /// Some hosts are asked whether they still answer.
    Asking(usize),
    /// Nobody answered; the next round is at this time.
    Down(Instant),
}

/// What is known of our own network.
#[derive(Debug)]
pub(super) struct NetworkMonitor {
    max_outage: Duration,
    canaries: Vec<Url>,
    phase: MonitorPhase,
    /// Whether a round found nobody.
    confirmed: bool,
    wait: Duration,
    /// When the first failure came that no later answer cleared up.
    since: Option<Instant>,
    /// Which hosts failed since, and when they did last.
    failed: HashMap<HostKey, Instant>,
    /// Hosts that answered, the latest last, with something to ask them for.
    answered: VecDeque<(HostKey, Url)>,
    /// When the latest of them was noted.
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

    /// Whether the crawl goes on.
    pub(super) fn is_up(&self) -> bool {
        self.phase == MonitorPhase::Up
    }

    /// Whether nobody answers, as far as we know.
    pub(super) fn is_down(&self) -> bool {
        self.confirmed
    }

    /// Whether this failure may be that of our own network, and there is somebody to ask about it.
    pub(super) fn is_in_doubt(&self, failure: FetchFailure) -> bool {
        is_silent(failure) && self.has_reference_hosts()
    }

    /// Whether there is anybody who ought to answer.
    pub(super) fn has_reference_hosts(&self) -> bool {
        !(self.canaries.is_empty() && self.answered.is_empty())
    }

    /// A host answered, whatever it said, a request that was begun at this time: that proves the
    /// network for failures before it, and for none after.
    pub(super) fn record_answer(&mut self, host: &HostKey, url: &Url, begun: Instant) -> NetworkNews {
        self.note_answer(host, url, begun);
        let Some(since) = self.since else { return NetworkNews::Unchanged };
        self.failed.retain(|_, at| *at > begun);
        if !self.failed.is_empty() {
            self.since = self.failed.values().min().copied();
            return if self.is_up() { NetworkNews::Up(begun) } else { NetworkNews::Unchanged };
        }
        self.confirm_up(since, begun)
    }

    /// Keeps who answered lately; not each of thousands a second.
    fn note_answer(&mut self, host: &HostKey, url: &Url, now: Instant) {
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

    /// A host that was asked in a round answered: that clears up everything so far.
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

    /// A host could not be reached.
    pub(super) fn record_failure(&mut self, host: &HostKey, now: Instant) {
        self.since.get_or_insert(now);
        match self.failed.get_mut(host) {
            Some(last) => *last = now,
            None => _ = self.failed.insert(host.clone(), now),
        }
    }

    /// Whether this host's failure is one of those that may be our own network's.
    pub(super) fn is_suspect(&self, host: &HostKey) -> bool {
        self.failed.contains_key(host)
    }

    /// There is nobody to ask: the failures are taken as they are.
    pub(super) fn dismiss_suspicion(&mut self, now: Instant) {
        self.since = None;
        self.failed.clear();
        self.phase = MonitorPhase::Up;
        self.calm_until = Some(now + CALM_TIME);
    }

    /// Whether hosts should be asked now: at the first suspicion, and at each later round.
    /// `at_the_end` is when nothing else is left to ask, and so nobody else can clear it up.
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

    /// Whom to ask in a round.
    pub(super) fn reference_hosts(&self) -> Vec<(HostKey, Url)> {
        if self.canaries.is_empty() {
            return self.answered.iter().cloned().collect();
        }
        self.canaries.iter().map(|url| (HostKey::from_url(url), url.clone())).collect()
    }

    /// A round begins: so many hosts are asked. Where it is none (each must rest first), the round is
    /// put off until `put_off`; false where that is too far.
    pub(super) fn begin_round(&mut self, asked: usize, put_off: Option<Instant>, now: Instant) -> bool {
        self.phase = match put_off {
            _ if asked > 0 => MonitorPhase::Asking(asked),
            Some(until) if until <= now + LONGEST_WAIT || self.confirmed => MonitorPhase::Down(until),
            _ => return false,
        };
        true
    }

    /// A host that was asked in a round did not answer. True at the moment at which an outage is
    /// found.
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

    /// When the next round is due.
    pub(super) fn next_round(&self) -> Option<Instant> {
        match self.phase {
            MonitorPhase::Down(next) => Some(next),
            MonitorPhase::Up | MonitorPhase::Asking(_) => None,
        }
    }

    /// Whether an outage has lasted longer than it is waited for.
    pub(super) fn is_past_limit(&self, now: Instant) -> bool {
        let long = self.since.is_some_and(|since| now.saturating_duration_since(since) >= self.max_outage);
        self.confirmed && long && matches!(self.phase, MonitorPhase::Down(_))
    }
}

/// What an outage, a captive portal's DNS or a lost route looks like.
pub(super) fn is_silent(failure: FetchFailure) -> bool {
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
