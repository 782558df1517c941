//! The engine's dealings with hosts: robots files, rests, refusals.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use crate::crawl::{Denial, HostKey, HostMemory, RobotsAccess, RobotsRules, StoredRobots};
use crate::fetch::{Exchange, FetchFailure, redirect};
use crate::verdict::{self, Cause, Judgement};

use super::outage::Held;
use super::queueing::Turn;
use super::{Engine, Unreached, now_ms};
use crate::app::run::RunError;
use crate::app::run::analyse::{self, Analysis};
use crate::app::run::job::{self, PageJob, RobotsJob, Work};

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
        let failed = exchange.outcome.as_ref().err().copied();
        if std::mem::take(&mut job.retrying) {
            job.chain.pop();
        }
        job.chain.push(exchange);
        if again && job.attempts <= self.settings.retries {
            let now = Instant::now();
            let wait = job::retry_wait(self.settings.retry_wait, job.attempts);
            job.attempts += 1;
            job.retrying = true;
            return self.enqueue(&url, Work::Robots(job), Turn::Later { gated: false, due: now + wait });
        }
        if let redirect::Next::Hop { url, .. } = redirect::next(&job.chain, RobotsAccess::MAX_REDIRECTS) {
            return self.enqueue(&url, Work::Robots(job), Turn::First { gated: false });
        }
        match failed {
            // Not even robots.txt could be asked for: that is a fault of the way to the host, and
            // its pages are judged by it; nothing was refused.
            Some(failure) if HostKey::of(&url) == HostKey::of(&job.robots_url) => {
                self.host_unreachable(&job, failure);
                Ok(())
            }
            _ => self.robots_final(&job),
        }
    }

    fn host_unreachable(&mut self, job: &RobotsJob, failure: FetchFailure) {
        let host = HostKey::of(&job.robots_url);
        let at = Instant::now();
        let robots_url = job.robots_url.clone();
        self.unreachable.insert(host.clone(), Unreached { robots_url, failure, attempts: job.attempts, at });
        self.scheduler.give_up(&host, at);
    }

    fn robots_final(&mut self, job: &RobotsJob) -> Result<(), RunError> {
        let access = match (job.chain.last(), redirect::next(&job.chain, RobotsAccess::MAX_REDIRECTS)) {
            // More redirects than a robots file may take: as if there were none.
            (_, redirect::Next::Failed(_)) => RobotsAccess::Unavailable,
            (Some(Exchange { outcome: Ok(response), .. }), _) => {
                RobotsAccess::from_answer(response.status, response.body.expose())
            }
            _ => RobotsAccess::Unreachable,
        };
        let rules = RobotsRules::new(&access, &self.settings.robots_agent);
        self.scheduler.robots_known(&job.robots_url, rules, Instant::now());
        let host = HostKey::of(&job.robots_url);
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
        let group = self.scheduler.group(host);
        let back_off = self.scheduler.back_off(host);
        let quiet = self.scheduler.forgiven_after(host);
        let mut memory = self.kept_robots(&group);
        memory.remember(back_off, quiet, Instant::now(), now_ms());
        self.frontier.put_host(&group, &memory)?;
        if group != *host {
            let own = self.kept_robots(host);
            self.frontier.put_host(host, &own)?;
        }
        Ok(())
    }

    fn kept_robots(&self, host: &HostKey) -> HostMemory {
        // A database page holds about this much; a larger robots file is asked for again next time.
        let fits = |stored: &&StoredRobots| match &stored.access {
            RobotsAccess::Found(text) => text.len() <= KEPT_ROBOTS_BYTES,
            _ => true,
        };
        let robots = self.robots.get(host).into_iter().flatten().filter(fits).take(2).cloned().collect();
        HostMemory { robots, ..HostMemory::default() }
    }

    /// Something will not be asked for in this run.
    pub(super) fn refused(
        &mut self,
        host: &HostKey,
        url: &str,
        work: Work,
        denial: &Denial,
    ) -> Result<(), RunError> {
        match work {
            Work::Page(plan) => self.page_refused(host, url, Box::new(PageJob::new(plan)), denial),
            Work::Hop(job) => self.page_refused(host, url, job, denial),
            Work::Probe(job) => {
                self.probe_known(*job);
                Ok(())
            }
            Work::Robots(job) => {
                self.robots_refused(&job, host, denial);
                Ok(())
            }
        }
    }

    fn robots_refused(&mut self, job: &RobotsJob, host: &HostKey, denial: &Denial) {
        let own = HostKey::of(&job.robots_url);
        if *host == own && matches!(denial, Denial::HostDown) {
            let failure = job.chain.last().and_then(|last| last.outcome.as_ref().err().copied());
            self.host_unreachable(job, failure.unwrap_or(FetchFailure::Unreachable));
            return;
        }
        let rules = RobotsRules::new(&RobotsAccess::Unreachable, &self.settings.robots_agent);
        self.scheduler.robots_known(&job.robots_url, rules, Instant::now());
    }

    fn page_refused(
        &mut self,
        host: &HostKey,
        url: &str,
        job: Box<PageJob>,
        denial: &Denial,
    ) -> Result<(), RunError> {
        match denial {
            // Not begun, so not judged: it stays due.
            Denial::OverBudget { budget } => {
                self.left_over(host, Some(*budget));
                Ok(())
            }
            Denial::HostDown if self.watch.implicates(host) && self.watch.has_witnesses() => {
                self.held.push((Instant::now(), Held::Refused(host.clone(), url.into(), job)));
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
        denial: &Denial,
    ) -> Result<(), RunError> {
        let Ok(parsed) = Url::parse(url) else { return Err(RunError::Url(url.to_owned())) };
        let judgement = match denial {
            Denial::Robots { rule } => Judgement::robots(rule),
            Denial::RobotsUnreachable => {
                Judgement::robots_unreachable("the host's robots.txt answered with an error")
            }
            Denial::HostResting { wait } => judge_resting(host, &job, *wait),
            Denial::HostDown => self.judge_down(host, &parsed, &job),
            Denial::BadUrl | Denial::OverBudget { .. } => return Err(RunError::Url(url.to_owned())),
        };
        self.on_worker(0, move |analyst| analyst.without_answer(&job, judgement).map(Analysis::Judged));
        Ok(())
    }

    fn judge_down(&self, host: &HostKey, url: &Url, job: &PageJob) -> Judgement {
        // A page that was tried itself is judged by what it met.
        if let Some(Err(failure)) = job.chain.last().map(|last| last.outcome.as_ref().map(drop)) {
            return analyse::judge_failure(*failure, job);
        }
        let known = self.unreachable.get(host).map(|known| (known.failure, known.attempts));
        let tallied = self.tally.failed.get(host).map(|failure| (*failure, 0));
        let (failure, attempts) = known.or(tallied).unwrap_or((FetchFailure::Unreachable, 0));
        let mut judgement = verdict::judge_failure(failure, url);
        judgement.evidence.push(match attempts {
            0 => format!("{host} could not be reached several times in this run, and was not asked again"),
            tries => format!("not even robots.txt of {host} could be asked for, in {tries} attempt(s)"),
        });
        judgement
    }
}

fn judge_resting(host: &HostKey, job: &PageJob, wait: Duration) -> Judgement {
    let status = job.chain.last().and_then(|last| last.outcome.as_ref().ok()).map(|response| response.status);
    let until = jiff::Timestamp::now() + jiff::SignedDuration::try_from(wait).unwrap_or_default();
    let (cause, said) = match status {
        Some(503) => (Cause::Http5xx, "status 503: "),
        Some(429) => (Cause::Http429, "status 429: "),
        _ => (Cause::Http429, ""),
    };
    let until = until.strftime("%Y-%m-%d %H:%M:%SZ");
    Judgement::waiting(
        cause,
        &format!("{said}{host} asked for rest until {until}, beyond this run's patience"),
    )
}
