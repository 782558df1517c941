//! Records out of the trees.

use super::database::Database;
use super::record::{
    StoredComparison, StoredRun, StoredSnapshot, StoredUrl, StoredVisit, comparison_prefix, damaged,
    time_of_key, timed_key,
};
use super::{
    ComparisonRecord, RunId, RunRecord, Snapshot, SnapshotError, SnapshotId, UrlRecord, VisitRecord,
};
use crate::article::ArticleId;
use crate::citation::{CanonicalUrl, UrlKey};

/// What is kept of a URL.
pub(super) fn url_record(database: &Database, key: UrlKey) -> Result<Option<UrlRecord>, SnapshotError> {
    let Some(value) = database.guard(|| database.urls.get(key.as_bytes()))? else { return Ok(None) };
    let what = format!("the record of {key:?}");
    database.unsealed::<StoredUrl>(&what, &value)?.read(&what).map(Some)
}

/// The URL that a key stands for; its record is written with the first visit.
fn url_of(database: &Database, key: UrlKey) -> Result<CanonicalUrl, SnapshotError> {
    url_record(database, key)?
        .map(|record| record.url)
        .ok_or_else(|| damaged(&format!("the record of {key:?}"), "it is not in the store".to_owned()))
}

/// A URL's visits, oldest first.
pub(super) fn visits(database: &Database, key: UrlKey) -> Result<Vec<VisitRecord>, SnapshotError> {
    let found = database.under(&database.visits, key.as_bytes())?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let url = url_of(database, key)?;
    let what = format!("a visit of {url}");
    found.iter().map(|(_, value)| database.unsealed::<StoredVisit>(&what, value)?.read(&what, &url)).collect()
}

/// The newest visit of a URL in a run.
pub(super) fn visit_in_run(
    database: &Database,
    key: UrlKey,
    run: RunId,
) -> Result<Option<VisitRecord>, SnapshotError> {
    let found = database.under(&database.visits, key.as_bytes())?;
    for (_, value) in found.iter().rev() {
        let what = format!("a visit of {key:?}");
        let stored: StoredVisit = database.unsealed(&what, value)?;
        if stored.run() == run {
            return stored.read(&what, &url_of(database, key)?).map(Some);
        }
    }
    Ok(None)
}

/// A URL's snapshots, oldest first.
pub(super) fn snapshots(database: &Database, key: UrlKey) -> Result<Vec<Snapshot>, SnapshotError> {
    let found = database.under(&database.snapshots, key.as_bytes())?;
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
pub(super) fn stored_snapshot(
    database: &Database,
    id: SnapshotId,
) -> Result<Option<StoredSnapshot>, SnapshotError> {
    let key = timed_key(id.url, id.at_ms);
    let value = database.guard(|| database.snapshots.get(key))?;
    value.map(|value| database.unsealed(&format!("snapshot {id}"), &value)).transpose()
}

/// One snapshot.
pub(super) fn snapshot(database: &Database, id: SnapshotId) -> Result<Option<Snapshot>, SnapshotError> {
    let Some(stored) = stored_snapshot(database, id)? else { return Ok(None) };
    stored.read(&format!("snapshot {id}"), id, &url_of(database, id.url)?).map(Some)
}

/// The comparisons of an article with a URL, oldest first.
pub(super) fn comparisons(
    database: &Database,
    key: UrlKey,
    article: &ArticleId,
) -> Result<Vec<ComparisonRecord>, SnapshotError> {
    comparisons_under(database, &comparison_prefix(key, article))
}

pub(super) fn comparisons_under(
    database: &Database,
    prefix: &[u8],
) -> Result<Vec<ComparisonRecord>, SnapshotError> {
    let found = database.under(&database.comparisons, prefix)?;
    let what = "a comparison";
    found.iter().map(|(_, value)| database.unsealed::<StoredComparison>(what, value)?.read(what)).collect()
}

/// All runs, oldest first.
pub(super) fn runs(database: &Database) -> Result<Vec<RunRecord>, SnapshotError> {
    let found = database.under(&database.runs, &[])?;
    found.iter().map(|(_, value)| database.unsealed::<StoredRun>("a run", value)?.read("a run")).collect()
}
