//! One host's queue and state: what waits, its robots rules, its patience with connections.
//!
//! What a host shares with others that are spared together is its [`Lane`].

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::lane::{Lane, extend};
use super::scheduler::Denial;
use super::{Origin, Politeness, Priority, RobotsRules};

/// Something to ask a host for.
#[derive(Debug)]
pub(super) struct Item<W> {
    pub url: Box<str>,
    pub work: W,
    /// Whether robots.txt has a say: not for robots.txt itself.
    pub gated: bool,
}

/// How due a page is, then when it was queued.
type Order = (Priority, u64);

struct Queued<W> {
    order: Order,
    item: Item<W>,
}

struct Delayed<W> {
    due: Instant,
    seq: u64,
    item: Item<W>,
}

// Heaps give the greatest first: the comparisons are turned round, so that the smallest comes first.
impl<W> PartialEq for Queued<W> {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}
impl<W> Eq for Queued<W> {}
impl<W> PartialOrd for Queued<W> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<W> Ord for Queued<W> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.order.cmp(&self.order)
    }
}
impl<W> PartialEq for Delayed<W> {
    fn eq(&self, other: &Self) -> bool {
        (self.due, self.seq) == (other.due, other.seq)
    }
}
impl<W> Eq for Delayed<W> {}
impl<W> PartialOrd for Delayed<W> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<W> Ord for Delayed<W> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.due, other.seq).cmp(&(self.due, self.seq))
    }
}

impl RobotsRules {
    /// Why a URL may not be asked for, if it may not.
    fn denial(&self, url: &Url) -> Option<Denial> {
        match self.allows(url) {
            Some(true) => None,
            Some(false) => Some(Denial::Robots { rule: self.deciding_rule(url).unwrap_or_default() }),
            None => Some(Denial::RobotsUnreachable),
        }
    }
}

enum Gate {
    Asking,
    Known(RobotsRules),
}

/// What a host can do at a moment.
pub(super) enum Step<W> {
    /// Ask for this now; the permit is taken.
    Ask(Item<W>),
    /// Ask for the origin's robots file now; the permit is taken.
    AskRobots(Origin, Url),
    /// This will not be asked for.
    Refuse(Item<W>, Denial),
    /// Nothing before then.
    NotBefore(Instant),
    /// Nothing until a request of its lane has ended.
    LaneFull,
    /// Nothing until something of its own that is under way has ended, or something new is queued.
    Blocked,
}

/// What is left of a host's patience with connections.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Circuit {
    Closed,
    /// Paused once; the next failure opens it.
    OnProbation,
    /// Given up for this run.
    Open,
}

/// One host.
pub(super) struct HostQueue<W> {
    pub politeness: Politeness,
    /// Its place in the scheduler's table of lanes.
    pub lane: u32,
    urgent: VecDeque<Item<W>>,
    queue: BinaryHeap<Queued<W>>,
    delayed: BinaryHeap<Delayed<W>>,
    in_flight: u32,
    /// Until when we leave the host alone after failed connections.
    pause_until: Option<Instant>,
    failures: u32,
    last_failure: Option<Instant>,
    circuit: Circuit,
    gates: Vec<(Origin, Gate)>,
    asked_before: bool,
    /// Which entry of the scheduler's tables of hosts is the valid one.
    pub generation: u64,
}

impl<W> HostQueue<W> {
    pub(super) fn new(politeness: &Politeness, lane: u32) -> Self {
        Self {
            politeness: politeness.clone(),
            lane,
            urgent: VecDeque::new(),
            queue: BinaryHeap::new(),
            delayed: BinaryHeap::new(),
            in_flight: 0,
            pause_until: None,
            failures: 0,
            last_failure: None,
            circuit: Circuit::Closed,
            gates: Vec::new(),
            asked_before: false,
            generation: 0,
        }
    }

    pub(super) fn push(&mut self, item: Item<W>, priority: Priority, seq: u64) {
        self.queue.push(Queued { order: (priority, seq), item });
    }

