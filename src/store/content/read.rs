//! Reads content back, and checks it against its hash.

use crate::model::ContentHash;
use crate::store::StoreError;
use crate::store::content::manifest::{CHUNK_VERSION, Compression, Manifest, content_name, read_manifest};
use crate::store::content::zstd_contexts;
use crate::store::db::content_trees::ContentTrees;
use crate::store::error::damaged;

/// Reads content back and checks it against its hash.
pub(in crate::store) fn read_content(trees: &ContentTrees, hash: ContentHash) -> Result<Vec<u8>, StoreError> {
    let what = content_name(hash);
    let entry =
        read_manifest(trees, hash)?.ok_or_else(|| damaged(&what, "it is not in the store".to_owned()))?;
    let stored = read_compressed(trees, hash, &entry)?;
    let plain = match entry.packing {
        Compression::Plain => stored,
        Compression::Zstd => {
            zstd_contexts::decompress(&stored, None, entry.len).map_err(|reason| damaged(&what, reason))?
        }
        Compression::ZstdOn(base) => {
            // A base stands by itself, so this goes one step deep only.
            let alone = |entry: Manifest| !matches!(entry.packing, Compression::ZstdOn(_));
            if !read_manifest(trees, base)?.is_some_and(alone) {
                return Err(damaged(
                    &what,
                    format!("the page that it was packed against, {base}, is not there"),
                ));
            }
            let base = read_content(trees, base)?;
            zstd_contexts::decompress(&stored, Some(&base), entry.len)
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
pub(in crate::store) fn read_compressed(
    trees: &ContentTrees,
    hash: ContentHash,
    entry: &Manifest,
) -> Result<Vec<u8>, StoreError> {
    let what = content_name(hash);
    let mut stored = Vec::new();
    for number in 0..entry.chunks() {
        let value = trees.places.get(entry.first.saturating_add(number))?;
        let value = value
            .ok_or_else(|| damaged(&what, format!("chunk {number} of {} is missing", entry.chunks())))?;
        match value.split_first() {
            Some((&CHUNK_VERSION, piece)) => stored.extend_from_slice(piece),
            _ => return Err(damaged(&what, format!("chunk {number} has an unknown version"))),
        }
    }
    Ok(stored)
}
