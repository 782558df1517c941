//! Makes the probes that tell a soft 404 from a page: one for a folder or a home page, however many
//! pages need it.

use super::crawl_state::Engine;
use super::probe_registry::ProbeRequest;
use super::schedule::Schedule;
use super::work_item::{ProbeJob, Work};
use crate::fetch::cookies::CookieJar;
use crate::fetch::{Exchange, redirect};
use crate::pipeline::error::RunError;
use crate::pipeline::page::{BodyHash, FetchedPage, PageJob};
use crate::verdict::{self, ControlPage};

impl Engine<'_> {
    pub(super) fn ask_for_probe(&mut self, job: Box<PageJob>, control: &ControlPage) -> Result<(), RunError> {
        let key = control.probe_key();
        let language = job.language.clone();
        match self.probes.request_probe(key.clone(), job) {
            ProbeRequest::Known(job) => self.analyse_page(job),
            ProbeRequest::Waiting => {}
            ProbeRequest::Make => {
                let url = control.url_to_fetch(&verdict::random_page_name());
                let probe = ProbeJob { key, language, chain: Vec::new(), jar: CookieJar::new() };
                self.enqueue(&url, Work::Probe(Box::new(probe)), Schedule::First { obeys_robots: true })?;
            }
        }
        Ok(())
    }

    pub(super) fn handle_probe_answer(
        &mut self,
        mut job: Box<ProbeJob>,
        exchange: Exchange,
    ) -> Result<(), RunError> {
        job.jar.store_cookies(&exchange);
        job.chain.push(exchange);
        if let redirect::RedirectStep::Hop { url, .. } =
            redirect::next_step(&job.chain, self.settings.max_redirects)
        {
            return self.enqueue(&url, Work::Probe(job), Schedule::First { obeys_robots: true });
        }
        self.finish_probe(*job);
        Ok(())
    }

    pub(super) fn finish_probe(&mut self, job: ProbeJob) {
        let answer =
            job.chain.last().and_then(|last| last.outcome.as_ref().ok().map(|answer| (last, answer)));
        let page = answer.map(|(last, answer)| {
            FetchedPage::from_response(
                answer,
                &last.url,
                BodyHash::of_body(&answer.body),
                &self.analyst.compare.text,
            )
            .whole
        });
        let page = page.unwrap_or_default();
        let probe = match job.chain.first() {
            Some(first) => verdict::Probe::from_exchanges(&first.url, &job.chain, &page.title, &page.text),
            None => verdict::Probe::unanswered("it was not asked for"),
        };
        for page in self.probes.resolve_probe(job.key, job.language, probe) {
            self.analyse_page(page);
        }
    }
}
