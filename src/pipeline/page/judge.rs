//! Judges one finished page from what was received.
//!
//! This work needs a processor and not the network, so it runs on threads beside the engine. The
//! cheap ways come first: an equal body beside equal local copies needs no text at all, and an
//! unchanged text is recognised in the whole page before anything is extracted.

use std::cell::OnceCell;

use super::analyst::Analyst;
use super::inputs::{BodyHash, FetchedPage, PageContent};
use super::judged_page::{AnalysisOutcome, JudgedPage};
use super::page_job::PageJob;
use super::stored_json::StoredJudgement;
use crate::fetch::{Exchange, FetchFailure};
use crate::frontier::HostKey;
use crate::pipeline::error::RunError;
use crate::pipeline::plan::PlannedUrl;
use crate::store::UrlRecord;
use crate::text_diff;
use crate::verdict::{self, Assessment, Cause, Judgement, LocalCopyShare, PageEvidence, Verdict};

/// The largest page that is taken for a wall before it is judged, in bytes.
const MAX_WALL: usize = 64 << 10;

impl Analyst {
    /// Judges a page whose last exchange was final.
    pub fn judge_page(&self, mut job: Box<PageJob>) -> Result<AnalysisOutcome, RunError> {
        let planned = &*self.planned_url(job.plan_index)?;
        let known = job.previous.take();
        let previous = known.as_deref();
        let judged = |judgement, content| {
            self.store_judged_page(planned, &job, previous, judgement, &content).map(AnalysisOutcome::Judged)
        };
        let last = job.chain.last();
        match last.map(|exchange| &exchange.outcome) {
            Some(Ok(response)) if response.status == 304 && last.is_some_and(verdict::may_be_unmodified) => {
                judged(self.judge_unmodified(planned, &job, previous), PageContent::Unmodified)
            }
            Some(Ok(_)) => match job.dead_end {
                Some(failure) => {
                    judged(verdict::judge_redirect_failure(failure, &job.chain), PageContent::None)
                }
                None => match self.judge_answer(planned, job, previous)? {
                    AnalysisOutcome::NeedsProbe(mut job, control) => {
                        job.previous = known;
                        Ok(AnalysisOutcome::NeedsProbe(job, control))
                    }
                    judged @ AnalysisOutcome::Judged(_) => Ok(judged),
                },
            },
            Some(Err(failure)) => judged(judge_failure(*failure, &job), PageContent::None),
            None => Err(RunError::Plan(job.plan_index)),
        }
    }

    /// Whether an answer that would be asked for again, or that would make its host rest, is a bot filter's
    /// wall.
    pub fn is_behind_wall(&self, plan_index: u32, exchange: &Exchange) -> bool {
        let Ok(response) = &exchange.outcome else { return false };
        let asks_to_wait = matches!(response.status, 408 | 425 | 429 | 500..=599);
        if !asks_to_wait || response.body.len() > MAX_WALL {
            return false;
        }
        let Some(planned) = self.plan.get(plan_index) else { return false };
        let page = FetchedPage::from_response(
            response,
            &exchange.url,
            BodyHash::of_body(&response.body),
            &self.compare.text,
        );
        let (html, shown) = page.shown_by_server();
        verdict::is_bot_wall(
            planned.url.as_url(),
            exchange,
            (html.unwrap_or_default(), shown),
            &self.signatures,
            &self.compare.text,
        )
    }

    /// Stores a judgement about a page that was not asked for, or not again.
    pub fn judge_without_answer(&self, job: &PageJob, judgement: Judgement) -> Result<JudgedPage, RunError> {
        let planned = &*self.planned_url(job.plan_index)?;
        let previous = self.store.read_url(planned.url.key())?;
        self.store_judged_page(planned, job, previous.as_ref(), judgement, &PageContent::None)
    }

    /// Judges a 304: the content has not changed, so only the way to it is judged anew.
    fn judge_unmodified(
        &self,
        planned: &PlannedUrl,
        job: &PageJob,
        previous: Option<&UrlRecord>,
    ) -> Judgement {
        let kept = previous.and_then(|record| StoredJudgement::from_json(&record.state));
        let cause = kept.and_then(|kept| kept.judgement.cause);
        let fact = "304: not modified since the last snapshot";
        verdict::judge_unmodified(planned.url.as_url(), &job.chain, cause, fact, &self.signatures)
    }

