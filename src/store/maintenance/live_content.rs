//! Finds the content that is still in use, which a compaction must keep.

use std::collections::{HashMap, HashSet};

use crate::model::ContentHash;
use crate::store::SnapshotError;
use crate::store::content::manifest::{Kind, Manifest, Packing};
use crate::store::db::codec::{spilled_to, unpack};
use crate::store::db::database::Database;
use crate::store::db::stored_records::StoredSnapshot;

/// Finds all content that a record refers to, and all blobs, because only later stages know which blobs
/// they need.
pub(super) fn find_live_content(database: &Database) -> Result<HashSet<ContentHash>, SnapshotError> {
    let mut bodies = HashSet::new();
    let mut long_records = HashSet::new();
    let trees =
        [&database.urls, &database.visits, &database.comparisons, &database.runs, &database.snapshots];
    for tree in trees {
        tree.each(|_, value| {
            long_records.extend(spilled_to(value));
            Ok(())
        })?;
    }
    database.snapshots.each(|_, value| {
        bodies.insert(database.unsealed::<StoredSnapshot>("a snapshot", value)?.body().0);
        Ok(())
    })?;
    let mut live = HashSet::new();
    let mut dictionary_of = HashMap::new();
    database.content.manifests.each(|key, value| {
        let manifest: Manifest = unpack("a manifest", value)?;
        let hash = key.first_chunk::<32>().map(|bytes| ContentHash::from_bytes(*bytes));
        live.extend(hash.filter(|hash| match manifest.kind {
            Kind::Blob | Kind::JournaledBlob => true,
            Kind::Body(_) | Kind::Record => bodies.contains(hash) || long_records.contains(hash),
        }));
        if let (Packing::ZstdOn(base), Some(hash)) = (manifest.packing, hash) {
            dictionary_of.insert(hash, base);
        }
        Ok(())
    })?;
    // A body that live content is compressed against is live, and so are the hosts' current dictionaries.
    let needed: Vec<_> =
        dictionary_of.iter().filter(|(hash, _)| live.contains(*hash)).map(|(_, base)| *base).collect();
    live.extend(needed);
    database.content.bases.each(|_, value| {
        live.extend(value.first_chunk::<32>().map(|bytes| ContentHash::from_bytes(*bytes)));
        Ok(())
    })?;
    Ok(live)
}
