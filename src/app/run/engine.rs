//! The engine: tickets in, exchanges made, finished pages handed to the analysts.
//!
//! One loop owns the scheduler. An exchange is a task only while it is under way; a page that is
//! analysed holds no ticket, so a slow processor never makes a host wait, and a bound on the bytes
//! under analysis keeps fast hosts from filling the memory.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use url::Url;

use crate::crawl::{Feedback, Frontier, HostKey, Next, RobotsRules, Scheduler, StoredRobots, Ticket};
use crate::fetch::{Client, Exchange, ExchangeRequest, FetchFailure, redirect, retry_after};
use crate::snapshot::UrlRecord;
use crate::verdict;

use super::analyse::{Analysis, Analyst, Judged};
use super::job::{self, PageJob, ProbeJob, ProbeWanted, Probes, RobotsJob, Work};
use super::kept::KeptJudgement;
use super::{Observer, RunError, Stop};

/// How many bytes of bodies may wait for their analysis before the engine asks for no more.
const ANALYSIS_BYTES: usize = 64 << 20;
/// How much is read of what is only shown as a picture: it is judged, not kept.
const IMAGE_BYTES: u64 = 64 << 10;
/// With this many hosts tried and none that answered, the fault is taken to be our own.
const OUTAGE_HOSTS: usize = 20;

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

/// What a crawl learnt about hosts as a whole.
#[derive(Clone, Debug, Default)]
pub struct HostTally {
    /// Hosts that gave any answer.
    pub answered: HashSet<HostKey>,
    /// Hosts that could not be reached, with the last failure.
    pub failed: HashMap<HostKey, FetchFailure>,
}

impl HostTally {
    fn answered(&mut self, host: &HostKey) {
        self.failed.remove(host);
        if !self.answered.contains(host) {
            self.answered.insert(host.clone());
        }
    }

    fn failed(&mut self, host: &HostKey, failure: FetchFailure) {
        if !self.answered.contains(host) {
            self.failed.insert(host.clone(), failure);
        }
    }

    /// Whether the failures look like our own network: nobody answered at all, and nothing that
    /// failed proves that packets came through.
    pub fn looks_like_no_network(&self) -> bool {
        let silent = |failure: &FetchFailure| {
            matches!(failure, FetchFailure::DnsFailure | FetchFailure::Unreachable | FetchFailure::Timeout)
        };
        self.answered.is_empty() && !self.failed.is_empty() && self.failed.values().all(silent)
    }

