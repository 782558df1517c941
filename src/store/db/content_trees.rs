//! [`ContentTrees`]: the part of the database that is needed to read and write contents.

use crate::store::db::chunk_slots::ChunkSlots;
use crate::store::db::tree::Tree;

/// The trees that hold contents.
#[derive(Clone)]
pub(in crate::store) struct ContentTrees {
    /// Hash → manifest.
    pub manifests: Tree,
    /// Slot → chunk.
    pub slots: ChunkSlots,
    /// Host → hash of the content that is the dictionary for its pages.
    pub dictionaries: Tree,
}
