//! Shows what a run reports about itself on the progress display.

use super::progress::{Progress, ProgressMode, ProgressState};
use super::telemetry;
use crate::pipeline::page::JudgedPage;
use crate::pipeline::plan::{Plan, PlannedUrl};
use crate::pipeline::{CrawlProgress, RunObserver};
use crate::report::text::{format_count, format_counted};
use crate::verdict::Verdict;

/// A run over more URLs than this without a contact gives a warning.
const ANONYMOUS_URLS: u64 = 1_000;

/// Observes a run and updates the progress display.
pub struct RunProgress {
    mode: ProgressMode,
    progress: Option<Progress>,
    total: u64,
    done_before: u64,
    has_contact: bool,
}

impl RunProgress {
    /// Makes a display that suits standard error and `-q`. A large run without a contact gives a warning.
    pub fn new(quiet: bool, has_contact: bool) -> Self {
        Self { mode: ProgressMode::for_stderr(quiet), progress: None, total: 0, done_before: 0, has_contact }
    }

    /// Removes the display.
    pub fn remove_display(&mut self) {
        if let Some(progress) = self.progress.take() {
            progress.remove_display();
        }
    }
}

impl RunObserver for RunProgress {
    fn plan_ready(&mut self, plan: &Plan, done: u64) {
        self.total = plan.urls.len() as u64;
        self.done_before = done;
        if self.mode != ProgressMode::Silent {
            let going_on = match done {
                0 => String::new(),
                done => {
                    let are = if done == 1 { "is" } else { "are" };
                    format!("; continuing the last run, {} {are} already judged", format_count(done))
                }
            };
            telemetry::write_line(&format!(
                "driftline: {}, {}, {} to ask for{going_on}",
                format_counted(plan.article_count, "article"),
                format_counted(plan.link_count, "link"),
                format_counted(self.total, "URL"),
            ));
        }
        if self.total > ANONYMOUS_URLS && !self.has_contact {
            tracing::warn!(
                "{} URLs to ask for, and the user agent names nobody whom a host's operator could write to; set network.contact",
                format_count(self.total)
            );
        }
        self.progress = Some(Progress::new(self.total, self.mode));
    }

    fn progress_made(&mut self, state: CrawlProgress) {
        if let Some(progress) = &self.progress {
            progress.update_state(ProgressState {
                done: self.done_before + state.judged,
                total: self.total + state.found,
                hosts_active: state.active_hosts,
                hosts_waiting: state.waiting_hosts,
            });
        }
    }

    fn page_judged(&mut self, planned: &PlannedUrl, judged: &JudgedPage) {
        let drift = judged.drift.filter(|class| class.is_drift());
        if judged.judgement.verdict == Verdict::Alive && drift.is_none() {
            return;
        }
        let Some(progress) = &self.progress else { return };
        let cause = judged.judgement.cause.map(|cause| format!(" {cause}")).unwrap_or_default();
        let drift = drift.map(|class| format!(" {}", class.as_str())).unwrap_or_default();
        progress.add_verdict(&format!("{}{cause}{drift} {}", judged.judgement.verdict, planned.url));
    }
}
