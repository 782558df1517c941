//! The scheduler: one queue a host, and the ready host with the most due page first.
//!
//! It makes no request and holds no task: [`Scheduler::next`] says what may be asked now, what will
//! not be asked and why, or how long nothing can be done. Time is passed in, so that hours can be
//! tested in milliseconds.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::host_queue::{HostQueue, Item, Step};
use super::{HostKey, HostPoliteness, Origin, Priority, RobotsRules};

/// Leave to make one request. It must be given back with [`Scheduler::release`].
#[derive(Debug)]
#[must_use]
pub struct Ticket {
    host: HostKey,
}

impl Ticket {
    /// The host that is asked.
    pub fn host(&self) -> &HostKey {
        &self.host
    }
}

/// Why something will not be asked for in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// robots.txt forbids it.
    Robots {
        /// The deciding rule.
        rule: String,
    },
    /// robots.txt could not be had (RFC 9309, section 2.3.1.4).
    RobotsUnreachable,
    /// The host asked for a rest that ends after this run's patience.
    HostResting {
        /// How long still.
        wait: Duration,
    },
    /// No connection could be made, several times in a row; or the host's name is gone.
    HostDown,
    /// Not a URL.
    BadUrl,
}

/// What the engine does next.
#[derive(Debug)]
pub enum Next<W> {
    /// Ask for this URL.
    Ask(Ticket, Box<str>, W),
    /// Ask for this robots file, then call [`Scheduler::robots_known`].
    AskRobots(Ticket, Origin, Url),
    /// This will not be asked for.
    Refused(HostKey, Box<str>, W, Denial),
    /// Nothing can be asked before then.
    Wait(Instant),
    /// Everything that is left waits for a request that is under way.
    Busy,
    /// Nothing is left.
    Drained,
}

/// What a request taught about its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feedback {
    /// There was an answer.
    Answered,
    /// The host asked for rest: 429, or 503.
    Refused {
        /// For how long, where it said so.
        retry_after: Option<Duration>,
    },
    /// No connection could be made.
    Unreachable,
    /// The host's name does not exist.
    NameGone,
    /// The request was given up by us.
    GivenUp,
}

/// One queue a host. `W` is what the engine wants back with a URL.
pub struct Scheduler<W> {
    politeness: HostPoliteness,
    hosts: HashMap<HostKey, HostQueue<W>>,
    ready: BinaryHeap<Reverse<(Instant, u64, u64, HostKey)>>,
    seq: u64,
    waiting: usize,
    in_flight: usize,
}

impl<W> Scheduler<W> {
    /// An empty scheduler.
    pub fn new(politeness: HostPoliteness) -> Self {
        Self { politeness, hosts: HashMap::new(), ready: BinaryHeap::new(), seq: 0, waiting: 0, in_flight: 0 }
    }

