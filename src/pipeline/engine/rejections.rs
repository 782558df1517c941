//! Judges pages that the scheduler rejects: robots.txt forbids them, or their host is down or resting.

use tokio::time::Instant;
use url::Url;

use super::crawl_state::{Engine, UnreachableOrigin};
use super::deferred_page::DeferredPage;
use super::work_item::Work;
use crate::fetch::FetchFailure;
use crate::frontier::{HostKey, Origin, PatienceLimit, Rejection, WaitLimit};
use crate::pipeline::error::RunError;
use crate::pipeline::page::{AnalysisOutcome, PageJob};
use crate::verdict::{self, Judgement};

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

    /// Judges a page that was not requested where the reason is a fact about the page or its origin, and
    /// otherwise leaves it to the next run.
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
            Rejection::BackingOff { wait, status, is_stated, limit } => {
                let wait = jiff::SignedDuration::try_from(*wait).unwrap_or_default();
                let until = self.analyst.clock.now().saturating_add(wait).unwrap_or(jiff::Timestamp::MAX);
                let reason = describe_rest(host, until, *status, *is_stated, *limit);
                return self.leave_to_next_run(job, reason, *status);
            }
            Rejection::GivenUp { status, limit } => {
                return self.leave_to_next_run(job, describe_given_up_host(host, *status, *limit), *status);
            }
            Rejection::HostDown => match self.judge_unreachable_origin(host, &parsed) {
                Some(judgement) if !job.retrying => judgement,
                _ => {
                    let reason = format!("{host} could not be reached several times and was not tried again");
                    return self.leave_to_next_run(job, reason, None);
                }
            },
            Rejection::InvalidUrl | Rejection::OverBudget { .. } => {
                return Err(RunError::Url(url.to_owned()));
            }
        };
        self.run_on_analysis_thread(0, move |analyst| {
            analyst.judge_without_answer(&job, judgement).map(AnalysisOutcome::Judged)
        });
        Ok(())
    }

    /// Leaves a page to the next run, without a visit, because a host rests or was given up. A page that was
    /// requested and only waits for another attempt is judged by what it answered.
    fn leave_to_next_run(
        &mut self,
        mut job: Box<PageJob>,
        reason: String,
        status: Option<u16>,
    ) -> Result<(), RunError> {
        if job.retrying {
            job.remark = Some(reason);
            self.analyse_page(job);
            return Ok(());
        }
        let host = HostKey::from_url(self.planned_url(job.plan_index)?.url.as_url());
        let waiting = self.spent.waiting.entry(host.to_string()).or_default();
        waiting.pages += 1;
        waiting.reason = reason;
        waiting.status = status;
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

    /// Judges a page of an origin to which no connection can be made, or whose name does not exist. `None`
    /// where the origin answered before, so that its other pages may be there.
    fn judge_unreachable_origin(&self, host: &HostKey, url: &Url) -> Option<Judgement> {
        let origin = Origin::from_url(url);
        let robots = self.unreachable_origins.get(&origin).map(|known| (known.failure, known.attempts));
        let missing = || {
            let failure = self.host_stats.last_failure(host, &origin)?;
            (failure == FetchFailure::DnsNxdomain).then_some((failure, 0))
        };
        let (failure, attempts) = robots.or_else(missing)?;
        let mut judgement = verdict::judge_failure(failure, url);
        judgement.evidence.push(match attempts {
            0 => format!("the name of {host} was looked up for another of its pages"),
            1 => format!("robots.txt of {host} could not be requested in 1 attempt"),
            tries => format!("robots.txt of {host} could not be requested in {tries} attempts"),
        });
        Some(judgement)
    }
}

/// Why nothing is asked of a host until `until`. `refused_by` is the status of its last refusal; the end was
/// `stated` by the host, or is the pause that driftline makes by itself.
fn describe_rest(
    host: &HostKey,
    until: jiff::Timestamp,
    refused_by: Option<u16>,
    stated: bool,
    limit: WaitLimit,
) -> String {
    let status = describe_status(refused_by);
    let until = until.strftime("%Y-%m-%d %H:%M:%SZ");
    let rest = if stated {
        format!("{host} asked to wait until {until}")
    } else {
        format!("{host} refused requests, and driftline leaves it alone until {until} (politeness.backoff)")
    };
    match limit {
        WaitLimit::RetryAfterCap => {
            format!("{status}{rest}, later than this run waits (politeness.retry_after_cap)")
        }
        WaitLimit::RunEnd => format!("{status}{rest}, after the end of this run (crawl.max_time)"),
    }
}

fn describe_given_up_host(host: &HostKey, status: Option<u16>, limit: PatienceLimit) -> String {
    let what = if status.is_some() { "refused requests" } else { "let requests hang" };
    let end = match limit {
        PatienceLimit::Time => "for longer than this run is patient (politeness.patience)",
        PatienceLimit::InARow => "too often in a row (politeness.give_up_after)",
    };
    format!("{}{host} {what} {end}", describe_status(status))
}

fn describe_status(status: Option<u16>) -> String {
    status.map(|status| format!("status {status}: ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_names_who_set_the_end_and_the_setting_that_it_exceeds() {
        let host = HostKey::from("a.example");
        let until = jiff::Timestamp::UNIX_EPOCH;
        assert_eq!(
            describe_rest(&host, until, Some(429), true, WaitLimit::RetryAfterCap),
            "status 429: a.example asked to wait until 1970-01-01 00:00:00Z, later than this run waits \
             (politeness.retry_after_cap)"
        );
        assert_eq!(
            describe_rest(&host, until, None, false, WaitLimit::RunEnd),
            "a.example refused requests, and driftline leaves it alone until 1970-01-01 00:00:00Z \
             (politeness.backoff), after the end of this run (crawl.max_time)"
        );
        assert_eq!(
            describe_given_up_host(&host, None, PatienceLimit::Time),
            "a.example let requests hang for longer than this run is patient (politeness.patience)"
        );
        assert_eq!(
            describe_given_up_host(&host, Some(503), PatienceLimit::InARow),
            "status 503: a.example refused requests too often in a row (politeness.give_up_after)"
        );
    }
}
