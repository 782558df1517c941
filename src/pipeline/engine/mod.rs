//! The engine: tickets in, exchanges made, finished pages handed to the analysts.
//!
//! One loop owns the scheduler. An exchange is a task only while it is under way; a page that is
//! analysed holds no ticket, so a slow processor never makes a host wait, and a bound on the bytes
//! under analysis keeps fast hosts from filling the memory.

mod budget;
mod enqueue;
mod follow;
mod host_stats;
mod network_monitor;
mod outage;
mod requests;
mod robots;
pub mod work_item;
mod workers;

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use url::Url;

use crate::fetch::{Client, Exchange, FetchFailure};
use crate::frontier::{HostKey, NextAction, Origin, Priority, Scheduler, StoredRobots, Ticket};
use crate::verdict::{Outage, RunHealth};

use super::engine::work_item::{PageJob, ProbeJob, Probes, RobotsJob, Work};
use super::page::judge::{Analysis, Analyst};
use super::plan::Planned;
use super::{EngineState, HostStateStore, Observer, RunError, Stop};
pub use budget::{Budget, SpentBudgets};
use enqueue::{Turn, Unlocated};
use follow::Chains;
pub use follow::Following;
pub use host_stats::HostTally;
use network_monitor::Watch;
use outage::Held;
use workers::Workers;

/// How many bytes of bodies may wait for their analysis before the engine asks for no more.
const ANALYSIS_BYTES: usize = 4 << 20;
/// With this many hosts tried and none that answered, the fault is taken to be our own.
const OUTAGE_HOSTS: usize = 20;

/// How many requests are let go before they are sent. Each counts its interval from when it was let go; the
/// last of a hundred would reach its server milliseconds later than that.
const SENT_TOGETHER: usize = 4;

/// What a crawl came to.
#[derive(Debug)]
pub struct Crawled {
    /// How it ended.
    pub ended: Ended,
    /// Which hosts answered.
    pub tally: HostTally,
    /// Why its failures say nothing about the pages, where that is so.
    pub outage: Option<Outage>,
    /// Which budgets were used up.
    pub spent: SpentBudgets,
    /// How many pages have a verdict.
    pub judged: u64,
    /// The pages of this run that are not well, by their places in the plan.
    pub failures: Vec<u32>,
}

/// What the engine is told.
pub struct EngineSettings {
    /// Requests under way at once, over all hosts.
    pub concurrency: usize,
    /// Further attempts after a transient failure.
    pub retries: u32,
    /// The wait before the first of them.
    pub retry_wait: Duration,
    /// Our product token in robots files.
    pub robots_agent: String,
    /// How long a robots file is good for.
    pub robots_ttl: Duration,
    /// How many redirects are followed.
    pub max_redirects: usize,
    /// What may be spent over all hosts.
    pub budget: Budget,
    /// Hosts of which the operator knows that they are up.
    pub canaries: Vec<Url>,
    /// How long an outage of our own network is waited out.
    pub outage_patience: Duration,
    /// How far the leads of fetched originals are followed; none: not at all.
    pub following: Option<Following>,
    /// How long requests under way are waited for when the run is stopped.
    pub grace: Duration,
}

/// How a crawl ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything that was due has its verdict.
    Done,
    /// The budget was used up first.
    OverBudget,
    /// It was asked to stop.
    Interrupted,
    /// No host answered: our own network is down.
    NoNetwork,
    /// Our own network went down, and did not come back within the patience.
    Outage,
}

enum Done {
    Exchanged(Ticket, Asked, Box<Exchange>),
    Analysed(usize, Result<Analysis, RunError>),
    Located(HostKey, Option<IpAddr>),
    Witness(Ticket, Box<Exchange>),
}

enum Asked {
    Page(Box<PageJob>),
    Probe(Box<ProbeJob>),
    Robots(Box<RobotsJob>),
}

