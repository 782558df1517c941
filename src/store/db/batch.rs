//! [`RecordBatch`]: changes of several trees that are written together, all of them or none.

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
    /// Keys of snapshots that are removed.
    pub removed_snapshots: Vec<Vec<u8>>,
}

impl RecordBatch {
    /// Writes the changes in one transaction. At its end sled writes its log's buffer out, which for a
    /// single page costs more than the page.
    pub(in crate::store) fn write(&self, database: &Database) -> Result<(), StoreError> {
        database.guard(|| {
            let trees = (
                database.urls.raw(),
                database.visits.raw(),
                database.snapshots.raw(),
                database.comparisons.raw(),
            );
            let done = trees.transaction(|(urls, visits, snapshots, comparisons)| {
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
                for key in &self.removed_snapshots {
                    snapshots.remove(key.as_slice())?;
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
