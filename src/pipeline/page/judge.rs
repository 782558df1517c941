//! One finished page: what it says, and what is judged of it.
//!
//! This is the work that needs a processor and not the network; it runs beside the engine. The
//! short ways come first: an equal body beside an equal local copy needs no text at all, and an
//! unchanged text is recognised in the whole page before anything is extracted.

use std::cell::OnceCell;
use std::sync::Arc;

use url::Url;

use crate::archive::ReadRules;
use crate::fetch::FetchFailure;
use crate::model::ContentHash;
use crate::store::{RunId, SnapshotStore, UrlRecord};
use crate::text::NormalForms;
use crate::text_diff::{self, DriftClass};
use crate::verdict::{
    self, Cause, Control, Finding, Judgement, LocalWitness, PageEvidence, Signatures, Verdict,
};

use crate::pipeline::RunError;
use crate::pipeline::engine::work_item::PageJob;
use crate::pipeline::page::persist::{BodyHash, Content, Original};
use crate::pipeline::page::stored_json::KeptJudgement;
use crate::pipeline::page::upstream_links::{LeadRules, Leads};
use crate::pipeline::plan::{Plan, Planned, PlannedUrl};

/// Everything that judging a page needs. Shared by all workers.
pub struct Analyst {
    /// The plan of the run.
    pub plan: Arc<Plan>,
    /// The store.
    pub store: Arc<dyn SnapshotStore>,
    /// What walls, parked pages and soft-404s look like.
    pub signatures: Arc<Signatures>,
    /// How articles are read.
    pub read: Arc<ReadRules>,
    /// Which differences of form are none.
    pub forms: Arc<NormalForms>,
    /// By what the leads of pages are told, where they are looked for.
    pub leads: Option<LeadRules>,
    /// The run.
    pub run: RunId,
    /// Whether bodies are kept and texts compared: `run` does, `check` does not.
    pub keep: bool,
}

/// A page that has its verdict.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Its place in the plan.
    pub plan: u32,
    /// What was judged.
    pub judgement: Judgement,
    /// The address of its last answer, where there was one, and the hash of its body, where it may stand
    /// for other pages too.
    pub ended: Option<Box<(Url, Option<ContentHash>)>>,
    /// The most serious drift of its comparisons.
    pub drift: Option<DriftClass>,
    /// What the page names in its turn, as far as that was looked for.
    pub leads: Option<Leads>,
}

/// What analysing a page gives.
pub enum Analysis {
    /// It is judged and handed to the store.
    Judged(Judged),
    /// It looks like a soft-404: the judgement needs an answer to this.
    NeedsProbe(Box<PageJob>, Control),
}

impl Analyst {
    /// Judges a page whose last exchange was final.
    pub fn page(&self, mut job: Box<PageJob>) -> Result<Analysis, RunError> {
        let planned = &*self.planned(job.plan)?;
        let known = job.previous.take();
        let previous = known.as_deref();
        let judged = |judgement, content| {
            self.conclude(planned, &job, previous, judgement, &content).map(Analysis::Judged)
        };
        let last = job.chain.last();
        match last.map(|exchange| &exchange.outcome) {
            Some(Ok(response)) if response.status == 304 && last.is_some_and(verdict::may_be_unmodified) => {
                judged(judge_unmodified(planned, &job, previous), Content::Unmodified)
            }
            Some(Ok(_)) => match job.dead_end {
                Some(failure) => judged(verdict::judge_redirect_failure(failure, &job.chain), Content::None),
                None => match self.answered(planned, job, previous)? {
                    Analysis::NeedsProbe(mut job, control) => {
                        job.previous = known;
                        Ok(Analysis::NeedsProbe(job, control))
                    }
                    judged @ Analysis::Judged(_) => Ok(judged),
                },
            },
            Some(Err(failure)) => judged(judge_failure(*failure, &job), Content::None),
            None => Err(RunError::Plan(job.plan)),
        }
    }