/// One crawl.
pub struct Engine<'a> {
    client: Client,
    analyst: Arc<Analyst>,
    pub(super) host_states: &'a HostStateStore,
    pub(super) settings: EngineSettings,
    pub(super) scheduler: Scheduler<Work>,
    probes: Probes,
    tasks: JoinSet<Done>,
    workers: Workers,
    analysis_bytes: usize,
    asked: u64,
    bytes: u64,
    /// Whether no further page is begun: the run's budget is used up.
    closed: bool,
    ended: Ended,
    spent: SpentBudgets,
    known_hosts: HashSet<HostKey>,
    unlocated: Unlocated,
    pub(super) robots: HashMap<HostKey, Vec<StoredRobots>>,
    /// Origins whose robots file gave no answer.
    pub(super) unreachable: HashMap<Origin, Unreached>,
    /// Hosts at which HTTP/2 failed.
    http1: HashSet<HostKey>,
    pub(super) tally: HostTally,
    health: RunHealth,
    watch: Watch,
    /// Pages whose failure may be our own network's.
    held: Vec<(Instant, Held)>,
    chains: Chains,
    judged: u64,
    /// Pages of which the store holds nothing yet.
    unseen: HashSet<u32>,
    failures: Vec<u32>,
    found: u64,
}

/// An origin whose robots file gave no answer.
pub(super) struct Unreached {
    robots_url: Url,
    failure: FetchFailure,
    attempts: u32,
    at: Instant,
}

impl<'a> Engine<'a> {
    /// A crawl with everything it needs; pages are added with [`Engine::add`].
    pub fn new(
        client: Client,
        analyst: Arc<Analyst>,
        host_states: &'a HostStateStore,
        scheduler: Scheduler<Work>,
        settings: EngineSettings,
    ) -> Result<Self, RunError> {
        let chains = Chains::new(settings.following.clone());
        let watch = Watch::new(settings.canaries.clone(), settings.outage_patience);
        Ok(Self {
            client,
            analyst,
            host_states,
            settings,
            scheduler,
            probes: Probes::default(),
            tasks: JoinSet::new(),
            workers: Workers::new().map_err(RunError::Workers)?,
            analysis_bytes: 0,
            asked: 0,
            bytes: 0,
            closed: false,
            ended: Ended::Done,
            spent: SpentBudgets::default(),
            known_hosts: HashSet::new(),
            unlocated: Unlocated::default(),
            robots: HashMap::new(),
            unreachable: HashMap::new(),
            http1: HashSet::new(),
            tally: HostTally::default(),
            health: RunHealth::new(),
            watch,
            held: Vec::new(),
            chains,
            judged: 0,
            unseen: HashSet::new(),
            failures: Vec::new(),
            found: 0,
        })
    }

    /// Queues a page of the plan. `last_visit_ms` is none for one that was never seen.
    pub fn add(&mut self, index: u32, last_visit_ms: Option<u64>) -> Result<(), RunError> {
        let url = self.planned(index)?.url.as_url().clone();
        if last_visit_ms.is_none() {
            self.unseen.insert(index);
        }
        let priority = self.analyst.plan.priority(index, last_visit_ms);
        self.enqueue(&url, Work::Page(index), Turn::Fresh(priority))
    }

