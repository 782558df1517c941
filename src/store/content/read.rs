//! Reads a content back: joins its chunks, decompresses them and checks the hash.

use crate::model::ContentHash;
use crate::store::StoreError;
use crate::store::content::compress;
use crate::store::content::manifest::{CHUNK_VERSION, Compression, Manifest, content_name, read_manifest};
use crate::store::db::content_trees::ContentTrees;
use crate::store::error::damaged;

/// Reads a content and checks it against its hash.
pub(in crate::store) fn read_content(trees: &ContentTrees, hash: ContentHash) -> Result<Vec<u8>, StoreError> {
    let what = content_name(hash);
    let manifest =
        read_manifest(trees, hash)?.ok_or_else(|| damaged(&what, "it is not in the store".to_owned()))?;
    let compressed = read_compressed(trees, hash, &manifest)?;
    let plain = match manifest.compression {
        Compression::Plain => compressed,
        Compression::Zstd => {
            compress::decompress(&compressed, None, manifest.len).map_err(|reason| damaged(&what, reason))?
        }
        Compression::ZstdWithDictionary(dictionary) => {
            // A dictionary is compressed without another one, so the recursion is one step deep.
            let alone =
                |manifest: Manifest| !matches!(manifest.compression, Compression::ZstdWithDictionary(_));
            if !read_manifest(trees, dictionary)?.is_some_and(alone) {
                return Err(damaged(
                    &what,
                    format!("content {dictionary}, with which it was compressed, is not in the store"),
                ));
            }
            let dictionary = read_content(trees, dictionary)?;
            compress::decompress(&compressed, Some(&dictionary), manifest.len)
                .map_err(|reason| damaged(&what, reason))?
        }
    };
    let found = ContentHash::of(&plain);
    if found != hash {
        return Err(damaged(&what, format!("its bytes have the hash {found}")));
    }
    Ok(plain)
}

/// Reads the stored bytes of a content without decompressing them.
pub(in crate::store) fn read_compressed(
    trees: &ContentTrees,
    hash: ContentHash,
    manifest: &Manifest,
) -> Result<Vec<u8>, StoreError> {
    let what = content_name(hash);
    let mut compressed = Vec::new();
    for number in 0..manifest.chunk_count() {
        let value = trees.slots.read(manifest.first_slot.saturating_add(number))?;
        let value = value.ok_or_else(|| {
            damaged(&what, format!("chunk {number} of {} is missing", manifest.chunk_count()))
        })?;
        match value.split_first() {
            Some((&CHUNK_VERSION, chunk)) => compressed.extend_from_slice(chunk),
            _ => return Err(damaged(&what, format!("chunk {number} has an unknown version"))),
        }
    }
    Ok(compressed)
}
