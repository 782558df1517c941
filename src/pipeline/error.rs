//! What can fail in a run as a whole.

use crate::store::SnapshotError;
use crate::verdict::Outage;

/// What can fail in a run as a whole.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store failed.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The stored state of a host is damaged.
    #[error(transparent)]
    Frontier(#[from] crate::frontier::FrontierError),
    /// The client could not be set up.
    #[error(transparent)]
    Fetch(#[from] crate::fetch::FetchError),
    /// A record could not be written or read.
    #[error("a record could not be encoded or decoded: {0}")]
    Encode(String),
    /// No host answered.
    #[error("no network: none of {hosts} hosts could be reached (last: {last})")]
    NoNetwork {
        /// How many were tried.
        hosts: usize,
        /// The last failure.
        last: String,
    },
    /// Most hosts, or all canaries, could not be reached.
    #[error(transparent)]
    Outage(Outage),
    /// Our own network went down in the middle of the run and stayed away.
    #[error(
        "the network here went down after {judged} pages and did not come back within {patience}: the rest is \
         still due"
    )]
    OutageLasted {
        /// Pages that were judged before.
        judged: u64,
        /// How long it was waited for.
        patience: String,
    },
    /// The report could not be written.
    #[error("the report could not be written: {0}")]
    Output(#[from] std::io::Error),
    /// The threads that judge pages could not be started.
    #[error("the threads that judge pages could not be started: {0}")]
    AnalysisThreads(#[source] std::io::Error),
    /// A task was lost: a fault of ours.
    #[error("a worker failed: {0}")]
    Worker(String),
    /// A queue entry that is no URL: a fault of ours.
    #[error("not a URL in the queue: {0}")]
    Url(String),
    /// A place that the plan does not have: a fault of ours.
    #[error("the plan has no URL number {0}")]
    Plan(u32),
}

impl From<tokio::task::JoinError> for RunError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Worker(error.to_string())
    }
}