    fn planned(&self, index: u32) -> Result<Planned<'_>, RunError> {
        self.analyst.plan.get(index).ok_or(RunError::Plan(index))
    }

    /// The priority of a page that is queued again.
    fn priority(&self, index: u32) -> Result<Priority, RunError> {
        let record = self.analyst.store.url(self.planned(index)?.url.key())?;
        Ok(self.analyst.plan.priority(index, record.map(|record| record.last_visit_ms)))
    }

    /// Crawls until everything is judged, the budget is used up, or `stop` asks for an end.
    pub async fn run(mut self, stop: &mut Stop, observer: &mut dyn Observer) -> Result<Crawled, RunError> {
        let started = Instant::now();
        if let Some(time) = self.settings.budget.time {
            self.scheduler.set_run_end(started + time);
        }
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let cut_short = loop {
            self.check_network(false)?;
            let wake = match self.dispatch(started)? {
                Dispatch::Until(moment) => Some(moment),
                Dispatch::Drained if self.tasks.is_empty() => {
                    if self.held.is_empty() {
                        break false;
                    }
                    // Nothing is left that could clear up whose failures these are.
                    self.check_network(true)?;
                    if self.watch.is_up() {
                        self.judge_held(Instant::now())?;
                    }
                    continue;
                }
                Dispatch::Drained | Dispatch::WhenSomethingEnds => None,
                Dispatch::Sent => {
                    // The requests leave before the clock is read for the next ones.
                    tokio::task::yield_now().await;
                    continue;
                }
                Dispatch::TimeIsOver => break true,
            };
            // Where there are hosts that ought to answer, they decide.
            let nobody = self.tally.looks_like_no_network() && self.tally.failed.len() >= OUTAGE_HOSTS;
            if nobody && !self.watch.has_witnesses() {
                self.ended = Ended::NoNetwork;
                break true;
            }
            if self.watch.is_hopeless(Instant::now()) {
                self.ended = Ended::Outage;
                break true;
            }
            tokio::select! {
                () = stop.requested() => {
                    self.ended = Ended::Interrupted;
                    break true;
                }
                Some(done) = self.tasks.join_next() => {
                    self.done(done?, observer)?;
                    // What ended meanwhile is taken at once: a turn of this loop costs more than that.
                    while let Some(done) = self.tasks.try_join_next() {
                        self.done(done?, observer)?;
                    }
                }
                () = sleep_until(wake) => {}
                _ = tick.tick() => self.report(observer),
            }
        };
        if cut_short {
            if self.watch.is_down() && self.ended == Ended::OverBudget {
                self.ended = Ended::Outage;
            }
            // Failures that nobody has cleared up are left due.
            self.wind_down(stop, observer).await?;
        }
        self.report(observer);
        let suspicious = !self.tally.failed.is_empty() || self.health.outage().is_some();
        if suspicious && self.ended != Ended::Outage {
            self.ask_canaries().await;
        }
        if matches!(self.ended, Ended::Done | Ended::OverBudget) && self.tally.looks_like_no_network() {
            self.ended = Ended::NoNetwork;
        }
        let outage = self.health.outage();
        let Self { ended, tally, spent, judged, failures, .. } = self;
        Ok(Crawled { ended, tally, outage, spent, judged, failures })
    }

    /// Lets what is under way end, for as long as the grace lasts and nobody insists.
    async fn wind_down(&mut self, stop: &mut Stop, observer: &mut dyn Observer) -> Result<(), RunError> {
        let deadline = Instant::now() + self.settings.grace;
        while !self.tasks.is_empty() {
            tokio::select! {
                () = tokio::time::sleep_until(deadline) => break,
                () = stop.insisted() => break,
                Some(done) = self.tasks.join_next() => self.done(done?, observer)?,
            }
        }
        // Exchanges are dropped; an analysis that has begun hands its page over all the same.
        self.tasks.abort_all();
        while let Some(done) = self.tasks.join_next().await {
            if let Ok(Done::Analysed(bytes, analysis)) = done {
                self.analysed(bytes, analysis, observer)?;
            }
        }
        Ok(())
    }

    fn report(&self, observer: &mut dyn Observer) {
        let (active_hosts, waiting_hosts) = self.scheduler.count_hosts();
        let (judged, found) = (self.judged, self.found);
        observer.progress(EngineState { judged, found, active_hosts, waiting_hosts });
    }

    /// How much waits, where nothing of it was asked for.
    fn waiting(&self) -> usize {
        self.scheduler.waiting_count() + self.unlocated.count()
    }

    fn dispatch(&mut self, started: Instant) -> Result<Dispatch, RunError> {
        for _ in 0..SENT_TOGETHER {
            let now = Instant::now();
            if self.hold_to_budget(started, now) {
                return Ok(Dispatch::TimeIsOver);
            }
            if !self.watch.is_up() {
                let round = self.watch.next_round();
                return Ok(round.map_or(Dispatch::WhenSomethingEnds, Dispatch::Until));
            }
            let full = self.scheduler.in_flight_count() >= self.settings.concurrency;
            if full || self.analysis_bytes >= ANALYSIS_BYTES {
                return Ok(Dispatch::WhenSomethingEnds);
            }
            match self.scheduler.next_action(now) {
                NextAction::Ask(ticket, url, work) => self.ask(ticket, &url, work)?,
                NextAction::AskRobots(ticket, _, robots_url) => {
                    let job = RobotsJob {
                        robots_url: robots_url.clone(),
                        chain: Vec::new(),
                        attempts: 1,
                        retrying: false,
                    };
                    self.ask_robots(ticket, robots_url, Box::new(job));
                }
                NextAction::Reject(host, url, work, denial) => self.refused(&host, &url, work, &denial)?,
                NextAction::WaitUntil(until) => return Ok(Dispatch::Until(until)),
                NextAction::Busy => return Ok(Dispatch::WhenSomethingEnds),
                NextAction::Finished => return Ok(Dispatch::Drained),
            }
        }
        Ok(Dispatch::Sent)
    }
}

/// Whether the loop may go on asking.
enum Dispatch {
    /// There may be more to ask.
    Sent,
    Until(Instant),
    WhenSomethingEnds,
    Drained,
    TimeIsOver,
}

async fn sleep_until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

pub(super) fn now_ms() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default()
}
