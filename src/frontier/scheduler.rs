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
use super::rate_limit_group::Lane;
use super::{BackOff, HostBudget, HostGroups, HostKey, HostPoliteness, Origin, Priority, RobotsRules};

/// Leave to make one request. It must be given back with [`Scheduler::release`].
#[derive(Debug)]
#[must_use]
pub struct Ticket {
    host: HostKey,
    place: u32,
    /// What is asked, where it is not beside the queue.
    origin: Option<Origin>,
    /// When it was given.
    asked: Instant,
}

impl Ticket {
    /// The host that is asked.
    pub fn host(&self) -> &HostKey {
        &self.host
    }

    /// When it was given: the request was begun no earlier.
    pub fn asked(&self) -> Instant {
        self.asked
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
        /// The status by which it asked, where that is known.
        status: Option<u16>,
    },
    /// No connection could be made to its origin, several times in a row; or the host's name is gone.
    HostDown,
    /// The host's budget for this run is used up.
    OverBudget {
        /// Which.
        budget: HostBudget,
    },
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
    /// The host asked for rest: by 429 or 503, or by saying how long.
    Refused {
        /// For how long, where it said so.
        retry_after: Option<Duration>,
        /// The status by which it did.
        status: u16,
    },
    /// No connection could be made to the origin.
    Unreachable,
    /// The host's name could not be looked up.
    Unresolved,
    /// The host's name does not exist.
    NameGone,
    /// The request was given up by us.
    GivenUp,
}

/// Hosts that may have something to do, by place and generation: an entry is void once the host has
/// been listed again.
type Listing = (u64, u64, u32);

/// One queue a host. `W` is what the engine wants back with a URL.
pub struct Scheduler<W> {
    politeness: HostPoliteness,
    groups: HostGroups,
    places: HashMap<HostKey, u32>,
    hosts: Vec<(HostKey, HostQueue<W>)>,
    lane_places: HashMap<HostKey, u32>,
    lanes: Vec<Lane>,
    /// Hosts that can do nothing before a moment.
    later: BinaryHeap<Reverse<(Instant, Listing)>>,
    /// Hosts that can do something now, the one with the most due page first.
    ready: BinaryHeap<Reverse<(Priority, Instant, Listing)>>,
    /// When the run's time is over.
    end: Option<Instant>,
    seq: u64,
    waiting: usize,
    in_flight: usize,
}

impl<W> Scheduler<W> {
    /// An empty scheduler.
    pub fn new(politeness: HostPoliteness) -> Self {
        let groups = HostGroups::new(politeness.unit);
        Self {
            politeness,
            groups,
            places: HashMap::new(),
            hosts: Vec::new(),
            lane_places: HashMap::new(),
            lanes: Vec::new(),
            later: BinaryHeap::new(),
            ready: BinaryHeap::new(),
            end: None,
            seq: 0,
            waiting: 0,
            in_flight: 0,
        }
    }

    /// Says when the run's time is over: a rest that ends later is not waited for.
    pub fn end_at(&mut self, end: Instant) {
        self.end = Some(end);
    }

    /// Whether a host's address must be told with [`Scheduler::locate`] before anything is queued
    /// for it.
    pub fn needs_address(&self, host: &HostKey) -> bool {
        self.groups.needs_address(host)
    }

    /// Tells where a host lies; none where that could not be found out.
    pub fn locate(&mut self, host: HostKey, address: Option<std::net::IpAddr>) {
        self.groups.locate(host, address);
    }

    /// The name under which a host's back-off is remembered: that of the hosts it is spared with.
    pub fn group(&self, host: &HostKey) -> HostKey {
        self.groups.of(host)
    }

    /// After how long without a refusal those before are forgotten.
    pub fn forgiven_after(&self, host: &HostKey) -> Duration {
        self.politeness.of(host).backoff_forgiven_after
    }

