//! [`Manifest`]: how a content is stored, kept in the database under the content's hash.

use serde::{Deserialize, Serialize};

use crate::model::ContentHash;
use crate::store::db::codec::{EncodedRecord, MAX_VALUE, decode_record, encode_record};
use crate::store::db::content_trees::ContentTrees;
use crate::store::error::damaged;
use crate::store::{SnapshotId, StoreError};

/// The first byte of a chunk: its version.
pub(super) const CHUNK_VERSION: u8 = 1;
/// The bytes of content in a chunk.
pub(super) const CHUNK_BYTES: usize = MAX_VALUE - 1;

/// How a content is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Manifest {
    /// The length of the content in bytes.
    pub len: u64,
    /// The length of the stored bytes.
    pub compressed_len: u64,
    /// The slot of the first chunk; the others follow it.
    #[serde(with = "always_some")]
    pub first_slot: u64,
    /// How the bytes are compressed.
    pub compression: Compression,
    /// What the content is kept for.
    pub kind: ContentKind,
}

/// What a content is kept for, which determines the records that keep it alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) enum ContentKind {
    /// The body of snapshots, with the first of them that the journal contains, if any.
    Body(Option<SnapshotId>),
    /// Stored by a later stage, which alone knows what refers to it.
    Blob,
    /// A record that is too long for a value of its tree.
    Record,
    /// A blob that the journal contains too.
    JournaledBlob,
}

impl Manifest {
    /// The number of chunks.
    pub(in crate::store) fn chunk_count(&self) -> u64 {
        self.compressed_len.div_ceil(CHUNK_BYTES as u64)
    }

    /// The first snapshot with this body that the journal contains.
    pub(in crate::store) fn first_journaled_capture(&self) -> Option<SnapshotId> {
        match self.kind {
            ContentKind::Body(origin) => origin,
            ContentKind::Blob | ContentKind::JournaledBlob | ContentKind::Record => None,
        }
    }
}

/// How content is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) enum Compression {
    /// Not compressed, because it would not become shorter.
    Plain,
    /// zstd without a dictionary.
    Zstd,
    /// zstd with this content as the dictionary.
    ZstdWithDictionary(ContentHash),
}

/// The stored form of the first slot is an `Option`, which no release has written as `None`.
mod always_some {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    // serde calls this function with a reference.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(super) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        Some(*value).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        Option::deserialize(deserializer)?.ok_or_else(|| D::Error::custom("it names no chunk"))
    }
}

pub(super) fn content_name(hash: ContentHash) -> String {
    format!("content {hash}")
}

/// Reads the manifest of a content; `None` if it is not stored.
pub(in crate::store) fn read_manifest(
    trees: &ContentTrees,
    hash: ContentHash,
) -> Result<Option<Manifest>, StoreError> {
    let value = trees.manifests.get(hash.as_bytes())?;
    value.map(|value| decode_record(&format!("the manifest of {}", content_name(hash)), &value)).transpose()
}

pub(in crate::store) fn write_manifest(
    trees: &ContentTrees,
    hash: ContentHash,
    manifest: &Manifest,
) -> Result<(), StoreError> {
    let what = format!("the manifest of {}", content_name(hash));
    let EncodedRecord::Inline(value) = encode_record(&what, manifest)? else {
        return Err(damaged(&what, "it is longer than any manifest can be".to_owned()));
    };
    trees.manifests.insert(hash.as_bytes(), value).map(|_| ())
}
