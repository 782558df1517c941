//! The queue of one host: the URLs that wait, the robots rules of its origins, and its circuit breakers.
//!
//! [`HostQueue::next_host_step`] holds the order of the checks that a URL passes before it is requested.
//! What the host shares with other hosts is its [`RateLimitGroup`].

use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::circuit_breaker::CircuitBreaker;
use super::origin_state::{OriginState, RobotsState};
use super::patience::Patience;
use super::queued_url::{DelayedUrl, NewPage, QueuePosition, QueuedUrl};
use super::rate_limit_group::RateLimitGroup;
use super::robots::robots_url;
use super::{BackOff, Origin, Politeness, Priority, Rejection, RobotsRules, WaitLimit};

/// What a host can do at a moment.
pub(super) enum HostStep<W> {
    /// Request this now; the permit is taken.
    Ask(QueuedUrl<W>),
    /// Request the robots file of this origin now; the permit is taken.
    AskRobots(Origin, Url),
    /// This is not requested in this run.
    Reject(QueuedUrl<W>, Rejection),
    /// Nothing before this moment.
    NotBefore(Instant),
    /// Nothing until a request of its group has ended.
    GroupFull,
    /// Nothing until one of its own requests has ended, or something is queued.
    Blocked,
}

/// The queue and the state of one host.
pub(super) struct HostQueue<W> {
    politeness: Politeness,
    /// The index of its group in the scheduler's table.
    pub group_index: u32,
    /// What goes before all new pages: hops, probes, and retries that are due.
    urgent: VecDeque<QueuedUrl<W>>,
    new_pages: BinaryHeap<NewPage<W>>,
    delayed: BinaryHeap<DelayedUrl<W>>,
    /// Retries that go after all new pages: of pages that hung or were refused.
    last: BinaryHeap<DelayedUrl<W>>,
    in_flight: u32,
    /// The end of the pause that a circuit breaker imposes.
    breaker_pause_until: Option<Instant>,
    /// The breaker of the host as a whole, for failed lookups of its name.
    breaker: CircuitBreaker,
    /// What hanging requests have cost.
    patience: Patience,
    origins: Vec<OriginState>,
    was_asked: bool,
    /// The number of the valid entry for this host in the scheduler's heaps.
    pub generation: u64,
}

impl<W> HostQueue<W> {
    pub(super) fn new(politeness: &Politeness, group_index: u32) -> Self {
        Self {
            politeness: politeness.clone(),
            group_index,
            urgent: VecDeque::new(),
            new_pages: BinaryHeap::new(),
            delayed: BinaryHeap::new(),
            last: BinaryHeap::new(),
            in_flight: 0,
            breaker_pause_until: None,
            breaker: CircuitBreaker::default(),
            patience: Patience::default(),
            origins: Vec::new(),
            was_asked: false,
            generation: 0,
        }
    }

    pub(super) fn push(&mut self, entry: QueuedUrl<W>, priority: Priority, sequence: u64) {
        self.new_pages.push(NewPage { position: (priority, sequence), entry });
    }

    /// Queues before all new pages. A hop of a robots file goes before hops of pages, which wait for that
    /// file.
    pub(super) fn push_first(&mut self, entry: QueuedUrl<W>) {
        if entry.needs_robots {
            self.urgent.push_back(entry);
        } else {
            self.urgent.push_front(entry);
        }
    }

    pub(super) fn push_later(&mut self, entry: QueuedUrl<W>, due: Instant, sequence: u64) {
        self.delayed.push(DelayedUrl { due, sequence, entry });
    }

    /// Queues after all new pages.
    pub(super) fn push_last(&mut self, entry: QueuedUrl<W>, due: Instant, sequence: u64) {
        self.last.push(DelayedUrl { due, sequence, entry });
    }

    /// How many URLs wait.
    pub(super) fn waiting_count(&self) -> usize {
        self.urgent.len() + self.new_pages.len() + self.delayed.len() + self.last.len()
    }

    /// How many requests run.
    pub(super) fn in_flight_count(&self) -> u32 {
        self.in_flight
    }

