//! Stores a content: compresses it, writes its chunks, and then its manifest.

use crate::model::ContentHash;
use crate::store::content::compress;
use crate::store::content::compression_level::CompressionEffort;
use crate::store::content::host_dictionary::{CompressedBody, HostDictionaries};
use crate::store::content::manifest::{
    CHUNK_BYTES, CHUNK_VERSION, Compression, ContentKind, Manifest, read_manifest, write_manifest,
};
use crate::store::db::content_trees::ContentTrees;
use crate::store::{SnapshotId, StoreError};

/// Stores content under its hash, which the caller has computed. Returns whether it is new.
pub(in crate::store) fn store_content(
    trees: &ContentTrees,
    hash: ContentHash,
    bytes: &[u8],
    level: i32,
    kind: ContentKind,
) -> Result<bool, StoreError> {
    // If the manifest cannot be read, the content is stored again and replaces it.
    if let Ok(Some(found)) = read_manifest(trees, hash) {
        let better = match (found.kind, kind) {
            (ContentKind::Body(None), ContentKind::Body(Some(_))) => true,
            // A blob is kept for the stage that stored it; a body only as long as its snapshots.
            (old, new) => kind_rank(new) > kind_rank(old),
        };
        if better {
            write_manifest(trees, hash, &Manifest { kind, ..found })?;
        }
        return Ok(false);
    }
    let compressed = compress::compress(bytes, level);
    let compressed = compressed.map(|bytes| CompressedBody { bytes, dictionary: None });
    store_compressed(trees, hash, bytes, compressed.as_ref(), kind)?;
    Ok(true)
}

/// Stores a body that the journal contains. It is compressed with a page of its host if that is shorter.
pub(in crate::store) fn store_body(
    trees: &ContentTrees,
    dictionaries: &mut HostDictionaries,
    host: &str,
    (hash, bytes): (ContentHash, &[u8]),
    (level, effort): (i32, CompressionEffort),
    origin: SnapshotId,
) -> Result<(), StoreError> {
    let kind = ContentKind::Body(Some(origin));
    if !matches!(read_manifest(trees, hash), Ok(Some(_))) {
        let compressed = dictionaries.compress_body(trees, host, (hash, bytes), (level, effort))?;
        return store_compressed(trees, hash, bytes, compressed.as_ref(), kind);
    }
    store_content(trees, hash, bytes, level, kind).map(|_| ())
}

fn store_compressed(
    trees: &ContentTrees,
    hash: ContentHash,
    bytes: &[u8],
    compressed: Option<&CompressedBody>,
    kind: ContentKind,
) -> Result<(), StoreError> {
    let (compression, stored) = match compressed {
        Some(CompressedBody { bytes, dictionary: None }) => (Compression::Zstd, bytes.as_slice()),
        Some(CompressedBody { bytes, dictionary: Some(dictionary) }) => {
            (Compression::ZstdWithDictionary(*dictionary), bytes.as_slice())
        }
        None => (Compression::Plain, bytes),
    };
    let manifest = Manifest {
        len: bytes.len() as u64,
        compressed_len: stored.len() as u64,
        first_slot: write_chunks(trees, stored)?,
        compression,
        kind,
    };
    write_manifest(trees, hash, &manifest)
}

/// Stores compressed bytes as chunks; returns the slot of the first one.
pub(in crate::store) fn write_chunks(trees: &ContentTrees, stored: &[u8]) -> Result<u64, StoreError> {
    let chunks = stored.chunks(CHUNK_BYTES);
    let first = trees.slots.reserve(chunks.len() as u64)?;
    for (slot, chunk) in (first..).zip(chunks) {
        let mut value = Vec::with_capacity(chunk.len() + 1);
        value.push(CHUNK_VERSION);
        value.extend_from_slice(chunk);
        trees.slots.fill(slot, &value)?;
    }
    Ok(first)
}

fn kind_rank(kind: ContentKind) -> u8 {
    match kind {
        ContentKind::Record => 0,
        ContentKind::Body(_) => 1,
        ContentKind::Blob => 2,
        ContentKind::JournaledBlob => 3,
    }
}