    /// A hop of a robots file goes before pages, which wait for that very file.
    pub(super) fn push_first(&mut self, item: Item<W>) {
        if item.gated {
            self.urgent.push_back(item);
        } else {
            self.urgent.push_front(item);
        }
    }

    pub(super) fn push_later(&mut self, item: Item<W>, due: Instant, seq: u64) {
        self.delayed.push(Delayed { due, seq, item });
    }

    pub(super) fn waiting(&self) -> usize {
        self.urgent.len() + self.queue.len() + self.delayed.len()
    }

    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// How due its best page is; none where only retries wait. What is under way already goes before
    /// all that is not.
    pub(super) fn best(&self) -> Option<Priority> {
        if !self.urgent.is_empty() {
            return Some(Priority::FIRST);
        }
        self.queue.peek().map(|queued| queued.order.0)
    }

    /// Takes out every page that was not begun; gives their number.
    pub(super) fn drop_fresh(&mut self) -> usize {
        std::mem::take(&mut self.queue).len()
    }

    /// The next thing to ask for; its order, where it is a page that was not begun.
    fn pop(&mut self) -> Option<(Item<W>, Option<Order>)> {
        if let Some(item) = self.urgent.pop_front() {
            return Some((item, None));
        }
        self.queue.pop().map(|queued| (queued.item, Some(queued.order)))
    }

    /// Puts it back in its place.
    fn unpop(&mut self, item: Item<W>, order: Option<Order>) {
        match order {
            Some(order) => self.queue.push(Queued { order, item }),
            None => self.urgent.push_front(item),
        }
    }

    fn release_due(&mut self, now: Instant) {
        while self.delayed.peek().is_some_and(|delayed| delayed.due <= now) {
            if let Some(delayed) = self.delayed.pop() {
                self.push_first(delayed.item);
            }
        }
    }

    /// Everything that waits, when the host will not be asked any more: retries too. What robots.txt
    /// forbids is refused for that, which holds in any case.
    fn refuse_any(&mut self, denial: Denial) -> Step<W> {
        let item = self.pop_robots().or_else(|| self.pop().map(|(item, _)| item));
        let item = item.or_else(|| self.delayed.pop().map(|delayed| delayed.item));
        let Some(item) = item else { return Step::Blocked };
        let forbidden = Url::parse(&item.url).ok().filter(|_| item.gated && self.politeness.robots);
        let forbidden = forbidden.and_then(|url| self.rules(&Origin::of(&url))?.denial(&url));
        Step::Refuse(item, forbidden.unwrap_or(denial))
    }

    /// The retry of a robots file: what becomes of it decides about the pages that wait for it.
    fn pop_robots(&mut self) -> Option<Item<W>> {
        if !self.gates.iter().any(|(_, gate)| matches!(gate, Gate::Asking)) {
            return None;
        }
        let mut waiting = std::mem::take(&mut self.delayed).into_vec();
        let found = waiting.iter().position(|delayed| !delayed.item.gated);
        let found = found.map(|at| waiting.swap_remove(at).item);
        self.delayed = waiting.into();
        found
    }

    fn rules(&self, origin: &Origin) -> Option<&RobotsRules> {
        self.gates.iter().find_map(|(known, gate)| match gate {
            Gate::Known(rules) if known == origin => Some(rules),
            _ => None,
        })
    }

