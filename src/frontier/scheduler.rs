//! Picks the next request: of all hosts that may be asked now, the one with the most urgent page.
//!
//! The scheduler makes no request and holds no task. [`Scheduler::next_action`] returns what may be
//! requested now, what is not requested in this run and why, or how long to wait. The time is passed in, so
//! that a test runs through hours in milliseconds.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::host_queue::{HostQueue, HostStep};
use super::queued_url::QueuedUrl;
use super::rate_limit_group::RateLimitGroup;
use super::{
    BackOff, HostFeedback, HostGroups, HostKey, HostPoliteness, Origin, Priority, Rejection, RobotsRules,
    Ticket,
};

/// What the engine does next. `W` is what it queued with the URL.
#[derive(Debug)]
pub enum NextAction<W> {
    /// Request this URL.
    Ask(Ticket, Box<str>, W),
    /// Request this robots file, then call [`Scheduler::set_robots_rules`].
    AskRobots(Ticket, Origin, Url),
    /// This URL is not requested in this run.
    Reject(HostKey, Box<str>, W, Rejection),
    /// Nothing can be requested before this moment.
    WaitUntil(Instant),
    /// Everything that is left waits for a request that runs.
    Busy,
    /// Nothing is left.
    Finished,
}

/// An entry for a host in one of the heaps: its sequence number, the generation of the host at that time,
/// and the index of the host. It is void once the host has a later generation, that is, once it was entered
/// again.
type HeapEntry = (u64, u64, u32);

/// One queue for each host. `W` is what the engine gets back with a URL.
pub struct Scheduler<W> {
    politeness: HostPoliteness,
    host_groups: HostGroups,
    host_indexes: HashMap<HostKey, u32>,
    hosts: Vec<(HostKey, HostQueue<W>)>,
    group_indexes: HashMap<HostKey, u32>,
    groups: Vec<RateLimitGroup>,
    /// Hosts that can do nothing before a moment.
    later: BinaryHeap<Reverse<(Instant, HeapEntry)>>,
    /// Hosts that may be able to do something now, the one with the most urgent page first.
    ready: BinaryHeap<Reverse<(Priority, Instant, HeapEntry)>>,
    /// When the time of the run is over.
    run_end: Option<Instant>,
    sequence: u64,
    waiting: usize,
    in_flight: usize,
}

impl<W> Scheduler<W> {
    /// Creates a scheduler without URLs.
    pub fn new(politeness: HostPoliteness) -> Self {
        let host_groups = HostGroups::new(politeness.group_by);
        Self {
            politeness,
            host_groups,
            host_indexes: HashMap::new(),
            hosts: Vec::new(),
            group_indexes: HashMap::new(),
            groups: Vec::new(),
            later: BinaryHeap::new(),
            ready: BinaryHeap::new(),
            run_end: None,
            sequence: 0,
            waiting: 0,
            in_flight: 0,
        }
    }

    /// Sets when the time of the run is over: a back-off that ends later is not waited for.
    pub fn set_run_end(&mut self, end: Instant) {
        self.run_end = Some(end);
    }

    /// Whether [`Scheduler::set_address`] must be called before anything is queued for this host.
    pub fn needs_address(&self, host: &HostKey) -> bool {
        self.host_groups.needs_address(host)
    }

    /// Sets the address of a host; `None` for a name that could not be resolved.
    pub fn set_address(&mut self, host: HostKey, address: Option<IpAddr>) {
        self.host_groups.set_address(host, address);
    }

    /// The name under which the back-off of a host is stored: that of its group.
    pub fn group_of(&self, host: &HostKey) -> HostKey {
        self.host_groups.group_of(host)
    }

    /// The time without a refusal after which the refusals of a host are forgotten.
    pub fn forgiven_after(&self, host: &HostKey) -> Duration {
        self.politeness.for_host(host).backoff_forgiven_after
    }

    fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// The index of a host, which is added with its group where it is new.
    fn index_of_host(&mut self, host: &HostKey) -> u32 {
        if let Some(index) = self.host_indexes.get(host) {
            return *index;
        }
        let politeness = self.politeness.for_host(host);
        let group = self.host_groups.group_of(host);
        let next_group = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        let group_index = *self.group_indexes.entry(group).or_insert(next_group);
        if let Some(shared) = self.groups.get_mut(group_index as usize) {
            shared.add_host(politeness);
        } else {
            self.groups.push(RateLimitGroup::new(politeness));
        }
        let index = u32::try_from(self.hosts.len()).unwrap_or(u32::MAX);
        self.hosts.push((host.clone(), HostQueue::new(politeness, group_index)));
        self.host_indexes.insert(host.clone(), index);
        index
    }

