//! The engine's dealings with hosts: robots files, rests, refusals.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use crate::fetch::{Exchange, FetchFailure, Truncation, redirect};
use crate::frontier::{HostKey, HostState, Origin, Rejection, RobotsAccess, RobotsRules, StoredRobots};
use crate::verdict::{self, Cause, Judgement};

use super::enqueue::Turn;
use super::outage::Held;
use super::{Engine, Unreached, now_ms};
use crate::pipeline::RunError;
use crate::pipeline::engine::work_item;
use crate::pipeline::engine::work_item::{PageJob, RobotsJob, Work};
use crate::pipeline::page::judge;
use crate::pipeline::page::judge::Analysis;

/// The longest robots file that is remembered between runs.
const KEPT_ROBOTS_BYTES: usize = 3 << 10;

impl Engine<'_> {
    /// A robots file was answered, or was not.
    pub(super) fn robots_answered(
        &mut self,
        mut job: Box<RobotsJob>,
        exchange: Exchange,
    ) -> Result<(), RunError> {
        let url = exchange.url.clone();
        let again = exchange.worth_retrying();
        let (failed, connected) = (exchange.outcome.as_ref().err().copied(), exchange.connected);
        if std::mem::take(&mut job.retrying) {
            job.chain.pop();
        }
        job.chain.push(exchange);
        if again && job.attempts <= self.settings.retries {
            let now = Instant::now();
            let wait = work_item::retry_wait(self.settings.retry_wait, job.attempts);
            job.attempts += 1;
            job.retrying = true;
            return self.enqueue(&url, Work::Robots(job), Turn::Later { gated: false, due: now + wait });
        }
        if let redirect::Next::Hop { url, .. } = redirect::next(&job.chain, RobotsAccess::MAX_REDIRECTS) {
            return self.enqueue(&url, Work::Robots(job), Turn::First { gated: false });
        }
        match failed {
            Some(failure) if Origin::from_url(&url) == Origin::from_url(&job.robots_url) => {
                self.robots_failed(&job, failure, connected);
                Ok(())
            }
            _ => self.robots_final(&job),
        }
    }

    /// A robots file gave no answer. Where it could not even be asked for, that is a fault of the way to
    /// its origin, and the pages there are judged by it; nothing was refused. Where there was a connection,
    /// the file alone is broken: nothing may be asked for, and nothing is known of the pages.
    fn robots_failed(&mut self, job: &RobotsJob, failure: FetchFailure, connected: bool) {
        let at = Instant::now();
        let robots_url = job.robots_url.clone();
        let unreached = Unreached { robots_url, failure, attempts: job.attempts, at };
        self.unreachable.insert(Origin::from_url(&job.robots_url), unreached);
        if connected {
            self.no_robots(&job.robots_url);
        } else {
            self.scheduler.give_up_origin(&job.robots_url, at);
        }
    }

    fn no_robots(&mut self, robots_url: &Url) {
        let rules = RobotsRules::from_access(&RobotsAccess::Unreachable, &self.settings.robots_agent);
        self.scheduler.set_robots_rules(robots_url, rules, Instant::now());
    }

    fn robots_final(&mut self, job: &RobotsJob) -> Result<(), RunError> {
        let access = match (job.chain.last(), redirect::next(&job.chain, RobotsAccess::MAX_REDIRECTS)) {
            // More redirects than a robots file may take: as if there were none.
            (_, redirect::Next::Failed(_)) => RobotsAccess::Unavailable,
            (Some(Exchange { outcome: Ok(response), .. }), _) => {
                let access = RobotsAccess::from_answer(response.status, response.body.expose());
                // What did not come may have been the rule that forbids.
                let whole = matches!(response.truncated, None | Some(Truncation::Length));
                if matches!(access, RobotsAccess::Found(_)) && !whole {
                    RobotsAccess::Unreachable
                } else {
                    access
                }
            }
            _ => RobotsAccess::Unreachable,
        };
        let rules = RobotsRules::from_access(&access, &self.settings.robots_agent);
        self.scheduler.set_robots_rules(&job.robots_url, rules, Instant::now());
        let host = HostKey::from_url(&job.robots_url);
        let origin = job.robots_url.origin().ascii_serialization();
        let kept = self.robots.entry(host.clone()).or_default();
        kept.retain(|stored| stored.origin != origin);
        // That a file could not be had is not kept: the next run asks again.
        if access != RobotsAccess::Unreachable {
            kept.push(StoredRobots { origin, at_ms: now_ms(), access });
        }
        self.keep_host(&host)
    }

    /// Writes down what is to be remembered of a host: its robots files under its own name, its
    /// back-off under that of the hosts it is spared with.
    pub(super) fn keep_host(&mut self, host: &HostKey) -> Result<(), RunError> {
        let group = self.scheduler.group_of(host);
        let back_off = self.scheduler.back_off(host);
        let quiet = self.scheduler.forgiven_after(host);
        let mut memory = self.kept_robots(&group);
        memory.set_back_off(back_off, quiet, Instant::now(), now_ms());
        self.host_states.write_host(&group, &memory)?;
        if group != *host {
            let own = self.kept_robots(host);
            self.host_states.write_host(host, &own)?;
        }
        Ok(())
    }

    fn kept_robots(&self, host: &HostKey) -> HostState {
        // A database page holds about this much; a larger robots file is asked for again next time.
        let fits = |stored: &&StoredRobots| match &stored.access {
            RobotsAccess::Found(text) => text.len() <= KEPT_ROBOTS_BYTES,
            _ => true,
        };
        let robots = self.robots.get(host).into_iter().flatten().filter(fits).take(2).cloned().collect();
        HostState { robots, ..HostState::default() }
    }

    /// Something will not be asked for in this run.
    pub(super) fn refused(
        &mut self,
        host: &HostKey,
        url: &str,
        work: Work,
        denial: &Rejection,
    ) -> Result<(), RunError> {
        match work {
            Work::Page(plan) => self.page_refused(host, url, Box::new(PageJob::new(plan)), denial),
            Work::Hop(job) => self.page_refused(host, url, job, denial),
            Work::Probe(job) => {
                self.probe_known(*job);
                Ok(())
            }
            Work::Robots(job) => {
                self.robots_refused(&job, url, denial);
                Ok(())
            }
        }
    }

    fn robots_refused(&mut self, job: &RobotsJob, url: &str, denial: &Rejection) {
        let origin = Origin::from_url(&job.robots_url);
        let own = Url::parse(url).is_ok_and(|url| Origin::from_url(&url) == origin);
        if own && matches!(denial, Rejection::HostDown) {
            let failure = job.chain.last().and_then(|last| last.outcome.as_ref().err().copied());
            let failure = failure.or_else(|| self.tally.fault(&HostKey::from_url(&job.robots_url), &origin));
            self.robots_failed(job, failure.unwrap_or(FetchFailure::Unreachable), false);
        } else {
            self.no_robots(&job.robots_url);
        }
    }

    fn page_refused(
        &mut self,
        host: &HostKey,
        url: &str,
        job: Box<PageJob>,
        denial: &Rejection,
    ) -> Result<(), RunError> {
        match denial {
            // Not begun, so not judged: it stays due.
            Rejection::OverBudget { budget } => {
                self.left_over(host, Some(*budget));
                Ok(())
            }
            Rejection::HostDown | Rejection::RobotsUnreachable
                if self.watch.implicates(host) && self.watch.has_witnesses() =>
            {
                let held = Held::Refused(host.clone(), url.into(), job, denial.clone());
                self.held.push((Instant::now(), held));
                Ok(())
            }
            _ => self.judge_refused(host, url, job, denial),
        }
    }

    pub(super) fn judge_refused(
        &mut self,
        host: &HostKey,
        url: &str,
        job: Box<PageJob>,
        denial: &Rejection,
    ) -> Result<(), RunError> {
        let Ok(parsed) = Url::parse(url) else { return Err(RunError::Url(url.to_owned())) };
        let judgement = match denial {
            Rejection::Robots { rule } => Judgement::robots(rule),
            Rejection::RobotsUnreachable => Judgement::robots_unreachable(&self.robots_fault(&parsed)),
            Rejection::BackingOff { wait, status } => judge_resting(host, &job, *wait, *status),
            Rejection::HostDown => self.judge_down(host, &parsed, &job),
            Rejection::InvalidUrl | Rejection::OverBudget { .. } => {
                return Err(RunError::Url(url.to_owned()));
            }
        };
        self.on_worker(0, move |analyst| analyst.without_answer(&job, judgement).map(Analysis::Judged));
        Ok(())
    }

    fn robots_fault(&self, url: &Url) -> String {
        match self.unreachable.get(&Origin::from_url(url)) {
            Some(Unreached { failure, attempts, .. }) => {
                format!("the host's robots.txt could not be read: {failure}, in {attempts} attempt(s)")
            }
            None => "the host's robots.txt answered with an error, or was cut off".to_owned(),
        }
    }

    fn judge_down(&self, host: &HostKey, url: &Url, job: &PageJob) -> Judgement {
        // A page that was tried itself is judged by what it met.
        if let Some(Err(failure)) = job.chain.last().map(|last| last.outcome.as_ref().map(drop)) {
            return judge::judge_failure(*failure, job);
        }
        let origin = Origin::from_url(url);
        let known = self.unreachable.get(&origin).map(|known| (known.failure, known.attempts));
        let tallied = self.tally.fault(host, &origin).map(|failure| (failure, 0));
        let (failure, attempts) = known.or(tallied).unwrap_or((FetchFailure::Unreachable, 0));
        let mut judgement = verdict::judge_failure(failure, url);
        judgement.evidence.push(match attempts {
            0 => format!("{host} could not be reached several times in this run, and was not asked again"),
            tries => format!("not even robots.txt of {host} could be asked for, in {tries} attempt(s)"),
        });
        judgement
    }
}

/// `asked_by` is the status by which the host asked for rest; a page that was refused itself says so.
fn judge_resting(host: &HostKey, job: &PageJob, wait: Duration, asked_by: Option<u16>) -> Judgement {
    let own = job.chain.last().and_then(|last| last.outcome.as_ref().ok()).map(|response| response.status);
    let status = own.filter(|status| *status >= 400).or(asked_by);
    let until = jiff::Timestamp::now() + jiff::SignedDuration::try_from(wait).unwrap_or_default();
    let until = until.strftime("%Y-%m-%d %H:%M:%SZ");
    let cause = match status {
        Some(500..=599) => Cause::Http5xx,
        Some(429) | None => Cause::Http429,
        Some(_) => Cause::Http4xx,
    };
    let said = status.map(|status| format!("status {status}: ")).unwrap_or_default();
    Judgement::waiting(
        cause,
        &format!("{said}{host} asked for rest until {until}, beyond this run's patience"),
    )
}
