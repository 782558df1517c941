//! Runs the loop of the engine: sends requests as the scheduler allows, and handles their answers.
//!
//! An exchange is a task only while it is under way. A page that is analysed holds no ticket, so a
//! slow processor never makes a host wait, and a bound on the bytes under analysis keeps fast hosts
//! from filling the memory.

use std::time::Duration;

use tokio::time::Instant;

use super::crawl_outcome::{CrawlEnd, CrawlOutcome};
use super::crawl_state::Engine;
use super::event::Event;
use super::work_item::RobotsJob;
use crate::frontier::NextAction;
use crate::pipeline::error::RunError;
use crate::pipeline::observer::{CrawlProgress, RunObserver};
use crate::pipeline::shutdown::StopSignal;
use crate::store::StoreError;

/// How many bytes of bodies may wait for their analysis before no more requests are sent.
const MAX_BYTES_UNDER_ANALYSIS: usize = 4 << 20;

/// With this many hosts tried and no answer, the network here is taken to be down.
const MIN_HOSTS_FOR_OUTAGE: usize = 20;

/// How many requests are released in one turn before they are sent. The interval of a host counts from
/// the release, so the last of a hundred would reach its server milliseconds late.
const REQUESTS_PER_TURN: usize = 4;

impl Engine<'_> {
    /// Crawls until everything is judged, a limit is reached, or `stop` asks for an end.
    pub async fn run(
        mut self,
        stop: &mut StopSignal,
        observer: &mut dyn RunObserver,
    ) -> Result<CrawlOutcome, RunError> {
        let crawled = self.crawl_due_pages(stop, observer).await;
        let cut_short = self.end_where_disk_is_full(crawled)?.unwrap_or(true);
        if cut_short && !self.is_disk_full() {
            if self.network.is_down() && self.ended == CrawlEnd::OverBudget {
                self.ended = CrawlEnd::Outage;
            }
            // Failures that are not cleared up stay due for the next run.
            let finished = self.finish_open_requests(stop, observer).await;
            self.end_where_disk_is_full(finished)?;
        }
        if self.is_disk_full() {
            // Nothing can be stored any more. What was not stored has no visit, and comes again in the next run.
            self.tasks.shutdown().await;
        }
        self.report_progress(observer);
        let suspicious = !self.host_stats.failed.is_empty() || self.health.find_outage().is_some();
        if suspicious && self.ended != CrawlEnd::Outage && !self.is_disk_full() {
            self.ask_canaries().await;
            self.ask_witnesses().await;
        }
        if matches!(self.ended, CrawlEnd::Done | CrawlEnd::OverBudget)
            && self.host_stats.looks_like_no_network()
        {
            self.ended = CrawlEnd::NoNetwork;
        }
        let (outage, network_proved) = (self.health.find_outage(), self.health.is_network_proved());
        let Self { ended, host_stats, shortage, spent, judged, failures, .. } = self;
        Ok(CrawlOutcome { ended, host_stats, shortage, outage, network_proved, spent, judged, failures })
    }

    /// Crawls; returns whether it ended before everything was judged.
    async fn crawl_due_pages(
        &mut self,
        stop: &mut StopSignal,
        observer: &mut dyn RunObserver,
    ) -> Result<bool, RunError> {
        let started = Instant::now();
        if let Some(time) = self.settings.budget.time {
            self.scheduler.set_run_end(started + time);
        }
        let mut tick = tokio::time::interval(Duration::from_millis(200));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            self.check_reference_hosts(false)?;
            let wake = match self.dispatch_requests(started)? {
                DispatchOutcome::Until(moment) => Some(moment),
                DispatchOutcome::Drained if self.tasks.is_empty() => {
                    if self.deferred_pages.is_empty() {
                        return Ok(false);
                    }
                    // No other request is left whose answer could clear up these failures.
                    self.check_reference_hosts(true)?;
                    if self.network.is_up() {
                        self.judge_deferred_pages(Instant::now())?;
                    }
                    continue;
                }
                DispatchOutcome::Drained | DispatchOutcome::WhenSomethingEnds => None,
                DispatchOutcome::Sent => {
                    // Yield, so that the requests leave before the clock is read for the next ones.
                    tokio::task::yield_now().await;
                    continue;
                }
                DispatchOutcome::TimeIsOver => return Ok(true),
            };
            // If there are reference hosts, they decide instead.
            let nobody = self.host_stats.looks_like_no_network()
                && self.host_stats.failed.len() >= MIN_HOSTS_FOR_OUTAGE;
            if nobody && !self.network.has_reference_hosts() {
                self.ended = CrawlEnd::NoNetwork;
                return Ok(true);
            }
            self.shortage = self.space.find_shortage(
                Instant::now(),
                self.bytes_received,
                self.analyst.store.unwritten_bytes().saturating_add(self.analysis_bytes as u64),
            );
            if self.shortage.is_some() {
                self.ended = CrawlEnd::LowSpace;
                return Ok(true);
            }
            if self.network.is_past_limit(Instant::now()) {
                self.ended = CrawlEnd::Outage;
                return Ok(true);
            }
            tokio::select! {
                () = stop.wait_for_request() => {
                    self.ended = CrawlEnd::Interrupted;
                    return Ok(true);
                }
                Some(done) = self.tasks.join_next() => {
                    self.handle_event(done?, observer)?;
                    // Handle everything that has ended: one turn of this loop costs more than that.
                    while let Some(done) = self.tasks.try_join_next() {
                        self.handle_event(done?, observer)?;
                    }
                }
                () = sleep_until(wake) => {}
                _ = tick.tick() => self.report_progress(observer),
            }
        }
    }

    /// Ends the crawl where a result says that the disk of the store is full; `None` then. Any other error is
    /// returned.
    fn end_where_disk_is_full<T>(&mut self, result: Result<T, RunError>) -> Result<Option<T>, RunError> {
        match result {
            Err(RunError::Snapshot(error)) if error.is_disk_full() => {
                (self.ended, self.shortage) = (CrawlEnd::LowSpace, Some(error));
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    fn is_disk_full(&self) -> bool {
        self.shortage.as_ref().is_some_and(StoreError::is_disk_full)
    }

    /// Waits for requests under way, at most for the grace period or until a second stop request.
    async fn finish_open_requests(
        &mut self,
        stop: &mut StopSignal,
        observer: &mut dyn RunObserver,
    ) -> Result<(), RunError> {
        let deadline = Instant::now() + self.settings.grace;
        while !self.tasks.is_empty() {
            tokio::select! {
                () = tokio::time::sleep_until(deadline) => break,
                () = stop.wait_for_second_request() => break,
                Some(done) = self.tasks.join_next() => self.handle_event(done?, observer)?,
            }
        }
        // Exchanges are dropped. An analysis that has begun still stores its page.
        self.tasks.abort_all();
        while let Some(done) = self.tasks.join_next().await {
            if let Ok(Event::PageAnalysed(bytes, analysis)) = done {
                self.handle_analysis(bytes, analysis, observer)?;
            }
        }
        Ok(())
    }

    fn report_progress(&self, observer: &mut dyn RunObserver) {
        let (active_hosts, waiting_hosts) = self.scheduler.count_hosts();
        let (judged, found) = (self.judged, self.found);
        observer.progress_made(CrawlProgress { judged, found, active_hosts, waiting_hosts });
    }

    fn dispatch_requests(&mut self, started: Instant) -> Result<DispatchOutcome, RunError> {
        for _ in 0..REQUESTS_PER_TURN {
            let now = Instant::now();
            if self.enforce_budget(started, now) {
                return Ok(DispatchOutcome::TimeIsOver);
            }
            if !self.network.is_up() {
                let round = self.network.next_round();
                return Ok(round.map_or(DispatchOutcome::WhenSomethingEnds, DispatchOutcome::Until));
            }
            let full = self.scheduler.in_flight_count() >= self.settings.concurrency;
            if full || self.analysis_bytes >= MAX_BYTES_UNDER_ANALYSIS {
                return Ok(DispatchOutcome::WhenSomethingEnds);
            }
            match self.scheduler.next_action(now) {
                NextAction::Ask(ticket, url, work) => self.send_request(ticket, &url, work)?,
                NextAction::AskRobots(ticket, _, robots_url) => {
                    let job = RobotsJob {
                        robots_url: robots_url.clone(),
                        chain: Vec::new(),
                        attempts: 1,
                        retrying: false,
                    };
                    self.request_robots_file(ticket, robots_url, Box::new(job));
                }
                NextAction::Reject(host, url, work, denial) => {
                    self.handle_rejection(&host, &url, work, &denial)?;
                }
                NextAction::WaitUntil(until) => return Ok(DispatchOutcome::Until(until)),
                NextAction::Busy => return Ok(DispatchOutcome::WhenSomethingEnds),
                NextAction::Finished => return Ok(DispatchOutcome::Drained),
            }
        }
        Ok(DispatchOutcome::Sent)
    }
}

/// What the loop does after a turn of sending.
enum DispatchOutcome {
    /// More requests may be ready.
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
