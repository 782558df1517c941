//! Lends a tree of the database to another stage, without showing that stage the database.

use std::path::PathBuf;

use crate::store::SnapshotError;
use crate::store::db::sled_guard::guarded;

/// Keys and values of another stage or of an import, kept in the same database as the captures.
///
/// A value is at most 7 KB long, since it lies on one page of the database. Writes become durable with the
/// next [`crate::store::SnapshotStore::flush`]. The tree must be dropped before the store is opened again in
/// the same process.
pub struct KeyValueTree {
    /// The store's folder, which errors name.
    dir: PathBuf,
    tree: sled::Tree,
}

impl KeyValueTree {
    pub(in crate::store) fn new(dir: PathBuf, tree: sled::Tree) -> Self {
        Self { dir, tree }
    }

    /// Reads the value of a key; `None` where the key was never written.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, SnapshotError> {
        let value = guarded(&self.dir, || self.tree.get(key))?;
        Ok(value.map(|value| value.to_vec()))
    }

    /// Writes the value of a key, in place of an earlier one; returns whether the key is new.
    pub fn insert(&self, key: &[u8], value: &[u8]) -> Result<bool, SnapshotError> {
        guarded(&self.dir, || self.tree.insert(key, value)).map(|before| before.is_none())
    }

    /// Counts the keys, in time proportional to their number.
    pub(in crate::store) fn count_keys(&self) -> usize {
        self.tree.len()
    }
}
