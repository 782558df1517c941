//! Lends a tree of the database to another stage, without showing that stage the database.

use crate::store::StoreError;
use crate::store::db::tree::Tree;

/// Keys and values of another stage or of an import, kept in the same database as the captures.
///
/// A value is at most 7 KB long, so that sled keeps it on one page. Writes become durable with the next
/// [`crate::store::SnapshotStore::flush`]. The tree must be dropped before the store is opened again in
/// the same process.
pub struct KeyValueTree(Tree);

impl KeyValueTree {
    pub(in crate::store) fn new(tree: Tree) -> Self {
        Self(tree)
    }

    /// Reads the value of a key; `None` where the key was never written.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.get(key)?.map(|value| value.to_vec()))
    }

    /// Writes the value of a key, in place of an earlier one; returns whether the key is new.
    pub fn insert(&self, key: &[u8], value: &[u8]) -> Result<bool, StoreError> {
        self.0.insert(key, value)
    }

    /// Counts the keys, in time proportional to their number.
    pub(in crate::store) fn count_keys(&self) -> Result<usize, StoreError> {
        self.0.count().map(|count| usize::try_from(count).unwrap_or(usize::MAX))
    }
}
