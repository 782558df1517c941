//! [`SnapshotStore`]: what the other stages may ask of the store, whatever database is behind it.

use super::error::StoreError;
use super::ids::{RunId, SnapshotId};
use super::json_text::JsonText;
use super::records::{ComparisonRecord, RunRecord, Snapshot, UrlRecord, VisitRecord};
use crate::fetch::Exchange;
use crate::model::{ArticleId, ContentHash, Untrusted, UrlKey};

/// Everything that one finished URL adds to the store, in one unit: all of it is stored, or nothing.
#[derive(Clone, Debug)]
pub struct PageWrite {
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

impl PageWrite {
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
    fn write_page(&self, page_write: PageWrite) -> Result<(), StoreError>;
    /// As [`SnapshotStore::page_write`]; `stored` is called, on a thread of the store's, once the
    /// page write is durable, and never where it could not be written. It must return quickly.
    fn write_page_acked(
        &self,
        page_write: PageWrite,
        stored: Box<dyn FnOnce() + Send>,
    ) -> Result<(), StoreError> {
        self.write_page(page_write)?;
        self.flush()?;
        stored();
        Ok(())
    }
    /// Waits until everything handed over is durable.
    fn flush(&self) -> Result<(), StoreError>;
    /// What is kept of a URL.
    fn url(&self, key: UrlKey) -> Result<Option<UrlRecord>, StoreError>;
    /// A URL's visits, oldest first.
    fn visits(&self, key: UrlKey) -> Result<Vec<VisitRecord>, StoreError>;
    /// The visit of a URL in a run.
    fn visit_in_run(&self, key: UrlKey, run: RunId) -> Result<Option<VisitRecord>, StoreError>;
    /// A URL's snapshots, oldest first.
    fn snapshots(&self, key: UrlKey) -> Result<Vec<Snapshot>, StoreError>;
    /// One snapshot.
    fn snapshot(&self, id: SnapshotId) -> Result<Option<Snapshot>, StoreError>;
    /// A body by its hash, checked against it.
    fn body(&self, hash: ContentHash) -> Result<Untrusted, StoreError>;
    /// The comparisons of an article with a URL, oldest first.
    fn comparisons(&self, key: UrlKey, article: &ArticleId) -> Result<Vec<ComparisonRecord>, StoreError>;
    /// Stores any content under its hash (compressed, chunked); an equal one costs nothing.
    fn put_blob(&self, bytes: &[u8]) -> Result<ContentHash, StoreError>;
    /// Reads such content back, checked against its hash.
    fn blob(&self, hash: ContentHash) -> Result<Vec<u8>, StoreError>;
    /// Writes a run's record.
    fn put_run(&self, run: &RunRecord) -> Result<(), StoreError>;
    /// All runs, oldest first.
    fn runs(&self) -> Result<Vec<RunRecord>, StoreError>;
}
