//! One host's queue and state: what waits, what is under way, and from when on the host may be asked.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::politeness::Limiter;
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

struct Queued<W> {
    order: (Priority, u64),
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

enum Gate {
    Asking,
    Known(RobotsRules),
}

/// Moves a deadline out, never in.
fn extend(deadline: &mut Option<Instant>, until: Instant) {
    *deadline = Some(deadline.map_or(until, |known| known.max(until)));
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
    /// Nothing until something that is under way has ended, or something new is queued.
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
    limiter: Option<Limiter>,
    urgent: VecDeque<Item<W>>,
    queue: BinaryHeap<Queued<W>>,
    delayed: BinaryHeap<Delayed<W>>,
    in_flight: u32,
    /// Until when the host asked for rest, in a word or by our own curve.
    wait_until: Option<Instant>,
    /// Until when we hold back by ourselves: after the first request, or after failed connections.
    pause_until: Option<Instant>,
    refusals: u32,
    last_refusal: Option<Instant>,
    failures: u32,
    circuit: Circuit,
    gates: Vec<(Origin, Gate)>,
    asked_before: bool,
    /// Which entry of the scheduler's table of ready hosts is the valid one.
    pub generation: u64,
}

impl<W> HostQueue<W> {
    pub(super) fn new(politeness: &Politeness) -> Self {
        Self {
            politeness: politeness.clone(),
            limiter: politeness.interval.and_then(Limiter::new),
            urgent: VecDeque::new(),
            queue: BinaryHeap::new(),
            delayed: BinaryHeap::new(),
            in_flight: 0,
            wait_until: None,
            pause_until: None,
            refusals: 0,
            last_refusal: None,
            failures: 0,
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

    /// Until when the host asked to be left alone, and how many refusals there were in a row.
    pub(super) fn back_off(&self) -> (Option<Instant>, u32) {
        (self.wait_until, self.refusals)
    }

    pub(super) fn restore_back_off(&mut self, wait_until: Option<Instant>, refusals: u32) {
        self.wait_until = wait_until;
        self.refusals = refusals;
    }

    fn has_work(&self) -> bool {
        self.waiting() > 0
    }

    fn pop(&mut self) -> Option<Item<W>> {
        self.urgent.pop_front().or_else(|| self.queue.pop().map(|queued| queued.item))
    }

    fn unpop(&mut self, item: Item<W>) {
        self.urgent.push_front(item);
    }

    fn release_due(&mut self, now: Instant) {
        while self.delayed.peek().is_some_and(|delayed| delayed.due <= now) {
            if let Some(delayed) = self.delayed.pop() {
                self.push_first(delayed.item);
            }
        }
    }

    /// Everything that waits, when the host will not be asked any more: retries too.
    fn pop_any(&mut self) -> Option<Item<W>> {
        self.pop().or_else(|| self.delayed.pop().map(|delayed| delayed.item))
    }

    /// What the host can do now.
    pub(super) fn step(&mut self, now: Instant) -> Step<W> {
        self.release_due(now);
        if !self.has_work() {
            return Step::Blocked;
        }
        if self.circuit == Circuit::Open {
            return self.pop_any().map_or(Step::Blocked, |item| Step::Refuse(item, Denial::HostDown));
        }
        if let Some(until) = self.wait_until.filter(|until| *until > now) {
            let wait = until - now;
            if wait > self.politeness.wait_cap {
                let refuse = |item| Step::Refuse(item, Denial::HostResting { wait });
                return self.pop_any().map_or(Step::Blocked, refuse);
            }
            return Step::NotBefore(until);
        }
        if let Some(until) = self.pause_until.filter(|until| *until > now) {
            return Step::NotBefore(until);
        }
        if self.in_flight >= self.politeness.per_host_concurrency {
            return Step::Blocked;
        }
        let Some(item) = self.pop() else {
            return self.next_delayed();
        };
        if item.gated && self.politeness.robots {
            let Ok(url) = Url::parse(&item.url) else {
                return Step::Refuse(item, Denial::BadUrl);
            };
            let origin = Origin::of(&url);
            match self.gates.iter().find(|(known, _)| *known == origin).map(|(_, gate)| gate) {
                Some(Gate::Asking) => {
                    self.unpop(item);
                    // The robots file may itself be waiting for its retry.
                    return self.next_delayed();
                }
                Some(Gate::Known(rules)) => match rules.allows(&url) {
                    Some(true) => {}
                    Some(false) => {
                        let rule = rules.deciding_rule(&url).unwrap_or_default();
                        return Step::Refuse(item, Denial::Robots { rule });
                    }
                    None => return Step::Refuse(item, Denial::RobotsUnreachable),
                },
                None => {
                    self.unpop(item);
                    if let Err(until) = self.take_permit() {
                        return Step::NotBefore(until);
                    }
                    self.gates.push((origin.clone(), Gate::Asking));
                    return Step::AskRobots(origin, super::robots_url(&url));
                }
            }
        }
        if let Err(until) = self.take_permit() {
            self.unpop(item);
            return Step::NotBefore(until);
        }
        Step::Ask(item)
    }

    fn next_delayed(&self) -> Step<W> {
        self.delayed.peek().map_or(Step::Blocked, |delayed| Step::NotBefore(delayed.due))
    }

    fn take_permit(&mut self) -> Result<(), Instant> {
        if let Some(limiter) = &self.limiter {
            limiter.take()?;
        }
        self.in_flight += 1;
        Ok(())
    }

    /// The rules of an origin are known now.
    pub(super) fn robots_known(&mut self, origin: &Origin, rules: RobotsRules) {
        if let Some(delay) = rules.crawl_delay() {
            let delay = delay.min(self.politeness.crawl_delay_cap);
            if self.politeness.interval.is_some_and(|own| delay > own) {
                self.politeness.interval = Some(delay);
                self.limiter = Limiter::new(delay);
                // The robots file itself was the first request: the new interval counts from it.
                let _ = self.limiter.as_ref().map(Limiter::take);
            }
        }
        self.gates.retain(|(known, _)| known != origin);
        self.gates.push((origin.clone(), Gate::Known(rules)));
    }

    /// A request has ended.
    pub(super) fn ended(&mut self, now: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if !self.asked_before {
            self.asked_before = true;
            // The first request also resolved the name and connected, so the server saw it later
            // than we sent it: the interval counts from its end, or the second would come too soon.
            if let Some(interval) = self.politeness.interval {
                extend(&mut self.pause_until, now + interval);
            }
        }
    }

    /// The host answered.
    pub(super) fn answered(&mut self, now: Instant) {
        self.failures = 0;
        self.circuit = Circuit::Closed;
        let quiet = self.politeness.backoff_forgiven_after;
        if self.last_refusal.is_some_and(|last| now.saturating_duration_since(last) > quiet) {
            self.refusals = 0;
        }
    }

    /// The host asked for rest (429, 503), until a stated time or by our own curve.
    pub(super) fn refused(&mut self, now: Instant, retry_after: Option<Duration>) {
        self.answered(now);
        let wait = retry_after.unwrap_or_else(|| {
            let doubled = 2_u32.saturating_pow(self.refusals.min(20));
            self.politeness.backoff_initial.saturating_mul(doubled)
        });
        let wait = wait.min(self.politeness.backoff_max);
        self.refusals = self.refusals.saturating_add(1);
        self.last_refusal = Some(now);
        extend(&mut self.wait_until, now + wait);
    }

    /// No connection could be made.
    pub(super) fn unreachable(&mut self, now: Instant) {
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

    /// The host's name does not exist: nothing more is asked of it in this run.
    pub(super) fn gone(&mut self) {
        self.circuit = Circuit::Open;
    }
}
