//! The trees that hold content, which is all of the database that reading and writing content needs.

use crate::store::db::chunk_slots::ChunkSlots;
use crate::store::db::tree::Tree;

/// The trees that hold content.
#[derive(Clone)]
pub(in crate::store) struct ContentTrees {
    /// Hash → manifest.
    pub manifests: Tree,
    /// Slot → chunk.
    pub slots: ChunkSlots,
    /// Host → the content that its pages are packed against.
    pub dictionaries: Tree,
}
