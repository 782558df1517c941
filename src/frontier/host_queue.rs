//! One host's queue and state: what waits, its robots rules, its patience with connections.
//!
//! What a host shares with others that are spared together is its [`Lane`].

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::rate_limit_group::{Lane, extend};
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

/// One origin of the host: its rules, and our patience with its connections. That nobody listens on one
/// port, or that one certificate is bad, says nothing of the other scheme.
struct OriginState {
    origin: Origin,
    /// None where its robots file was not asked for yet.
    gate: Option<Gate>,
    patience: Patience,
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

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Circuit {
    #[default]
    Closed,
    /// Paused once; the next failure opens it.
    OnProbation,
    /// Given up for this run.
    Open,
}

/// What is left of our patience with failed connections.
#[derive(Default)]
struct Patience {
    failures: u32,
    last_failure: Option<Instant>,
    circuit: Circuit,
}

impl Patience {
    fn is_over(&self) -> bool {
        self.circuit == Circuit::Open
    }

    /// One more failure; whether it is time for a pause.
    fn failed(&mut self, now: Instant, most: u32) -> bool {
        self.last_failure = Some(now);
        self.failures = self.failures.saturating_add(1);
        if self.failures < most {
            return false;
        }
        let first = self.circuit == Circuit::Closed;
        self.circuit = if first { Circuit::OnProbation } else { Circuit::Open };
        first
    }

    fn give_up(&mut self, now: Instant) {
        self.last_failure = Some(now);
        self.circuit = Circuit::Open;
    }

    fn answered(&mut self) {
        self.failures = 0;
        self.circuit = Circuit::Closed;
    }

    /// Failures since a moment were our own; whether there were any.
    fn forgive(&mut self, since: Instant) -> bool {
        let any = self.last_failure.is_some_and(|last| last >= since);
        if any {
            *self = Self::default();
        }
        any
    }
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
    /// With the host as a whole: with the lookup of its name.
    patience: Patience,
    origins: Vec<OriginState>,
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
            patience: Patience::default(),
            origins: Vec::new(),
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
        item.map_or(Step::Blocked, |item| self.refuse(item, denial))
    }

    fn refuse(&self, item: Item<W>, denial: Denial) -> Step<W> {
        let forbidden = Url::parse(&item.url).ok().filter(|_| item.gated && self.politeness.robots);
        let forbidden = forbidden.and_then(|url| self.rules(&Origin::of(&url))?.denial(&url));
        Step::Refuse(item, forbidden.unwrap_or(denial))
    }

    /// The retry of a robots file: what becomes of it decides about the pages that wait for it.
    fn pop_robots(&mut self) -> Option<Item<W>> {
        if !self.origins.iter().any(|known| matches!(known.gate, Some(Gate::Asking))) {
            return None;
        }
        let mut waiting = std::mem::take(&mut self.delayed).into_vec();
        let found = waiting.iter().position(|delayed| !delayed.item.gated);
        let found = found.map(|at| waiting.swap_remove(at).item);
        self.delayed = waiting.into();
        found
    }

    fn rules(&self, origin: &Origin) -> Option<&RobotsRules> {
        match self.gate(origin) {
            Some(Gate::Known(rules)) => Some(rules),
            _ => None,
        }
    }

    fn gate(&self, origin: &Origin) -> Option<&Gate> {
        self.origins.iter().find(|known| known.origin == *origin)?.gate.as_ref()
    }

    fn origin(&mut self, origin: &Origin) -> Option<&mut OriginState> {
        if let Some(place) = self.origins.iter().position(|known| known.origin == *origin) {
            return self.origins.get_mut(place);
        }
        let (gate, patience) = (None, Patience::default());
        self.origins.push(OriginState { origin: origin.clone(), gate, patience });
        self.origins.last_mut()
    }

    /// The next thing to ask for, where it is of an origin that is given up.
    fn pop_given_up(&mut self) -> Option<Item<W>> {
        if !self.origins.iter().any(|known| known.patience.is_over()) {
            return None;
        }
        let next = self.urgent.front().or_else(|| self.queue.peek().map(|queued| &queued.item))?;
        let origin = Origin::of(&Url::parse(&next.url).ok()?);
        let over = self.origins.iter().any(|known| known.origin == origin && known.patience.is_over());
        if over { self.pop().map(|(item, _)| item) } else { None }
    }

    /// What the host can do now. `end` is when the run's time is over.
    pub(super) fn step(&mut self, lane: &mut Lane, now: Instant, end: Option<Instant>) -> Step<W> {
        self.release_due(now);
        if self.waiting() == 0 {
            return Step::Blocked;
        }
        if self.patience.is_over() {
            return self.refuse_any(Denial::HostDown);
        }
        if let Some(item) = self.pop_given_up() {
            return self.refuse(item, Denial::HostDown);
        }
        if let Some(until) = lane.rest(now) {
            let wait = until - now;
            if wait > self.politeness.wait_cap || end.is_some_and(|end| until > end) {
                return self.refuse_any(Denial::HostResting { wait, status: lane.back_off().status });
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
            match self.gate(&origin) {
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
                    if let Some(known) = self.origin(&origin) {
                        known.gate = Some(Gate::Asking);
                    }
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

    /// The rules of an origin are known now; gives the delay that they ask for, where they are obeyed.
    pub(super) fn robots_known(&mut self, origin: &Origin, rules: RobotsRules) -> Option<Duration> {
        let delay = rules.crawl_delay().filter(|_| self.politeness.robots);
        if let Some(known) = self.origin(origin) {
            known.gate = Some(Gate::Known(rules));
        }
        delay.map(|delay| delay.min(self.politeness.crawl_delay_cap))
    }

    /// A request has ended; whether it was the first.
    pub(super) fn ended(&mut self) -> bool {
        self.in_flight = self.in_flight.saturating_sub(1);
        !std::mem::replace(&mut self.asked_before, true)
    }

    /// The host answered: at this origin, where that is known.
    pub(super) fn answered(&mut self, origin: Option<&Origin>) {
        self.patience.answered();
        if let Some(known) = origin.and_then(|origin| self.origin(origin)) {
            known.patience.answered();
        }
    }

    /// No connection could be made: to this origin, or, where there is none, to the host as a whole.
    pub(super) fn unreachable(&mut self, origin: Option<&Origin>, now: Instant) {
        let most = self.politeness.breaker_failures;
        let pause = match origin {
            Some(origin) => self.origin(origin).is_some_and(|known| known.patience.failed(now, most)),
            None => self.patience.failed(now, most),
        };
        if pause {
            extend(&mut self.pause_until, now + self.politeness.breaker_pause);
        }
    }

    /// The host's name does not exist: nothing more is asked of it in this run.
    pub(super) fn gone(&mut self, now: Instant) {
        self.patience.give_up(now);
    }

    /// Nothing more is asked of an origin in this run.
    pub(super) fn give_up(&mut self, origin: &Origin, now: Instant) {
        if let Some(known) = self.origin(origin) {
            known.patience.give_up(now);
        }
    }

    /// Failures since a moment were not the host's: they are forgotten.
    pub(super) fn forgive(&mut self, since: Instant) -> bool {
        let mut any = self.patience.forgive(since);
        for known in &mut self.origins {
            any |= known.patience.forgive(since);
        }
        if any {
            self.pause_until = None;
        }
        any
    }

    /// The robots file of an origin is asked for anew, when a page next needs it.
    pub(super) fn robots_unknown(&mut self, origin: &Origin) {
        if let Some(known) = self.origin(origin) {
            known.gate = None;
        }
    }
}
