//! Writes [`PageRecords`] into the database.
//!
//! Bodies are written first, chunks before their manifest, then all small records in one transaction. After
//! an interruption the records of a page are therefore all visible, or none of them.

use std::collections::HashSet;

use crate::model::UrlKey;
use crate::store::content::compression_level::CompressionEffort;
use crate::store::content::host_dictionary::HostDictionaries;
use crate::store::content::manifest::ContentKind;
use crate::store::content::write::{store_body, store_content};
use crate::store::db::batch::{Entry, RecordBatch};
use crate::store::db::database::Database;
use crate::store::db::folded_visits::visits_of_url;
use crate::store::db::keys::{comparison_prefix, timed_key, unix_milliseconds, visit_key};
use crate::store::db::newest_records::{believe_newest_snapshot, latest_believed_ms};
use crate::store::db::read_records::{read_comparisons_under, read_newest_visit, read_snapshots, read_url};
use crate::store::db::stored_records::{StoredComparison, StoredRun, StoredSnapshot, StoredUrl, StoredVisit};
use crate::store::db::tree::Value;
use crate::store::error::damaged;
use crate::store::write::page_records::PageRecords;
use crate::store::{ComparisonRecord, RunRecord, SnapshotId, StoreError};

/// The number of pages that one transaction writes. Readers wait for a transaction, and the engine reads
/// before each request: with 128 pages some requests were nine milliseconds late.
const MAX_PAGES_PER_TRANSACTION: usize = 16;

/// Collects the records of several pages and writes them together, because at the end of each transaction
/// sled writes its log buffer, which costs more than the records of one page.
#[derive(Default)]
pub(in crate::store) struct RecordWriter {
    urls: HashSet<UrlKey>,
    batch: RecordBatch,
}

impl RecordWriter {
    /// Writes the body of a page and collects its records. Writing the same page twice changes nothing. If
    /// the journal contains the body, `dictionaries` are those with which it may be compressed.
    pub(in crate::store) fn add_page(
        &mut self,
        database: &Database,
        page_records: &PageRecords,
        (level, effort): (i32, CompressionEffort),
        dictionaries: Option<&mut HostDictionaries>,
    ) -> Result<(), StoreError> {
        let key = page_records.visit.url.key();
        // What a page changes depends on what the database holds of its URL.
        if self.urls.len() >= MAX_PAGES_PER_TRANSACTION || self.urls.contains(&key) {
            self.write_pending(database)?;
        }
        self.urls.insert(key);
        if let Some((snapshot, body)) = &page_records.capture {
            if let Some(body) = body {
                let content = (snapshot.body, body.expose().as_ref());
                if let Some(dictionaries) = dictionaries {
                    let host = page_records.visit.url.as_url().host_str().unwrap_or_default();
                    store_body(&database.content, dictionaries, host, content, (level, effort), snapshot.id)?;
                } else {
                    let level = effort.zstd_level(level, content.1.len());
                    store_content(&database.content, content.0, content.1, level, ContentKind::Body(None))?;
                }
            }
            let value = database.encode_value("a snapshot", &StoredSnapshot::from_record(snapshot))?;
            self.batch.snapshots.push((timed_key(key, snapshot.id.at_ms), value));
        }
        let visit = &page_records.visit;
        let known = database.urls.get(key.as_bytes())?;
        if let Some(value) = updated_url_value(database, page_records, known.as_ref())? {
            self.batch.urls.push((key.as_bytes().to_vec(), value));
        }
        self.batch.visits.push((
            visit_key(key, unix_milliseconds(visit.at), visit.run),
            database.encode_value("a visit", &StoredVisit::from_record(visit, &page_records.state))?,
        ));
        for comparison in &page_records.comparisons {
            let prefix = comparison_prefix(key, &comparison.article);
            if known.is_some() && repeats_last_comparison(database, &prefix, comparison)? {
                continue;
            }
            let mut comparison_key = prefix;
            comparison_key.extend_from_slice(&comparison.at_ms.to_be_bytes());
            let value = database.encode_value("a comparison", &StoredComparison::from_record(comparison))?;
            self.batch.comparisons.push((comparison_key, value));
        }
        Ok(())
    }