    fn judge_answer(
        &self,
        planned: &PlannedUrl,
        job: Box<PageJob>,
        previous: Option<&UrlRecord>,
    ) -> Result<AnalysisOutcome, RunError> {
        let Some((last, Ok(response))) = job.chain.last().map(|last| (last, &last.outcome)) else {
            return Err(RunError::Plan(job.plan_index));
        };
        let hash = BodyHash::of_body(&response.body);
        let kept = previous.and_then(|record| StoredJudgement::from_json(&record.state));
        let twin = self.find_twin(planned, &job, &hash);
        let known_fine = response.status == 200
            && twin.is_none()
            && previous.is_some_and(|record| record.latest_body.is_some_and(|known| known == hash.get()))
            && kept.as_ref().is_some_and(|kept| kept.judgement.verdict.is_fine());

        let last_cause = kept.and_then(|kept| kept.judgement.cause);
        let read = OnceCell::new();
        let locals = || read.get_or_init(|| self.read_local_copies(planned));
        let known = known_fine.then(|| {
            let fact = "the body equals the last snapshot's";
            verdict::judge_unmodified(planned.url.as_url(), &job.chain, last_cause, fact, &self.signatures)
        });
        if let Some(judgement) = &known
            && (!self.keep || self.are_all_current(planned, locals(), hash.get())?)
        {
            // Neither side has changed, so the page need not be decoded.
            let judged =
                self.store_judged_page(planned, &job, previous, judgement.clone(), &PageContent::Same)?;
            return Ok(AnalysisOutcome::Judged(judged));
        }
        // The missing rest of a truncated body would look like lost text.
        let partial = verdict::is_partial_response(response);
        let original = FetchedPage::from_response(response, &last.url, hash, &self.compare.text);
        let judgement = if let Some(judgement) = known {
            judgement
        } else {
            let held = || {
                let copies = locals().iter().filter(|local| verdict::is_long_enough_copy(&local.body));
                copies.map(|local| text_diff::containment(&local.body, &original.whole.text)).reduce(f64::max)
            };
            let was_gone = last_cause == Some(Cause::Soft404);
            let doubt = match twin.and_then(|twin| self.plan.get(twin)) {
                Some(twin) => Some(format!("the same body as {}", twin.url)),
                None => was_gone.then(|| "the page was a soft 404 at its last visit".to_owned()),
            };
            let (html, shown) = original.shown_by_server();
            let evidence = PageEvidence {
                requested: planned.url.as_url(),
                chain: &job.chain,
                html,
                title: &shown.title,
                visible: &shown.text,
                local: &LocalCopyShare::new(&held),
                probe: job.probe.as_deref(),
                home: job.home.as_deref(),
                doubt: doubt.as_deref(),
                only_beginning: planned.roles.is_only_image(),
                text_rules: &self.compare.text,
            };
            match verdict::judge_page(&evidence, &self.signatures) {
                Assessment::Judged(judgement) => judgement,
                Assessment::NeedsProbe { control, .. } => {
                    return Ok(AnalysisOutcome::NeedsProbe(job, control));
                }
            }
        };
        if partial {
            return self
                .store_judged_page(planned, &job, previous, judgement, &PageContent::None)
                .map(AnalysisOutcome::Judged);
        }
        // `check` compares nothing, so it reads the copies only if the judgement needs them.
        let locals = match read.into_inner() {
            Some(locals) => locals,
            None if self.keep => self.read_local_copies(planned),
            None => Vec::new(),
        };
        let content = PageContent::Body { original: Box::new(original), locals };
        let mut judged = self.store_judged_page(planned, &job, previous, judgement, &content)?;
        judged.twin = twin.filter(|_| judged.judgement.cause == Some(Cause::Soft404));
        Ok(AnalysisOutcome::Judged(judged))
    }
}

impl Analyst {
    /// Another page of the host that has the same body, where no redirect led to either.
    fn find_twin(&self, planned: &PlannedUrl, job: &PageJob, hash: &BodyHash) -> Option<u32> {
        let [only] = job.chain.as_slice() else { return None };
        let response = only.outcome.as_ref().ok().filter(|response| response.status == 200)?;
        if planned.roles.is_only_image() || response.body.is_empty() {
            return None;
        }
        let host = HostKey::from_url(planned.url.as_url());
        self.shared_bodies.note_body(&host, job.plan_index, || hash.get())
    }
}

/// Judges a page without an answer, and says what was tried.
pub(in crate::pipeline) fn judge_failure(failure: FetchFailure, job: &PageJob) -> Judgement {
    let mut judgement = match job.chain.last() {
        Some(last) => verdict::judge_failure(failure, &last.url),
        None => Judgement::new(Verdict::Failing, Some(Cause::ConnectionClosed), [failure.to_string()]),
    };
    if job.asked() > 1 {
        judgement.evidence.push(format!("{} attempts", job.asked()));
    }
    judgement
}
