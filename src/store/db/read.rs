//! Records out of the trees.

use crate::model::ArticleId;
use crate::model::{CanonicalUrl, UrlKey};
use crate::store::db::database::Database;
use crate::store::db::folded_visits::visits_under;
use crate::store::db::keys::{VisitKey, comparison_prefix, time_of_key, timed_key};
use crate::store::db::stored_records::{
    LastVisit, StoredComparison, StoredRun, StoredSnapshot, StoredUrl, StoredVisit,
};
use crate::store::error::damaged;
use crate::store::{
    ComparisonRecord, RunId, RunRecord, Snapshot, SnapshotError, SnapshotId, UrlRecord, VisitRecord,
};

/// What is kept of a URL.
pub(in crate::store) fn url_record(
    database: &Database,
    key: UrlKey,
) -> Result<Option<UrlRecord>, SnapshotError> {
    let Some(stored) = stored_url(database, key)? else { return Ok(None) };
    let newest = last_visit(database, key)?;
    stored.read(&format!("the record of {key:?}"), newest).map(Some)
}

/// A URL's record as it is stored.
pub(in crate::store) fn stored_url(
    database: &Database,
    key: UrlKey,
) -> Result<Option<StoredUrl>, SnapshotError> {
    let value = database.urls.get(key.as_bytes())?;
    value.map(|value| database.unsealed(&format!("the record of {key:?}"), &value)).transpose()
}

/// What the newest visit of a URL says for its record.
pub(in crate::store) fn last_visit(
    database: &Database,
    key: UrlKey,
) -> Result<Option<LastVisit>, SnapshotError> {
    let newest = database.visits.last_under(key.as_bytes())?;
    let Some((visit_key, value)) = newest else { return Ok(None) };
    let what = format!("a visit of {key:?}");
    let visit_key = VisitKey::read(&visit_key)?;
    database.unsealed::<StoredVisit>(&what, &value)?.last(&what, visit_key).map(Some)
}

/// The URL that a key stands for; its record is written with the first visit.
fn url_of(database: &Database, key: UrlKey) -> Result<CanonicalUrl, SnapshotError> {
    let what = format!("the record of {key:?}");
    match stored_url(database, key)? {
        Some(stored) => stored.url(&what),
        None => Err(damaged(&what, "it is not in the store".to_owned())),
    }
}

/// A URL's visits, oldest first.
pub(in crate::store) fn visits(database: &Database, key: UrlKey) -> Result<Vec<VisitRecord>, SnapshotError> {
    let found = visits_under(database, key)?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let url = url_of(database, key)?;
    let what = format!("a visit of {url}");
    let visit = |(key, value): &(Vec<u8>, Vec<u8>)| {
        database.unsealed::<StoredVisit>(&what, value)?.read(&what, VisitKey::read(key)?, &url)
    };
    found.iter().map(visit).collect()
}

/// The newest visit of a URL in a run.
pub(in crate::store) fn visit_in_run(
    database: &Database,
    key: UrlKey,
    run: RunId,
) -> Result<Option<VisitRecord>, SnapshotError> {
    let found = visits_under(database, key)?;
    for (visit_key, value) in found.iter().rev() {
        let visit_key = VisitKey::read(visit_key)?;
        if visit_key.run == run {
            let what = format!("a visit of {key:?}");
            let stored: StoredVisit = database.unsealed(&what, value)?;
            return stored.read(&what, visit_key, &url_of(database, key)?).map(Some);
        }
    }
    Ok(None)
}

/// A URL's snapshots, oldest first.
pub(in crate::store) fn snapshots(database: &Database, key: UrlKey) -> Result<Vec<Snapshot>, SnapshotError> {
    let found = database.snapshots.under(key.as_bytes())?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let url = url_of(database, key)?;
    let what = format!("a snapshot of {url}");
    let mut snapshots = Vec::with_capacity(found.len());
    for (stored_key, value) in &found {
        let at_ms =
            time_of_key(stored_key).ok_or_else(|| damaged(&what, "its key is cut short".to_owned()))?;
        let id = SnapshotId { url: key, at_ms };
        snapshots.push(database.unsealed::<StoredSnapshot>(&what, value)?.read(&what, id, &url)?);
    }
    Ok(snapshots)
}

/// One snapshot as it is stored.
pub(in crate::store) fn stored_snapshot(
    database: &Database,
    id: SnapshotId,
) -> Result<Option<StoredSnapshot>, SnapshotError> {
    let key = timed_key(id.url, id.at_ms);
    let value = database.snapshots.get(key)?;
    value.map(|value| database.unsealed(&format!("snapshot {id}"), &value)).transpose()
}

/// One snapshot.
pub(in crate::store) fn snapshot(
    database: &Database,
    id: SnapshotId,
) -> Result<Option<Snapshot>, SnapshotError> {
    let Some(stored) = stored_snapshot(database, id)? else { return Ok(None) };
    stored.read(&format!("snapshot {id}"), id, &url_of(database, id.url)?).map(Some)
}

/// The comparisons of an article with a URL, oldest first.
pub(in crate::store) fn comparisons(
    database: &Database,
    key: UrlKey,
    article: &ArticleId,
) -> Result<Vec<ComparisonRecord>, SnapshotError> {
    comparisons_under(database, &comparison_prefix(key, article))
}

pub(in crate::store) fn comparisons_under(
    database: &Database,
    prefix: &[u8],
) -> Result<Vec<ComparisonRecord>, SnapshotError> {
    let found = database.comparisons.under(prefix)?;
    let what = "a comparison";
    found.iter().map(|(_, value)| database.unsealed::<StoredComparison>(what, value)?.read(what)).collect()
}

/// All runs, oldest first.
pub(in crate::store) fn runs(database: &Database) -> Result<Vec<RunRecord>, SnapshotError> {
    let found = database.runs.under([])?;
    found.iter().map(|(_, value)| database.unsealed::<StoredRun>("a run", value)?.read("a run")).collect()
}
