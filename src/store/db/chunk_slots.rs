//! Where chunks lie: places with numbers, one after the other.
//!
//! sled 0.34.7 keeps about sixteen values in a leaf page. A change is a note behind the page; after
//! ten notes the page is written anew, whole, and when it has more than sixteen values it is split,
//! and both halves are written. Under random keys (a hash) or growing ones, each chunk is so written
//! about five times, and half of the file is what nobody needs any more. So places are made ahead,
//! empty, many at once: that costs a few bytes each and settles which page holds which slot, eight to
//! a page. A chunk that then fills its slot is one note behind its page, written once and never
//! again, and the file is dense.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::StoreError;
use crate::store::db::tree::{Tree, Value};

/// Slots that are made at a time, at most; a small store needs no room for a large one.
const SLOTS_MADE_AHEAD: std::ops::RangeInclusive<u64> = 64..=4096;

/// The tree of places, and the next free one. Only one thread may take and put.
#[derive(Clone)]
pub(in crate::store) struct ChunkSlots {
    tree: Tree,
    next: Arc<AtomicU64>,
    made: Arc<AtomicU64>,
}

impl ChunkSlots {
    /// The places in this tree. What an interrupted write filled stays taken.
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

    /// Takes this many places in a row and gives the first.
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

    /// Fills a slot.
    pub(in crate::store) fn fill(&self, slot: u64, value: &[u8]) -> Result<(), StoreError> {
        self.tree.insert(slot.to_be_bytes(), value).map(|_| ())
    }

    /// What is in a slot; none where nothing is.
    pub(in crate::store) fn read(&self, slot: u64) -> Result<Option<Value>, StoreError> {
        Ok(self.tree.get(slot.to_be_bytes())?.filter(|value| !value.is_empty()))
    }

    /// The tree itself, for whoever looks after it.
    pub(in crate::store) fn tree(&self) -> &Tree {
        &self.tree
    }
}

/// The number of a slot.
pub(in crate::store) fn slot_number(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.try_into().ok()?))
}
