//! The engine: tickets in, exchanges made, finished pages handed to the analysts.
//!
//! One loop owns the scheduler. An exchange is a task only while it is under way; a page that is
//! analysed holds no ticket, so a slow processor never makes a host wait, and a bound on the bytes
//! under analysis keeps fast hosts from filling the memory.

mod hosts;
mod pages;
mod tally;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use url::Url;

use crate::crawl::{Frontier, HostKey, Next, RobotsRules, Scheduler, StoredRobots, Ticket};
use crate::fetch::{Client, Exchange, ExchangeRequest, FetchFailure};
use crate::verdict::{Outage, RunHealth};

use super::analyse::{Analysis, Analyst};
use super::job::{PageJob, ProbeJob, Probes, RobotsJob, Work};
use super::{Observer, RunError, Stop};
pub use tally::HostTally;

/// How many bytes of bodies may wait for their analysis before the engine asks for no more.
const ANALYSIS_BYTES: usize = 16 << 20;
/// With this many hosts tried and none that answered, the fault is taken to be our own.
const OUTAGE_HOSTS: usize = 20;

/// What a crawl came to.
#[derive(Debug)]
pub struct Crawled {
    /// How it ended.
    pub ended: Ended,
    /// Which hosts answered.
    pub tally: HostTally,
    /// Why its failures say nothing about the pages, where that is so.
    pub outage: Option<Outage>,
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
    /// No more than this many pages are asked for.
    pub max_pages: Option<u64>,
    /// No request is begun after this long.
    pub max_time: Option<Duration>,
    /// Hosts of which the operator knows that they are up.
    pub canaries: Vec<Url>,
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
}

enum Done {
    Exchanged(Ticket, Asked, Box<Exchange>),
    Analysed(usize, Result<Analysis, RunError>),
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
    pub(super) frontier: &'a dyn Frontier,
    pub(super) settings: EngineSettings,
    pub(super) scheduler: Scheduler<Work>,
    probes: Probes,
    tasks: JoinSet<Done>,
    workers: Arc<Semaphore>,
    analysis_bytes: usize,
    asked: u64,
    known_hosts: HashSet<HostKey>,
    pub(super) robots: HashMap<HostKey, Vec<StoredRobots>>,
    /// Hosts whose robots file could not even be asked for, with the failure and the attempts.
    pub(super) unreachable: HashMap<HostKey, (FetchFailure, u32)>,
    pub(super) tally: HostTally,
    health: RunHealth,
    judged: u64,
}

impl<'a> Engine<'a> {
    /// A crawl with everything it needs; pages are added with [`Engine::add`].
    pub fn new(
        client: Client,
        analyst: Arc<Analyst>,
        frontier: &'a dyn Frontier,
        scheduler: Scheduler<Work>,
        settings: EngineSettings,
    ) -> Self {
        let workers = std::thread::available_parallelism().map_or(2, usize::from).max(2);
        Self {
            client,
            analyst,
            frontier,
            settings,
            scheduler,
            probes: Probes::default(),
            tasks: JoinSet::new(),
            workers: Arc::new(Semaphore::new(workers)),
            analysis_bytes: 0,
            asked: 0,
            known_hosts: HashSet::new(),
            robots: HashMap::new(),
            unreachable: HashMap::new(),
            tally: HostTally::default(),
            health: RunHealth::new(),
            judged: 0,
        }
    }

    /// Queues a page of the plan.
    pub fn add(&mut self, index: u32, seen: bool) -> Result<(), RunError> {
        let Some(planned) = self.analyst.plan.urls.get(index as usize) else {
            return Err(RunError::Plan(index));
        };
        let url = planned.url.as_url().clone();
        self.remember_host(&url)?;
        let priority = self.analyst.plan.priority(index, seen);
        self.scheduler.push(&url, Work::Page(index), priority, Instant::now());
        Ok(())
    }

