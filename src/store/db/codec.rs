//! Encodes records as bytes: a byte for the version, a byte for the compression, and postcard.
//!
//! Short records are compressed with a dictionary of common words ([`super::record_compression`]), longer
//! ones with plain zstd. A record that is too long for a value is stored as content, and a pointer to it
//! takes its place.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::ContentHash;
use crate::store::StoreError;
use crate::store::content::compress;
use crate::store::db::record_compression::{compress_short_record, decompress_short_record};
use crate::store::error::damaged;

/// The version of records. Any other version is an error.
const VERSION: u8 = 2;
const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
const SPILLED: u8 = 2;
/// zstd with the dictionary of [`super::record_compression`].
const SHORT: u8 = 3;
/// The longest value in any tree, in bytes. sled 0.34.7 puts a leaf page above 128 KB into a file of its own
/// and never deletes it; with values of at most 7 KB no page gets that long.
pub(in crate::store) const MAX_VALUE: usize = 7_000;
/// No record comes near this length. The limit protects against a damaged length.
const MAX_RECORD: u64 = 256 << 20;

/// An encoded record.
pub(in crate::store) enum EncodedRecord {
    /// The value to store.
    Inline(Vec<u8>),
    /// A record that is too long for a value. It is stored as content, and [`spill_pointer`] in its place.
    Long(Vec<u8>),
}

/// Encodes a record.
pub(in crate::store) fn encode_record<T: Serialize>(
    what: &str,
    record: &T,
) -> Result<EncodedRecord, StoreError> {
    let plain = postcard::to_stdvec(record)
        .map_err(|error| damaged(what, format!("it cannot be encoded: {error}")))?;
    let short = compress_short_record(&plain).map(|bytes| (SHORT, bytes));
    let (packing, bytes) = short
        .or_else(|| compress::compress(&plain, 3).map(|bytes| (ZSTD, bytes)))
        .filter(|(_, packed)| packed.len() < plain.len())
        .unwrap_or((PLAIN, plain));
    let mut value = Vec::with_capacity(bytes.len() + 2);
    value.extend_from_slice(&[VERSION, packing]);
    value.extend_from_slice(&bytes);
    Ok(if value.len() > MAX_VALUE { EncodedRecord::Long(value) } else { EncodedRecord::Inline(value) })
}

/// The value that points to a long record, which is stored as content.
pub(in crate::store) fn spill_pointer(hash: ContentHash) -> Vec<u8> {
    let mut value = vec![VERSION, SPILLED];
    value.extend_from_slice(hash.as_bytes());
    value
}

/// The hash of the content to which a value points; `None` if the value is the record itself.
pub(in crate::store) fn spilled_hash(value: &[u8]) -> Option<ContentHash> {
    let [VERSION, SPILLED, hash @ ..] = value else { return None };
    Some(ContentHash::from_bytes(hash.try_into().ok()?))
}

/// Decodes a record. Values that point to content are an error.
pub(in crate::store) fn decode_record<T: DeserializeOwned>(
    what: &str,
    value: &[u8],
) -> Result<T, StoreError> {
    let (version, packing, bytes) = match value {
        [version, packing, bytes @ ..] => (*version, *packing, bytes),
        _ => return Err(damaged(what, "it is cut short".to_owned())),
    };
    if version != VERSION {
        return Err(damaged(
            what,
            format!("its version is {version}; this version of driftline reads version {VERSION}"),
        ));
    }
    let read = |bytes: &[u8]| {
        postcard::from_bytes(bytes).map_err(|error| damaged(what, format!("it cannot be decoded: {error}")))
    };
    let unpacked = |unpacked: Result<Vec<u8>, String>| unpacked.map_err(|reason| damaged(what, reason));
    match packing {
        PLAIN => read(bytes),
        ZSTD => read(&unpacked(compress::decompress(bytes, None, MAX_RECORD))?),
        SHORT => read(&unpacked(decompress_short_record(bytes))?),
        other => Err(damaged(what, format!("its compression {other} is unknown"))),
    }
}
