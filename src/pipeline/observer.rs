//! Lets the caller of a run watch its progress.

use super::page::JudgedPage;
use super::plan::{Plan, PlannedUrl};

/// How far a run is.
#[derive(Clone, Copy, Debug, Default)]
pub struct CrawlProgress {
    /// Pages that have a verdict.
    pub judged: u64,
    /// Pages that were found in fetched ones and added.
    pub found: u64,
    /// Hosts with a request under way.
    pub active_hosts: usize,
    /// Other hosts with something that waits.
    pub waiting_hosts: usize,
}

/// Who watches a run.
pub trait RunObserver {
    /// The archive was read: so many URLs, so many of them judged already in this run.
    fn planned(&mut self, plan: &Plan, done: u64);
    /// How far it is.
    fn progress(&mut self, state: CrawlProgress);
    /// A page has its verdict.
    fn judged(&mut self, planned: &PlannedUrl, judged: &JudgedPage);
}
