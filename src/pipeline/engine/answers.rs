//! Handles the answers for pages: follows redirects, retries, and passes finished pages to the judge.

use std::sync::Arc;

use tokio::time::Instant;
use url::Url;

use super::crawl_state::Engine;
use super::deferred_page::DeferredPage;
use super::event::Event;
use super::retry::{Retry, retry_decision, retry_wait};
use super::schedule::Schedule;
use super::work_item::Work;
use crate::fetch::{Exchange, redirect};
use crate::frontier::HostKey;
use crate::pipeline::error::RunError;
use crate::pipeline::observer::RunObserver;
use crate::pipeline::page::{AnalysisOutcome, Analyst, JudgedPage, PageJob};
use crate::verdict::{self, Cause, PageEnd};

impl Engine<'_> {
    pub(super) fn handle_page_answer(
        &mut self,
        mut job: Box<PageJob>,
        exchange: Exchange,
        walled: bool,
    ) -> Result<(), RunError> {
        job.elapsed += exchange.elapsed;
        job.jar.store_cookies(&exchange);
        let url = exchange.url.clone();
        let again = if walled { Retry::No } else { retry_decision(&exchange) };
        let failed = exchange.outcome.as_ref().err().copied();
        if std::mem::take(&mut job.retrying) {
            job.chain.pop();
        }
        job.chain.push(exchange);
        if !job.unconditional && job.chain.last().is_some_and(breaks_on_condition) {
            job.unconditional = true;
            job.attempts += 1;
            job.retrying = true;
            return self.enqueue(&url, Work::Hop(job), Schedule::First { obeys_robots: true });
        }
        if again != Retry::No && job.attempts <= self.settings.retries {
            let wait = retry_wait(self.settings.retry_wait, job.attempts);
            job.attempts += 1;
            job.retrying = true;
            let turn = match again {
                Retry::AfterOthers => Schedule::Last { due: Instant::now() + wait },
                _ => Schedule::Later { obeys_robots: true, due: Instant::now() + wait },
            };
            return self.enqueue(&url, Work::Hop(job), turn);
        }
        match redirect::next_step(&job.chain, self.settings.max_redirects) {
            redirect::RedirectStep::Hop { url, .. } => {
                return self.enqueue(&url, Work::Hop(job), Schedule::First { obeys_robots: true });
            }
            redirect::RedirectStep::Failed(failure) => job.dead_end = Some(failure),
            redirect::RedirectStep::Final => {}
        }
        if failed.is_some_and(|failure| self.network.is_in_doubt(failure)) {
            self.deferred_pages.push((Instant::now(), DeferredPage::Requested(job)));
            return Ok(());
        }
        self.analyse_page(job);
        Ok(())
    }

    /// Passes a page to the analysis threads.
    pub(super) fn analyse_page(&mut self, job: Box<PageJob>) {
        let bytes = job.chain.last().and_then(|last| last.outcome.as_ref().ok()).map_or(0, |r| r.body.len());
        self.run_on_analysis_thread(bytes, move |analyst| analyst.judge_page(job));
    }

    pub(super) fn run_on_analysis_thread(
        &mut self,
        bytes: usize,
        work: impl FnOnce(&Analyst) -> Result<AnalysisOutcome, RunError> + Send + 'static,
    ) {
        self.analysis_bytes += bytes;
        let analyst = Arc::clone(&self.analyst);
        let work = move || Event::PageAnalysed(bytes, work(&analyst));
        self.tasks.spawn_blocking_on(work, self.analysis_threads.runtime_handle());
    }

    pub(super) fn handle_analysis(
        &mut self,
        bytes: usize,
        analysis: Result<AnalysisOutcome, RunError>,
        observer: &mut dyn RunObserver,
    ) -> Result<(), RunError> {
        self.analysis_bytes -= bytes;
        match analysis? {
            AnalysisOutcome::Judged(judged) => self.handle_judged_page(judged, observer),
            AnalysisOutcome::NeedsProbe(job, control) => self.ask_for_probe(job, &control),
        }
    }

    fn handle_judged_page(
        &mut self,
        judged: JudgedPage,
        observer: &mut dyn RunObserver,
    ) -> Result<(), RunError> {
        self.judged += 1;
        if !judged.judgement.verdict.is_fine() {
            self.failures.push(judged.plan_index);
        }
        self.ask_twin_again(&judged)?;
        if let Some(planned) = self.analyst.plan.get(judged.plan_index) {
            let host = HostKey::from_url(planned.url.as_url());
            self.health.note_judgement(host.as_str(), &judged.judgement);
            if let Some((ended, body)) = judged.ended.as_deref() {
                let domain = |url: &Url| HostKey::from_url(url).registrable_domain();
                let asked = domain(planned.url.as_url());
                let end = match body {
                    _ if domain(ended) != asked => Some(PageEnd::at_foreign(ended)),
                    Some(body) => Some(PageEnd::Everywhere(body.to_string())),
                    None => None,
                };
                let is_proper = match judged.judgement.cause {
                    None => judged.judgement.verdict.is_fine(),
                    // A portal has a page for every address.
                    Some(cause) => matches!(cause, Cause::Http404 | Cause::Http410),
                };
                if end.is_none() && is_proper {
                    self.witnesses.note_page(ended);
                }
                self.health.note_page_end(asked.as_str(), planned.url.as_url(), end);
            }
            observer.page_judged(&planned, &judged);
        }
        self.follow_leads(judged.plan_index, judged.leads)
    }
}

impl Engine<'_> {
    /// Asks again for the first of two pages that have one body, once the second shows that it is no page's. The
    /// first was judged when nothing spoke against it.
    fn ask_twin_again(&mut self, judged: &JudgedPage) -> Result<(), RunError> {
        let Some(twin) = judged.twin.filter(|twin| self.asked_again.insert(*twin)) else { return Ok(()) };
        self.asked_again.insert(judged.plan_index);
        self.judged = self.judged.saturating_sub(1);
        let url = self.planned_url(twin)?.url.as_url().clone();
        // Without a condition, since a 304 would bring nothing to judge.
        let job = PageJob { unconditional: true, ..PageJob::new(twin) };
        self.never_visited.remove(&twin);
        self.enqueue(&url, Work::Hop(Box::new(job)), Schedule::First { obeys_robots: true })
    }
}

/// Whether a server answered a conditional request as if the condition itself were wrong. The page is then asked
/// for again without one.
fn breaks_on_condition(exchange: &Exchange) -> bool {
    let status = exchange.outcome.as_ref().map_or(0, |response| response.status);
    matches!(status, 412 | 500) && verdict::is_conditional(exchange)
}
