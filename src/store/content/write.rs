//! Stores content: compressed, cut into chunks, and then named by its manifest.

use crate::model::ContentHash;
use crate::store::content::compression_level::CompressionEffort;
use crate::store::content::host_dictionary::{CompressedBody, HostDictionaries};
use crate::store::content::manifest::{
    CHUNK_BYTES, CHUNK_VERSION, Compression, ContentKind, Manifest, read_manifest, write_manifest,
};
use crate::store::content::zstd_contexts;
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
    // A manifest that cannot be read is no reason to refuse the bytes: they replace it.
    if let Ok(Some(found)) = read_manifest(trees, hash) {
        let better = match (found.kind, kind) {
            (ContentKind::Body(None), ContentKind::Body(Some(_))) => true,
            // Whoever put a blob relies on it; a body is kept as long as its snapshots.
            (old, new) => kind_rank(new) > kind_rank(old),
        };
        if better {
            write_manifest(trees, hash, &Manifest { kind, ..found })?;
        }
        return Ok(false);
    }
    let packed = zstd_contexts::compress(bytes, level);
    let packed = packed.map(|bytes| CompressedBody { bytes, base: None });
    store_compressed(trees, hash, bytes, packed.as_ref(), kind)?;
    Ok(true)
}

/// Stores a body that the journal holds, packed against a page of its host where that is shorter.
pub(in crate::store) fn store_body(
    trees: &ContentTrees,
    bases: &mut HostDictionaries,
    host: &str,
    (hash, bytes): (ContentHash, &[u8]),
    (level, effort): (i32, CompressionEffort),
    origin: SnapshotId,
) -> Result<(), StoreError> {
    let kind = ContentKind::Body(Some(origin));
    if !matches!(read_manifest(trees, hash), Ok(Some(_))) {
        let packed = bases.pack(trees, host, (hash, bytes), (level, effort))?;
        return store_compressed(trees, hash, bytes, packed.as_ref(), kind);
    }
    store_content(trees, hash, bytes, level, kind).map(|_| ())
}

fn store_compressed(
    trees: &ContentTrees,
    hash: ContentHash,
    bytes: &[u8],
    packed: Option<&CompressedBody>,
    kind: ContentKind,
) -> Result<(), StoreError> {
    let (packing, stored) = match packed {
        Some(CompressedBody { bytes, base: None }) => (Compression::Zstd, bytes.as_slice()),
        Some(CompressedBody { bytes, base: Some(base) }) => (Compression::ZstdOn(*base), bytes.as_slice()),
        None => (Compression::Plain, bytes),
    };
    let entry = Manifest {
        len: bytes.len() as u64,
        packed_len: stored.len() as u64,
        first: write_chunks(trees, stored)?,
        packing,
        kind,
    };
    write_manifest(trees, hash, &entry)
}

/// Stores packed bytes as chunks; gives the place of the first.
pub(in crate::store) fn write_chunks(trees: &ContentTrees, stored: &[u8]) -> Result<u64, StoreError> {
    let pieces = stored.chunks(CHUNK_BYTES);
    let first = trees.places.take(pieces.len() as u64)?;
    for (place, piece) in (first..).zip(pieces) {
        let mut value = Vec::with_capacity(piece.len() + 1);
        value.push(CHUNK_VERSION);
        value.extend_from_slice(piece);
        trees.places.put(place, &value)?;
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