    fn next_seq(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    fn place(&mut self, host: &HostKey) -> u32 {
        if let Some(place) = self.places.get(host) {
            return *place;
        }
        let politeness = self.politeness.of(host);
        let group = self.groups.of(host);
        let next = u32::try_from(self.lanes.len()).unwrap_or(u32::MAX);
        let lane = *self.lane_places.entry(group).or_insert(next);
        if let Some(shared) = self.lanes.get_mut(lane as usize) {
            shared.join(politeness);
        } else {
            self.lanes.push(Lane::new(politeness));
        }
        let place = u32::try_from(self.hosts.len()).unwrap_or(u32::MAX);
        self.hosts.push((host.clone(), HostQueue::new(politeness, lane)));
        self.places.insert(host.clone(), place);
        place
    }

    /// A host and its lane. Places are only ever made by [`Scheduler::place`].
    fn at(&mut self, place: u32) -> Option<(&mut HostQueue<W>, &mut Lane)> {
        let (_, queue) = self.hosts.get_mut(place as usize)?;
        let lane = self.lanes.get_mut(queue.lane as usize)?;
        Some((queue, lane))
    }

    /// Lists a host from a moment on; an earlier listing of it becomes void.
    fn list(&mut self, place: u32, from: Instant, now: Instant) {
        let seq = self.next_seq();
        let Some((_, queue)) = self.hosts.get_mut(place as usize) else { return };
        queue.generation += 1;
        let listing = (seq, queue.generation, place);
        if from > now {
            self.later.push(Reverse((from, listing)));
        } else {
            self.ready.push(Reverse((queue.best().unwrap_or(Priority::FIRST), from, listing)));
        }
    }

    fn is_valid(&self, (_, generation, place): Listing) -> bool {
        self.hosts.get(place as usize).is_some_and(|(_, queue)| queue.generation == generation)
    }

    /// Queues a page. The scheduler forgets it once it has been given out.
    pub fn push(&mut self, url: &Url, work: W, priority: Priority, now: Instant) {
        let seq = self.next_seq();
        let place = self.place(&HostKey::of(url));
        let item = Item { url: url.as_str().into(), work, gated: true };
        let Some((queue, _)) = self.at(place) else { return };
        let best = queue.best();
        queue.push(item, priority, seq);
        self.waiting += 1;
        // A better page than those that wait moves its host forward.
        if best.is_none_or(|best| priority < best) {
            self.list(place, now, now);
        }
    }

    /// Queues a URL before all others of its host: the next hop of a redirect, or a probe.
    /// `gated` is false for a hop of a robots file, which robots rules do not concern.
    pub fn push_first(&mut self, url: &Url, work: W, gated: bool, now: Instant) {
        let place = self.place(&HostKey::of(url));
        let item = Item { url: url.as_str().into(), work, gated };
        let Some((queue, _)) = self.at(place) else { return };
        queue.push_first(item);
        self.waiting += 1;
        self.list(place, now, now);
    }

    /// Queues a URL that is not due before a moment: a retry. `gated` as in [`Self::push_first`].
    pub fn push_later(&mut self, url: &Url, work: W, gated: bool, due: Instant, now: Instant) {
        let seq = self.next_seq();
        let place = self.place(&HostKey::of(url));
        let item = Item { url: url.as_str().into(), work, gated };
        let Some((queue, _)) = self.at(place) else { return };
        queue.push_later(item, due, seq);
        self.waiting += 1;
        self.list(place, now, now);
    }

    /// What may be done now. Call it until it gives `Wait`, `Busy` or `Drained`.
    pub fn next(&mut self, now: Instant) -> Next<W> {
        loop {
            while let Some(Reverse((from, listing))) = self.later.peek().copied() {
                let valid = self.is_valid(listing);
                if valid && from > now {
                    break;
                }
                self.later.pop();
                let (_, _, place) = listing;
                if valid && let Some((_, queue)) = self.hosts.get(place as usize) {
                    self.ready.push(Reverse((queue.best().unwrap_or(Priority::FIRST), from, listing)));
                }
            }
            let Some(Reverse((_, _, listing))) = self.ready.pop() else {
                return match self.later.peek() {
                    Some(Reverse((from, _))) => Next::Wait(*from),
                    None if self.in_flight > 0 => Next::Busy,
                    None => Next::Drained,
                };
            };
            if self.is_valid(listing)
                && let Some(next) = self.step(listing.2, now)
            {
                return next;
            }
        }
    }

    /// What one host can do; none where it must wait.
    fn step(&mut self, place: u32, now: Instant) -> Option<Next<W>> {
        let end = self.end;
        let (queue, lane) = self.at(place)?;
        let step = queue.step(lane, now, end);
        let host = self.hosts.get(place as usize)?.0.clone();
        match step {
            Step::Ask(item) => {
                self.waiting -= 1;
                self.in_flight += 1;
                self.list(place, now, now);
                let origin = Url::parse(&item.url).ok().map(|url| Origin::of(&url));
                Some(Next::Ask(Ticket { host, place, origin, asked: now }, item.url, item.work))
            }
            Step::AskRobots(origin, url) => {
                self.in_flight += 1;
                self.list(place, now, now);
                let ticket = Ticket { host, place, origin: Some(origin.clone()), asked: now };
                Some(Next::AskRobots(ticket, origin, url))
            }
            Step::Refuse(item, denial) => {
                self.waiting -= 1;
                self.list(place, now, now);
                Some(Next::Refused(host, item.url, item.work, denial))
            }
            Step::NotBefore(moment) => {
                self.list(place, moment, now);
                None
            }
            Step::LaneFull => {
                let (_, lane) = self.at(place)?;
                lane.blocked.push(place);
                None
            }
            // Whatever unblocks the host lists it again.
            Step::Blocked => None,
        }
    }

    /// Leave for one request beside the queue (whether a host that answered still does), or when
    /// that can be had.
    pub fn ticket(&mut self, host: &HostKey, now: Instant) -> Result<Ticket, Instant> {
        let place = self.place(host);
        let soon = now + Duration::from_secs(1);
        let (queue, lane) = self.at(place).ok_or(soon)?;
        if let Some(until) = lane.rest(now).max(lane.pause(now)) {
            return Err(until);
        }
        if lane.is_full() {
            return Err(soon);
        }
        lane.take(now)?;
        queue.begun();
        self.in_flight += 1;
        Ok(Ticket { host: host.clone(), place, origin: None, asked: now })
    }

    /// Gives a ticket back, with what the request taught about the host and how many bytes it brought.
    #[allow(clippy::needless_pass_by_value)] // A ticket is used once.
    pub fn release(&mut self, ticket: Ticket, feedback: Feedback, bytes: u64, now: Instant) {
        let (place, origin) = (ticket.place, ticket.origin.as_ref());
        self.in_flight -= 1;
        let Some((queue, lane)) = self.at(place) else { return };
        lane.ended(queue.ended(), ticket.asked, now);
        lane.received(bytes);
        match feedback {
            Feedback::Answered => queue.answered(origin),
            Feedback::Refused { retry_after, status } => {
                queue.answered(origin);
                lane.refused(now, retry_after, status);
            }
            Feedback::Unreachable => queue.unreachable(origin, now),
            Feedback::Unresolved => queue.unreachable(None, now),
            Feedback::NameGone => queue.gone(now),
            Feedback::GivenUp => {}
        }
        for blocked in std::mem::take(&mut lane.blocked) {
            if blocked != place {
                self.list(blocked, now, now);
            }
        }
        self.list(place, now, now);
    }

    /// The rules of an origin: after [`Next::AskRobots`], or remembered from an earlier run.
    pub fn robots_known(&mut self, origin_url: &Url, rules: RobotsRules, now: Instant) {
        let place = self.place(&HostKey::of(origin_url));
        let Some((queue, lane)) = self.at(place) else { return };
        let delay = queue.robots_known(&Origin::of(origin_url), rules);
        if let Some(delay) = delay {
            lane.slow_down(delay);
        }
        self.list(place, now, now);
    }

    /// Nothing more is asked of an origin in this run: what waits for it is refused.
    pub fn give_up(&mut self, origin_url: &Url, now: Instant) {
        let place = self.place(&HostKey::of(origin_url));
        if let Some((queue, _)) = self.at(place) {
            queue.give_up(&Origin::of(origin_url), now);
        }
        self.list(place, now, now);
    }

    /// Failures since a moment were our own network's: hosts that were given up are asked again.
    pub fn forgive(&mut self, since: Instant, now: Instant) {
        for place in 0..u32::try_from(self.hosts.len()).unwrap_or(u32::MAX) {
            if self.at(place).is_some_and(|(queue, _)| queue.forgive(since)) {
                self.list(place, now, now);
            }
        }
    }

    /// Forgets that an origin's robots file was asked for: it never came.
    pub fn robots_unknown(&mut self, origin_url: &Url) {
        let place = self.place(&HostKey::of(origin_url));
        if let Some((queue, _)) = self.at(place) {
            queue.robots_unknown(&Origin::of(origin_url));
        }
    }

    /// Takes out every page that was not begun, since the run's budget is used up; gives their
    /// number. What is under way (hops, retries, probes) stays.
    pub fn drop_fresh(&mut self) -> usize {
        let dropped = self.hosts.iter_mut().map(|(_, queue)| queue.drop_fresh()).sum();
        self.waiting -= dropped;
        dropped
    }

    /// Puts back what was remembered of a host's back-off.
    pub fn restore_back_off(&mut self, host: &HostKey, back_off: BackOff) {
        let place = self.place(host);
        if let Some((_, lane)) = self.at(place) {
            lane.restore(back_off);
        }
    }

    /// A host's back-off, to be remembered.
    pub fn back_off(&self, host: &HostKey) -> BackOff {
        let queue = self.places.get(host).and_then(|place| self.hosts.get(*place as usize));
        let lane = queue.and_then(|(_, queue)| self.lanes.get(queue.lane as usize));
        lane.map(Lane::back_off).unwrap_or_default()
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
        let active = self.hosts.iter().filter(|(_, queue)| queue.in_flight() > 0).count();
        let waits = |(_, queue): &&(HostKey, HostQueue<W>)| queue.in_flight() == 0 && queue.waiting() > 0;
        (active, self.hosts.iter().filter(waits).count())
    }
}

#[cfg(test)]
#[path = "scheduler_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "rate_limit_group_tests.rs"]
mod rate_limit_group_tests;