    fn next_seq(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    fn host_mut(&mut self, host: &HostKey) -> &mut HostQueue<W> {
        let politeness = self.politeness.of(host);
        self.hosts.entry(host.clone()).or_insert_with(|| HostQueue::new(politeness))
    }

    /// Lists a host as ready from a moment on; an earlier listing of it becomes void.
    fn list(&mut self, host: &HostKey, from: Instant) {
        let seq = self.next_seq();
        if let Some(queue) = self.hosts.get_mut(host) {
            queue.generation += 1;
            let generation = queue.generation;
            self.ready.push(Reverse((from, seq, generation, host.clone())));
        }
    }

    /// Queues a URL. The scheduler forgets it once it has been given out.
    pub fn push(&mut self, url: &Url, work: W, priority: Priority, now: Instant) {
        let host = HostKey::of(url);
        let seq = self.next_seq();
        let item = Item { url: url.as_str().into(), work, gated: true };
        let queue = self.host_mut(&host);
        let was_idle = queue.waiting() == 0;
        queue.push(item, priority, seq);
        self.waiting += 1;
        if was_idle {
            self.list(&host, now);
        }
    }

    /// Queues a URL before all others of its host: the next hop of a redirect, or a probe.
    /// `gated` is false for a hop of a robots file, which robots rules do not concern.
    pub fn push_first(&mut self, url: &Url, work: W, gated: bool, now: Instant) {
        let host = HostKey::of(url);
        let item = Item { url: url.as_str().into(), work, gated };
        self.host_mut(&host).push_first(item);
        self.waiting += 1;
        self.list(&host, now);
    }

    /// Queues a URL that is not due before a moment: a retry. `gated` as in [`Self::push_first`].
    pub fn push_later(&mut self, url: &Url, work: W, gated: bool, due: Instant, now: Instant) {
        let host = HostKey::of(url);
        let seq = self.next_seq();
        let item = Item { url: url.as_str().into(), work, gated };
        self.host_mut(&host).push_later(item, due, seq);
        self.waiting += 1;
        self.list(&host, now);
    }

    /// What may be done now. Call it until it gives `Wait`, `Busy` or `Drained`.
    pub fn next(&mut self, now: Instant) -> Next<W> {
        loop {
            let Some(Reverse((from, _, generation, host))) = self.ready.peek() else {
                return if self.in_flight > 0 { Next::Busy } else { Next::Drained };
            };
            let (from, host) = (*from, host.clone());
            let valid = self.hosts.get(&host).is_some_and(|queue| queue.generation == *generation);
            if valid && from > now {
                return Next::Wait(from);
            }
            self.ready.pop();
            if !valid {
                continue;
            }
            let Some(queue) = self.hosts.get_mut(&host) else { continue };
            match queue.step(now) {
                Step::Ask(item) => {
                    self.waiting -= 1;
                    self.in_flight += 1;
                    self.list(&host, now);
                    return Next::Ask(Ticket { host }, item.url, item.work);
                }
                Step::AskRobots(origin, url) => {
                    self.in_flight += 1;
                    self.list(&host, now);
                    return Next::AskRobots(Ticket { host }, origin, url);
                }
                Step::Refuse(item, denial) => {
                    self.waiting -= 1;
                    self.list(&host, now);
                    return Next::Refused(host, item.url, item.work, denial);
                }
                Step::NotBefore(moment) => self.list(&host, moment),
                // Whatever unblocks the host lists it again.
                Step::Blocked => {}
            }
        }
    }

    /// Gives a ticket back, with what the request taught about the host.
    pub fn release(&mut self, ticket: Ticket, feedback: Feedback, now: Instant) {
        let host = ticket.host;
        self.in_flight -= 1;
        let queue = self.host_mut(&host);
        queue.ended(now);
        match feedback {
            Feedback::Answered => queue.answered(now),
            Feedback::Refused { retry_after } => queue.refused(now, retry_after),
            Feedback::Unreachable => queue.unreachable(now),
            Feedback::NameGone => queue.gone(),
            Feedback::GivenUp => {}
        }
        self.list(&host, now);
    }

    /// The rules of an origin: after [`Next::AskRobots`], or remembered from an earlier run.
    pub fn robots_known(&mut self, origin_url: &Url, rules: RobotsRules, now: Instant) {
        let host = HostKey::of(origin_url);
        self.host_mut(&host).robots_known(&Origin::of(origin_url), rules);
        self.list(&host, now);
    }

    /// Nothing more is asked of a host in this run: what waits for it is refused.
    pub fn give_up(&mut self, host: &HostKey, now: Instant) {
        self.host_mut(host).gone();
        self.list(host, now);
    }

    /// Puts back what was remembered of a host's back-off.
    pub fn restore_back_off(&mut self, host: &HostKey, wait_until: Option<Instant>, refusals: u32) {
        self.host_mut(host).restore_back_off(wait_until, refusals);
    }

    /// A host's back-off, to be remembered: until when, and how many refusals in a row.
    pub fn back_off(&self, host: &HostKey) -> (Option<Instant>, u32) {
        self.hosts.get(host).map_or((None, 0), HostQueue::back_off)
    }

    /// How many URLs wait.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many requests are under way.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many hosts have a request under way, and how many others have something that waits.
    pub fn hosts(&self) -> (usize, usize) {
        let active = self.hosts.values().filter(|queue| queue.in_flight() > 0).count();
        let waiting = |queue: &&HostQueue<W>| queue.in_flight() == 0 && queue.waiting() > 0;
        (active, self.hosts.values().filter(waiting).count())
    }
}

#[cfg(test)]
#[path = "scheduler_tests.rs"]
mod tests;