    /// Writes the collected records, all or none of them.
    pub(in crate::store) fn write_pending(&mut self, database: &Database) -> Result<(), StoreError> {
        let records = std::mem::take(self);
        if records.urls.is_empty() {
            return Ok(());
        }
        records.batch.write(database)
    }
}

/// The stored record of a URL after a page; `None` if it does not change, as at most visits. `known` is the
/// stored record before.
fn updated_url_value(
    database: &Database,
    page_records: &PageRecords,
    known: Option<&Value>,
) -> Result<Option<Vec<u8>>, StoreError> {
    let what = "a URL's record";
    let mut before = None;
    if let Some(value) = known {
        let mut stored: StoredUrl = database.decode_value(what, value)?;
        believe_newest_snapshot(database, page_records.visit.url.key(), &mut stored)?;
        before = Some(stored.into_record(what, read_newest_visit(database, page_records.visit.url.key())?)?);
    }
    let record = page_records.updated_url_record(before, latest_believed_ms(database)?);
    let value = database.encode_value(what, &StoredUrl::from_record(&record))?;
    Ok(Some(value).filter(|value| known.map(|known| &**known) != Some(value.as_slice())))
}

/// Whether the comparison before this one in time had the same result for the same texts.
fn repeats_last_comparison(
    database: &Database,
    prefix: &[u8],
    comparison: &ComparisonRecord,
) -> Result<bool, StoreError> {
    let before = read_comparisons_under(database, prefix)?;
    let last = before.iter().rev().find(|earlier| earlier.at_ms <= comparison.at_ms);
    Ok(last.is_some_and(|last| ComparisonRecord { at_ms: comparison.at_ms, ..last.clone() } == *comparison))
}

/// Forgets snapshots of a URL: removes their records and the references from visits and from the URL's
/// record. The next compaction removes bodies that no other record needs. The newest snapshot cannot be
/// forgotten.
pub(in crate::store) fn forget_snapshots(
    database: &Database,
    url: UrlKey,
    ids: &[SnapshotId],
) -> Result<(), StoreError> {
    let Some(mut record) = read_url(database, url)? else { return Ok(()) };
    let gone = |id: &SnapshotId| id.url == url && ids.contains(id) && record.latest_snapshot != Some(*id);
    let mut first = None;
    let mut removed_snapshots: Vec<Vec<u8>> = Vec::new();
    for snapshot in read_snapshots(database, url)? {
        if gone(&snapshot.id) {
            removed_snapshots.push(timed_key(url, snapshot.id.at_ms));
        } else {
            first = first.or(Some(snapshot.id));
        }
    }
    let mut visits: Vec<Entry> = Vec::new();
    for (visit_key, value) in visits_of_url(database, url)? {
        let mut visit: StoredVisit = database.decode_value("a visit", &value)?;
        if visit.snapshot(url).as_ref().is_some_and(gone) {
            visit.snapshot = None;
            visits.push((visit_key, database.encode_value("a visit", &visit)?));
        }
    }
    record.first_snapshot = first;
    let url_value = database.encode_value("a URL's record", &StoredUrl::from_record(&record))?;
    let urls = vec![(url.as_bytes().to_vec(), url_value)];
    let batch = RecordBatch { urls, visits, removed_snapshots, ..RecordBatch::default() };
    batch.write(database)
}

/// Writes the record of a run.
pub(in crate::store) fn write_run(database: &Database, run: &RunRecord) -> Result<(), StoreError> {
    let what = format!("the record of run {}", run.id);
    let stored = StoredRun::from_record(run).map_err(|error| damaged(&what, error.to_string()))?;
    let value = database.encode_value(&what, &stored)?;
    database.runs.insert(run.id.0.to_be_bytes(), value).map(|_| ())
}
