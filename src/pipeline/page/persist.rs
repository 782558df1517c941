//! Stores a judged page: its visit, its snapshot and its comparisons in one write.

use jiff::Timestamp;

use super::analyst::Analyst;
use super::compare;
use super::inputs::{FetchedPage, PageContent};
use super::judged_page::JudgedPage;
use super::page_job::PageJob;
use super::stored_json::StoredJudgement;
use super::upstream_links::UpstreamLinks;
use crate::fetch::Response;
use crate::pipeline::clock::unix_ms;
use crate::pipeline::error::RunError;
use crate::pipeline::plan::PlannedUrl;
use crate::store::{ComparisonRecord, Hop, PageWrite, SnapshotId, UrlRecord, VisitRecord};
use crate::text_diff::DriftClass;
use crate::verdict::{self, Cause, Judgement};

/// A millisecond after a time in milliseconds since 1970.
fn just_after(at_ms: u64) -> Timestamp {
    let next = i64::try_from(at_ms.saturating_add(1)).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(next).unwrap_or(Timestamp::MAX)
}

impl Analyst {
    /// Stores a judged page.
    pub(in crate::pipeline) fn store_judged_page(
        &self,
        planned: &PlannedUrl,
        job: &PageJob,
        previous: Option<&UrlRecord>,
        mut judgement: Judgement,
        content: &PageContent,
    ) -> Result<JudgedPage, RunError> {
        judgement.evidence.extend(job.remark.clone());
        let at = job.chain.last().map_or_else(|| self.clock.now(), |last| last.at);
        // A visit is later than the one before it, whatever the clocks showed, or it would not be the newest.
        let at = previous.map_or(at, |record| at.max(just_after(record.last_visit_ms)));
        let at_ms = unix_ms(at);
        let key = planned.url.key();
        let fine = judgement.verdict.is_fine();

        let mut comparisons = Vec::new();
        let mut drift = None;
        let mut snapshot = None;
        let mut unchanged = false;
        let mut keep_body = false;
        if fine && self.keep {
            let same = match content {
                PageContent::None => false,
                PageContent::Unmodified | PageContent::Same => true,
                PageContent::Body { original, .. } => {
                    previous.is_some_and(|record| record.latest_body == Some(original.hash()))
                }
            };
            unchanged = same;
            if same {
                snapshot = previous.and_then(|record| record.latest_snapshot);
            } else if let PageContent::Body { original, .. } = content
                && !planned.roles.is_only_image()
            {
                // Neither an empty answer nor a shell without the text replaces a snapshot that has it.
                let lost_text =
                    original.is_empty() || (judgement.cause == Some(Cause::JsShell) && !was_shell(previous));
                let kept = previous.and_then(|record| record.latest_snapshot).filter(|_| lost_text);
                keep_body = kept.is_none();
                snapshot = kept.or(Some(SnapshotId { url: key, at_ms }));
            }
            comparisons = self.compare_page(planned, previous, content, at_ms)?;
            drift = compare::most_serious(&comparisons);
            if same && comparisons.is_empty() {
                drift = self.stored_drift(planned)?;
            }
        } else if fine {
            unchanged = matches!(content, PageContent::Unmodified);
        }

        let (before, known_leads) = self.state_before(planned, previous)?;
        let leads = self.find_upstream_links(planned, previous, content, fine, known_leads)?;
        // A success counts at once. Failures are counted after the run, when it is known whether the
        // network here was down.
        let over_time = if fine { before.after_judgement(&judgement, at, true) } else { before };
        let language = if job.chain.is_empty() {
            // It was not asked for, so what is known about its last answer stays.
            previous.and_then(|record| StoredJudgement::from_json(&record.state)?.language)
        } else {
            job.language.as_deref().map(str::to_owned)
        };
        let kept =
            StoredJudgement { judgement: judgement.clone(), over_time, language, leads: leads.clone() }
                .to_json()?;
        let last = job.chain.last().and_then(|exchange| exchange.outcome.as_ref().ok());
        let visit = VisitRecord {
            url: planned.url.clone(),
            run: self.run,
            at,
            elapsed_ms: u64::try_from(job.elapsed.as_millis()).unwrap_or(u64::MAX),
            attempts: job.asked(),
            hops: job
                .chain
                .iter()
                .map(|exchange| Hop {
                    url: exchange.url.to_string(),
                    status: exchange.outcome.as_ref().ok().map(|response| response.status),
                })
                .collect(),
            content_type: last.and_then(Response::media_type),
            snapshot,
            unchanged,
            judgement: kept.clone(),
        };
        let exchanges = if keep_body { job.chain.clone() } else { Vec::new() };
        let body = if let PageContent::Body { original, .. } = content { Some(original) } else { None };
        let body_hash = body.filter(|_| keep_body).map(|original| original.hash());
        let page_write = PageWrite { exchanges, keep_body, body_hash, visit, state: kept, comparisons };
        self.store.write_page(page_write)?;
        let ended = job.chain.last().filter(|last| last.outcome.is_ok()).map(|last| {
            let tells = body.filter(|_| verdict::may_answer_every_url(&judgement));
            Box::new((last.url.clone(), tells.map(|original| original.hash())))
        });
        Ok(JudgedPage { plan_index: job.plan_index, judgement, ended, twin: None, drift, leads })
    }

    /// The upstream links of the page: from its content, or those that are known from before.
    fn find_upstream_links(
        &self,
        planned: &PlannedUrl,
        previous: Option<&UrlRecord>,
        content: &PageContent,
        fine: bool,
        known: Option<UpstreamLinks>,
    ) -> Result<Option<UpstreamLinks>, RunError> {
        let Some(rules) = self.leads.as_ref().filter(|_| fine && !planned.roles.is_only_image()) else {
            return Ok(known);
        };
        let of = |page: &FetchedPage| {
            page.html().map(|html| UpstreamLinks::from_page(html, &page.url, rules)).unwrap_or_default()
        };
        match content {
            PageContent::None => Ok(known),
            PageContent::Body { original, .. } => Ok(Some(of(original))),
            PageContent::Unmodified | PageContent::Same if known.is_some() => Ok(known),
            PageContent::Unmodified | PageContent::Same => {
                Ok(self.read_newest_page(previous)?.as_ref().map(of))
            }
        }
    }

    fn stored_drift(&self, planned: &PlannedUrl) -> Result<Option<DriftClass>, RunError> {
        let mut worst = None;
        for index in &planned.reposts {
            let Some(article) = self.plan.articles.get(*index as usize) else { continue };
            let kept: Vec<ComparisonRecord> = self.store.read_comparisons(planned.url.key(), &article.id)?;
            worst = worst.max(kept.last().and_then(compare::drift_class_of));
        }
        Ok(worst)
    }
}

/// Whether the page was a shell that scripts fill when it was last judged.
fn was_shell(previous: Option<&UrlRecord>) -> bool {
    let kept = previous.and_then(|record| StoredJudgement::from_json(&record.state));
    kept.is_some_and(|kept| kept.judgement.cause == Some(Cause::JsShell))
}
