//! Judges pages that the scheduler rejects: robots.txt forbids them, or their host is down or resting.

use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::crawl_state::{Engine, UnreachableOrigin};
use super::deferred_page::DeferredPage;
use super::work_item::Work;
use crate::fetch::FetchFailure;
use crate::frontier::{HostKey, Origin, Rejection};
use crate::pipeline::error::RunError;
use crate::pipeline::page::{AnalysisOutcome, PageJob, judge};
use crate::verdict::{self, Cause, Judgement};

impl Engine<'_> {
    /// Handles work that the scheduler rejects.
    pub(super) fn handle_rejection(
        &mut self,
        host: &HostKey,
        url: &str,
        work: Work,
        denial: &Rejection,
    ) -> Result<(), RunError> {
        match work {
            Work::Page(plan) => self.handle_page_rejection(host, url, Box::new(PageJob::new(plan)), denial),
            Work::Hop(job) => self.handle_page_rejection(host, url, job, denial),
            Work::Probe(job) => {
                self.finish_probe(*job);
                Ok(())
            }
            Work::Robots(job) => {
                self.handle_robots_rejection(&job, url, denial);
                Ok(())
            }
        }
    }

    fn handle_page_rejection(
        &mut self,
        host: &HostKey,
        url: &str,
        job: Box<PageJob>,
        denial: &Rejection,
    ) -> Result<(), RunError> {
        match denial {
            // The page was not begun, so it gets no verdict and stays due.
            Rejection::OverBudget { budget } => {
                self.record_left_over(host, Some(*budget));
                Ok(())
            }
            Rejection::HostDown | Rejection::RobotsUnreachable
                if self.network.is_suspect(host) && self.network.has_reference_hosts() =>
            {
                let held = DeferredPage::Rejected(host.clone(), url.into(), job, denial.clone());
                self.deferred_pages.push((Instant::now(), held));
                Ok(())
            }
            _ => self.judge_rejected_page(host, url, job, denial),
        }
    }

    pub(super) fn judge_rejected_page(
        &mut self,
        host: &HostKey,
        url: &str,
        job: Box<PageJob>,
        denial: &Rejection,
    ) -> Result<(), RunError> {
        let Ok(parsed) = Url::parse(url) else { return Err(RunError::Url(url.to_owned())) };
        let judgement = match denial {
            Rejection::Robots { rule } => Judgement::forbidden_by_robots(rule),
            Rejection::RobotsUnreachable => {
                Judgement::robots_unreachable(&self.describe_robots_failure(&parsed))
            }
            Rejection::BackingOff { wait, status } => judge_waiting_host(host, &job, *wait, *status),
            Rejection::HostDown => self.judge_unreachable_host(host, &parsed, &job),
            Rejection::InvalidUrl | Rejection::OverBudget { .. } => {
                return Err(RunError::Url(url.to_owned()));
            }
        };
        self.run_on_analysis_thread(0, move |analyst| {
            analyst.judge_without_answer(&job, judgement).map(AnalysisOutcome::Judged)
        });
        Ok(())
    }

    fn describe_robots_failure(&self, url: &Url) -> String {
        match self.unreachable_origins.get(&Origin::from_url(url)) {
            Some(UnreachableOrigin { failure, attempts, .. }) => {
                let tries = if *attempts == 1 { "attempt" } else { "attempts" };
                format!("the host's robots.txt could not be read: {failure}, in {attempts} {tries}")
            }
            None => "the host's robots.txt answered with an error, or was cut off".to_owned(),
        }
    }

    fn judge_unreachable_host(&self, host: &HostKey, url: &Url, job: &PageJob) -> Judgement {
        // A page that was asked for is judged by its own failure.
        if let Some(Err(failure)) = job.chain.last().map(|last| last.outcome.as_ref().map(drop)) {
            return judge::judge_failure(*failure, job);
        }
        let origin = Origin::from_url(url);
        let known = self.unreachable_origins.get(&origin).map(|known| (known.failure, known.attempts));
        let tallied = self.host_stats.last_failure(host, &origin).map(|failure| (failure, 0));
        let (failure, attempts) = known.or(tallied).unwrap_or((FetchFailure::Unreachable, 0));
        let mut judgement = verdict::judge_failure(failure, url);
        judgement.evidence.push(match attempts {
            0 => format!("{host} could not be reached several times in this run and was not tried again"),
            1 => format!("robots.txt of {host} could not be requested in 1 attempt"),
            tries => format!("robots.txt of {host} could not be requested in {tries} attempts"),
        });
        judgement
    }
}

/// `asked_by` is the status by which the host asked to wait. A page that was refused itself has its own
/// status.
fn judge_waiting_host(host: &HostKey, job: &PageJob, wait: Duration, asked_by: Option<u16>) -> Judgement {
    let own = job.chain.last().and_then(|last| last.outcome.as_ref().ok()).map(|response| response.status);
    let status = own.filter(|status| *status >= 400).or(asked_by);
    let until = jiff::Timestamp::now() + jiff::SignedDuration::try_from(wait).unwrap_or_default();
    let until = until.strftime("%Y-%m-%d %H:%M:%SZ");
    let cause = match status {
        Some(500..=599) => Cause::Http5xx,
        Some(429) | None => Cause::Http429,
        Some(_) => Cause::Http4xx,
    };
    let said = status.map(|status| format!("status {status}: ")).unwrap_or_default();
    Judgement::waiting_for_host(
        cause,
        &format!(
            "{said}{host} asked to wait until {until}, later than this run waits (politeness.retry_after_cap)"
        ),
    )
}
