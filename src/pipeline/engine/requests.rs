//! The engine's dealings with pages: asking, hops and retries, analysis, probes.

use std::sync::Arc;

use tokio::time::Instant;
use url::Url;

use super::enqueue::Turn;
use super::outage::Held;
use super::{Asked, Done, Engine, network_monitor};
use crate::fetch::cookies::CookieJar;
use crate::fetch::{Exchange, ExchangeRequest, FetchFailure, Validators, redirect};
use crate::frontier::{HostFeedback, HostKey, Origin, RobotsAccess, Ticket};
use crate::pipeline::engine::work_item;
use crate::pipeline::engine::work_item::{PageJob, ProbeJob, ProbeWanted, RobotsJob, Work};
use crate::pipeline::page::judge::{Analysis, Analyst, Judged};
use crate::pipeline::page::persist::{BodyHash, Original};
use crate::pipeline::page::stored_json::KeptJudgement;
use crate::pipeline::{Observer, RunError};
use crate::store::UrlRecord;
use crate::verdict::{self, Control, End};

/// How much is read of what is only shown as a picture: it is judged, not kept.
const IMAGE_BYTES: u64 = 64 << 10;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Retry {
    No,
    Later,
    WithHost,
}

/// Whether a request is tried again, and when: faults that may pass, and of 4xx only 408, 425, 429.
fn retry_of(exchange: &Exchange) -> Retry {
    match &exchange.outcome {
        Ok(response) if matches!(response.status, 429 | 503) => Retry::WithHost,
        _ if exchange.worth_retrying() => Retry::Later,
        _ => Retry::No,
    }
}