    /// A host and its group. Indexes come from [`Scheduler::index_of_host`] only.
    fn queue_and_group(&mut self, index: u32) -> Option<(&mut HostQueue<W>, &mut RateLimitGroup)> {
        let (_, queue) = self.hosts.get_mut(index as usize)?;
        let group = self.groups.get_mut(queue.group_index as usize)?;
        Some((queue, group))
    }

    /// Enters a host into a heap, to be looked at from a moment on; its earlier entries become void.
    fn enter_host(&mut self, index: u32, from: Instant, now: Instant) {
        let sequence = self.next_sequence();
        let Some((_, queue)) = self.hosts.get_mut(index as usize) else { return };
        queue.generation += 1;
        let entry = (sequence, queue.generation, index);
        if from > now {
            self.later.push(Reverse((from, entry)));
        } else {
            self.ready.push(Reverse((queue.best_priority().unwrap_or(Priority::FIRST), from, entry)));
        }
    }

    fn is_valid_entry(&self, (_, generation, index): HeapEntry) -> bool {
        self.hosts.get(index as usize).is_some_and(|(_, queue)| queue.generation == generation)
    }

    /// Queues a page. The scheduler keeps no trace of a URL that it has given out.
    pub fn push(&mut self, url: &Url, work: W, priority: Priority, now: Instant) {
        let sequence = self.next_sequence();
        let index = self.index_of_host(&HostKey::from_url(url));
        let entry = QueuedUrl { url: url.as_str().into(), work, needs_robots: true };
        let Some((queue, _)) = self.queue_and_group(index) else { return };
        let best = queue.best_priority();
        queue.push(entry, priority, sequence);
        self.waiting += 1;
        // A page that is more urgent than those that wait moves its host forward.
        if best.is_none_or(|best| priority < best) {
            self.enter_host(index, now, now);
        }
    }

    /// Queues a URL before all others of its host: the next hop of a redirect, or a probe. `needs_robots` is
    /// false for a hop of a robots file, to which robots rules do not apply.
    pub fn push_first(&mut self, url: &Url, work: W, needs_robots: bool, now: Instant) {
        let index = self.index_of_host(&HostKey::from_url(url));
        let entry = QueuedUrl { url: url.as_str().into(), work, needs_robots };
        let Some((queue, _)) = self.queue_and_group(index) else { return };
        queue.push_first(entry);
        self.waiting += 1;
        self.enter_host(index, now, now);
    }

    /// Queues a URL that may not be requested before `due`: a retry. `needs_robots` as in
    /// [`Self::push_first`].
    pub fn push_later(&mut self, url: &Url, work: W, needs_robots: bool, due: Instant, now: Instant) {
        let sequence = self.next_sequence();
        let index = self.index_of_host(&HostKey::from_url(url));
        let entry = QueuedUrl { url: url.as_str().into(), work, needs_robots };
        let Some((queue, _)) = self.queue_and_group(index) else { return };
        queue.push_later(entry, due, sequence);
        self.waiting += 1;
        self.enter_host(index, now, now);
    }

    /// Queues a URL after all new pages of its host, and not before `due`: the retry of a page that hung or was
    /// refused, which must not keep others from their turn.
    pub fn push_last(&mut self, url: &Url, work: W, due: Instant, now: Instant) {
        let sequence = self.next_sequence();
        let index = self.index_of_host(&HostKey::from_url(url));
        let entry = QueuedUrl { url: url.as_str().into(), work, needs_robots: true };
        let Some((queue, _)) = self.queue_and_group(index) else { return };
        queue.push_last(entry, due, sequence);
        self.waiting += 1;
        self.enter_host(index, now, now);
    }

