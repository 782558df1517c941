//! Stores contents by their hash: bodies, blobs and long records.
//!
//! Content never changes and is keyed by the BLAKE3 hash of its plain bytes, so an equal body costs nothing.
//! [`mod@write`] compresses it ([`compress`], with a page of the same host in [`host_dictionary`], at the level
//! of [`compression_level`]) and cuts it into chunks of at most 7 KB, which fill the next
//! [slots](super::db::chunk_slots). The chunks are written first and the [`manifest`] last: content without a
//! manifest does not exist. [`read`] checks the hash.

pub(in crate::store) mod compress;
pub(in crate::store) mod compression_level;
pub(in crate::store) mod host_dictionary;
pub(in crate::store) mod manifest;
pub(in crate::store) mod read;
pub(in crate::store) mod write;