    /// Whether failures of this run may count against links: not when most hosts failed.
    pub fn is_trustworthy(&self) -> bool {
        let all = self.answered.len() + self.failed.len();
        all < 5 || self.failed.len() * 2 <= all
    }
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
    analysing: usize,
    analysis_bytes: usize,
    asked: u64,
    known_hosts: HashSet<HostKey>,
    pub(super) robots: HashMap<HostKey, Vec<StoredRobots>>,
    /// Hosts whose robots file could not even be asked for, with the failure and the attempts.
    pub(super) unreachable: HashMap<HostKey, (FetchFailure, u32)>,
    pub(super) tally: HostTally,
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
            analysing: 0,
            analysis_bytes: 0,
            asked: 0,
            known_hosts: HashSet::new(),
            robots: HashMap::new(),
            unreachable: HashMap::new(),
            tally: HostTally::default(),
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
    pub async fn run(
        mut self,
        stop: &mut Stop,
        observer: &mut dyn Observer,
    ) -> Result<(Ended, HostTally), RunError> {
        let started = Instant::now();
        let mut ended = Ended::Done;
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let wake = match self.dispatch(started)? {
                Dispatch::Until(moment) => Some(moment),
                Dispatch::WhenSomethingEnds => None,
                Dispatch::Drained if self.tasks.is_empty() => break,
                Dispatch::Drained => None,
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
        Ok((ended, self.tally))
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

    fn ask(&mut self, ticket: Ticket, url: &str, work: Work) -> Result<(), RunError> {
        let Ok(url) = Url::parse(url) else { return Err(RunError::Url(url.to_owned())) };
        match work {
            Work::Page(plan) => {
                self.asked += 1;
                self.ask_page(ticket, url, Box::new(PageJob::new(plan)))
            }
            Work::Hop(job) => self.ask_page(ticket, url, job),
            Work::Probe(job) => {
                let mut request = ExchangeRequest::get(url.clone());
                request.cookies = job.jar.header_for(&url);
                self.spawn(ticket, Asked::Probe(job), request);
                Ok(())
            }
            Work::Robots(job) => {
                self.ask_robots(ticket, url, job);
                Ok(())
            }
        }
    }

    fn ask_page(&mut self, ticket: Ticket, url: Url, job: Box<PageJob>) -> Result<(), RunError> {
        let Some(planned) = self.analyst.plan.urls.get(job.plan as usize) else {
            return Err(RunError::Plan(job.plan));
        };
        let mut request = ExchangeRequest::get(url.clone());
        request.cookies = job.jar.header_for(&url);
        let record = self.analyst.store.url(planned.url.key())?;
        request.validators = record.and_then(|record| validators_for(record, &url));
        if planned.roles.only_image() {
            request.max_body = Some(IMAGE_BYTES);
        }
        self.spawn(ticket, Asked::Page(job), request);
        Ok(())
    }

    fn ask_robots(&mut self, ticket: Ticket, url: Url, job: Box<RobotsJob>) {
        let mut request = ExchangeRequest::get(url);
        request.max_body = Some(crate::crawl::RobotsAccess::BYTE_LIMIT);
        self.spawn(ticket, Asked::Robots(job), request);
    }

    fn spawn(&mut self, ticket: Ticket, asked: Asked, request: ExchangeRequest) {
        let client = self.client.clone();
        self.tasks.spawn(async move {
            let exchange = client.exchange(request).await;
            Done::Exchanged(ticket, asked, Box::new(exchange))
        });
    }

    fn done(&mut self, done: Done, observer: &mut dyn Observer) -> Result<(), RunError> {
        match done {
            Done::Exchanged(ticket, asked, exchange) => self.exchanged(ticket, asked, *exchange),
            Done::Analysed(bytes, analysis) => self.analysed(bytes, analysis, observer),
        }
    }

    fn exchanged(&mut self, ticket: Ticket, asked: Asked, exchange: Exchange) -> Result<(), RunError> {
        let host = ticket.host().clone();
        let (feedback, rests) = self.learn(&host, &exchange);
        self.scheduler.release(ticket, feedback, Instant::now());
        if rests {
            self.keep_host(&host)?;
        }
        match asked {
            Asked::Page(job) => self.page_answered(job, exchange),
            Asked::Probe(job) => self.probe_answered(job, exchange),
            Asked::Robots(job) => self.robots_answered(job, exchange),
        }
    }

    /// What an exchange teaches about its host; the flag says whether its back-off changed.
    fn learn(&mut self, host: &HostKey, exchange: &Exchange) -> (Feedback, bool) {
        match &exchange.outcome {
            Ok(response) => {
                self.tally.answered(host);
                if matches!(response.status, 429 | 503) {
                    let header = response.header("retry-after");
                    let retry_after =
                        header.and_then(|value| retry_after::parse(value, jiff::Timestamp::now()));
                    (Feedback::Refused { retry_after }, true)
                } else {
                    (Feedback::Answered, false)
                }
            }
            Err(failure) => {
                self.tally.failed(host, *failure);
                let feedback = match failure {
                    FetchFailure::DnsNxdomain => Feedback::NameGone,
                    failure if job::is_connection(exchange, *failure) => Feedback::Unreachable,
                    _ => Feedback::GivenUp,
                };
                (feedback, false)
            }
        }
    }

    fn page_answered(&mut self, mut job: Box<PageJob>, exchange: Exchange) -> Result<(), RunError> {
        job.elapsed += exchange.elapsed;
        job.jar.absorb(&exchange);
        let url = exchange.url.clone();
        let again = match &exchange.outcome {
            Ok(response) => retry_of_status(response.status),
            Err(failure) if job::is_transient(*failure) => Retry::Later,
            Err(_) => Retry::No,
        };
        if std::mem::take(&mut job.retrying) {
            job.chain.pop();
        }
        job.chain.push(exchange);
        if again != Retry::No && job.attempts <= self.settings.retries {
            let wait = job::retry_wait(self.settings.retry_wait, job.attempts);
            job.attempts += 1;
            job.retrying = true;
            let now = Instant::now();
            match again {
                // The host's own deadline decides when.
                Retry::WithHost => self.scheduler.push_first(&url, Work::Hop(job), true, now),
                _ => self.scheduler.push_later(&url, Work::Hop(job), true, now + wait, now),
            }
            return Ok(());
        }
        if let redirect::Next::Hop { url, .. } = redirect::next(&job.chain, self.settings.max_redirects) {
            self.remember_host(&url)?;
            self.scheduler.push_first(&url, Work::Hop(job), true, Instant::now());
            return Ok(());
        }
        self.analyse(job);
        Ok(())
    }

    /// Hands a page to the analysts.
    fn analyse(&mut self, job: Box<PageJob>) {
        let bytes = job.chain.last().and_then(|last| last.outcome.as_ref().ok()).map_or(0, |r| r.body.len());
        self.on_worker(bytes, move |analyst| analyst.page(job));
    }

    pub(super) fn on_worker(
        &mut self,
        bytes: usize,
        work: impl FnOnce(&Analyst) -> Result<Analysis, RunError> + Send + 'static,
    ) {
        self.analysing += 1;
        self.analysis_bytes += bytes;
        let analyst = Arc::clone(&self.analyst);
        let workers = Arc::clone(&self.workers);
        self.tasks.spawn(async move {
            // The semaphore is never closed; were it, one worker more would run.
            let _permit = workers.acquire_owned().await;
            let result = tokio::task::spawn_blocking(move || work(&analyst)).await;
            Done::Analysed(bytes, result.unwrap_or_else(|error| Err(RunError::Worker(error.to_string()))))
        });
    }

    fn analysed(
        &mut self,
        bytes: usize,
        analysis: Result<Analysis, RunError>,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
        self.analysing -= 1;
        self.analysis_bytes -= bytes;
        match analysis? {
            Analysis::Judged(judged) => self.judged(&judged, observer),
            Analysis::NeedsProbe(job) => self.want_probe(job),
        }
    }

    fn judged(&mut self, judged: &Judged, observer: &mut dyn Observer) -> Result<(), RunError> {
        self.judged += 1;
        if let Some(planned) = self.analyst.plan.urls.get(judged.plan as usize) {
            self.frontier.settle(planned.url.key())?;
            observer.judged(planned, judged);
        }
        Ok(())
    }

    fn want_probe(&mut self, job: Box<PageJob>) -> Result<(), RunError> {
        let Some(url) = job.chain.last().map(|last| last.url.clone()) else {
            return Err(RunError::Plan(job.plan));
        };
        let key = verdict::ProbeKey::of(&url);
        match self.probes.want(key.clone(), job) {
            ProbeWanted::Known(job) => self.analyse(job),
            ProbeWanted::Waiting => {}
            ProbeWanted::Make => {
                let sibling = verdict::probe_url(&url, &verdict::random_name());
                let probe = ProbeJob { key, chain: Vec::new(), jar: crate::fetch::cookies::CookieJar::new() };
                self.scheduler.push_first(&sibling, Work::Probe(Box::new(probe)), true, Instant::now());
            }
        }
        Ok(())
    }

    fn probe_answered(&mut self, mut job: Box<ProbeJob>, exchange: Exchange) -> Result<(), RunError> {
        job.jar.absorb(&exchange);
        job.chain.push(exchange);
        if let redirect::Next::Hop { url, .. } = redirect::next(&job.chain, self.settings.max_redirects) {
            self.remember_host(&url)?;
            self.scheduler.push_first(&url, Work::Probe(job), true, Instant::now());
            return Ok(());
        }
        self.probe_known(*job);
        Ok(())
    }

    pub(super) fn probe_known(&mut self, job: ProbeJob) {
        let answer =
            job.chain.last().and_then(|last| last.outcome.as_ref().ok().map(|answer| (last, answer)));
        let visible = answer.map(|(last, answer)| {
            let hash = crate::snapshot::ContentHash::of(b"");
            super::conclude::Original::read(answer, &last.url, hash).whole.text
        });
        let probe = match job.chain.first() {
            Some(first) => verdict::Probe::of(&first.url, &job.chain, &visible.unwrap_or_default()),
            None => verdict::Probe::unanswered("it was not asked for"),
        };
        for page in self.probes.known(job.key, probe) {
            self.analyse(page);
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Retry {
    No,
    Later,
    WithHost,
}

/// What a status means for a retry: never for 4xx but 408, 425 and 429.
fn retry_of_status(status: u16) -> Retry {
    match status {
        429 | 503 => Retry::WithHost,
        408 | 425 | 500..=599 => Retry::Later,
        _ => Retry::No,
    }
}

/// Validators are sent only where the last content was judged to be the page, to the URL that sent
/// them: a wall's ETag would keep the wall for ever.
fn validators_for(record: UrlRecord, url: &Url) -> Option<crate::fetch::Validators> {
    record.latest_body?;
    let fine = KeptJudgement::of_value(&record.state).is_some_and(|kept| kept.judgement.verdict.is_fine());
    let (sender, validators) = record.validators?;
    (fine && sender == url.as_str()).then_some(validators)
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
