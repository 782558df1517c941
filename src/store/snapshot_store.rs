//! [`SnapshotStore`]: the operations that other stages use, independent of the database.

use super::error::StoreError;
use super::ids::{RunId, SnapshotId};
use super::maintenance::CutTimes;
use super::page_write::PageWrite;
use super::records::{ComparisonRecord, RunRecord, Snapshot, UrlRecord, VisitRecord};
use crate::model::{ArticleId, ContentHash, Untrusted, UrlKey};

/// The operations of a store. All methods may be called from any thread. One thread inside the store writes;
/// what it wrote is durable when [`SnapshotStore::flush`] has returned.
pub trait SnapshotStore: Send + Sync {
    /// Queues what one finished URL adds. It waits only while the queue is full. The error of an earlier
    /// write that failed is returned here.
    fn write_page(&self, page_write: PageWrite) -> Result<(), StoreError>;
    /// Like [`SnapshotStore::write_page`]. `stored` is called on a thread of the store once the page is
    /// durable, and never if it could not be written. It must return quickly.
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
    /// The number of bytes that are queued or being written, about: bodies, and their records for the journal.
    fn unwritten_bytes(&self) -> u64 {
        0
    }
    /// Waits until everything that was queued is durable.
    fn flush(&self) -> Result<(), StoreError>;
    /// The record of a URL.
    fn read_url(&self, key: UrlKey) -> Result<Option<UrlRecord>, StoreError>;
    /// The visits of a URL, oldest first.
    fn read_visits(&self, key: UrlKey) -> Result<Vec<VisitRecord>, StoreError>;
    /// The visit of a URL in a run.
    fn read_visit_in_run(&self, key: UrlKey, run: RunId) -> Result<Option<VisitRecord>, StoreError>;
    /// The snapshots of a URL, oldest first.
    fn read_snapshots(&self, key: UrlKey) -> Result<Vec<Snapshot>, StoreError>;
    /// One snapshot.
    fn read_snapshot(&self, id: SnapshotId) -> Result<Option<Snapshot>, StoreError>;
    /// Reads a body and checks it against its hash.
    fn read_body(&self, hash: ContentHash) -> Result<Untrusted, StoreError>;
    /// The comparisons of an article with a URL, oldest first.
    fn read_comparisons(&self, key: UrlKey, article: &ArticleId)
    -> Result<Vec<ComparisonRecord>, StoreError>;
    /// Stores any content under its hash, compressed and in chunks. Content that is already stored costs
    /// nothing.
    fn store_blob(&self, bytes: &[u8]) -> Result<ContentHash, StoreError>;
    /// Reads such content and checks it against its hash.
    fn read_blob(&self, hash: ContentHash) -> Result<Vec<u8>, StoreError>;
    /// Writes the record of a run.
    fn write_run(&self, run: &RunRecord) -> Result<(), StoreError>;
    /// Moves what earlier runs dated in the future, as seen from `now`, to before it: their clock was ahead.
    /// Imported captures keep their dates. A store that cannot be written is left as it is.
    fn cut_future_times(&self, now: jiff::Timestamp) -> Result<CutTimes, StoreError> {
        let _ = now;
        Ok(CutTimes::default())
    }
    /// All runs, oldest first.
    fn read_runs(&self) -> Result<Vec<RunRecord>, StoreError>;
}
