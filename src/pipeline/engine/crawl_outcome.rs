//! How a crawl ended.

use super::budget::SpentBudgets;
use super::host_stats::HostStats;
use crate::verdict::Outage;

/// What a crawl came to.
#[derive(Debug)]
pub struct CrawlOutcome {
    /// How it ended.
    pub ended: CrawlEnd,
    /// Which hosts answered.
    pub host_stats: HostStats,
    /// Why its failures say nothing about the pages, where that is so.
    pub outage: Option<Outage>,
    /// Which budgets were used up.
    pub spent: SpentBudgets,
    /// How many pages have a verdict.
    pub judged: u64,
    /// The pages of this run that are not well, by their places in the plan.
    pub failures: Vec<u32>,
}

/// How a crawl ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrawlEnd {
    /// Everything that was due has its verdict.
    Done,
    /// The budget was used up first.
    OverBudget,
    /// It was asked to stop.
    Interrupted,
    /// No host answered: our own network is down.
    NoNetwork,
    /// Our own network went down, and did not come back within the patience.
    Outage,
}