    /// Puts back what earlier runs learnt of a host, the first time that it comes up.
    pub(super) fn remember_host(&mut self, url: &Url) -> Result<(), RunError> {
        let host = HostKey::of(url);
        if !self.known_hosts.insert(host.clone()) {
            return Ok(());
        }
        let Some(memory) = self.frontier.host(&host)? else { return Ok(()) };
        let now_ms = now_ms();
        if let Some(until) = memory.wait_until_ms.filter(|until| *until > now_ms) {
            let until = Instant::now() + Duration::from_millis(until - now_ms);
            self.scheduler.restore_back_off(&host, Some(until), memory.refusals);
        }
        let ttl = u64::try_from(self.settings.robots_ttl.as_millis()).unwrap_or(u64::MAX);
        for stored in &memory.robots {
            if now_ms.saturating_sub(stored.at_ms) < ttl
                && let Ok(origin) = Url::parse(&stored.origin)
            {
                let rules = RobotsRules::new(&stored.access, &self.settings.robots_agent);
                self.scheduler.robots_known(&origin, rules, Instant::now());
            }
        }
        self.robots.insert(host, memory.robots);
        Ok(())
    }

    /// Crawls until everything is judged, the budget is used up, or `stop` asks for an end.
    pub async fn run(mut self, stop: &mut Stop, observer: &mut dyn Observer) -> Result<Crawled, RunError> {
        let started = Instant::now();
        let mut ended = Ended::Done;
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let wake = match self.dispatch(started)? {
                Dispatch::Until(moment) => Some(moment),
                Dispatch::Drained if self.tasks.is_empty() => break,
                Dispatch::Drained | Dispatch::WhenSomethingEnds => None,
                Dispatch::OverBudget => {
                    ended = Ended::OverBudget;
                    break;
                }
            };
            if self.tally.looks_like_no_network() && self.tally.failed.len() >= OUTAGE_HOSTS {
                ended = Ended::NoNetwork;
                break;
            }
            tokio::select! {
                () = stop.requested() => {
                    ended = Ended::Interrupted;
                    break;
                }
                Some(done) = self.tasks.join_next() => self.done(done?, observer)?,
                () = sleep_until(wake) => {}
                _ = tick.tick() => self.report(observer),
            }
        }
        if ended != Ended::Done {
            self.wind_down(stop, observer).await?;
        }
        if ended == Ended::Done && self.tally.looks_like_no_network() {
            ended = Ended::NoNetwork;
        }
        self.report(observer);
        if !self.tally.failed.is_empty() {
            self.ask_canaries().await;
        }
        Ok(Crawled { ended, tally: self.tally, outage: self.health.outage() })
    }

    /// Asks the hosts of which the operator knows that they are up: one request each, and only in a
    /// run in which some host could not be reached.
    async fn ask_canaries(&mut self) {
        for canary in std::mem::take(&mut self.settings.canaries) {
            let host = HostKey::of(&canary);
            let exchange = self.client.exchange(ExchangeRequest::get(canary)).await;
            self.health.canary(host.as_str(), exchange.outcome.is_ok());
        }
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
        let (active, waiting) = self.scheduler.hosts();
        observer.progress(self.judged, active, waiting);
    }

    fn dispatch(&mut self, started: Instant) -> Result<Dispatch, RunError> {
        loop {
            let full = self.scheduler.in_flight() >= self.settings.concurrency;
            if full || self.analysis_bytes >= ANALYSIS_BYTES {
                return Ok(Dispatch::WhenSomethingEnds);
            }
            let now = Instant::now();
            let over_pages = self.settings.max_pages.is_some_and(|max| self.asked >= max);
            let over_time = self.settings.max_time.is_some_and(|max| now - started >= max);
            if (over_pages || over_time) && self.scheduler.waiting() > 0 {
                return Ok(Dispatch::OverBudget);
            }
            match self.scheduler.next(now) {
                Next::Ask(ticket, url, work) => self.ask(ticket, &url, work)?,
                Next::AskRobots(ticket, _, robots_url) => {
                    let job = RobotsJob {
                        robots_url: robots_url.clone(),
                        chain: Vec::new(),
                        attempts: 1,
                        retrying: false,
                    };
                    self.ask_robots(ticket, robots_url, Box::new(job));
                }
                Next::Refused(host, url, work, denial) => self.refused(&host, &url, work, &denial)?,
                Next::Wait(until) => return Ok(Dispatch::Until(until)),
                Next::Busy => return Ok(Dispatch::WhenSomethingEnds),
                Next::Drained => return Ok(Dispatch::Drained),
            }
        }
    }
}

/// Whether the loop may go on asking.
enum Dispatch {
    Until(Instant),
    WhenSomethingEnds,
    Drained,
    OverBudget,
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
