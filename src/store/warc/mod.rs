//! Reads and writes WARC 1.1 files (ISO 28500:2017, in the edition that the IIPC publishes).
//!
//! Written files hold one gzip member per record, so that a reader can start at any record and a torn
//! end costs one record only. The reader takes what other tools write: plain files, gzip by record,
//! and files that are one gzip stream.
//!
//! No library is used, because reading must report offsets and go on after damage, and writing must
//! compress records on other threads than the one that appends them.

pub(in crate::store) mod digest;
pub(in crate::store) mod http_block;
pub(in crate::store) mod read;
pub(in crate::store) mod revisit;
pub(in crate::store) mod scan;
pub(in crate::store) mod warcinfo;
pub(in crate::store) mod write;
