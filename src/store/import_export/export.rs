//! Exports snapshots to WARC.
//!
//! Captures come from the database. Requests, addresses, protocols and the bodies of redirects are only
//! in the journal; where it lacks them, they are missing from the export too. What each record holds is
//! in [`super::exported_records`].

use std::collections::HashSet;
use std::io::{self, Write};

use serde::Serialize;

use super::export_filter::ExportFilter;
use super::exported_records::{SnapshotWriter, WrittenRecord};
use super::journal_details::JournalDetails;
use crate::model::{CanonicalUrl, UrlKey};
use crate::store::db::database::Database;
use crate::store::db::keys::time_in_key;
use crate::store::db::stored_records::{StoredSnapshot, StoredUrl};
use crate::store::{Snapshot, SnapshotId, StoreError, content};

/// What was exported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    /// Snapshots written.
    pub snapshots: u64,
    /// Records written, the `warcinfo` included.
    pub records: u64,
    /// Bytes written.
    pub bytes: u64,
    /// What could not be read and was left out, with the reason.
    pub faults: Vec<String>,
}

/// Why an export stopped: the store could not be read, or the output could not be written.
pub(in crate::store) enum ExportError {
    Store(StoreError),
    Output(io::Error),
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Writes the snapshots that the filter takes to a WARC file without an index. `file_name` goes into the
/// `warcinfo` record.
pub(in crate::store) fn export_warc<W: Write>(
    database: &Database,
    filter: &ExportFilter,
    out: W,
    file_name: Option<&str>,
) -> Result<ExportReport, ExportError> {
    export_warc_with(database, filter, out, file_name, |_| Ok(()))
}

/// Writes the snapshots that the filter takes, and calls `on_record` after each answer.
pub(super) fn export_warc_with<W: Write>(
    database: &Database,
    filter: &ExportFilter,
    out: W,
    file_name: Option<&str>,
    on_record: impl FnMut(WrittenRecord<'_>) -> io::Result<()>,
) -> Result<ExportReport, ExportError> {
    let mut report = ExportReport::default();
    let mut writer = SnapshotWriter::begin(out, file_name, on_record)?;
    let urls = selected_urls(database, filter, &mut report)?;
    let mut wanted = HashSet::new();
    for url in &urls {
        let keys = database.snapshots.entries_under(url.key().as_bytes())?;
        let id = |at_ms| SnapshotId { url: url.key(), at_ms };
        wanted.extend(keys.iter().filter_map(|(key, _)| time_in_key(key)).map(id));
    }
    let journal = JournalDetails::search(&database.dir, &wanted);
    for url in urls {
        for (key, value) in database.snapshots.entries_under(url.key().as_bytes())? {
            let Some(at_ms) = time_in_key(&key) else { continue };
            let id = SnapshotId { url: url.key(), at_ms };
            let read = read_snapshot(database, filter, id, &url, &value);
            let read = skip_damaged(&mut report, &format!("snapshot {id} of {url}"), read)?;
            if let Some((snapshot, body)) = read.flatten() {
                writer.write_snapshot(&snapshot, &body, &journal)?;
                report.snapshots += u64::from(!snapshot.hops.is_empty());
            }
        }
    }
    writer.out.flush()?;
    (report.records, report.bytes) = (writer.records, writer.out.count);
    Ok(report)
}

/// Reads a snapshot and its body; `None` if the filter does not take it.
fn read_snapshot(
    database: &Database,
    filter: &ExportFilter,
    id: SnapshotId,
    url: &CanonicalUrl,
    value: &[u8],
) -> Result<Option<(Snapshot, Vec<u8>)>, StoreError> {
    let what = "its record";
    let snapshot = database.decode_value::<StoredSnapshot>(what, value)?.into_record(what, id, url)?;
    if !filter.takes_time(snapshot.at()) {
        return Ok(None);
    }
    let body = content::read::read_content(&database.content, snapshot.body)?;
    Ok(Some((snapshot, body)))
}

/// The URLs that the filter takes.
fn selected_urls(
    database: &Database,
    filter: &ExportFilter,
    report: &mut ExportReport,
) -> Result<Vec<CanonicalUrl>, StoreError> {
    let mut urls = Vec::new();
    database.urls.for_each(|key, value| {
        let read = database.decode_value::<StoredUrl>("its record", value);
        let read = read.and_then(|stored| stored.url("its record"));
        let key = key.first_chunk().copied().map(UrlKey::from_bytes);
        let url = skip_damaged(report, &format!("all snapshots of a URL, {key:?}"), read)?;
        urls.extend(url.filter(|url| {
            let host = url.as_url().host_str().unwrap_or_default();
            filter.takes_url(url.key(), host)
        }));
        Ok(())
    })?;
    Ok(urls)
}

/// Turns a damaged record into a fault of the report and `None`, so that the export goes on.
fn skip_damaged<T>(
    report: &mut ExportReport,
    what: &str,
    read: Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error @ StoreError::Damaged { .. }) => {
            report.faults.push(format!("{what}: {error}"));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
