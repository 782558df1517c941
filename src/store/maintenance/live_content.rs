//! Finds the content that is still in use, which a compaction must keep.

use std::collections::{HashMap, HashSet};

use crate::model::ContentHash;
use crate::store::StoreError;
use crate::store::content::manifest::{Compression, ContentKind, Manifest};
use crate::store::db::codec::{decode_record, spilled_hash};
use crate::store::db::database::Database;
use crate::store::db::stored_records::StoredSnapshot;

/// Finds all content that a record refers to, and all blobs, because only later stages know which blobs
/// they need.
pub(super) fn find_live_content(database: &Database) -> Result<HashSet<ContentHash>, StoreError> {
    let mut bodies = HashSet::new();
    let mut long_records = HashSet::new();
    let trees =
        [&database.urls, &database.visits, &database.comparisons, &database.runs, &database.snapshots];
    for tree in trees {
        tree.for_each(|_, value| {
            long_records.extend(spilled_hash(value));
            Ok(())
        })?;
    }
    database.snapshots.for_each(|_, value| {
        bodies.insert(database.decode_value::<StoredSnapshot>("a snapshot", value)?.body().0);
        Ok(())
    })?;
    let mut live = HashSet::new();
    let mut dictionary_of = HashMap::new();
    database.content.manifests.for_each(|key, value| {
        let manifest: Manifest = decode_record("a manifest", value)?;
        let hash = key.first_chunk::<32>().map(|bytes| ContentHash::from_bytes(*bytes));
        live.extend(hash.filter(|hash| match manifest.kind {
            ContentKind::Blob | ContentKind::JournaledBlob => true,
            ContentKind::Body(_) | ContentKind::Record => {
                bodies.contains(hash) || long_records.contains(hash)
            }
        }));
        if let (Compression::ZstdWithDictionary(base), Some(hash)) = (manifest.compression, hash) {
            dictionary_of.insert(hash, base);
        }
        Ok(())
    })?;
    // A body that live content is compressed against is live, and so are the hosts' current dictionaries.
    let needed: Vec<_> =
        dictionary_of.iter().filter(|(hash, _)| live.contains(*hash)).map(|(_, base)| *base).collect();
    live.extend(needed);
    database.content.dictionaries.for_each(|_, value| {
        live.extend(value.first_chunk::<32>().map(|bytes| ContentHash::from_bytes(*bytes)));
        Ok(())
    })?;
    Ok(live)
}
