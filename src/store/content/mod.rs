//! Content by its hash: bodies, blobs and long records.
//!
//! Content is immutable and keyed by the BLAKE3 digest of its plain bytes, so an equal body costs
//! nothing. It is compressed, then cut into chunks of at most 7 KB (see [`MAX_VALUE`]), which take
//! the next [places](super::db::chunk_slots). The chunks are written first and the manifest last: content
//! without a manifest does not exist. Every read checks the hash.

pub(in crate::store) mod compression_level;
pub(in crate::store) mod host_dictionary;
pub(in crate::store) mod zstd_contexts;

use serde::{Deserialize, Serialize};

use super::content::compression_level::Effort;
use super::content::host_dictionary::{Bases, PackedBody};
use super::db::chunk_slots::Places;
use super::db::database::Database;
use super::db::records::{MAX_VALUE, Packed, damaged, pack, unpack};
use super::{SnapshotError, SnapshotId};
use crate::model::ContentHash;

/// The trees that hold content.
#[derive(Clone)]
pub(super) struct ContentTrees {
    /// Hash → [`Manifest`].
    pub manifests: sled::Tree,
    /// Place → bytes.
    pub places: Places,
    /// Hash and number → bytes: where schema 1 put chunks.
    pub chunks: sled::Tree,
}

/// How content is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// Plain bytes.
    pub len: u64,
    /// Bytes as stored.
    pub packed_len: u64,
    /// The place of the first chunk, the others follow; none where the chunks stand under the hash,
    /// as schema 1 had them.
    pub first: Option<u64>,
    /// How they are packed.
    pub packing: Packing,
    /// What it is kept for.
    pub kind: Kind,
}

/// What content is kept for: says who must refer to it for it to be alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
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
    pub(super) fn chunks(&self) -> u64 {
        self.packed_len.div_ceil(CHUNK_BYTES as u64)
    }

    /// The first capture that the journal holds of this body.
    pub(super) fn origin(&self) -> Option<SnapshotId> {
        match self.kind {
            Kind::Body(origin) => origin,
            Kind::Blob | Kind::JournaledBlob | Kind::Record => None,
        }
    }
}

/// How content is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Packing {
    /// As it is: it did not shrink.
    Plain,
    /// zstd.
    Zstd,
    /// zstd with this content as the dictionary.
    ZstdOn(ContentHash),
}

/// A chunk's first byte: its version.
const CHUNK_VERSION: u8 = 1;
/// Bytes of content in a chunk.
const CHUNK_BYTES: usize = MAX_VALUE - 1;

fn hash_key(hash: ContentHash, number: u64) -> Vec<u8> {
    let mut key = hash.as_bytes().to_vec();
    key.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes());
    key
}

fn name(hash: ContentHash) -> String {
    format!("content {hash}")
}

/// The manifest of content, where it is stored.
pub(super) fn manifest(database: &Database, hash: ContentHash) -> Result<Option<Manifest>, SnapshotError> {
    let value = database.guard(|| database.content.manifests.get(hash.as_bytes()))?;
    value.map(|value| unpack(&format!("the manifest of {}", name(hash)), &value)).transpose()
}

/// Stores content under its hash, which the caller has computed. Returns whether it is new.
pub(super) fn put_content(
    database: &Database,
    hash: ContentHash,
    bytes: &[u8],
    level: i32,
    kind: Kind,
) -> Result<bool, SnapshotError> {
    // A manifest that cannot be read is no reason to refuse the bytes: they replace it.
    if let Ok(Some(found)) = manifest(database, hash) {
        let better = match (found.kind, kind) {
            (Kind::Body(None), Kind::Body(Some(_))) => true,
            // Whoever put a blob relies on it; a body is kept as long as its snapshots.
            (old, new) => rank(new) > rank(old),
        };
        if better {
            put_manifest(database, hash, &Manifest { kind, ..found })?;
        }
        return Ok(false);
    }
    let packed = zstd_contexts::deflated(bytes, level);
    let packed = packed.map(|bytes| PackedBody { bytes, base: None });
    put_packed(database, hash, bytes, packed.as_ref(), kind)?;
    Ok(true)
}

