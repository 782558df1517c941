//! [`Manifest`]: how one content is stored, under its hash.

use serde::{Deserialize, Serialize};

use crate::model::ContentHash;
use crate::store::db::codec::{EncodedRecord, MAX_VALUE, decode_record, encode_record};
use crate::store::db::content_trees::ContentTrees;
use crate::store::error::damaged;
use crate::store::{SnapshotId, StoreError};

/// A chunk's first byte: its version.
pub(super) const CHUNK_VERSION: u8 = 1;
/// Bytes of content in a chunk.
pub(super) const CHUNK_BYTES: usize = MAX_VALUE - 1;

/// How content is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Manifest {
    /// Plain bytes.
    pub len: u64,
    /// Bytes as stored.
    pub compressed_len: u64,
    /// The place of the first chunk; the others follow.
    #[serde(with = "always_some")]
    pub first_slot: u64,
    /// How they are packed.
    pub compression: Compression,
    /// What it is kept for.
    pub kind: ContentKind,
}

/// What content is kept for: says who must refer to it for it to be alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) enum ContentKind {
    /// The body of snapshots; with the first capture of it that the journal holds, if any.
    Body(Option<SnapshotId>),
    /// Put by a later stage, which alone knows what refers to it.
    Blob,
    /// A record that is too long for its tree.
    Record,
    /// A blob that the journal holds too.
    JournaledBlob,
}

impl Manifest {
    /// How many chunks hold the content.
    pub(in crate::store) fn chunk_count(&self) -> u64 {
        self.compressed_len.div_ceil(CHUNK_BYTES as u64)
    }

    /// The first capture that the journal holds of this body.
    pub(in crate::store) fn first_journaled_capture(&self) -> Option<SnapshotId> {
        match self.kind {
            ContentKind::Body(origin) => origin,
            ContentKind::Blob | ContentKind::JournaledBlob | ContentKind::Record => None,
        }
    }
}

/// How content is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) enum Compression {
    /// As it is: it did not shrink.
    Plain,
    /// zstd.
    Zstd,
    /// zstd with this content as the dictionary.
    ZstdWithDictionary(ContentHash),
}

/// The stored form has room for contents without a first chunk, which no release wrote.
mod always_some {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    // The signature that serde asks for.
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

/// The manifest of content, where it is stored.
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
