//! Handles outages: defers pages while the network here is in doubt, and asks for them again once it is
//! back.

use tokio::time::Instant;
use url::Url;

use super::crawl_state::Engine;
use super::deferred_page::DeferredPage;
use super::event::{Event, RequestKind};
use super::network_monitor::{NetworkNews, looks_like_outage};
use super::schedule::Schedule;
use super::witnesses::is_own_robots_file;
use super::work_item::Work;
use crate::fetch::{Exchange, ExchangeRequest, FetchFailure, redirect};
use crate::frontier::{HostFeedback, HostKey, Ticket, robots_url};
use crate::pipeline::error::RunError;
use crate::pipeline::page::PageJob;

/// Whether an answer comes from the canary itself: 2xx, or a redirect within its domain. The login page
/// of a network or the error of a proxy proves nothing.
fn is_own_answer(exchange: &Exchange) -> bool {
    match &exchange.outcome {
        Err(failure) => *failure == FetchFailure::Http2,
        Ok(response) => match redirect::redirect_target(&exchange.url, response) {
            Ok(None) => (200..300).contains(&response.status),
            Ok(Some((target, _))) => {
                let domain = |url: &Url| HostKey::from_url(url).registrable_domain();
                domain(&target) == domain(&exchange.url)
            }
            Err(_) => false,
        },
    }
}