    /// What may be done now. Call it until it returns `WaitUntil`, `Busy` or `Finished`.
    pub fn next_action(&mut self, now: Instant) -> NextAction<W> {
        loop {
            while let Some(Reverse((from, entry))) = self.later.peek().copied() {
                let valid = self.is_valid_entry(entry);
                if valid && from > now {
                    break;
                }
                self.later.pop();
                let (_, _, index) = entry;
                if valid && let Some((_, queue)) = self.hosts.get(index as usize) {
                    let best = queue.best_priority().unwrap_or(Priority::FIRST);
                    self.ready.push(Reverse((best, from, entry)));
                }
            }
            let Some(Reverse((_, _, entry))) = self.ready.pop() else {
                return match self.later.peek() {
                    Some(Reverse((from, _))) => NextAction::WaitUntil(*from),
                    None if self.in_flight > 0 => NextAction::Busy,
                    None => NextAction::Finished,
                };
            };
            if self.is_valid_entry(entry)
                && let Some(action) = self.next_action_of_host(entry.2, now)
            {
                return action;
            }
        }
    }

    /// What one host can do; `None` where it must wait.
    fn next_action_of_host(&mut self, host_index: u32, now: Instant) -> Option<NextAction<W>> {
        let run_end = self.run_end;
        let (queue, group) = self.queue_and_group(host_index)?;
        let step = queue.next_host_step(group, now, run_end);
        let host = self.hosts.get(host_index as usize)?.0.clone();
        match step {
            HostStep::Ask(entry) => {
                self.waiting -= 1;
                self.in_flight += 1;
                self.enter_host(host_index, now, now);
                let origin = Url::parse(&entry.url).ok().map(|url| Origin::from_url(&url));
                let page = page_hash(&entry.url);
                let ticket = Ticket { host, host_index, origin, page, issued_at: now };
                Some(NextAction::Ask(ticket, entry.url, entry.work))
            }
            HostStep::AskRobots(origin, url) => {
                self.in_flight += 1;
                self.enter_host(host_index, now, now);
                let page = page_hash(url.as_str());
                let ticket = Ticket { host, host_index, origin: Some(origin.clone()), page, issued_at: now };
                Some(NextAction::AskRobots(ticket, origin, url))
            }
            HostStep::Reject(entry, rejection) => {
                self.waiting -= 1;
                self.enter_host(host_index, now, now);
                Some(NextAction::Reject(host, entry.url, entry.work, rejection))
            }
            HostStep::NotBefore(moment) => {
                self.enter_host(host_index, moment, now);
                None
            }
            HostStep::GroupFull => {
                let (_, group) = self.queue_and_group(host_index)?;
                group.waiting_hosts.push(host_index);
                None
            }
            // Whatever unblocks the host enters it again.
            HostStep::Blocked => None,
        }
    }

    /// Takes a ticket for one request outside the queue, such as a test whether a host still answers;
    /// otherwise returns when to try again.
    pub fn take_ticket(&mut self, host: &HostKey, now: Instant) -> Result<Ticket, Instant> {
        let host_index = self.index_of_host(host);
        let soon = now + Duration::from_secs(1);
        let (queue, group) = self.queue_and_group(host_index).ok_or(soon)?;
        if let Some(until) = group.back_off_end(now).max(group.next_request_time(now)) {
            return Err(until);
        }
        if group.is_full() {
            return Err(soon);
        }
        group.take_permit(now)?;
        queue.count_request();
        self.in_flight += 1;
        Ok(Ticket { host: host.clone(), host_index, origin: None, page: 0, issued_at: now })
    }

    /// Gives a ticket back, with what the request showed about the host and the bytes of the body.
    #[allow(clippy::needless_pass_by_value)] // A ticket is used once.
    pub fn release_ticket(&mut self, ticket: Ticket, feedback: HostFeedback, bytes: u64, now: Instant) {
        let (host_index, origin) = (ticket.host_index, ticket.origin.as_ref());
        self.in_flight -= 1;
        let Some((queue, group)) = self.queue_and_group(host_index) else { return };
        group.end_request(queue.end_request(), ticket.issued_at, now);
        group.count_bytes(bytes);
        match feedback {
            HostFeedback::Answered => {
                queue.record_answer(origin);
                queue.record_proper_answer();
                group.record_answer();
            }
            HostFeedback::Refused { retry_after, status } => {
                queue.record_answer(origin);
                group.record_refusal(now, retry_after, status, ticket.page);
            }
            HostFeedback::Hung => {
                queue.record_answer(origin);
                queue.record_hang(now, now.saturating_duration_since(ticket.issued_at));
            }
            HostFeedback::Unreachable => queue.record_failure(origin, now),
            HostFeedback::Unresolved => queue.record_failure(None, now),
            HostFeedback::NameGone => queue.give_up_host(now),
            HostFeedback::Cancelled => {}
        }
        for waiting in std::mem::take(&mut group.waiting_hosts) {
            if waiting != host_index {
                self.enter_host(waiting, now, now);
            }
        }
        self.enter_host(host_index, now, now);
    }

