//! An [`Addition`] into the trees.
//!
//! The bodies come first, chunks before manifest; then all small records in one transaction. What an
//! interruption leaves of an addition is therefore either nothing that anyone can see, or the whole.

use std::collections::HashSet;

use crate::model::UrlKey;
use crate::store::content::compression_level::Effort;
use crate::store::content::host_dictionary::Bases;
use crate::store::content::manifest::Kind;
use crate::store::content::write::{put_body, put_content};
use crate::store::db::batch::{Entry, RecordBatch};
use crate::store::db::database::Database;
use crate::store::db::folded_visits::visits_under;
use crate::store::db::keys::{comparison_prefix, milliseconds, timed_key, visit_key};
use crate::store::db::read::{comparisons_under, last_visit, snapshots, url_record};
use crate::store::db::stored_records::{StoredComparison, StoredRun, StoredSnapshot, StoredUrl, StoredVisit};
use crate::store::db::tree::Value;
use crate::store::write::page_write::Addition;
use crate::store::{ComparisonRecord, RunRecord, SnapshotError, SnapshotId};

/// Additions that one transaction writes. Whoever reads waits while it is made, and the engine reads before
/// it asks: with 128 some requests came nine milliseconds late.
const TOGETHER: usize = 16;

/// The small records of several additions. They are written together: at the end of each transaction
/// sled writes its log's buffer out, which for an addition alone costs more than the addition.
#[derive(Default)]
pub(in crate::store) struct Records {
    of: HashSet<UrlKey>,
    batch: RecordBatch,
}

impl Records {
    /// Writes the body that one finished URL adds, and takes in its records. Adding the same twice
    /// changes nothing. Where the journal holds it, `journal` has the pages that bodies may be packed
    /// against.
    pub(in crate::store) fn add(
        &mut self,
        database: &Database,
        addition: &Addition,
        (level, effort): (i32, Effort),
        journal: Option<&mut Bases>,
    ) -> Result<(), SnapshotError> {
        let key = addition.visit.url.key();
        // What an addition changes depends on what the database holds of its URL.
        if self.of.len() >= TOGETHER || self.of.contains(&key) {
            self.write(database)?;
        }
        self.of.insert(key);
        if let Some((snapshot, body)) = &addition.capture {
            if let Some(body) = body {
                let content = (snapshot.body, body.expose().as_ref());
                if let Some(bases) = journal {
                    let host = addition.visit.url.as_url().host_str().unwrap_or_default();
                    put_body(&database.content, bases, host, content, (level, effort), snapshot.id)?;
                } else {
                    let level = effort.zstd(level, content.1.len());
                    put_content(&database.content, content.0, content.1, level, Kind::Body(None))?;
                }
            }
            let value = database.sealed("a snapshot", &StoredSnapshot::of(snapshot))?;
            self.batch.snapshots.push((timed_key(key, snapshot.id.at_ms), value));
        }
        let visit = &addition.visit;
        let known = database.urls.get(key.as_bytes())?;
        if let Some(value) = url_value(database, addition, known.as_ref())? {
            self.batch.urls.push((key.as_bytes().to_vec(), value));
        }
        self.batch.visits.push((
            visit_key(key, milliseconds(visit.at), visit.run),
            database.sealed("a visit", &StoredVisit::of(visit, &addition.state))?,
        ));
        for comparison in &addition.comparisons {
            let prefix = comparison_prefix(key, &comparison.article);
            if known.is_some() && repeats(database, &prefix, comparison)? {
                continue;
            }
            let mut comparison_key = prefix;
            comparison_key.extend_from_slice(&comparison.at_ms.to_be_bytes());
            let value = database.sealed("a comparison", &StoredComparison::of(comparison))?;
            self.batch.comparisons.push((comparison_key, value));
        }
        Ok(())
    }

    /// Writes what was taken in, all of it or nothing.
    pub(in crate::store) fn write(&mut self, database: &Database) -> Result<(), SnapshotError> {
        let records = std::mem::take(self);
        if records.of.is_empty() {
            return Ok(());
        }
        records.batch.write(database)
    }
}

/// The URL's record after an addition; none where it stays as it is, which is so at most visits. What is
/// stored of a URL without a record: nothing.
fn url_value(
    database: &Database,
    addition: &Addition,
    known: Option<&Value>,
) -> Result<Option<Vec<u8>>, SnapshotError> {
    let what = "a URL's record";
    let mut before = None;
    if let Some(value) = known {
        let stored: StoredUrl = database.unsealed(what, value)?;
        before = Some(stored.read(what, last_visit(database, addition.visit.url.key())?)?);
    }
    let record = addition.url_record(before);
    let value = database.sealed(what, &StoredUrl::of(&record))?;
    Ok(Some(value).filter(|value| known.map(|known| &**known) != Some(value.as_slice())))
}

/// Whether the comparison before this one in time found the same on the same texts.
fn repeats(database: &Database, prefix: &[u8], comparison: &ComparisonRecord) -> Result<bool, SnapshotError> {
    let before = comparisons_under(database, prefix)?;
    let last = before.iter().rev().find(|earlier| earlier.at_ms <= comparison.at_ms);
    Ok(last.is_some_and(|last| ComparisonRecord { at_ms: comparison.at_ms, ..last.clone() } == *comparison))
}

/// Forgets snapshots of a URL: their records, and that visits and the URL's record name them. Their
/// bodies are left to the next compaction, which knows who else needs them. The newest snapshot
/// cannot be forgotten.
pub(in crate::store) fn apply_forget(
    database: &Database,
    url: UrlKey,
    ids: &[SnapshotId],
) -> Result<(), SnapshotError> {
    let Some(mut record) = url_record(database, url)? else { return Ok(()) };
    let gone = |id: &SnapshotId| id.url == url && ids.contains(id) && record.latest_snapshot != Some(*id);
    let mut first = None;
    let mut removed_snapshots: Vec<Vec<u8>> = Vec::new();
    for snapshot in snapshots(database, url)? {
        if gone(&snapshot.id) {
            removed_snapshots.push(timed_key(url, snapshot.id.at_ms));
        } else {
            first = first.or(Some(snapshot.id));
        }
    }
    let mut visits: Vec<Entry> = Vec::new();
    for (visit_key, value) in visits_under(database, url)? {
        let mut visit: StoredVisit = database.unsealed("a visit", &value)?;
        if visit.snapshot(url).as_ref().is_some_and(gone) {
            visit.snapshot = None;
            visits.push((visit_key, database.sealed("a visit", &visit)?));
        }
    }
    record.first_snapshot = first;
    let url_value = database.sealed("a URL's record", &StoredUrl::of(&record))?;
    let urls = vec![(url.as_bytes().to_vec(), url_value)];
    let batch = RecordBatch { urls, visits, removed_snapshots, ..RecordBatch::default() };
    batch.write(database)
}

/// Writes a run's record.
pub(in crate::store) fn apply_run(database: &Database, run: &RunRecord) -> Result<(), SnapshotError> {
    let value = database.sealed("a run", &StoredRun::of(run))?;
    database.runs.insert(run.id.0.to_be_bytes(), value).map(|_| ())
}
