//! Hides sled behind one door: opens and guards it, and defines its trees, keys and stored records.
//!
//! No type of sled leaves this folder. The rest of the store reads and writes through `tree::Tree` and
//! `batch::RecordBatch`. `sled_guard` turns sled's panics into errors.

pub(in crate::store) mod batch;
pub(in crate::store) mod chunk_slots;
pub(in crate::store) mod codec;
pub(in crate::store) mod content_trees;
pub(in crate::store) mod database;
pub(in crate::store) mod folded_visits;
pub(in crate::store) mod folder;
pub(in crate::store) mod key_value_tree;
pub(in crate::store) mod keys;
pub(in crate::store) mod newest_records;
pub(in crate::store) mod read_records;
mod record_compression;
pub(in crate::store) mod schema;
pub(in crate::store) mod sled_guard;
pub(in crate::store) mod stored_records;
pub(in crate::store) mod tree;
