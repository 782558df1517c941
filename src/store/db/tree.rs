//! [`Tree`]: a sorted map in the database. Every access is guarded against panics of sled.
//!
//! The rest of the store uses this type and [`Value`], and no type of sled. Both are thin: a call costs no
//! more than the guard.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use crate::store::StoreError;
use crate::store::db::sled_guard::guard_sled;

/// A sorted map from keys to values, both of which are bytes.
#[derive(Clone)]
pub(in crate::store) struct Tree {
    /// The folder of the store, for messages.
    dir: Arc<Path>,
    tree: sled::Tree,
}

/// Bytes from a tree, shared with sled's page cache.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct Value(sled::IVec);

impl Deref for Value {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Value {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// A key and its value from a tree.
pub(in crate::store) type Pair = (Value, Value);

impl Tree {
    /// Opens the tree of this name and reads its first page, which detects a damaged root early.
    pub(super) fn open(db: &sled::Db, dir: &Arc<Path>, name: &[u8]) -> Result<Self, sled::Error> {
        let tree = db.open_tree(name)?;
        tree.first()?;
        Ok(Self { dir: Arc::clone(dir), tree })
    }

    /// The underlying tree, for transactions over several trees.
    pub(super) fn raw(&self) -> &sled::Tree {
        &self.tree
    }

    /// Runs something on the underlying tree; errors and panics of sled become errors of the store.
    pub(super) fn guard<T>(
        &self,
        work: impl FnOnce(&sled::Tree) -> Result<T, sled::Error>,
    ) -> Result<T, StoreError> {
        guard_sled(&self.dir, || work(&self.tree))
    }

    /// The value of a key.
    pub(in crate::store) fn get(&self, key: impl AsRef<[u8]>) -> Result<Option<Value>, StoreError> {
        self.guard(|tree| Ok(tree.get(key)?.map(Value)))
    }

    /// Sets the value of a key; returns whether the key is new.
    pub(in crate::store) fn insert(
        &self,
        key: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<bool, StoreError> {
        self.guard(|tree| Ok(tree.insert(key, value.as_ref())?.is_none()))
    }

    /// Removes a key; returns whether it was there.
    pub(in crate::store) fn remove(&self, key: impl AsRef<[u8]>) -> Result<bool, StoreError> {
        self.guard(|tree| Ok(tree.remove(key)?.is_some()))
    }

    /// The entry with the smallest key.
    pub(in crate::store) fn first(&self) -> Result<Option<Pair>, StoreError> {
        self.guard(|tree| Ok(tree.first()?.map(wrap)))
    }

    /// The entry with the greatest key under a prefix.
    pub(in crate::store) fn last_entry_under(
        &self,
        prefix: impl AsRef<[u8]>,
    ) -> Result<Option<Pair>, StoreError> {
        self.guard(|tree| Ok(tree.scan_prefix(prefix).next_back().transpose()?.map(wrap)))
    }

    /// All entries under a prefix, in key order.
    pub(in crate::store) fn entries_under(&self, prefix: impl AsRef<[u8]>) -> Result<Vec<Pair>, StoreError> {
        self.guard(|tree| tree.scan_prefix(prefix).map(|entry| entry.map(wrap)).collect())
    }

    /// All entries in key order. They are read as the iterator advances.
    pub(in crate::store) fn iter(&self) -> impl Iterator<Item = Result<Pair, StoreError>> + use<> {
        let (dir, mut entries) = (Arc::clone(&self.dir), self.tree.iter());
        std::iter::from_fn(move || {
            guard_sled(&dir, || entries.next().transpose()).transpose().map(|entry| entry.map(wrap))
        })
    }

    /// Calls `take` for every entry in key order, without holding all of them in memory.
    pub(in crate::store) fn for_each(
        &self,
        mut take: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.iter().try_for_each(|entry| entry.and_then(|(key, value)| take(&key, &value)))
    }

    /// All keys, in order.
    #[cfg(test)]
    pub(in crate::store) fn keys(&self) -> Result<Vec<Value>, StoreError> {
        self.iter().map(|entry| entry.map(|(key, _)| key)).collect()
    }

    /// The number of entries. It reads the whole tree.
    pub(in crate::store) fn count(&self) -> Result<u64, StoreError> {
        self.guard(|tree| Ok(tree.len() as u64))
    }
}

fn wrap((key, value): (sled::IVec, sled::IVec)) -> Pair {
    (Value(key), Value(value))
}
