//! Content by its hash: bodies, blobs and long records.
//!
//! Content is immutable and keyed by the BLAKE3 digest of its plain bytes, so an equal body costs
//! nothing. It is compressed, then cut into chunks of at most 7 KB (see [`MAX_VALUE`]). The chunks
//! are written first and the manifest last: content without a manifest does not exist, and writing
//! it again overwrites what an interrupted write left behind. Every read checks the hash.

use serde::{Deserialize, Serialize};

use super::database::Database;
use super::record::{MAX_VALUE, Packed, damaged, inflate, pack, unpack};
use super::{ContentHash, SnapshotError, SnapshotId};

/// The trees that hold content.
#[derive(Clone)]
pub(super) struct ContentTrees {
    /// Hash → [`Manifest`].
    pub manifests: sled::Tree,
    /// Hash and number → bytes.
    pub chunks: sled::Tree,
}

/// How content is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// Plain bytes.
    pub len: u64,
    /// Bytes as stored.
    pub packed_len: u64,
    /// How many chunks hold them.
    pub chunks: u32,
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
}

impl Manifest {
    /// The first capture that the journal holds of this body.
    pub(super) fn origin(&self) -> Option<SnapshotId> {
        match self.kind {
            Kind::Body(origin) => origin,
            Kind::Blob | Kind::Record => None,
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
}

/// A chunk's first byte: its version.
const CHUNK_VERSION: u8 = 1;
/// Bytes of content in a chunk.
const CHUNK_BYTES: usize = MAX_VALUE - 1;

fn chunk_key(hash: ContentHash, number: u32) -> Vec<u8> {
    let mut key = hash.as_bytes().to_vec();
    key.extend_from_slice(&number.to_be_bytes());
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
    let packed = zstd::bulk::compress(bytes, level).ok().filter(|packed| packed.len() < bytes.len());
    let (packing, stored) = match &packed {
        Some(packed) => (Packing::Zstd, packed.as_slice()),
        None => (Packing::Plain, bytes),
    };
    let mut chunks = 0;
    for piece in stored.chunks(CHUNK_BYTES) {
        let mut value = Vec::with_capacity(piece.len() + 1);
        value.push(CHUNK_VERSION);
        value.extend_from_slice(piece);
        let key = chunk_key(hash, chunks);
        database.guard(|| database.content.chunks.insert(key, value))?;
        chunks += 1;
    }
    let entry = Manifest { len: bytes.len() as u64, packed_len: stored.len() as u64, chunks, packing, kind };
    put_manifest(database, hash, &entry)?;
    Ok(true)
}

fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Record => 0,
        Kind::Body(_) => 1,
        Kind::Blob => 2,
    }
}

fn put_manifest(database: &Database, hash: ContentHash, entry: &Manifest) -> Result<(), SnapshotError> {
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
    let mut stored = Vec::new();
    for number in 0..entry.chunks {
        let key = chunk_key(hash, number);
        let value = database
            .guard(|| database.content.chunks.get(key))?
            .ok_or_else(|| damaged(&what, format!("chunk {number} of {} is missing", entry.chunks)))?;
        match value.split_first() {
            Some((&CHUNK_VERSION, piece)) => stored.extend_from_slice(piece),
            _ => return Err(damaged(&what, format!("chunk {number} has an unknown version"))),
        }
    }
    let plain = match entry.packing {
        Packing::Plain => stored,
        Packing::Zstd => inflate(&stored, None, entry.len).map_err(|reason| damaged(&what, reason))?,
    };
    let found = ContentHash::of(&plain);
    if found != hash {
        return Err(damaged(&what, format!("its bytes have the hash {found}")));
    }
    Ok(plain)
}
