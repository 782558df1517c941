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
const SUSPICIOUS: usize = 4;
/// How many hosts are asked in one round, where there are no canaries.
const ASKED: usize = 3;
/// How long after an unfounded suspicion none is raised.
const CALM: Duration = Duration::from_secs(10);
/// The first wait between two rounds; doubled at each.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What an answer tells of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Nothing new: it was not in doubt.
    None,
    /// It is there: failures up to this moment were the hosts' own.
    Sound(Instant),
    /// It is back: failures since this moment say nothing.
    Back(Instant),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Up,
    /// Some hosts are asked whether they still answer.
    Asking(usize),
    /// Nobody answered; the next round is at this time.
    Down(Instant),
}

/// What is known of our own network.
#[derive(Debug)]
pub(super) struct Watch {
    patience: Duration,
    canaries: Vec<Url>,
    phase: Phase,
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

impl Watch {
    pub(super) fn new(canaries: Vec<Url>, patience: Duration) -> Self {
        Self {
            patience,
            canaries,
            phase: Phase::Up,
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
        self.phase == Phase::Up
    }

    /// Whether nobody answers, as far as we know.
    pub(super) fn is_down(&self) -> bool {
        self.confirmed
    }

    /// Whether this failure may be that of our own network, and there is somebody to ask about it.
    pub(super) fn doubts(&self, failure: FetchFailure) -> bool {
        is_silent(failure) && self.has_witnesses()
    }

    /// Whether there is anybody who ought to answer.
    pub(super) fn has_witnesses(&self) -> bool {
        !(self.canaries.is_empty() && self.answered.is_empty())
    }

    /// A host answered, whatever it said, a request that was begun at this time: that proves the
    /// network for failures before it, and for none after.
    pub(super) fn answered(&mut self, host: &HostKey, url: &Url, begun: Instant) -> News {
        self.note_answer(host, url, begun);
        let Some(since) = self.since else { return News::None };
        self.failed.retain(|_, at| *at > begun);
        if !self.failed.is_empty() {
            self.since = self.failed.values().min().copied();
            return if self.is_up() { News::Sound(begun) } else { News::None };
        }
        self.proven(since, begun)
    }

    /// Keeps who answered lately; not each of thousands a second.
    fn note_answer(&mut self, host: &HostKey, url: &Url, now: Instant) {
        let full = self.answered.len() >= ASKED;
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
    pub(super) fn witnessed(&mut self, now: Instant) -> News {
        self.failed.clear();
        self.since.map_or(News::None, |since| self.proven(since, now))
    }

    fn proven(&mut self, since: Instant, at: Instant) -> News {
        let was_up = self.is_up();
        self.since = None;
        self.phase = Phase::Up;
        self.wait = FIRST_WAIT;
        if std::mem::take(&mut self.confirmed) {
            return News::Back(since);
        }
        if !was_up {
            self.calm_until = Some(at + CALM);
        }
        News::Sound(at)
    }

    /// A host could not be reached.
    pub(super) fn failed(&mut self, host: &HostKey, now: Instant) {
        self.since.get_or_insert(now);
        match self.failed.get_mut(host) {
            Some(last) => *last = now,
            None => _ = self.failed.insert(host.clone(), now),
        }
    }

    /// Whether this host's failure is one of those that may be our own network's.
    pub(super) fn implicates(&self, host: &HostKey) -> bool {
        self.failed.contains_key(host)
    }

    /// There is nobody to ask: the failures are taken as they are.
    pub(super) fn dismiss(&mut self, now: Instant) {
        self.since = None;
        self.failed.clear();
        self.phase = Phase::Up;
        self.calm_until = Some(now + CALM);
    }

    /// Whether hosts should be asked now: at the first suspicion, and at each later round.
    /// `at_the_end` is when nothing else is left to ask, and so nobody else can clear it up.
    pub(super) fn wants_round(&self, at_the_end: bool, now: Instant) -> bool {
        match self.phase {
            Phase::Up => {
                let calm = self.calm_until.is_some_and(|until| until > now) && !at_the_end;
                self.failed.len() >= SUSPICIOUS && self.has_witnesses() && !calm
            }
            Phase::Asking(_) => false,
            Phase::Down(next) => next <= now,
        }
    }

    /// Whom to ask in a round.
    pub(super) fn witnesses(&self) -> Vec<(HostKey, Url)> {
        if self.canaries.is_empty() {
            return self.answered.iter().cloned().collect();
        }
        self.canaries.iter().map(|url| (HostKey::from_url(url), url.clone())).collect()
    }

    /// A round begins: so many hosts are asked. Where it is none (each must rest first), the round is
    /// put off until `put_off`; false where that is too far.
    pub(super) fn round(&mut self, asked: usize, put_off: Option<Instant>, now: Instant) -> bool {
        self.phase = match put_off {
            _ if asked > 0 => Phase::Asking(asked),
            Some(until) if until <= now + LONGEST_WAIT || self.confirmed => Phase::Down(until),
            _ => return false,
        };
        true
    }

    /// A host that was asked in a round did not answer. True at the moment at which an outage is
    /// found.
    pub(super) fn unanswered(&mut self, now: Instant) -> bool {
        let Phase::Asking(asked) = self.phase else { return false };
        if asked > 1 {
            self.phase = Phase::Asking(asked - 1);
            return false;
        }
        self.phase = Phase::Down(now + self.wait);
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        !std::mem::replace(&mut self.confirmed, true)
    }

    /// When the next round is due.
    pub(super) fn next_round(&self) -> Option<Instant> {
        match self.phase {
            Phase::Down(next) => Some(next),
            Phase::Up | Phase::Asking(_) => None,
        }
    }

    /// Whether an outage has lasted longer than it is waited for.
    pub(super) fn is_hopeless(&self, now: Instant) -> bool {
        let long = self.since.is_some_and(|since| now.saturating_duration_since(since) >= self.patience);
        self.confirmed && long && matches!(self.phase, Phase::Down(_))
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn watch(canaries: &[&str]) -> Watch {
        let canaries = canaries.iter().map(|url| Url::parse(url).unwrap()).collect();
        Watch::new(canaries, Duration::from_secs(300))
    }

    fn answer(watch: &mut Watch, host: &str) -> News {
        let url = Url::parse(&format!("http://{host}/page")).unwrap();
        watch.answered(&HostKey::from_url(&url), &url, Instant::now())
    }

    fn fail(watch: &mut Watch, hosts: &[&str]) {
        for host in hosts {
            watch.failed(&HostKey::from(*host), Instant::now());
        }
    }

    fn wants(watch: &Watch) -> bool {
        watch.wants_round(false, Instant::now())
    }

    #[tokio::test(start_paused = true)]
    async fn a_few_dead_hosts_raise_no_suspicion() {
        let mut watch = watch(&[]);
        assert_eq!(answer(&mut watch, "up.example"), News::None);
        fail(&mut watch, &["a", "b", "c", "a", "a"]);
        assert!(!wants(&watch), "three hosts, however often");
        assert_eq!(answer(&mut watch, "up.example"), News::Sound(Instant::now()));
        fail(&mut watch, &["d"]);
        assert!(!wants(&watch), "an answer came in between");
    }

    #[tokio::test(start_paused = true)]
    async fn an_unfounded_suspicion_is_cleared_by_one_answer_and_not_raised_again_at_once() {
        let mut watch = watch(&[]);
        answer(&mut watch, "up.example");
        fail(&mut watch, &["a", "b", "c", "d"]);
        assert!(wants(&watch));
        assert_eq!(watch.witnesses()[0].1.as_str(), "http://up.example/robots.txt");
        assert!(watch.round(1, None, Instant::now()));
        assert!(!watch.is_up() && !wants(&watch));
        assert_eq!(answer(&mut watch, "up.example"), News::Sound(Instant::now()));
        assert!(watch.is_up());
        tokio::time::advance(Duration::from_millis(1)).await;
        fail(&mut watch, &["e", "f", "g", "h"]);
        assert!(!wants(&watch), "calm");
        assert!(watch.wants_round(true, Instant::now()), "but at the end nobody else can tell");
        tokio::time::advance(CALM).await;
        assert!(wants(&watch));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_to_an_earlier_request_proves_nothing() {
        let mut watch = watch(&[]);
        answer(&mut watch, "up.example");
        fail(&mut watch, &["a", "b"]);
        let begun = Instant::now();
        tokio::time::advance(Duration::from_secs(1)).await;
        fail(&mut watch, &["c", "d", "e", "f"]);
        let url = Url::parse("http://up.example/").unwrap();
        let host = HostKey::from("up.example");
        assert_eq!(watch.answered(&host, &url, begun), News::Sound(begun), "a and b were down");
        assert!(!watch.implicates(&HostKey::from("a")) && watch.implicates(&HostKey::from("c")));
        assert!(wants(&watch), "four are still in doubt");
        assert!(watch.round(1, None, Instant::now()));
        assert_eq!(watch.answered(&host, &url, begun), News::None);
        assert!(!watch.is_up());
        assert_eq!(watch.witnessed(Instant::now()), News::Sound(Instant::now()));
        assert!(watch.is_up());
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_is_waited_out_at_growing_intervals() {
        let mut watch = watch(&["http://one.example/", "http://two.example/"]);
        fail(&mut watch, &["a", "b", "c", "d"]);
        let since = Instant::now();
        assert!(wants(&watch), "canaries need no earlier answer");
        let mut waits = Vec::new();
        for _ in 0..8 {
            assert!(watch.round(2, None, Instant::now()));
            assert!(!watch.unanswered(Instant::now()), "the other canary may answer");
            assert_eq!(watch.unanswered(Instant::now()), waits.is_empty(), "found once");
            let next = watch.next_round().unwrap();
            waits.push((next - Instant::now()).as_secs());
            assert!(!wants(&watch));
            tokio::time::advance(next - Instant::now()).await;
            assert!(wants(&watch) && watch.is_down());
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert!(!watch.is_hopeless(Instant::now()));
        assert_eq!(watch.witnessed(Instant::now()), News::Back(since));
        assert!(watch.is_up() && !watch.is_down());
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends() {
        let mut watch = watch(&["http://one.example/"]);
        fail(&mut watch, &["a", "b", "c", "d"]);
        assert!(watch.round(1, None, Instant::now()));
        watch.unanswered(Instant::now());
        tokio::time::advance(Duration::from_secs(299)).await;
        assert!(!watch.is_hopeless(Instant::now()));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(watch.is_hopeless(Instant::now()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_witness_that_must_rest_long_is_not_waited_for() {
        let mut watch = watch(&[]);
        answer(&mut watch, "up.example");
        fail(&mut watch, &["a", "b", "c", "d"]);
        let now = Instant::now();
        assert!(!watch.round(0, Some(now + Duration::from_secs(600)), now));
        watch.dismiss(now);
        assert!(watch.is_up() && !wants(&watch) && !watch.implicates(&HostKey::from("a")));
        fail(&mut watch, &["a", "b", "c", "d"]);
        assert!(watch.round(0, Some(now + Duration::from_secs(1)), now));
        assert_eq!(watch.next_round(), Some(now + Duration::from_secs(1)));
        assert!(!watch.is_down(), "nobody was asked");
    }

    #[test]
    fn without_anybody_to_ask_there_is_no_doubt() {
        let mut watch = watch(&[]);
        fail(&mut watch, &["a", "b", "c", "d", "e"]);
        assert!(!watch.wants_round(true, Instant::now()));
        assert!(!watch.doubts(FetchFailure::Timeout));
        answer(&mut watch, "up.example");
        assert!(watch.doubts(FetchFailure::Timeout));
        assert!(!watch.doubts(FetchFailure::TlsExpired), "the host answered");
    }
}
