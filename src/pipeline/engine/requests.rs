//! Sends requests, and records what their answers say about the hosts.

use std::sync::Arc;

use tokio::time::Instant;
use url::Url;

use super::crawl_state::Engine;
use super::event::{Event, RequestKind};
use super::network_monitor;
use super::work_item::{RobotsJob, Work};
use crate::fetch::{Exchange, ExchangeRequest, FetchFailure, Truncation, Validators};
use crate::frontier::{HostFeedback, HostKey, Origin, RobotsAccess, Ticket};
use crate::pipeline::error::RunError;
use crate::pipeline::observer::RunObserver;
use crate::pipeline::page::{PageJob, StoredJudgement};
use crate::pipeline::plan::PlannedUrl;
use crate::store::UrlRecord;

/// How many bytes of an image are read. It is judged, not stored.
const MAX_IMAGE_BYTES: u64 = 64 << 10;

/// The validators for a request. They are sent only if the last content was judged to be the page, and
/// only to the URL that sent them: otherwise the `ETag` of a bot wall would keep the wall forever. They are those
/// of the page in one language.
fn validators_for(record: &UrlRecord, url: &Url, language: Option<&str>) -> Option<Validators> {
    record.latest_body?;
    let (sender, validators) = record.validators.as_ref()?;
    let fine = || {
        StoredJudgement::from_json(&record.state)
            .is_some_and(|kept| kept.judgement.verdict.is_fine() && kept.language.as_deref() == language)
    };
    (sender == url.as_str() && fine()).then(|| validators.clone())
}

/// The language in which a page is asked for. A page that is compared with its own last snapshot keeps that one's
/// language, whichever of its articles a run reads, or the page would seem to have changed.
fn language_for(planned: &PlannedUrl, record: Option<&UrlRecord>) -> Option<Arc<str>> {
    let own = planned.language.as_ref()?;
    let kept = record.filter(|record| planned.reposts.is_empty() && record.latest_snapshot.is_some());
    let kept = kept.and_then(|record| StoredJudgement::from_json(&record.state)?.language);
    Some(kept.map_or_else(|| Arc::clone(own), Arc::from))
}