    /// Sets the rules of an origin: after [`NextAction::AskRobots`], or from an earlier run.
    pub fn set_robots_rules(&mut self, origin_url: &Url, rules: RobotsRules, now: Instant) {
        let index = self.index_of_host(&HostKey::from_url(origin_url));
        let Some((queue, group)) = self.queue_and_group(index) else { return };
        let delay = queue.set_robots_rules(&Origin::from_url(origin_url), rules);
        if let Some(delay) = delay {
            group.raise_interval(delay);
        }
        self.enter_host(index, now, now);
    }

    /// Forgets that the robots file of an origin was requested, because no answer came.
    pub fn forget_robots_request(&mut self, origin_url: &Url) {
        let index = self.index_of_host(&HostKey::from_url(origin_url));
        if let Some((queue, _)) = self.queue_and_group(index) {
            queue.forget_robots_request(&Origin::from_url(origin_url));
        }
    }

    /// Ends the requests to an origin for this run: what waits for it is rejected.
    pub fn give_up_origin(&mut self, origin_url: &Url, now: Instant) {
        let index = self.index_of_host(&HostKey::from_url(origin_url));
        if let Some((queue, _)) = self.queue_and_group(index) {
            queue.give_up_origin(&Origin::from_url(origin_url), now);
        }
        self.enter_host(index, now, now);
    }

    /// Forgets the failures since a moment, because the local network was down: hosts that were given up
    /// since then are asked again.
    pub fn forgive_failures(&mut self, since: Instant, now: Instant) {
        for index in 0..u32::try_from(self.hosts.len()).unwrap_or(u32::MAX) {
            if self.queue_and_group(index).is_some_and(|(queue, _)| queue.forgive_failures(since)) {
                self.enter_host(index, now, now);
            }
        }
    }

    /// Removes every page that no request was made for yet, because a limit of the run is reached; returns
    /// their number. Hops, retries and probes stay.
    pub fn drop_new_pages(&mut self) -> usize {
        let dropped = self.hosts.iter_mut().map(|(_, queue)| queue.drop_new_pages()).sum();
        self.waiting -= dropped;
        dropped
    }

    /// Restores the back-off of a host from an earlier run.
    pub fn restore_back_off(&mut self, host: &HostKey, back_off: BackOff) {
        let index = self.index_of_host(host);
        if let Some((_, group)) = self.queue_and_group(index) {
            group.merge_stored_back_off(back_off);
        }
    }

    /// The back-off of a host, to be stored.
    pub fn back_off(&self, host: &HostKey) -> BackOff {
        let queue = self.host_indexes.get(host).and_then(|index| self.hosts.get(*index as usize));
        let group = queue.and_then(|(_, queue)| self.groups.get(queue.group_index as usize));
        group.map(RateLimitGroup::back_off).unwrap_or_default()
    }

    /// How many URLs wait.
    pub fn waiting_count(&self) -> usize {
        self.waiting
    }

    /// How many requests run.
    pub fn in_flight_count(&self) -> usize {
        self.in_flight
    }

    /// How many hosts have a request that runs, and how many others have a URL that waits.
    pub fn count_hosts(&self) -> (usize, usize) {
        let is_active = |queue: &HostQueue<W>| queue.in_flight_count() > 0;
        let active = self.hosts.iter().filter(|(_, queue)| is_active(queue)).count();
        let waits = |queue: &HostQueue<W>| !is_active(queue) && queue.waiting_count() > 0;
        (active, self.hosts.iter().filter(|(_, queue)| waits(queue)).count())
    }
}

/// Tells the pages of a host apart.
fn page_hash(url: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    url.hash(&mut hasher);
    hasher.finish()
}