    /// What the host can do now. `end` is when the run's time is over.
    pub(super) fn step(&mut self, lane: &mut Lane, now: Instant, end: Option<Instant>) -> Step<W> {
        self.release_due(now);
        if self.waiting() == 0 {
            return Step::Blocked;
        }
        if self.circuit == Circuit::Open {
            return self.refuse_any(Denial::HostDown);
        }
        if let Some(until) = lane.rest(now) {
            let wait = until - now;
            if wait > self.politeness.wait_cap || end.is_some_and(|end| until > end) {
                return self.refuse_any(Denial::HostResting { wait });
            }
            return Step::NotBefore(until);
        }
        let pause = self.pause_until.filter(|until| *until > now).max(lane.pause(now));
        if let Some(until) = pause {
            return Step::NotBefore(until);
        }
        if lane.is_full() {
            return Step::LaneFull;
        }
        let Some((item, order)) = self.pop() else {
            return self.next_delayed();
        };
        // Budgets are about pages that were not begun.
        if order.is_some()
            && let Some(budget) = lane.spent(now)
        {
            return Step::Refuse(item, Denial::OverBudget { budget });
        }
        if item.gated && self.politeness.robots {
            let Ok(url) = Url::parse(&item.url) else {
                return Step::Refuse(item, Denial::BadUrl);
            };
            let origin = Origin::of(&url);
            match self.gates.iter().find(|(known, _)| *known == origin).map(|(_, gate)| gate) {
                Some(Gate::Asking) => {
                    self.unpop(item, order);
                    // The robots file may itself be waiting for its retry.
                    return self.next_delayed();
                }
                Some(Gate::Known(rules)) => {
                    if let Some(denial) = rules.denial(&url) {
                        return Step::Refuse(item, denial);
                    }
                }
                None => {
                    self.unpop(item, order);
                    if let Err(until) = lane.take(now) {
                        return Step::NotBefore(until);
                    }
                    self.in_flight += 1;
                    self.gates.push((origin.clone(), Gate::Asking));
                    return Step::AskRobots(origin, super::robots_url(&url));
                }
            }
        }
        if let Err(until) = lane.take(now) {
            self.unpop(item, order);
            return Step::NotBefore(until);
        }
        self.in_flight += 1;
        if order.is_some() {
            lane.page_begun();
        }
        Step::Ask(item)
    }

    fn next_delayed(&self) -> Step<W> {
        self.delayed.peek().map_or(Step::Blocked, |delayed| Step::NotBefore(delayed.due))
    }

    /// A request is made beside the queue: a canary's, a probe's.
    pub(super) fn begun(&mut self) {
        self.in_flight += 1;
    }

    /// The rules of an origin are known now; gives the delay that they ask for, where it counts.
    pub(super) fn robots_known(&mut self, origin: &Origin, rules: RobotsRules) -> Option<Duration> {
        let delay = rules.crawl_delay().map(|delay| delay.min(self.politeness.crawl_delay_cap));
        self.gates.retain(|(known, _)| known != origin);
        self.gates.push((origin.clone(), Gate::Known(rules)));
        delay
    }

    /// A request has ended; whether it was the first.
    pub(super) fn ended(&mut self) -> bool {
        self.in_flight = self.in_flight.saturating_sub(1);
        !std::mem::replace(&mut self.asked_before, true)
    }

    /// The host answered.
    pub(super) fn answered(&mut self) {
        self.failures = 0;
        self.circuit = Circuit::Closed;
    }

    /// No connection could be made.
    pub(super) fn unreachable(&mut self, now: Instant) {
        self.last_failure = Some(now);
        self.failures = self.failures.saturating_add(1);
        if self.failures < self.politeness.breaker_failures {
            return;
        }
        self.circuit = match self.circuit {
            Circuit::Closed => {
                extend(&mut self.pause_until, now + self.politeness.breaker_pause);
                Circuit::OnProbation
            }
            Circuit::OnProbation | Circuit::Open => Circuit::Open,
        };
    }

    /// The host's name does not exist, or it is given up: nothing more is asked of it in this run.
    pub(super) fn gone(&mut self, now: Instant) {
        self.last_failure = Some(now);
        self.circuit = Circuit::Open;
    }

    /// Failures since a moment were not the host's: they are forgotten.
    pub(super) fn forgive(&mut self, since: Instant) -> bool {
        if self.last_failure.is_none_or(|last| last < since) {
            return false;
        }
        self.failures = 0;
        self.last_failure = None;
        self.pause_until = None;
        self.circuit = Circuit::Closed;
        true
    }

    /// The robots file of an origin is asked for anew, when a page next needs it.
    pub(super) fn robots_unknown(&mut self, origin: &Origin) {
        self.gates.retain(|(known, _)| known != origin);
    }
}
