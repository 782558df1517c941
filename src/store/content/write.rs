//! Stores content: compressed, cut into chunks, and then named by its manifest.

use crate::model::ContentHash;
use crate::store::content::compression_level::Effort;
use crate::store::content::host_dictionary::{Bases, PackedBody};
use crate::store::content::manifest::{
    CHUNK_BYTES, CHUNK_VERSION, Kind, Manifest, Packing, manifest, put_manifest,
};
use crate::store::content::zstd_contexts;
use crate::store::db::content_trees::ContentTrees;
use crate::store::{SnapshotError, SnapshotId};

/// Stores content under its hash, which the caller has computed. Returns whether it is new.
pub(in crate::store) fn put_content(
    trees: &ContentTrees,
    hash: ContentHash,
    bytes: &[u8],
    level: i32,
    kind: Kind,
) -> Result<bool, SnapshotError> {
    // A manifest that cannot be read is no reason to refuse the bytes: they replace it.
    if let Ok(Some(found)) = manifest(trees, hash) {
        let better = match (found.kind, kind) {
            (Kind::Body(None), Kind::Body(Some(_))) => true,
            // Whoever put a blob relies on it; a body is kept as long as its snapshots.
            (old, new) => rank(new) > rank(old),
        };
        if better {
            put_manifest(trees, hash, &Manifest { kind, ..found })?;
        }
        return Ok(false);
    }
    let packed = zstd_contexts::deflated(bytes, level);
    let packed = packed.map(|bytes| PackedBody { bytes, base: None });
    put_packed(trees, hash, bytes, packed.as_ref(), kind)?;
    Ok(true)
}

/// Stores a body that the journal holds, packed against a page of its host where that is shorter.
pub(in crate::store) fn put_body(
    trees: &ContentTrees,
    bases: &mut Bases,
    host: &str,
    (hash, bytes): (ContentHash, &[u8]),
    (level, effort): (i32, Effort),
    origin: SnapshotId,
) -> Result<(), SnapshotError> {
    let kind = Kind::Body(Some(origin));
    if !matches!(manifest(trees, hash), Ok(Some(_))) {
        let packed = bases.pack(trees, host, (hash, bytes), (level, effort))?;
        return put_packed(trees, hash, bytes, packed.as_ref(), kind);
    }
    put_content(trees, hash, bytes, level, kind).map(|_| ())
}

fn put_packed(
    trees: &ContentTrees,
    hash: ContentHash,
    bytes: &[u8],
    packed: Option<&PackedBody>,
    kind: Kind,
) -> Result<(), SnapshotError> {
    let (packing, stored) = match packed {
        Some(PackedBody { bytes, base: None }) => (Packing::Zstd, bytes.as_slice()),
        Some(PackedBody { bytes, base: Some(base) }) => (Packing::ZstdOn(*base), bytes.as_slice()),
        None => (Packing::Plain, bytes),
    };
    let entry = Manifest {
        len: bytes.len() as u64,
        packed_len: stored.len() as u64,
        first: put_chunks(trees, stored)?,
        packing,
        kind,
    };
    put_manifest(trees, hash, &entry)
}

/// Stores packed bytes as chunks; gives the place of the first.
pub(in crate::store) fn put_chunks(trees: &ContentTrees, stored: &[u8]) -> Result<u64, SnapshotError> {
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

fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Record => 0,
        Kind::Body(_) => 1,
        Kind::Blob => 2,
        Kind::JournaledBlob => 3,
    }
}