    /// The priority of what comes next; `None` where only retries wait that are not due.
    pub(super) fn best_priority(&self) -> Option<Priority> {
        if !self.urgent.is_empty() {
            return Some(Priority::FIRST);
        }
        self.new_pages.peek().map(|page| page.position.0)
    }

    /// Removes every page that no request was made for yet; returns their number.
    pub(super) fn drop_new_pages(&mut self) -> usize {
        std::mem::take(&mut self.new_pages).len()
    }

    /// Removes what comes next, with its position in the queue.
    fn pop_next_entry(&mut self, now: Instant) -> Option<(QueuedUrl<W>, QueuePosition)> {
        if let Some(entry) = self.urgent.pop_front() {
            return Some((entry, QueuePosition::Urgent));
        }
        if let Some(page) = self.new_pages.pop() {
            return Some((page.entry, QueuePosition::NewPage(page.position)));
        }
        if self.last.peek().is_none_or(|last| last.due > now) {
            return None;
        }
        self.last.pop().map(|last| (last.entry, QueuePosition::Last(last.due, last.sequence)))
    }

    /// Puts back what [`Self::pop_next_entry`] removed.
    fn restore_entry(&mut self, entry: QueuedUrl<W>, position: QueuePosition) {
        match position {
            QueuePosition::Urgent => self.urgent.push_front(entry),
            QueuePosition::NewPage(position) => self.new_pages.push(NewPage { position, entry }),
            QueuePosition::Last(due, sequence) => self.last.push(DelayedUrl { due, sequence, entry }),
        }
    }

    /// Moves the retries that are due to the front of the queue.
    fn release_due_retries(&mut self, now: Instant) {
        while self.delayed.peek().is_some_and(|delayed| delayed.due <= now) {
            if let Some(delayed) = self.delayed.pop() {
                self.push_first(delayed.entry);
            }
        }
    }

    /// Rejects the next entry of a host that is not asked any more; retries too.
    fn reject_next(&mut self, now: Instant, rejection: Rejection) -> HostStep<W> {
        let entry = self.pop_robots_retry().or_else(|| self.pop_next_entry(now).map(|(entry, _)| entry));
        let entry = entry.or_else(|| self.delayed.pop().map(|delayed| delayed.entry));
        let entry = entry.or_else(|| self.last.pop().map(|last| last.entry));
        entry.map_or(HostStep::Blocked, |entry| self.reject_entry(entry, rejection))
    }

    /// Rejects an entry; where robots.txt forbids it too, that is the reason, since it also holds in later
    /// runs.
    fn reject_entry(&self, entry: QueuedUrl<W>, rejection: Rejection) -> HostStep<W> {
        let url = Url::parse(&entry.url).ok().filter(|_| entry.needs_robots && self.politeness.robots);
        let by_robots = url.and_then(|url| match self.robots_state(&Origin::from_url(&url)) {
            Some(RobotsState::Known(rules)) => rules.reject_url(&url),
            _ => None,
        });
        HostStep::Reject(entry, by_robots.unwrap_or(rejection))
    }

    /// Removes the retry of a robots file. Its outcome decides what happens to the pages that wait for it.
    fn pop_robots_retry(&mut self) -> Option<QueuedUrl<W>> {
        if !self.origins.iter().any(|origin| matches!(origin.robots, Some(RobotsState::Requested))) {
            return None;
        }
        let mut delayed = std::mem::take(&mut self.delayed).into_vec();
        let index = delayed.iter().position(|delayed| !delayed.entry.needs_robots);
        let retry = index.map(|index| delayed.swap_remove(index).entry);
        self.delayed = delayed.into();
        retry
    }

    fn robots_state(&self, origin: &Origin) -> Option<&RobotsState> {
        self.origins.iter().find(|known| known.origin == *origin)?.robots.as_ref()
    }

