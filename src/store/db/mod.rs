//! Keeps sled behind one door: opening it, its keys, and the form of its records.

pub(in crate::store) mod chunk_slots;
pub(in crate::store) mod database;
pub(in crate::store) mod folded_visits;
pub mod key_value_tree;
pub(in crate::store) mod keys;
pub(in crate::store) mod read;
pub(in crate::store) mod record_compression;
pub(in crate::store) mod records;
pub(in crate::store) mod records_1;
pub(in crate::store) mod sled_guard;
