//! Finds the records that the database holds and the journal lacks.

use crate::model::ContentHash;
use crate::model::UrlKey;
use crate::store::content::manifest::{ContentKind, Manifest};
use crate::store::db::batch::Entry;
use crate::store::db::codec::decode_record;
use crate::store::db::database::Database;
use crate::store::db::folded_visits::visits_of_url;
use crate::store::db::keys::time_in_key;
use crate::store::db::read_records::read_run;
use crate::store::db::stored_records::{StoredComparison, StoredUrl, StoredVisit};
use crate::store::db::tree::Pair;
use crate::store::journal::inventory::Inventory;
use crate::store::{ComparisonRecord, RunRecord, SnapshotId, StoreError};

/// What the journal lacks of a URL.
pub(super) struct MissingRecords {
    pub(super) key: UrlKey,
    pub(super) url: String,
    pub(super) captures: Vec<SnapshotId>,
    /// Visits that it lacks, or whose capture it lacks, with their keys.
    pub(super) visits: Vec<Entry>,
    pub(super) comparisons: Vec<ComparisonRecord>,
}

/// Calls `take` for every URL of which the journal lacks something. Records that cannot be read are skipped,
/// because a verification reports them.
pub(super) fn each_url_with_missing(
    database: &Database,
    inventory: &Inventory,
    mut take: impl FnMut(MissingRecords) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut urls = Vec::new();
    or_default(
        "URLs",
        database.urls.for_each(|key, value| {
            let stored = database.decode_value::<StoredUrl>("a URL's record", value);
            urls.extend(key.first_chunk::<16>().zip(stored.ok()).map(|(key, stored)| (*key, stored.url)));
            Ok(())
        }),
    );
    for (key, url) in urls {
        let key = UrlKey::from_bytes(key);
        let missing = MissingRecords {
            key,
            captures: missing_captures(database, inventory, key),
            visits: missing_visits(database, inventory, key),
            comparisons: missing_comparisons(database, inventory, key),
            url,
        };
        if !(missing.captures.is_empty() && missing.visits.is_empty() && missing.comparisons.is_empty()) {
            take(missing)?;
        }
    }
    Ok(())
}

/// Returns what could be read. An error is only logged.
fn or_default<T: Default>(what: &str, read: Result<T, StoreError>) -> T {
    read.unwrap_or_else(|error| {
        tracing::debug!("{what} cannot be read: {error}");
        T::default()
    })
}

fn missing_captures(database: &Database, inventory: &Inventory, url: UrlKey) -> Vec<SnapshotId> {
    let found = or_default("snapshots", database.snapshots.entries_under(url.as_bytes()));
    let ids = found.iter().filter_map(|(key, _)| Some(SnapshotId { url, at_ms: time_in_key(key)? }));
    ids.filter(|id| !inventory.captures.contains(id)).collect()
}

fn missing_visits(database: &Database, inventory: &Inventory, url: UrlKey) -> Vec<Entry> {
    let mut visits = or_default("visits", visits_of_url(database, url));
    visits.retain(|(key, value)| match inventory.visits.get(key) {
        Some(true) => false,
        // The journal holds the visit without its capture. That is right if the snapshot was forgotten.
        Some(false) => {
            let stored = database.decode_value::<StoredVisit>("a visit", value);
            stored.is_ok_and(|stored| stored.snapshot.is_some())
        }
        None => true,
    });
    visits
}

fn missing_comparisons(database: &Database, inventory: &Inventory, url: UrlKey) -> Vec<ComparisonRecord> {
    let found = or_default("comparisons", database.comparisons.entries_under(url.as_bytes()));
    let missing = found.iter().filter(|(key, _)| !inventory.comparisons.contains(&**key));
    let what = "a comparison";
    let read = |(_, value): &Pair| {
        database
            .decode_value::<StoredComparison>(what, value)
            .and_then(|stored| stored.into_record(what))
            .ok()
    };
    missing.filter_map(read).collect()
}

/// The contents that are no pages and that the journal lacks.
pub(super) fn missing_contents(database: &Database, inventory: &Inventory) -> Vec<ContentHash> {
    let mut missing = Vec::new();
    or_default(
        "contents",
        database.content.manifests.for_each(|key, value| {
            let hash = key.first_chunk::<32>().map(|bytes| ContentHash::from_bytes(*bytes));
            let kind = decode_record::<Manifest>("a manifest", value).map(|manifest| manifest.kind);
            if matches!(kind, Ok(ContentKind::Blob | ContentKind::JournaledBlob)) {
                missing.extend(hash.filter(|hash| !inventory.contents.contains(hash)));
            }
            Ok(())
        }),
    );
    missing
}

/// The runs whose record the journal lacks or holds in an older state.
pub(super) fn missing_runs(database: &Database, inventory: &Inventory) -> Vec<RunRecord> {
    let mut missing = Vec::new();
    or_default(
        "runs",
        database.runs.for_each(|key, value| {
            let run = read_run(database, key, value);
            missing.extend(run.ok().filter(|run| inventory.runs.get(&run.id) != Some(run)));
            Ok(())
        }),
    );
    missing
}