    /// The state of an origin, made new where it has none.
    fn origin_state_mut(&mut self, origin: &Origin) -> Option<&mut OriginState> {
        if let Some(index) = self.origins.iter().position(|known| known.origin == *origin) {
            return self.origins.get_mut(index);
        }
        self.origins.push(OriginState::new(origin.clone()));
        self.origins.last_mut()
    }

    /// Removes what comes next, if the breaker of its origin is open.
    fn pop_of_open_breaker(&mut self, now: Instant) -> Option<QueuedUrl<W>> {
        if !self.origins.iter().any(|known| known.breaker.is_open()) {
            return None;
        }
        let next = self.urgent.front().or_else(|| self.new_pages.peek().map(|page| &page.entry));
        let next = next.or_else(|| self.last.peek().map(|last| &last.entry))?;
        let origin = Origin::from_url(&Url::parse(&next.url).ok()?);
        let is_open = self.origins.iter().any(|known| known.origin == origin && known.breaker.is_open());
        if is_open { self.pop_next_entry(now).map(|(entry, _)| entry) } else { None }
    }

    /// What the host can do now. `run_end` is when the time of the run is over.
    pub(super) fn next_host_step(
        &mut self,
        group: &mut RateLimitGroup,
        now: Instant,
        run_end: Option<Instant>,
    ) -> HostStep<W> {
        self.release_due_retries(now);
        if self.waiting_count() == 0 {
            return HostStep::Blocked;
        }
        if self.breaker.is_open() {
            return self.reject_next(now, Rejection::HostDown);
        }
        if let Some(entry) = self.pop_of_open_breaker(now) {
            return self.reject_entry(entry, Rejection::HostDown);
        }
        if let Some(until) = group.back_off_end(now) {
            let wait = until - now;
            let exceeded = if wait > self.politeness.retry_after_cap {
                Some(WaitLimit::RetryAfterCap)
            } else {
                run_end.is_some_and(|end| until > end).then_some(WaitLimit::RunEnd)
            };
            if let Some(limit) = exceeded {
                let BackOff { status, is_stated, .. } = group.back_off();
                return self.reject_next(now, Rejection::BackingOff { wait, status, is_stated, limit });
            }
            if group.exceeded_limit().is_none() {
                return HostStep::NotBefore(until);
            }
        }
        if let Some(limit) = group.exceeded_limit() {
            return self.reject_next(now, Rejection::GivenUp { status: group.back_off().status, limit });
        }
        if let Some(limit) = self.patience.exceeded_limit(&self.politeness) {
            return self.reject_next(now, Rejection::GivenUp { status: None, limit });
        }
        let breaker_pause = self.breaker_pause_until.filter(|until| *until > now);
        if let Some(until) = breaker_pause.max(group.next_request_time(now)) {
            return HostStep::NotBefore(until);
        }
        if group.is_full() {
            return HostStep::GroupFull;
        }
        let Some((entry, position)) = self.pop_next_entry(now) else {
            return self.wait_for_retry();
        };
        let is_new = matches!(position, QueuePosition::NewPage(_));
        // Budgets limit new pages, not what has begun.
        if is_new && let Some(budget) = group.exhausted_budget(now) {
            return HostStep::Reject(entry, Rejection::OverBudget { budget });
        }
        if entry.needs_robots && self.politeness.robots {
            let Ok(url) = Url::parse(&entry.url) else {
                return HostStep::Reject(entry, Rejection::InvalidUrl);
            };
            let origin = Origin::from_url(&url);
            match self.robots_state(&origin) {
                Some(RobotsState::Requested) => {
                    self.restore_entry(entry, position);
                    // The robots file itself may wait for its retry.
                    let retry = self.delayed.peek();
                    return retry.map_or(HostStep::Blocked, |retry| HostStep::NotBefore(retry.due));
                }
                Some(RobotsState::Known(rules)) => {
                    if let Some(rejection) = rules.reject_url(&url) {
                        return HostStep::Reject(entry, rejection);
                    }
                }
                None => {
                    self.restore_entry(entry, position);
                    if let Err(until) = group.take_permit(now) {
                        return HostStep::NotBefore(until);
                    }
                    self.in_flight += 1;
                    if let Some(known) = self.origin_state_mut(&origin) {
                        known.robots = Some(RobotsState::Requested);
                    }
                    return HostStep::AskRobots(origin, robots_url(&url));
                }
            }
        }
        if let Err(until) = group.take_permit(now) {
            self.restore_entry(entry, position);
            return HostStep::NotBefore(until);
        }
        self.in_flight += 1;
        if is_new {
            group.count_new_page();
        }
        HostStep::Ask(entry)
    }

