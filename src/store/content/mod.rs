//! Content by its hash: bodies, blobs and long records.
//!
//! Content is immutable and keyed by the BLAKE3 digest of its plain bytes, so an equal body costs
//! nothing. It is compressed, then cut into chunks of at most 7 KB (see `db::codec::MAX_VALUE`), which take
//! the next [slots](super::db::chunk_slots). The chunks are written first and the manifest last: content
//! without a manifest does not exist. Every read checks the hash.

pub(in crate::store) mod compress;
pub(in crate::store) mod compression_level;
pub(in crate::store) mod host_dictionary;
pub(in crate::store) mod manifest;
pub(in crate::store) mod read;
pub(in crate::store) mod write;
