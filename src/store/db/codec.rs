//! The bytes of a record: one byte that says the version, one that says how the rest is packed, and postcard.
//!
//! Short records are packed against words that most of them hold ([`super::record_compression`]), longer
//! ones with plain zstd. A record that is too long for a tree is stored as content, and a pointer to it
//! takes its place.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::ContentHash;
use crate::store::StoreError;
use crate::store::content::compress;
use crate::store::db::record_compression::{compress_short_record, decompress_short_record};
use crate::store::error::damaged;

/// The version of records; another one is an error.
const VERSION: u8 = 2;
const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
const SPILLED: u8 = 2;
/// zstd against [`super::record_compression`]'s words.
const SHORT: u8 = 3;
/// The longest value that any tree holds. A leaf above 128 KB becomes a file of its own, which sled
/// 0.34.7 leaks; values of at most 7 KB never get there.
pub(in crate::store) const MAX_VALUE: usize = 7_000;
/// No record comes near this; a damaged length must not take all memory.
const MAX_RECORD: u64 = 256 << 20;

/// A record's bytes: whole, or where the content lies that holds them.
pub(in crate::store) enum EncodedRecord {
    /// The value to store.
    Inline(Vec<u8>),
    /// Too long for a tree: to be stored as content, and [`spill_pointer`] in its place.
    Long(Vec<u8>),
}

/// Encodes a record.
pub(in crate::store) fn encode_record<T: Serialize>(
    what: &str,
    record: &T,
) -> Result<EncodedRecord, StoreError> {
    let plain =
        postcard::to_stdvec(record).map_err(|error| damaged(what, format!("cannot be encoded: {error}")))?;
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

/// The value that stands for a long record whose bytes are stored as content.
pub(in crate::store) fn spill_pointer(hash: ContentHash) -> Vec<u8> {
    let mut value = vec![VERSION, SPILLED];
    value.extend_from_slice(hash.as_bytes());
    value
}

/// Where the content of a spilled record lies; none for a record that is whole.
pub(in crate::store) fn spilled_hash(value: &[u8]) -> Option<ContentHash> {
    let [VERSION, SPILLED, hash @ ..] = value else { return None };
    Some(ContentHash::from_bytes(hash.try_into().ok()?))
}

/// Decodes a record that is whole.
pub(in crate::store) fn decode_record<T: DeserializeOwned>(
    what: &str,
    value: &[u8],
) -> Result<T, StoreError> {
    let (version, packing, bytes) = match value {
        [version, packing, bytes @ ..] => (*version, *packing, bytes),
        _ => return Err(damaged(what, "it is cut short".to_owned())),
    };
    if version != VERSION {
        return Err(damaged(what, format!("its version is {version}, this driftline knows {VERSION}")));
    }
    let read = |bytes: &[u8]| {
        postcard::from_bytes(bytes).map_err(|error| damaged(what, format!("cannot be decoded: {error}")))
    };
    let unpacked = |unpacked: Result<Vec<u8>, String>| unpacked.map_err(|reason| damaged(what, reason));
    match packing {
        PLAIN => read(bytes),
        ZSTD => read(&unpacked(compress::decompress(bytes, None, MAX_RECORD))?),
        SHORT => read(&unpacked(decompress_short_record(bytes))?),
        other => Err(damaged(what, format!("unknown packing {other}"))),
    }
}