impl Engine<'_> {
    pub(super) fn send_request(&mut self, ticket: Ticket, url: &str, work: Work) -> Result<(), RunError> {
        let Ok(url) = Url::parse(url) else { return Err(RunError::Url(url.to_owned())) };
        match work {
            Work::Page(plan) => {
                self.pages_requested += 1;
                self.request_page(ticket, &url, Box::new(PageJob::new(plan)))
            }
            Work::Hop(job) => self.request_page(ticket, &url, job),
            Work::Probe(job) => {
                let mut request = ExchangeRequest::get(url.clone());
                request.cookies = job.jar.cookie_header(&url);
                request.language.clone_from(&job.language);
                self.spawn_exchange(ticket, RequestKind::Probe(job), request);
                Ok(())
            }
            Work::Robots(job) => {
                self.request_robots_file(ticket, url, job);
                Ok(())
            }
        }
    }

    fn request_page(&mut self, ticket: Ticket, url: &Url, mut job: Box<PageJob>) -> Result<(), RunError> {
        let planned = self.planned_url(job.plan_index)?;
        let mut request = ExchangeRequest::get(url.clone());
        request.cookies = job.jar.cookie_header(url);
        // A read may have to wait for the writer, so it is skipped for pages that the store does not
        // know.
        if !self.never_visited.contains(&job.plan_index) {
            job.previous = self.analyst.store.read_url(planned.url.key())?.map(Box::new);
        }
        job.language = language_for(&planned, job.previous.as_deref());
        request.language.clone_from(&job.language);
        let record = job.previous.as_deref().filter(|_| !job.unconditional);
        request.validators = record.and_then(|record| validators_for(record, url, job.language.as_deref()));
        if planned.roles.is_only_image() {
            request.max_body = Some(MAX_IMAGE_BYTES);
        }
        self.spawn_exchange(ticket, RequestKind::Page(job), request);
        Ok(())
    }

    pub(super) fn request_robots_file(&mut self, ticket: Ticket, url: Url, job: Box<RobotsJob>) {
        let mut request = ExchangeRequest::get(url);
        // One byte over the limit shows whether the file is longer.
        request.max_body = Some(RobotsAccess::BYTE_LIMIT + 1);
        self.spawn_exchange(ticket, RequestKind::Robots(job), request);
    }

    fn spawn_exchange(&mut self, ticket: Ticket, asked: RequestKind, mut request: ExchangeRequest) {
        let client = self.client.clone();
        request.http1 = self.http1_hosts.contains(ticket.host());
        self.tasks.spawn(async move {
            let exchange = client.exchange(request).await;
            Event::ExchangeFinished(ticket, asked, Box::new(exchange))
        });
    }

    pub(super) fn handle_event(
        &mut self,
        done: Event,
        observer: &mut dyn RunObserver,
    ) -> Result<(), RunError> {
        match done {
            Event::ExchangeFinished(ticket, asked, exchange) => {
                self.handle_exchange(ticket, asked, *exchange)
            }
            Event::PageAnalysed(bytes, analysis) => self.handle_analysis(bytes, analysis, observer),
            Event::HostLocated(host, address) => self.handle_address(&host, address),
            Event::ReferenceHostAsked(ticket, exchange) => self.handle_reference_answer(ticket, &exchange),
        }
    }

    fn handle_exchange(
        &mut self,
        ticket: Ticket,
        asked: RequestKind,
        exchange: Exchange,
    ) -> Result<(), RunError> {
        let (host, begun) = (ticket.host().clone(), ticket.issued_at());
        if matches!(exchange.outcome, Err(FetchFailure::Http2)) {
            // The host answers, but not over HTTP/2: each further request waits its turn and uses
            // HTTP/1.1.
            self.http1_hosts.insert(host);
            self.scheduler.release_ticket(ticket, HostFeedback::Cancelled, 0, Instant::now());
            return self.requeue_request(&exchange.url, asked);
        }
        if exchange.outcome.is_ok() && exchange.url.scheme() == "https" {
            self.health.note_verified_host();
        }
        // A wall is asked once, and makes neither its page nor its host wait.
        let walled = matches!(&asked, RequestKind::Page(job)
            if self.analyst.is_behind_wall(job.plan_index, &exchange));
        // One 503 for robots.txt is asked again before it is held against the host: no page can be asked for
        // meanwhile.
        let is_first_try = matches!(&asked, RequestKind::Robots(job) if job.attempts == 1);
        let spared = walled || (is_first_try && self.settings.retries > 0 && is_plain_503(&exchange));
        let (feedback, rests) = if spared {
            self.host_stats.record_answer(&host);
            (HostFeedback::Answered, false)
        } else {
            self.record_host_behaviour(&host, &exchange)
        };
        self.observe_network(&host, &exchange, begun)?;
        let silent =
            matches!(&exchange.outcome, Err(failure) if network_monitor::looks_like_outage(*failure));
        // While the network is in doubt, a failure is not held against the host.
        let in_doubt = silent && !self.network.is_up();
        let feedback = if in_doubt { HostFeedback::Cancelled } else { feedback };
        let bytes = exchange.outcome.as_ref().map_or(0, |response| response.body.len() as u64);
        self.bytes_received = self.bytes_received.saturating_add(bytes);
        self.scheduler.release_ticket(ticket, feedback, bytes, Instant::now());
        if rests {
            self.store_host_state(&host)?;
        }
        if in_doubt {
            return self.requeue_request(&exchange.url, asked);
        }
        match asked {
            RequestKind::Page(job) => self.handle_page_answer(job, exchange, walled),
            RequestKind::Probe(job) => self.handle_probe_answer(job, exchange),
            RequestKind::Robots(job) => self.handle_robots_answer(job, exchange),
        }
    }

    /// Records what an exchange says about its host. The flag says whether the back-off of the host
    /// changed.
    pub(super) fn record_host_behaviour(
        &mut self,
        host: &HostKey,
        exchange: &Exchange,
    ) -> (HostFeedback, bool) {
        match &exchange.outcome {
            Ok(response) => {
                self.host_stats.record_answer(host);
                let status = response.status;
                let retry_after = exchange.retry_after();
                // A status that is retried and names a time asks to wait (RFC 9110, section 10.2.3).
                let named = retry_after.is_some() && matches!(status, 408 | 425 | 500..=599);
                if matches!(status, 429 | 503) || named {
                    (HostFeedback::Refused { retry_after, status }, true)
                } else if response.truncated == Some(Truncation::Time) {
                    (HostFeedback::Hung, false)
                } else {
                    (HostFeedback::Answered, false)
                }
            }
            Err(failure) => {
                let origin = (!exchange.connected).then(|| Origin::from_url(&exchange.url));
                self.host_stats.record_failure(host, origin, *failure);
                let feedback = match failure {
                    FetchFailure::DnsNxdomain => HostFeedback::NameGone,
                    FetchFailure::DnsFailure => HostFeedback::Unresolved,
                    FetchFailure::Timeout if exchange.connected => HostFeedback::Hung,
                    // A page that breaks its connection says nothing about other pages.
                    failure if !exchange.connected && failure.is_transient() => HostFeedback::Unreachable,
                    _ => HostFeedback::Cancelled,
                };
                (feedback, false)
            }
        }
    }
}

/// Whether an answer has the status 503 and does not say when to come back.
fn is_plain_503(exchange: &Exchange) -> bool {
    exchange.retry_after().is_none() && exchange.outcome.as_ref().is_ok_and(|response| response.status == 503)
}