impl Engine<'_> {
    /// Records what an exchange says about the network, and acts on it. `begun` is when its ticket was
    /// issued. Counting back from now would be wrong: an answer that waited in the queue would seem to
    /// have been asked for after a failure that was handled earlier.
    pub(super) fn observe_network(
        &mut self,
        host: &HostKey,
        exchange: &Exchange,
        begun: Instant,
    ) -> Result<(), RunError> {
        match &exchange.outcome {
            Ok(_) => {
                let news = self.network.record_answer(host, &exchange.url, begun);
                self.apply_network_news(news)?;
            }
            Err(failure) if looks_like_outage(*failure) => {
                self.network.record_failure(host, Instant::now());
            }
            Err(_) => {}
        }
        Ok(())
    }

    fn apply_network_news(&mut self, news: NetworkNews) -> Result<(), RunError> {
        match news {
            NetworkNews::Unchanged => Ok(()),
            NetworkNews::Up(until) => self.judge_deferred_pages(until),
            NetworkNews::Restored(since) => self.resume_after_outage(since),
        }
    }

    /// Judges the deferred pages whose failures up to this moment were their own.
    pub(super) fn judge_deferred_pages(&mut self, until: Instant) -> Result<(), RunError> {
        if self.deferred_pages.is_empty() {
            return Ok(());
        }
        let (clear, doubtful) =
            std::mem::take(&mut self.deferred_pages).into_iter().partition(|(at, _)| *at <= until);
        self.deferred_pages = doubtful;
        let clear: Vec<(Instant, DeferredPage)> = clear;
        for (_, held) in clear {
            match held {
                DeferredPage::Requested(job) => self.analyse_page(job),
                DeferredPage::Rejected(host, url, job, denial) => {
                    self.judge_rejected_page(&host, &url, job, &denial)?;
                }
            }
        }
        Ok(())
    }

    /// Asks again for the pages that failed during the outage, as if they had not been asked for.
    fn resume_after_outage(&mut self, since: Instant) -> Result<(), RunError> {
        let now = Instant::now();
        tracing::warn!(
            "the network is back after {}s; {} pages that failed meanwhile are asked for again",
            (now - since).as_secs(),
            self.deferred_pages.len()
        );
        self.scheduler.forgive_failures(since, now);
        for (_, unreached) in self.unreachable_origins.extract_if(|_, unreached| unreached.at >= since) {
            self.scheduler.forget_robots_request(&unreached.robots_url);
        }
        for (_, held) in std::mem::take(&mut self.deferred_pages) {
            let (DeferredPage::Requested(job) | DeferredPage::Rejected(_, _, job, _)) = held;
            let url = self.planned_url(job.plan_index)?.url.as_url().clone();
            if job.chain.is_empty() {
                let turn = Schedule::Fresh(self.page_priority(job.plan_index)?);
                self.enqueue(&url, Work::Page(job.plan_index), turn)?;
            } else {
                // The page was counted when it was begun, so it goes on as a page under way.
                let work = Work::Hop(Box::new(PageJob::new(job.plan_index)));
                self.enqueue(&url, work, Schedule::First { obeys_robots: true })?;
            }
        }
        Ok(())
    }

    /// Queues a request again that failed while the network is in doubt. The attempt does not count.
    pub(super) fn requeue_request(&mut self, url: &Url, asked: RequestKind) -> Result<(), RunError> {
        let (work, obeys_robots) = match asked {
            RequestKind::Page(job) => (Work::Hop(job), true),
            RequestKind::Probe(job) => (Work::Probe(job), true),
            RequestKind::Robots(job) => (Work::Robots(job), false),
        };
        self.enqueue(url, work, Schedule::First { obeys_robots })
    }

    /// Asks the reference hosts if a round is due.
    pub(super) fn check_reference_hosts(&mut self, at_the_end: bool) -> Result<(), RunError> {
        let now = Instant::now();
        if !self.network.needs_round(at_the_end, now) {
            return Ok(());
        }
        let (mut asked, mut put_off) = (0, None::<Instant>);
        for (host, url) in self.network.reference_hosts() {
            match self.scheduler.take_ticket(&host, now) {
                Ok(ticket) => {
                    asked += 1;
                    let client = self.client.clone();
                    let mut request = ExchangeRequest::get(url);
                    request.http1 = self.http1_hosts.contains(&host);
                    self.tasks.spawn(async move {
                        let exchange = client.exchange(request).await;
                        Event::ReferenceHostAsked(ticket, Box::new(exchange))
                    });
                }
                Err(until) => put_off = Some(put_off.map_or(until, |known| known.min(until))),
            }
        }
        if self.network.begin_round(asked, put_off, now) {
            return Ok(());
        }
        self.network.dismiss_suspicion(now);
        self.judge_deferred_pages(now)
    }

    /// Sends one request to each canary. It is called only if the run looks like an outage.
    pub(super) async fn ask_canaries(&mut self) {
        for canary in std::mem::take(&mut self.settings.canaries) {
            let host = HostKey::from_url(&canary);
            let mut request = ExchangeRequest::get(canary);
            request.http1 = self.http1_hosts.contains(&host);
            let answered = is_own_answer(&self.client.exchange(request).await);
            self.health.note_canary(host.as_str(), answered);
            if answered {
                self.host_stats.record_answer(&host);
            }
        }
    }

    /// Asks the witnesses for their robots.txt, if an outage is suspected and nothing has disproved it yet.
    pub(super) async fn ask_witnesses(&mut self) {
        for url in std::mem::take(&mut self.witnesses) {
            if self.health.is_network_proved() || self.health.find_outage().is_none() {
                return;
            }
            let host = HostKey::from_url(&url);
            let ticket = loop {
                match self.scheduler.take_ticket(&host, Instant::now()) {
                    Ok(ticket) => break Some(ticket),
                    Err(until) if until > Instant::now() + self.settings.grace => break None,
                    Err(until) => tokio::time::sleep_until(until).await,
                }
            };
            let Some(ticket) = ticket else { continue };
            let exchange = self.client.exchange(ExchangeRequest::get(robots_url(&url))).await;
            self.scheduler.release_ticket(ticket, HostFeedback::Cancelled, 0, Instant::now());
            if is_own_robots_file(&exchange) {
                self.health.note_own_answer();
            }
        }
    }

    /// Handles the result of asking a reference host.
    pub(super) fn handle_reference_answer(
        &mut self,
        ticket: Ticket,
        exchange: &Exchange,
    ) -> Result<(), RunError> {
        let now = Instant::now();
        let host = ticket.host().clone();
        if matches!(exchange.outcome, Err(FetchFailure::Http2)) {
            self.http1_hosts.insert(host.clone());
        }
        // For a host that answered before, any answer is enough.
        let any_will_do = self.settings.canaries.is_empty() && exchange.outcome.is_ok();
        let answered = any_will_do || is_own_answer(exchange);
        let feedback = if exchange.outcome.is_ok() {
            self.record_host_behaviour(&host, exchange).0
        } else {
            HostFeedback::Cancelled
        };
        self.scheduler.release_ticket(ticket, feedback, 0, now);
        if answered {
            let news = self.network.record_reference_answer(now);
            return self.apply_network_news(news);
        }
        if self.network.record_reference_failure(now) {
            tracing::warn!(
                "no host answers, not even those that did before: the network here seems to be down; the crawl \
                 waits for it"
            );
        }
        Ok(())
    }
}
