//! Says how a crawl ended and what it found out about hosts and failures.

use super::host_stats::HostStats;
use crate::store::{SpentBudgets, StoreError};
use crate::verdict::Outage;

/// The result of a crawl.
#[derive(Debug)]
pub struct CrawlOutcome {
    /// Why it ended.
    pub ended: CrawlEnd,
    /// Which hosts answered.
    pub host_stats: HostStats,
    /// Why it ended, if too little of the store's disk was free.
    pub shortage: Option<StoreError>,
    /// The outage because of which failures say nothing about the pages, if there was one.
    pub outage: Option<Outage>,
    /// Whether some host gave a proper answer, which proves that the network here works.
    pub network_proved: bool,
    /// The limits that were reached.
    pub spent: SpentBudgets,
    /// The number of pages that have a verdict.
    pub judged: u64,
    /// The pages that failed in this run, by their indexes in the plan.
    pub failures: Vec<u32>,
}

/// How a crawl ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrawlEnd {
    /// Everything that was due has its verdict.
    Done,
    /// A limit was reached first.
    OverBudget,
    /// It was asked to stop.
    Interrupted,
    /// Too little of the store's disk is free.
    LowSpace,
    /// No host answered: the network here is down.
    NoNetwork,
    /// The network here went down during the run and did not come back within
    /// `network.outage_patience`.
    Outage,
}