    fn wait_for_retry(&self) -> HostStep<W> {
        let due = self.delayed.peek().into_iter().chain(self.last.peek()).map(|retry| retry.due).min();
        due.map_or(HostStep::Blocked, HostStep::NotBefore)
    }

    /// Counts a request that is made outside the queue: one that tests whether the host still answers.
    pub(super) fn count_request(&mut self) {
        self.in_flight += 1;
    }

    /// Sets the rules of an origin; returns the interval that they ask for, where they are obeyed.
    pub(super) fn set_robots_rules(&mut self, origin: &Origin, rules: RobotsRules) -> Option<Duration> {
        let delay = rules.crawl_delay().filter(|_| self.politeness.robots);
        if let Some(known) = self.origin_state_mut(origin) {
            known.robots = Some(RobotsState::Known(rules));
        }
        delay.map(|delay| delay.min(self.politeness.crawl_delay_cap))
    }

    /// Forgets that the robots file of an origin was requested; it is requested again for the next page.
    pub(super) fn forget_robots_request(&mut self, origin: &Origin) {
        if let Some(known) = self.origin_state_mut(origin) {
            known.robots = None;
        }
    }

    /// Notes that a request has ended; returns whether it was the first one.
    pub(super) fn end_request(&mut self) -> bool {
        self.in_flight = self.in_flight.saturating_sub(1);
        !std::mem::replace(&mut self.was_asked, true)
    }

    /// Records an answer of the host, at this origin where it is known.
    pub(super) fn record_answer(&mut self, origin: Option<&Origin>) {
        self.breaker.record_answer();
        if let Some(known) = origin.and_then(|origin| self.origin_state_mut(origin)) {
            known.breaker.record_answer();
        }
    }

    /// Records a proper answer of the host.
    pub(super) fn record_proper_answer(&mut self) {
        self.patience.record_answer();
    }

    /// Records a request that hung for this time after the connection was made.
    pub(super) fn record_hang(&mut self, now: Instant, time: Duration) {
        self.patience.record_loss(now, time);
    }

    /// Records a failed connection to this origin, or, without one, a failed lookup of the host.
    pub(super) fn record_failure(&mut self, origin: Option<&Origin>, now: Instant) {
        let max_failures = self.politeness.breaker_failures;
        let pause = match origin {
            Some(origin) => self
                .origin_state_mut(origin)
                .is_some_and(|known| known.breaker.record_failure(now, max_failures)),
            None => self.breaker.record_failure(now, max_failures),
        };
        if pause {
            let until = now + self.politeness.breaker_pause;
            self.breaker_pause_until = self.breaker_pause_until.max(Some(until));
        }
    }

    /// Ends the requests to the host for this run.
    pub(super) fn give_up_host(&mut self, now: Instant) {
        self.breaker.open_for_this_run(now);
    }

    /// Ends the requests to an origin for this run.
    pub(super) fn give_up_origin(&mut self, origin: &Origin, now: Instant) {
        if let Some(known) = self.origin_state_mut(origin) {
            known.breaker.open_for_this_run(now);
        }
    }

    /// Forgets the failures since a moment, because the local network was down; returns whether there were
    /// any.
    pub(super) fn forgive_failures(&mut self, since: Instant) -> bool {
        let mut any = self.breaker.forgive_since(since);
        for known in &mut self.origins {
            any |= known.breaker.forgive_since(since);
        }
        if any {
            self.breaker_pause_until = None;
        }
        self.patience.forgive_since(since) || any
    }
}
