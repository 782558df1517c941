//! [`RecordBatch`]: changes of several trees that are written together, all or none of them.

use sled::Transactional;
use sled::transaction::{ConflictableTransactionError, TransactionError};

use crate::store::StoreError;
use crate::store::db::database::Database;

/// A key and its value.
pub(in crate::store) type Entry = (Vec<u8>, Vec<u8>);

/// Changes of several trees.
#[derive(Default)]
pub(in crate::store) struct RecordBatch {
    pub urls: Vec<Entry>,
    pub visits: Vec<Entry>,
    pub snapshots: Vec<Entry>,
    pub comparisons: Vec<Entry>,
    /// The keys of snapshots to remove.
    pub removed_snapshots: Vec<Vec<u8>>,
    /// The keys of visits to remove.
    pub removed_visits: Vec<Vec<u8>>,
    /// The keys of comparisons to remove.
    pub removed_comparisons: Vec<Vec<u8>>,
}

impl RecordBatch {
    /// Writes the changes in one transaction. At the end of a transaction sled writes its log buffer, which
    /// costs more than the records of a single page.
    pub(in crate::store) fn write(&self, database: &Database) -> Result<(), StoreError> {
        database.guard(|| {
            let trees = (
                database.urls.raw(),
                database.visits.raw(),
                database.snapshots.raw(),
                database.comparisons.raw(),
            );
            let done = trees.transaction(|(urls, visits, snapshots, comparisons)| {
                for (tree, keys) in [
                    (visits, &self.removed_visits),
                    (snapshots, &self.removed_snapshots),
                    (comparisons, &self.removed_comparisons),
                ] {
                    for key in keys {
                        tree.remove(key.as_slice())?;
                    }
                }
                for (tree, entries) in [
                    (urls, &self.urls),
                    (visits, &self.visits),
                    (snapshots, &self.snapshots),
                    (comparisons, &self.comparisons),
                ] {
                    for (key, value) in entries {
                        tree.insert(key.as_slice(), value.as_slice())?;
                    }
                }
                Ok::<(), ConflictableTransactionError<std::convert::Infallible>>(())
            });
            match done {
                Ok(()) => Ok(()),
                Err(TransactionError::Storage(error)) => Err(error),
                Err(TransactionError::Abort(never)) => match never {},
            }
        })
    }
}
