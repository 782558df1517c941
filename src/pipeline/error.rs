//! Lists what can fail in a run as a whole.

use crate::store::StoreError;

/// What can fail in a run as a whole.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store failed.
    #[error(transparent)]
    Snapshot(#[from] StoreError),
    /// The stored state of a host is damaged.
    #[error(transparent)]
    Frontier(#[from] crate::frontier::FrontierError),
    /// The client could not be set up.
    #[error(transparent)]
    Fetch(#[from] crate::fetch::FetchError),
    /// A record could not be written or read.
    #[error("a record could not be encoded or decoded: {0}")]
    Encode(String),
    /// The report could not be written.
    #[error("the report could not be written: {0}")]
    Output(#[from] std::io::Error),
    /// The threads that judge pages could not be started.
    #[error("the threads that judge pages could not be started: {0}")]
    AnalysisThreads(#[source] std::io::Error),
    /// A task ended without a result. This is a bug in driftline.
    #[error("an analysis thread failed: {0}")]
    Worker(String),
    /// A queue entry is not a URL. This is a bug in driftline.
    #[error("the queue holds an invalid URL: {0}")]
    Url(String),
    /// The plan has no URL with this index. This is a bug in driftline.
    #[error("the plan has no URL number {0}")]
    Plan(u32),
}

impl From<tokio::task::JoinError> for RunError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Worker(error.to_string())
    }
}
