//! Reads and writes WARC 1.1 files (ISO 28500:2017, in the edition that the IIPC publishes).
//!
//! Written files hold one gzip member per record, so that a reader can start at any record and a torn
//! end costs one record only. The reader takes what other tools write: plain files, gzip and zstd by record
//! or as one stream, wrong lengths, and the ARC files that came before WARC.
//!
//! No library is used, because reading must report offsets and go on after damage, and writing must
//! compress records on other threads than the one that appends them.

mod arc;
pub(in crate::store) mod date;
pub(in crate::store) mod digest;
pub(in crate::store) mod http_block;
pub(in crate::store) mod member;
mod push_back;
pub(in crate::store) mod read;
pub(in crate::store) mod record;
mod record_start;
pub(in crate::store) mod record_syntax;
pub(in crate::store) mod revisit;
pub(in crate::store) mod scan;
pub(in crate::store) mod warcinfo;
pub(in crate::store) mod write;
mod wrong_length;
