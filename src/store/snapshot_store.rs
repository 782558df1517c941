//! [`SnapshotStore`]: what the other stages may ask of the store, whatever database is behind it.

use super::error::SnapshotError;
use super::ids::{RunId, SnapshotId};
use super::json_text::JsonText;
use super::records::{ComparisonRecord, RunRecord, Snapshot, UrlRecord, VisitRecord};
use crate::fetch::Exchange;
use crate::model::{ArticleId, ContentHash, Untrusted, UrlKey};

/// Everything that one finished URL adds to the store, in one unit: all of it is stored, or nothing.
#[derive(Clone, Debug)]
pub struct Deposit {
    /// The exchanges in their order, the final answer last. Only captures with an answer are kept;
    /// `None` in `visit.snapshot` means that no content is stored (a failure, or `check`).
    pub exchanges: Vec<Exchange>,
    /// Whether the final answer is to be stored as a new snapshot.
    pub keep_body: bool,
    /// The hash of the final answer's body, where it is known already.
    pub body_hash: Option<ContentHash>,
    /// The visit.
    pub visit: VisitRecord,
    /// The judgement over time after this visit, as JSON of the verdict stage.
    pub state: JsonText,
    /// Comparisons made at this visit.
    pub comparisons: Vec<ComparisonRecord>,
}

impl Deposit {
    /// A visit that adds nothing but itself, its judgement the state after it.
    pub fn of_visit(visit: VisitRecord) -> Self {
        Self {
            exchanges: Vec::new(),
            keep_body: false,
            body_hash: None,
            state: visit.judgement.clone(),
            visit,
            comparisons: Vec::new(),
        }
    }
}

/// What a stage may ask of the store. All methods may be called from any thread; writes are made by
/// one thread inside and are durable when [`SnapshotStore::flush`] has returned.
pub trait SnapshotStore: Send + Sync {
    /// Hands over what one finished URL adds. Returns as soon as it is queued (it may wait while the
    /// queue is full); an earlier write that failed is reported here.
    fn deposit(&self, deposit: Deposit) -> Result<(), SnapshotError>;
    /// As [`SnapshotStore::deposit`]; `stored` is called, on a thread of the store's, once the
    /// deposit is durable, and never where it could not be written. It must return quickly.
    fn deposit_acked(&self, deposit: Deposit, stored: Box<dyn FnOnce() + Send>) -> Result<(), SnapshotError> {
        self.deposit(deposit)?;
        self.flush()?;
        stored();
        Ok(())
    }
    /// Waits until everything handed over is durable.
    fn flush(&self) -> Result<(), SnapshotError>;
    /// What is kept of a URL.
    fn url(&self, key: UrlKey) -> Result<Option<UrlRecord>, SnapshotError>;
    /// A URL's visits, oldest first.
    fn visits(&self, key: UrlKey) -> Result<Vec<VisitRecord>, SnapshotError>;
    /// The visit of a URL in a run.
    fn visit_in_run(&self, key: UrlKey, run: RunId) -> Result<Option<VisitRecord>, SnapshotError>;
    /// A URL's snapshots, oldest first.
    fn snapshots(&self, key: UrlKey) -> Result<Vec<Snapshot>, SnapshotError>;
    /// One snapshot.
    fn snapshot(&self, id: SnapshotId) -> Result<Option<Snapshot>, SnapshotError>;
    /// A body by its hash, checked against it.
    fn body(&self, hash: ContentHash) -> Result<Untrusted, SnapshotError>;
    /// The comparisons of an article with a URL, oldest first.
    fn comparisons(&self, key: UrlKey, article: &ArticleId) -> Result<Vec<ComparisonRecord>, SnapshotError>;
    /// Stores any content under its hash (compressed, chunked); an equal one costs nothing.
    fn put_blob(&self, bytes: &[u8]) -> Result<ContentHash, SnapshotError>;
    /// Reads such content back, checked against its hash.
    fn blob(&self, hash: ContentHash) -> Result<Vec<u8>, SnapshotError>;
    /// Writes a run's record.
    fn put_run(&self, run: &RunRecord) -> Result<(), SnapshotError>;
    /// All runs, oldest first.
    fn runs(&self) -> Result<Vec<RunRecord>, SnapshotError>;
}