/// Validators are sent only where the last content was judged to be the page, to the URL that sent
/// them: a wall's `ETag` would keep the wall for ever.
fn validators_for(record: &UrlRecord, url: &Url) -> Option<Validators> {
    record.latest_body?;
    let (sender, validators) = record.validators.as_ref()?;
    let fine = || KeptJudgement::read(&record.state).is_some_and(|kept| kept.judgement.verdict.is_fine());
    (sender == url.as_str() && fine()).then(|| validators.clone())
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

    fn ask_page(&mut self, ticket: Ticket, url: &Url, mut job: Box<PageJob>) -> Result<(), RunError> {
        let planned = self.planned(job.plan)?;
        let mut request = ExchangeRequest::get(url.clone());
        request.cookies = job.jar.header_for(url);
        // A read may have to wait for the writer, and the request with it.
        if !self.unseen.contains(&job.plan) {
            job.previous = self.analyst.store.url(planned.url.key())?.map(Box::new);
        }
        request.validators = job.previous.as_deref().and_then(|record| validators_for(record, url));
        if planned.roles.only_image() {
            request.max_body = Some(IMAGE_BYTES);
        }
        self.spawn(ticket, Asked::Page(job), request);
        Ok(())
    }

    pub(super) fn ask_robots(&mut self, ticket: Ticket, url: Url, job: Box<RobotsJob>) {
        let mut request = ExchangeRequest::get(url);
        // One byte more tells whether that is all.
        request.max_body = Some(RobotsAccess::BYTE_LIMIT + 1);
        self.spawn(ticket, Asked::Robots(job), request);
    }

    fn spawn(&mut self, ticket: Ticket, asked: Asked, mut request: ExchangeRequest) {
        let client = self.client.clone();
        request.http1 = self.http1.contains(ticket.host());
        self.tasks.spawn(async move {
            let exchange = client.exchange(request).await;
            Done::Exchanged(ticket, asked, Box::new(exchange))
        });
    }

    pub(super) fn done(&mut self, done: Done, observer: &mut dyn Observer) -> Result<(), RunError> {
        match done {
            Done::Exchanged(ticket, asked, exchange) => self.exchanged(ticket, asked, *exchange),
            Done::Analysed(bytes, analysis) => self.analysed(bytes, analysis, observer),
            Done::Located(host, address) => self.located(&host, address),
            Done::Witness(ticket, exchange) => self.witnessed(ticket, &exchange),
        }
    }

    fn exchanged(&mut self, ticket: Ticket, asked: Asked, exchange: Exchange) -> Result<(), RunError> {
        let (host, begun) = (ticket.host().clone(), ticket.issued_at());
        if matches!(exchange.outcome, Err(FetchFailure::Http2)) {
            // The host answers, but not so: each further request takes its turn, over HTTP/1.1.
            self.http1.insert(host);
            self.scheduler.release_ticket(ticket, HostFeedback::Cancelled, 0, Instant::now());
            return self.ask_again_later(&exchange.url, asked);
        }
        let (feedback, rests) = self.learn(&host, &exchange);
        self.watch(&host, &exchange, begun)?;
        let silent = matches!(&exchange.outcome, Err(failure) if network_monitor::is_silent(*failure));
        // While the network is in doubt, no failure is the host's, and no host is given up.
        let in_doubt = silent && !self.watch.is_up();
        let feedback = if in_doubt { HostFeedback::Cancelled } else { feedback };
        let bytes = exchange.outcome.as_ref().map_or(0, |response| response.body.len() as u64);
        self.bytes = self.bytes.saturating_add(bytes);
        self.scheduler.release_ticket(ticket, feedback, bytes, Instant::now());
        if rests {
            self.keep_host(&host)?;
        }
        if in_doubt {
            return self.ask_again_later(&exchange.url, asked);
        }
        match asked {
            Asked::Page(job) => self.page_answered(job, exchange),
            Asked::Probe(job) => self.probe_answered(job, exchange),
            Asked::Robots(job) => self.robots_answered(job, exchange),
        }
    }

    /// What an exchange teaches about its host; the flag says whether its back-off changed.
    pub(super) fn learn(&mut self, host: &HostKey, exchange: &Exchange) -> (HostFeedback, bool) {
        match &exchange.outcome {
            Ok(response) => {
                self.tally.answered(host);
                let status = response.status;
                let retry_after = exchange.retry_after(jiff::Timestamp::now());
                // Of what is tried again, all that names a time asks for rest (RFC 9110, section 10.2.3).
                let named = retry_after.is_some() && matches!(status, 408 | 425 | 500..=599);
                if matches!(status, 429 | 503) || named {
                    (HostFeedback::Refused { retry_after, status }, true)
                } else {
                    (HostFeedback::Answered, false)
                }
            }
            Err(failure) => {
                let origin = (!exchange.connected).then(|| Origin::from_url(&exchange.url));
                self.tally.failed(host, origin, *failure);
                let feedback = match failure {
                    FetchFailure::DnsNxdomain => HostFeedback::NameGone,
                    FetchFailure::DnsFailure => HostFeedback::Unresolved,
                    // A page that hangs, or breaks its connection, says nothing of others.
                    failure if !exchange.connected && failure.is_transient() => HostFeedback::Unreachable,
                    _ => HostFeedback::Cancelled,
                };
                (feedback, false)
            }
        }
    }

    fn page_answered(&mut self, mut job: Box<PageJob>, exchange: Exchange) -> Result<(), RunError> {
        job.elapsed += exchange.elapsed;
        job.jar.absorb(&exchange);
        let url = exchange.url.clone();
        let again = retry_of(&exchange);
        let failed = exchange.outcome.as_ref().err().copied();
        if std::mem::take(&mut job.retrying) {
            job.chain.pop();
        }
        job.chain.push(exchange);
        if again != Retry::No && job.attempts <= self.settings.retries {
            let wait = work_item::retry_wait(self.settings.retry_wait, job.attempts);
            job.attempts += 1;
            job.retrying = true;
            let turn = match again {
                // The host's own deadline decides when.
                Retry::WithHost => Turn::First { gated: true },
                _ => Turn::Later { gated: true, due: Instant::now() + wait },
            };
            return self.enqueue(&url, Work::Hop(job), turn);
        }
        match redirect::next(&job.chain, self.settings.max_redirects) {
            redirect::Next::Hop { url, .. } => {
                return self.enqueue(&url, Work::Hop(job), Turn::First { gated: true });
            }
            redirect::Next::Failed(failure) => job.dead_end = Some(failure),
            redirect::Next::Final => {}
        }
        if failed.is_some_and(|failure| self.watch.doubts(failure)) {
            self.held.push((Instant::now(), Held::Asked(job)));
            return Ok(());
        }
        self.analyse(job);
        Ok(())
    }

    /// Hands a page to the analysts.
    pub(super) fn analyse(&mut self, job: Box<PageJob>) {
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
        let work = move || Done::Analysed(bytes, work(&analyst));
        self.tasks.spawn_blocking_on(work, self.workers.handle());
    }

    pub(super) fn analysed(
        &mut self,
        bytes: usize,
        analysis: Result<Analysis, RunError>,
        observer: &mut dyn Observer,
    ) -> Result<(), RunError> {
        self.analysis_bytes -= bytes;
        match analysis? {
            Analysis::Judged(judged) => self.judged(judged, observer),
            Analysis::NeedsProbe(job, control) => self.want_probe(job, &control),
        }
    }

    fn judged(&mut self, judged: Judged, observer: &mut dyn Observer) -> Result<(), RunError> {
        self.judged += 1;
        if !judged.judgement.verdict.is_fine() {
            self.failures.push(judged.plan);
        }
        if let Some(planned) = self.analyst.plan.get(judged.plan) {
            let host = HostKey::from_url(planned.url.as_url());
            self.health.observe(host.as_str(), &judged.judgement);
            if let Some((ended, body)) = judged.ended.as_deref() {
                let domain = |url: &Url| HostKey::from_url(url).registrable_domain();
                let asked = domain(planned.url.as_url());
                let end = match body {
                    _ if domain(ended) != asked => Some(End::foreign(ended)),
                    Some(body) => Some(End::Everywhere(body.to_string())),
                    None => None,
                };
                self.health.ended(asked.as_str(), planned.url.as_url(), end);
            }
            observer.judged(&planned, &judged);
        }
        self.follow(judged.plan, judged.leads)
    }

    fn want_probe(&mut self, job: Box<PageJob>, control: &Control) -> Result<(), RunError> {
        let key = control.key();
        match self.probes.want(key.clone(), job) {
            ProbeWanted::Known(job) => self.analyse(job),
            ProbeWanted::Waiting => {}
            ProbeWanted::Make => {
                let url = control.url(&verdict::random_name());
                let probe = ProbeJob { key, chain: Vec::new(), jar: CookieJar::new() };
                self.enqueue(&url, Work::Probe(Box::new(probe)), Turn::First { gated: true })?;
            }
        }
        Ok(())
    }

    fn probe_answered(&mut self, mut job: Box<ProbeJob>, exchange: Exchange) -> Result<(), RunError> {
        job.jar.absorb(&exchange);
        job.chain.push(exchange);
        if let redirect::Next::Hop { url, .. } = redirect::next(&job.chain, self.settings.max_redirects) {
            return self.enqueue(&url, Work::Probe(job), Turn::First { gated: true });
        }
        self.probe_known(*job);
        Ok(())
    }

    pub(super) fn probe_known(&mut self, job: ProbeJob) {
        let answer =
            job.chain.last().and_then(|last| last.outcome.as_ref().ok().map(|answer| (last, answer)));
        let page =
            answer.map(|(last, answer)| Original::read(answer, &last.url, BodyHash::of(&answer.body)).whole);
        let page = page.unwrap_or_default();
        let probe = match job.chain.first() {
            Some(first) => verdict::Probe::of(&first.url, &job.chain, &page.title, &page.text),
            None => verdict::Probe::unanswered("it was not asked for"),
        };
        for page in self.probes.known(job.key, probe) {
            self.analyse(page);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;
    use crate::fetch::{Protocol, Response, Truncation};
    use crate::model::Untrusted;

    fn exchange(outcome: Result<(u16, Option<Truncation>), FetchFailure>) -> Exchange {
        let response = |(status, truncated)| Response {
            status,
            protocol: Protocol::Http11,
            headers: Vec::new(),
            body: Untrusted::default(),
            truncated,
        };
        Exchange {
            url: Url::parse("http://a.example/").unwrap(),
            at: jiff::Timestamp::UNIX_EPOCH,
            elapsed: Duration::ZERO,
            remote: None,
            connected: true,
            request_headers: Vec::new(),
            outcome: outcome.map(response),
        }
    }

    #[test]
    fn of_statuses_only_those_that_may_pass_are_tried_again() {
        for status in 100..600 {
            let expected = match status {
                429 | 503 => Retry::WithHost,
                408 | 425 | 500..=599 => Retry::Later,
                _ => Retry::No,
            };
            assert!(retry_of(&exchange(Ok((status, None)))) == expected, "{status}");
        }
        assert!(retry_of(&exchange(Ok((200, Some(Truncation::Disconnect))))) == Retry::Later);
        assert!(retry_of(&exchange(Ok((200, Some(Truncation::Length))))) == Retry::No);
    }

    #[test]
    fn of_failures_only_those_of_connections_and_of_dns_are() {
        for (failure, again) in [
            (FetchFailure::Timeout, true),
            (FetchFailure::DnsFailure, true),
            (FetchFailure::ConnectionRefused, true),
            (FetchFailure::ConnectionReset, true),
            (FetchFailure::ConnectionClosed, true),
            (FetchFailure::Unreachable, true),
            (FetchFailure::DnsNxdomain, false),
            (FetchFailure::TlsExpired, false),
            (FetchFailure::TlsHostname, false),
            (FetchFailure::TlsUntrusted, false),
            (FetchFailure::TlsProtocol, false),
            (FetchFailure::ForbiddenAddress, false),
            (FetchFailure::Protocol, false),
        ] {
            assert!((retry_of(&exchange(Err(failure))) == Retry::Later) == again, "{failure}");
        }
    }

    #[test]
    fn waits_double_and_are_spread() {
        let second = Duration::from_secs(1);
        for (attempts, least) in [(1, 1), (2, 2), (3, 4), (4, 8)] {
            let waits: Vec<Duration> = (0..50).map(|_| work_item::retry_wait(second, attempts)).collect();
            let (shortest, longest) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
            assert!(*shortest >= second * least && *longest <= second * least * 3 / 2, "{waits:?}");
            assert!(*longest > *shortest + second * least / 10, "all come back at once: {waits:?}");
        }
    }
}
