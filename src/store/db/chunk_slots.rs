//! Stores chunks in numbered slots that are created before they are filled.
//!
//! sled 0.34.7 keeps about sixteen values in a leaf page. A change is appended as a delta; after ten deltas
//! the page is rewritten, and a page with more than sixteen values is split and both halves are rewritten.
//! With random keys (a hash) or growing ones, each chunk is therefore written about five times, and half of
//! the file is waste. Slots are created empty and many at once, which costs a few bytes each and settles
//! which page holds which slot, eight to a page. A chunk that fills its slot is one delta of its page, is
//! written once, and the file stays dense.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::StoreError;
use crate::store::db::tree::{Tree, Value};

/// The number of slots that are created at once. A small store needs no space for a large one.
const SLOTS_MADE_AHEAD: std::ops::RangeInclusive<u64> = 64..=4096;

/// The tree of slots and the next free one. Only one thread may reserve and fill slots.
#[derive(Clone)]
pub(in crate::store) struct ChunkSlots {
    tree: Tree,
    next: Arc<AtomicU64>,
    made: Arc<AtomicU64>,
}

impl ChunkSlots {
    /// Opens the slots in a tree. Slots that an interrupted write filled stay in use.
    pub(super) fn open(tree: Tree) -> Result<Self, sled::Error> {
        let raw = tree.raw();
        let made =
            raw.last()?.and_then(|(key, _)| slot_number(&key)).map_or(0, |last| last.saturating_add(1));
        let mut next = made;
        for entry in raw.iter().rev() {
            let (key, value) = entry?;
            if !value.is_empty() {
                break;
            }
            next = slot_number(&key).unwrap_or(next);
        }
        Ok(Self { tree, next: Arc::new(next.into()), made: Arc::new(made.into()) })
    }

    /// Reserves this many adjacent slots and returns the first.
    pub(in crate::store) fn reserve(&self, count: u64) -> Result<u64, StoreError> {
        let first = self.next.load(Ordering::Relaxed);
        let end = first.saturating_add(count);
        let mut made = self.made.load(Ordering::Relaxed);
        if end > made {
            let until =
                end.saturating_add((end / 4).clamp(*SLOTS_MADE_AHEAD.start(), *SLOTS_MADE_AHEAD.end()));
            self.tree.guard(|tree| {
                while made < until {
                    tree.insert(made.to_be_bytes(), &[])?;
                    made += 1;
                }
                Ok(())
            })?;
            self.made.store(made, Ordering::Relaxed);
        }
        self.next.store(end, Ordering::Relaxed);
        Ok(first)
    }

    /// Writes a chunk into a slot.
    pub(in crate::store) fn fill(&self, slot: u64, value: &[u8]) -> Result<(), StoreError> {
        self.tree.insert(slot.to_be_bytes(), value).map(|_| ())
    }

    /// Reads a slot; `None` if it is empty or missing.
    pub(in crate::store) fn read(&self, slot: u64) -> Result<Option<Value>, StoreError> {
        Ok(self.tree.get(slot.to_be_bytes())?.filter(|value| !value.is_empty()))
    }

    /// The tree of the slots, for maintenance.
    pub(in crate::store) fn tree(&self) -> &Tree {
        &self.tree
    }
}

/// The number of a slot, from its key.
pub(in crate::store) fn slot_number(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.try_into().ok()?))
}