    /// Records a judgement about a page that was not (or not any more) asked for.
    pub fn without_answer(&self, job: &PageJob, judgement: Judgement) -> Result<Judged, RunError> {
        let planned = &*self.planned(job.plan)?;
        let previous = self.store.url(planned.url.key())?;
        self.conclude(planned, job, previous.as_ref(), judgement, &Content::None)
    }

    fn planned(&self, index: u32) -> Result<Planned<'_>, RunError> {
        self.plan.get(index).ok_or(RunError::Plan(index))
    }

    fn answered(
        &self,
        planned: &PlannedUrl,
        job: Box<PageJob>,
        previous: Option<&UrlRecord>,
    ) -> Result<Analysis, RunError> {
        let Some((last, Ok(response))) = job.chain.last().map(|last| (last, &last.outcome)) else {
            return Err(RunError::Plan(job.plan));
        };
        let hash = BodyHash::of(&response.body);
        let kept = previous.and_then(|record| KeptJudgement::read(&record.state));
        let known_fine = response.status == 200
            && previous.is_some_and(|record| record.latest_body.is_some_and(|known| known == hash.get()))
            && kept.as_ref().is_some_and(|kept| kept.judgement.verdict.is_fine());

        let read = OnceCell::new();
        let locals = || read.get_or_init(|| self.locals(planned));
        let known = known_fine.then(|| {
            let cause = kept.and_then(|kept| kept.judgement.cause);
            let fact = "the body equals the last snapshot's";
            verdict::judge_known(planned.url.as_url(), &job.chain, cause, fact)
        });
        if let Some(judgement) = &known
            && (!self.keep || self.all_kept(planned, locals(), hash.get())?)
        {
            // Neither side has changed: the page need not even be decoded.
            let judged = self.conclude(planned, &job, previous, judgement.clone(), &Content::Same)?;
            return Ok(Analysis::Judged(judged));
        }
        // The rest of what was cut would look lost.
        let partial = verdict::is_partial(response);
        let original = Original::read(response, &last.url, hash);
        let judgement = if let Some(judgement) = known {
            judgement
        } else {
            let held = || {
                let copies = locals().iter().filter(|local| verdict::is_witness(&local.body));
                copies.map(|local| text_diff::containment(&local.body, &original.whole.text)).reduce(f64::max)
            };
            let evidence = PageEvidence {
                requested: planned.url.as_url(),
                chain: &job.chain,
                html: original.html.as_deref(),
                title: &original.whole.title,
                visible: &original.whole.text,
                local: &LocalWitness::new(&held),
                probe: job.probe.as_deref(),
                home: job.home.as_deref(),
                beginning: planned.roles.only_image(),
            };
            match verdict::judge(&evidence, &self.signatures) {
                Finding::Judged(judgement) => judgement,
                Finding::NeedsProbe { control, .. } => return Ok(Analysis::NeedsProbe(job, control)),
            }
        };
        if partial {
            return self.conclude(planned, &job, previous, judgement, &Content::None).map(Analysis::Judged);
        }
        // A check compares nothing: it reads the copies only where the judgement asks for them.
        let locals = match read.into_inner() {
            Some(locals) => locals,
            None if self.keep => self.locals(planned),
            None => Vec::new(),
        };
        let content = Content::Body { original: Box::new(original), locals };
        self.conclude(planned, &job, previous, judgement, &content).map(Analysis::Judged)
    }
}

/// A 304: the content is what it was, so the judgement is too, but for the way to it.
fn judge_unmodified(planned: &PlannedUrl, job: &PageJob, previous: Option<&UrlRecord>) -> Judgement {
    let kept = previous.and_then(|record| KeptJudgement::read(&record.state));
    let cause = kept.and_then(|kept| kept.judgement.cause);
    let fact = "304: not modified since the last snapshot";
    verdict::judge_known(planned.url.as_url(), &job.chain, cause, fact)
}

/// A page without an answer, with what was tried.
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
