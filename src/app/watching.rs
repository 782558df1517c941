//! What a person sees of a run while it is under way.

use super::cli::GlobalArgs;
use super::progress::{Progress, ProgressState};
use super::run::Observer;
use super::run::analyse::Judged;
use super::run::plan::{Plan, PlannedUrl};
use crate::verdict::Verdict;
use crate::view::clean;

/// Turns what a run says into a progress display.
pub struct Watcher {
    progress: Progress,
    total: u64,
    done_before: u64,
}

impl Watcher {
    /// A display as the command line wants it.
    pub fn new(global: &GlobalArgs) -> Self {
        Self { progress: Progress::new(global), total: 0, done_before: 0 }
    }

    /// Takes the display away.
    pub fn finish(&mut self) {
        self.progress.finish();
    }
}

impl Observer for Watcher {
    fn planned(&mut self, plan: &Plan, done: u64) {
        self.total = plan.urls.len() as u64;
        self.done_before = done;
        self.progress.line(&format!(
            "{} articles, {} links, {} distinct URLs to ask for{}",
            plan.article_count,
            plan.link_count,
            plan.urls.len(),
            if done > 0 { format!("; going on where it stopped, {done} are judged already") } else { String::new() },
        ));
    }

    fn progress(&mut self, judged: u64, waiting: u64, active_hosts: usize, known_hosts: usize) {
        self.progress.update(&ProgressState {
            done: self.done_before + judged,
            done_now: judged,
            total: self.total,
            waiting,
            active_hosts,
            known_hosts,
        });
    }

    fn judged(&mut self, planned: &PlannedUrl, judged: &Judged) {
        let drift = judged.drift.filter(|class| class.is_drift());
        let plain = matches!(judged.judgement.verdict, Verdict::Alive) && drift.is_none();
        if plain {
            return;
        }
        let cause = judged.judgement.cause.map(|cause| format!(" ({})", cause.as_str())).unwrap_or_default();
        let drift = drift.map(|class| format!(", {}", class.as_str())).unwrap_or_default();
        let url = clean::line(planned.url.as_str());
        self.progress.verdict(&format!("{}{cause}{drift}  {url}", judged.judgement.verdict.as_str()));
    }
}
