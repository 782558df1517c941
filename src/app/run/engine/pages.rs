//! The engine's dealings with pages: asking, hops and retries, analysis, probes.

use std::sync::Arc;

use tokio::time::Instant;
use url::Url;

use super::{Asked, Done, Engine};
use crate::app::run::analyse::{Analysis, Analyst, Judged};
use crate::app::run::conclude::Original;
use crate::app::run::job::{self, PageJob, ProbeJob, ProbeWanted, RobotsJob, Work};
use crate::app::run::kept::KeptJudgement;
use crate::app::run::{Observer, RunError};
use crate::crawl::{Feedback, HostKey, RobotsAccess, Ticket};
use crate::fetch::cookies::CookieJar;
use crate::fetch::{Exchange, ExchangeRequest, FetchFailure, Validators, redirect, retry_after};
use crate::snapshot::{ContentHash, UrlRecord};
use crate::verdict;

/// How much is read of what is only shown as a picture: it is judged, not kept.
const IMAGE_BYTES: u64 = 64 << 10;

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
/// them: a wall's `ETag` would keep the wall for ever.
fn validators_for(record: UrlRecord, url: &Url) -> Option<Validators> {
    record.latest_body?;
    let fine = KeptJudgement::of_value(&record.state).is_some_and(|kept| kept.judgement.verdict.is_fine());
    let (sender, validators) = record.validators?;
    (fine && sender == url.as_str()).then_some(validators)
}

impl Engine<'_> {
    pub(super) fn ask(&mut self, ticket: Ticket, url: &str, work: Work) -> Result<(), RunError> {
        let Ok(url) = Url::parse(url) else { return Err(RunError::Url(url.to_owned())) };
        match work {
            Work::Page(plan) => {
                self.asked += 1;
                self.ask_page(ticket, &url, Box::new(PageJob::new(plan)))
            }
            Work::Hop(job) => self.ask_page(ticket, &url, job),
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

    fn ask_page(&mut self, ticket: Ticket, url: &Url, job: Box<PageJob>) -> Result<(), RunError> {
        let Some(planned) = self.analyst.plan.urls.get(job.plan as usize) else {
            return Err(RunError::Plan(job.plan));
        };
        let mut request = ExchangeRequest::get(url.clone());
        request.cookies = job.jar.header_for(url);
        let record = self.analyst.store.url(planned.url.key())?;
        request.validators = record.and_then(|record| validators_for(record, url));
        if planned.roles.only_image() {
            request.max_body = Some(IMAGE_BYTES);
        }
        self.spawn(ticket, Asked::Page(job), request);
        Ok(())
    }

    pub(super) fn ask_robots(&mut self, ticket: Ticket, url: Url, job: Box<RobotsJob>) {
        let mut request = ExchangeRequest::get(url);
        request.max_body = Some(RobotsAccess::BYTE_LIMIT);
        self.spawn(ticket, Asked::Robots(job), request);
    }

    fn spawn(&mut self, ticket: Ticket, asked: Asked, request: ExchangeRequest) {
        let client = self.client.clone();
        self.tasks.spawn(async move {
            let exchange = client.exchange(request).await;
            Done::Exchanged(ticket, asked, Box::new(exchange))
        });
    }

    pub(super) fn done(&mut self, done: Done, observer: &mut dyn Observer) -> Result<(), RunError> {
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

    pub(super) fn analysed(
        &mut self,
        bytes: usize,
        analysis: Result<Analysis, RunError>,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
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
            let host = HostKey::of(planned.url.as_url());
            self.health.observe(host.as_str(), &judged.judgement);
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
                let probe = ProbeJob { key, chain: Vec::new(), jar: CookieJar::new() };
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
            let hash = ContentHash::of(b"");
            Original::read(answer, &last.url, hash).whole.text
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