/// Stores a body that the journal holds, packed against a page of its host where that is shorter.
pub(super) fn put_body(
    database: &Database,
    bases: &mut Bases,
    host: &str,
    (hash, bytes): (ContentHash, &[u8]),
    (level, effort): (i32, Effort),
    origin: SnapshotId,
) -> Result<(), SnapshotError> {
    let kind = Kind::Body(Some(origin));
    if !matches!(manifest(database, hash), Ok(Some(_))) {
        let packed = bases.pack(database, host, (hash, bytes), (level, effort))?;
        return put_packed(database, hash, bytes, packed.as_ref(), kind);
    }
    put_content(database, hash, bytes, level, kind).map(|_| ())
}

fn put_packed(
    database: &Database,
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
        first: Some(put_chunks(database, stored)?),
        packing,
        kind,
    };
    put_manifest(database, hash, &entry)
}

/// Stores packed bytes as chunks; gives the place of the first.
pub(super) fn put_chunks(database: &Database, stored: &[u8]) -> Result<u64, SnapshotError> {
    let pieces = stored.chunks(CHUNK_BYTES);
    let first = database.guard(|| database.content.places.take(pieces.len() as u64))?;
    for (place, piece) in (first..).zip(pieces) {
        let mut value = Vec::with_capacity(piece.len() + 1);
        value.push(CHUNK_VERSION);
        value.extend_from_slice(piece);
        database.guard(|| database.content.places.put(place, value))?;
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

pub(super) fn put_manifest(
    database: &Database,
    hash: ContentHash,
    entry: &Manifest,
) -> Result<(), SnapshotError> {
    let what = format!("the manifest of {}", name(hash));
    let Packed::Inline(value) = pack(&what, entry)? else {
        return Err(damaged(&what, "it is longer than any manifest can be".to_owned()));
    };
    database.guard(|| database.content.manifests.insert(hash.as_bytes(), value)).map(|_| ())
}

/// Reads content back and checks it against its hash.
pub(super) fn read_content(database: &Database, hash: ContentHash) -> Result<Vec<u8>, SnapshotError> {
    let what = name(hash);
    let entry =
        manifest(database, hash)?.ok_or_else(|| damaged(&what, "it is not in the store".to_owned()))?;
    let stored = read_packed(database, hash, &entry)?;
    let plain = match entry.packing {
        Packing::Plain => stored,
        Packing::Zstd => {
            zstd_contexts::inflated(&stored, None, entry.len).map_err(|reason| damaged(&what, reason))?
        }
        Packing::ZstdOn(base) => {
            // A base stands by itself, so this goes one step deep only.
            let alone = |entry: Manifest| !matches!(entry.packing, Packing::ZstdOn(_));
            if !manifest(database, base)?.is_some_and(alone) {
                return Err(damaged(
                    &what,
                    format!("the page that it was packed against, {base}, is not there"),
                ));
            }
            let base = read_content(database, base)?;
            zstd_contexts::inflated(&stored, Some(&base), entry.len)
                .map_err(|reason| damaged(&what, reason))?
        }
    };
    let found = ContentHash::of(&plain);
    if found != hash {
        return Err(damaged(&what, format!("its bytes have the hash {found}")));
    }
    Ok(plain)
}

/// Reads content as it is packed.
pub(super) fn read_packed(
    database: &Database,
    hash: ContentHash,
    entry: &Manifest,
) -> Result<Vec<u8>, SnapshotError> {
    let what = name(hash);
    let mut stored = Vec::new();
    for number in 0..entry.chunks() {
        let value = database.guard(|| match entry.first {
            Some(first) => database.content.places.get(first.saturating_add(number)),
            None => database.content.chunks.get(hash_key(hash, number)),
        })?;
        let value = value
            .ok_or_else(|| damaged(&what, format!("chunk {number} of {} is missing", entry.chunks())))?;
        match value.split_first() {
            Some((&CHUNK_VERSION, piece)) => stored.extend_from_slice(piece),
            _ => return Err(damaged(&what, format!("chunk {number} has an unknown version"))),
        }
    }
    Ok(stored)
}
