//! What the engine does while its own network is in doubt, or gone.

use tokio::time::Instant;
use url::Url;

use super::enqueue::Turn;
use super::network_monitor::News;
use super::{Asked, Done, Engine};
use crate::fetch::{Exchange, ExchangeRequest, FetchFailure, redirect};
use crate::frontier::{HostFeedback, HostKey, Rejection};
use crate::pipeline::RunError;
use crate::pipeline::engine::work_item::{PageJob, Work};

/// A page whose failure is not judged before somebody has answered: it may be our own network's.
pub(super) enum Held {
    /// It was asked for.
    Asked(Box<PageJob>),
    /// It was not, since its host or its robots file could not be reached.
    Refused(HostKey, Box<str>, Box<PageJob>, Rejection),
}

/// Whether a canary's answer is its own: 2xx, or a redirect within its domain. Somebody who answers for it
/// (the page of a network that wants a login first, an error of a proxy) is no witness.
fn is_own_answer(exchange: &Exchange) -> bool {
    match &exchange.outcome {
        Err(failure) => *failure == FetchFailure::Http2,
        Ok(response) => match redirect::hop(&exchange.url, response) {
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
    /// Takes note of what an exchange says of the network, and acts on what is new. `begun` is when
    /// leave for it was given: counted back from now, an answer that waited to be looked at would
    /// seem to have been asked for after a failure that was looked at first.
    pub(super) fn watch(
        &mut self,
        host: &HostKey,
        exchange: &Exchange,
        begun: Instant,
    ) -> Result<(), RunError> {
        match &exchange.outcome {
            Ok(_) => {
                let news = self.watch.answered(host, &exchange.url, begun);
                self.network_is_there(news)?;
            }
            Err(failure) if super::network_monitor::is_silent(*failure) => {
                self.watch.failed(host, Instant::now());
            }
            Err(_) => {}
        }
        Ok(())
    }

    fn network_is_there(&mut self, news: News) -> Result<(), RunError> {
        match news {
            News::None => Ok(()),
            News::Sound(until) => self.judge_held(until),
            News::Back(since) => self.resume(since),
        }
    }

    /// The failures up to this moment were the pages' own.
    pub(super) fn judge_held(&mut self, until: Instant) -> Result<(), RunError> {
        if self.held.is_empty() {
            return Ok(());
        }
        let (clear, doubtful) = std::mem::take(&mut self.held).into_iter().partition(|(at, _)| *at <= until);
        self.held = doubtful;
        let clear: Vec<(Instant, Held)> = clear;
        for (_, held) in clear {
            match held {
                Held::Asked(job) => self.analyse(job),
                Held::Refused(host, url, job, denial) => self.judge_refused(&host, &url, job, &denial)?,
            }
        }
        Ok(())
    }

    /// The network is back: what failed meanwhile is asked for again, as if it had not been.
    fn resume(&mut self, since: Instant) -> Result<(), RunError> {
        let now = Instant::now();
        tracing::warn!(
            "the network is back after {}s; {} pages that failed meanwhile are asked for again",
            (now - since).as_secs(),
            self.held.len()
        );
        self.scheduler.forgive_failures(since, now);
        for (_, unreached) in self.unreachable.extract_if(|_, unreached| unreached.at >= since) {
            self.scheduler.forget_robots_request(&unreached.robots_url);
        }
        for (_, held) in std::mem::take(&mut self.held) {
            let (Held::Asked(job) | Held::Refused(_, _, job, _)) = held;
            let url = self.planned(job.plan)?.url.as_url().clone();
            if job.chain.is_empty() {
                let turn = Turn::Fresh(self.priority(job.plan)?);
                self.enqueue(&url, Work::Page(job.plan), turn)?;
            } else {
                // It was counted when it was begun: it goes on as a page under way.
                let work = Work::Hop(Box::new(PageJob::new(job.plan)));
                self.enqueue(&url, work, Turn::First { gated: true })?;
            }
        }
        Ok(())
    }

    /// What failed while the network is in doubt is asked for again later, with the same attempts
    /// left.
    pub(super) fn ask_again_later(&mut self, url: &Url, asked: Asked) -> Result<(), RunError> {
        let (work, gated) = match asked {
            Asked::Page(job) => (Work::Hop(job), true),
            Asked::Probe(job) => (Work::Probe(job), true),
            Asked::Robots(job) => (Work::Robots(job), false),
        };
        self.enqueue(url, work, Turn::First { gated })
    }

    /// Asks hosts that ought to answer, if it is time for that.
    pub(super) fn check_network(&mut self, at_the_end: bool) -> Result<(), RunError> {
        let now = Instant::now();
        if !self.watch.wants_round(at_the_end, now) {
            return Ok(());
        }
        let (mut asked, mut put_off) = (0, None::<Instant>);
        for (host, url) in self.watch.witnesses() {
            match self.scheduler.take_ticket(&host, now) {
                Ok(ticket) => {
                    asked += 1;
                    let client = self.client.clone();
                    let mut request = ExchangeRequest::get(url);
                    request.http1 = self.http1.contains(&host);
                    self.tasks.spawn(async move {
                        let exchange = client.exchange(request).await;
                        Done::Witness(ticket, Box::new(exchange))
                    });
                }
                Err(until) => put_off = Some(put_off.map_or(until, |known| known.min(until))),
            }
        }
        if self.watch.round(asked, put_off, now) {
            return Ok(());
        }
        self.watch.dismiss(now);
        self.judge_held(now)
    }

    /// Asks the hosts of which the operator knows that they are up: one request each, and only in a
    /// run that looks as if our own network were at fault.
    pub(super) async fn ask_canaries(&mut self) {
        for canary in std::mem::take(&mut self.settings.canaries) {
            let host = HostKey::from_url(&canary);
            let mut request = ExchangeRequest::get(canary);
            request.http1 = self.http1.contains(&host);
            let answered = is_own_answer(&self.client.exchange(request).await);
            self.health.canary(host.as_str(), answered);
            if answered {
                self.tally.answered(&host);
            }
        }
    }

    /// A host that ought to answer did, or did not.
    pub(super) fn witnessed(
        &mut self,
        ticket: crate::frontier::Ticket,
        exchange: &Exchange,
    ) -> Result<(), RunError> {
        let now = Instant::now();
        let host = ticket.host().clone();
        if matches!(exchange.outcome, Err(FetchFailure::Http2)) {
            self.http1.insert(host.clone());
        }
        // Of a host that answered before, any answer will do.
        let any_will_do = self.settings.canaries.is_empty() && exchange.outcome.is_ok();
        let answered = any_will_do || is_own_answer(exchange);
        let feedback =
            if exchange.outcome.is_ok() { self.learn(&host, exchange).0 } else { HostFeedback::Cancelled };
        self.scheduler.release_ticket(ticket, feedback, 0, now);
        if answered {
            let news = self.watch.witnessed(now);
            return self.network_is_there(news);
        }
        if self.watch.unanswered(now) {
            tracing::warn!(
                "no host answers, not even those that did before: the network here seems to be down; the crawl \
                 waits for it"
            );
        }
        Ok(())
    }
}
