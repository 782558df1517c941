//! Gives the records of a URL other times: those of a run whose clock was ahead.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::model::UrlKey;
use crate::store::content::manifest::{ContentKind, read_manifest, write_manifest};
use crate::store::db::batch::{Entry, RecordBatch};
use crate::store::db::database::Database;
use crate::store::db::folded_visits::visits_of_url;
use crate::store::db::keys::{VisitKey, time_in_key, timed_key, visit_key};
use crate::store::db::newest_records::{EdgeSnapshots, choose_newest_snapshot, set_edge_snapshots};
use crate::store::db::stored_records::{StoredComparison, StoredSnapshot, StoredUrl, StoredVisit};
use crate::store::{RunId, SnapshotId, StoreError};

/// The new time of what a run stored of a URL at one moment: the visit, its snapshot and its comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct Redating {
    /// The run.
    pub run: RunId,
    /// The time that the records have, in milliseconds since 1970.
    pub from_ms: u64,
    /// The time that they get.
    pub to_ms: u64,
}

/// Redates records of a URL. Doing it twice changes nothing. All changes are written together, except that
/// folded visits are taken apart before.
pub(in crate::store) fn redate_records(
    database: &Database,
    url: UrlKey,
    changes: &[Redating],
) -> Result<(), StoreError> {
    let visits: HashMap<(RunId, u64), u64> =
        changes.iter().map(|change| ((change.run, change.from_ms), change.to_ms)).collect();
    let times: HashMap<u64, u64> = changes.iter().map(|change| (change.from_ms, change.to_ms)).collect();
    let mut batch = RecordBatch::default();
    take_folded_visits_apart(database, url)?;
    redate_visits(database, url, &visits, &times, &mut batch)?;
    let newest = redate_snapshots(database, url, &times, &mut batch)?;
    for (key, value) in database.comparisons.entries_under(url.as_bytes())? {
        let Some((prefix, to_ms)) = key
            .split_last_chunk::<8>()
            .and_then(|(prefix, at)| Some((prefix, *times.get(&u64::from_be_bytes(*at))?)))
        else {
            continue;
        };
        let mut comparison: StoredComparison = database.decode_value("a comparison", &value)?;
        comparison.set_time(to_ms);
        let moved = [prefix, to_ms.to_be_bytes().as_slice()].concat();
        batch.comparisons.push((moved, database.encode_value("a comparison", &comparison)?));
        batch.removed_comparisons.push(key.to_vec());
    }
    if let Some(value) = database.urls.get(url.as_bytes())? {
        let mut stored: StoredUrl = database.decode_value("a URL's record", &value)?;
        set_edge_snapshots(&mut stored, newest);
        let value = database.encode_value("a URL's record", &stored)?;
        batch.urls.push((url.as_bytes().to_vec(), value));
    }
    batch.write(database)
}

/// Gives each folded visit of a URL a record of its own.
fn take_folded_visits_apart(database: &Database, url: UrlKey) -> Result<(), StoreError> {
    let folded = database.folded_visits.entries_under(url.as_bytes())?;
    if folded.is_empty() {
        return Ok(());
    }
    let visits = visits_of_url(database, url)?;
    RecordBatch { visits, ..RecordBatch::default() }.write(database)?;
    folded.iter().try_for_each(|(key, _)| database.folded_visits.remove(key).map(drop))
}

fn redate_visits(
    database: &Database,
    url: UrlKey,
    visits: &HashMap<(RunId, u64), u64>,
    times: &HashMap<u64, u64>,
    batch: &mut RecordBatch,
) -> Result<(), StoreError> {
    for (key, value) in database.visits.entries_under(url.as_bytes())? {
        let VisitKey { at_ms, run, .. } = VisitKey::from_bytes(&key)?;
        let mut visit: StoredVisit = database.decode_value("a visit", &value)?;
        let to_ms = visits.get(&(run, at_ms)).copied();
        let named = visit.snapshot(url).filter(|id| id.url == url).and_then(|id| times.get(&id.at_ms));
        if to_ms.is_none() && named.is_none() {
            continue;
        }
        if let (Some(snapshot), Some(named)) = (&mut visit.snapshot, named) {
            snapshot.at_ms = *named;
        }
        if to_ms.is_some() {
            batch.removed_visits.push(key.to_vec());
        }
        let moved = visit_key(url, to_ms.unwrap_or(at_ms), run);
        batch.visits.push((moved, database.encode_value("a visit", &visit)?));
    }
    Ok(())
}

/// Redates snapshots, and returns the first and the newest afterwards.
fn redate_snapshots(
    database: &Database,
    url: UrlKey,
    times: &HashMap<u64, u64>,
    batch: &mut RecordBatch,
) -> Result<Option<EdgeSnapshots>, StoreError> {
    let mut known = Vec::new();
    for (key, value) in database.snapshots.entries_under(url.as_bytes())? {
        let Some(at_ms) = time_in_key(&key) else { continue };
        let mut snapshot: StoredSnapshot = database.decode_value("a snapshot", &value)?;
        let body = snapshot.body().0;
        let Some(to_ms) = times.get(&at_ms).copied() else {
            known.push((at_ms, body));
            continue;
        };
        known.push((to_ms, body));
        snapshot.move_by(at_ms, to_ms);
        let entry: Entry = (timed_key(url, to_ms), database.encode_value("a snapshot", &snapshot)?);
        batch.snapshots.push(entry);
        batch.removed_snapshots.push(key.to_vec());
        let (old, new) = (SnapshotId { url, at_ms }, SnapshotId { url, at_ms: to_ms });
        if let Some(mut manifest) = read_manifest(&database.content, body)?
            && manifest.kind == ContentKind::Body(Some(old))
        {
            manifest.kind = ContentKind::Body(Some(new));
            write_manifest(&database.content, body, &manifest)?;
        }
    }
    choose_newest_snapshot(database, known)
}
