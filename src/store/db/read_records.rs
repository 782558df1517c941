//! Reads records from the trees.

use crate::model::ArticleId;
use crate::model::{CanonicalUrl, UrlKey};
use crate::store::db::database::Database;
use crate::store::db::folded_visits::visits_of_url;
use crate::store::db::keys::{VisitKey, comparison_prefix, sort_early_times, time_in_key, timed_key};
use crate::store::db::newest_records::{believe_newest_snapshot, latest_believed_ms};
use crate::store::db::stored_records::{
    NewestVisit, StoredComparison, StoredRun, StoredSnapshot, StoredUrl, StoredVisit,
};
use crate::store::error::damaged;
use crate::store::{
    ComparisonRecord, RunId, RunRecord, Snapshot, SnapshotId, StoreError, UrlRecord, VisitRecord,
};

/// The record of a URL.
pub(in crate::store) fn read_url(database: &Database, key: UrlKey) -> Result<Option<UrlRecord>, StoreError> {
    let Some(mut stored) = read_stored_url(database, key)? else { return Ok(None) };
    believe_newest_snapshot(database, key, &mut stored)?;
    let newest = read_newest_visit(database, key)?;
    stored.into_record(&format!("the record of {key:?}"), newest).map(Some)
}

/// The stored record of a URL.
pub(in crate::store) fn read_stored_url(
    database: &Database,
    key: UrlKey,
) -> Result<Option<StoredUrl>, StoreError> {
    let value = database.urls.get(key.as_bytes())?;
    value.map(|value| database.decode_value(&format!("the record of {key:?}"), &value)).transpose()
}

/// The part of a URL's record that its newest visit contains. A visit that is dated in the future is not the
/// newest.
pub(in crate::store) fn read_newest_visit(
    database: &Database,
    key: UrlKey,
) -> Result<Option<NewestVisit>, StoreError> {
    let newest = database.visits.last_entry_under(key.as_bytes())?;
    let Some((visit_key, value)) = newest else { return Ok(None) };
    let what = format!("a visit of {key:?}");
    let decode = |visit_key: VisitKey, value: &[u8]| {
        database.decode_value::<StoredVisit>(&what, value)?.newest_visit(&what, visit_key).map(Some)
    };
    let visit_key = VisitKey::from_bytes(&visit_key)?;
    let until = latest_believed_ms(database)?;
    if visit_key.at_ms <= until {
        return decode(visit_key, &value);
    }
    for (visit_key, value) in visits_of_url(database, key)?.iter().rev() {
        let visit_key = VisitKey::from_bytes(visit_key)?;
        if visit_key.at_ms <= until {
            return decode(visit_key, value);
        }
    }
    Ok(None)
}

/// The URL of a key. Its record is written with the first visit.
fn url_of_key(database: &Database, key: UrlKey) -> Result<CanonicalUrl, StoreError> {
    let what = format!("the record of {key:?}");
    match read_stored_url(database, key)? {
        Some(stored) => stored.url(&what),
        None => Err(damaged(&what, "it is not in the store".to_owned())),
    }
}

/// The visits of a URL, oldest first.
pub(in crate::store) fn read_visits(
    database: &Database,
    key: UrlKey,
) -> Result<Vec<VisitRecord>, StoreError> {
    let found = visits_of_url(database, key)?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let url = url_of_key(database, key)?;
    let what = format!("a visit of {url}");
    let visit = |(key, value): &(Vec<u8>, Vec<u8>)| {
        database.decode_value::<StoredVisit>(&what, value)?.into_record(
            &what,
            VisitKey::from_bytes(key)?,
            &url,
        )
    };
    let mut visits: Vec<VisitRecord> = found.iter().map(visit).collect::<Result<_, _>>()?;
    sort_early_times(&mut visits, |visit| visit.at);
    Ok(visits)
}

/// The newest visit of a URL in a run.
pub(in crate::store) fn read_visit_in_run(
    database: &Database,
    key: UrlKey,
    run: RunId,
) -> Result<Option<VisitRecord>, StoreError> {
    let found = visits_of_url(database, key)?;
    for (visit_key, value) in found.iter().rev() {
        let visit_key = VisitKey::from_bytes(visit_key)?;
        if visit_key.run == run {
            let what = format!("a visit of {key:?}");
            let stored: StoredVisit = database.decode_value(&what, value)?;
            return stored.into_record(&what, visit_key, &url_of_key(database, key)?).map(Some);
        }
    }
    Ok(None)
}

/// The snapshots of a URL, oldest first.
pub(in crate::store) fn read_snapshots(
    database: &Database,
    key: UrlKey,
) -> Result<Vec<Snapshot>, StoreError> {
    let found = database.snapshots.entries_under(key.as_bytes())?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let url = url_of_key(database, key)?;
    let what = format!("a snapshot of {url}");
    let mut snapshots = Vec::with_capacity(found.len());
    for (stored_key, value) in &found {
        let at_ms =
            time_in_key(stored_key).ok_or_else(|| damaged(&what, "its key is cut short".to_owned()))?;
        let id = SnapshotId { url: key, at_ms };
        snapshots.push(database.decode_value::<StoredSnapshot>(&what, value)?.into_record(&what, id, &url)?);
    }
    sort_early_times(&mut snapshots, Snapshot::at);
    Ok(snapshots)
}

/// The stored record of a snapshot.
pub(in crate::store) fn read_stored_snapshot(
    database: &Database,
    id: SnapshotId,
) -> Result<Option<StoredSnapshot>, StoreError> {
    let key = timed_key(id.url, id.at_ms);
    let value = database.snapshots.get(key)?;
    value.map(|value| database.decode_value(&format!("snapshot {id}"), &value)).transpose()
}

/// One snapshot.
pub(in crate::store) fn read_snapshot(
    database: &Database,
    id: SnapshotId,
) -> Result<Option<Snapshot>, StoreError> {
    let Some(stored) = read_stored_snapshot(database, id)? else { return Ok(None) };
    stored.into_record(&format!("snapshot {id}"), id, &url_of_key(database, id.url)?).map(Some)
}

/// The comparisons of an article with a URL, oldest first.
pub(in crate::store) fn read_comparisons(
    database: &Database,
    key: UrlKey,
    article: &ArticleId,
) -> Result<Vec<ComparisonRecord>, StoreError> {
    read_comparisons_under(database, &comparison_prefix(key, article))
}

pub(in crate::store) fn read_comparisons_under(
    database: &Database,
    prefix: &[u8],
) -> Result<Vec<ComparisonRecord>, StoreError> {
    let found = database.comparisons.entries_under(prefix)?;
    let what = "a comparison";
    found
        .iter()
        .map(|(_, value)| database.decode_value::<StoredComparison>(what, value)?.into_record(what))
        .collect()
}

/// All runs, oldest first.
pub(in crate::store) fn read_runs(database: &Database) -> Result<Vec<RunRecord>, StoreError> {
    database.runs.entries_under([])?.iter().map(|(key, value)| read_run(database, key, value)).collect()
}

/// Decodes the record of a run, whose key is its id.
pub(in crate::store) fn read_run(
    database: &Database,
    key: &[u8],
    value: &[u8],
) -> Result<RunRecord, StoreError> {
    let id = key
        .try_into()
        .map(u64::from_be_bytes)
        .map_err(|_| damaged("a run", "its key is cut short".to_owned()))?;
    let what = format!("the record of run {}", RunId(id));
    database.decode_value::<StoredRun>(&what, value)?.into_record(&what)
}
