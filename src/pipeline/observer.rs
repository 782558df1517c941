//! Lets the caller of a run watch its progress.

use super::page::JudgedPage;
use super::plan::{Plan, PlannedUrl};

/// The progress of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct CrawlProgress {
    /// The number of pages that have a verdict.
    pub judged: u64,
    /// The number of pages that were added because a fetched page names them.
    pub found: u64,
    /// The number of hosts with a request under way.
    pub active_hosts: usize,
    /// The number of other hosts with queued work.
    pub waiting_hosts: usize,
}

/// Receives the progress of a run.
pub trait RunObserver {
    /// Called once the archive was read. `done` URLs have a verdict from this run already, since it was
    /// interrupted.
    fn plan_ready(&mut self, plan: &Plan, done: u64);
    /// Called a few times a second.
    fn progress_made(&mut self, state: CrawlProgress);
    /// Called for each page that got its verdict.
    fn page_judged(&mut self, planned: &PlannedUrl, judged: &JudgedPage);
}
