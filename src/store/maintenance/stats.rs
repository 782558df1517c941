//! Counts what the store holds and how much space it takes: by kind, by host and by run.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::folder_size::folder_bytes;
use super::verify_journal::read_head;
use crate::model::UrlKey;
use crate::store::content::manifest::{ContentKind, Manifest};
use crate::store::db::codec::decode_record;
use crate::store::db::database::Database;
use crate::store::db::folded_visits::for_each_visit;
use crate::store::db::folder::database_folder;
use crate::store::db::keys::{VisitKey, time_in_key};
use crate::store::db::stored_records::{StoredSnapshot, StoredUrl, StoredVisit};
use crate::store::journal::segment::{io_error, segments_dir};
use crate::store::{RunId, SnapshotId, StoreError};

/// Statistics of the store. All sizes are in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StoreStats {
    /// Distinct URLs that were visited.
    pub urls: u64,
    /// Visits.
    pub visits: u64,
    /// Snapshots.
    pub snapshots: u64,
    /// Comparisons.
    pub comparisons: u64,
    /// Runs.
    pub runs: u64,
    /// The time of the earliest snapshot; `None` if there is none.
    pub first_capture: Option<jiff::Timestamp>,
    /// The time of the latest snapshot.
    pub last_capture: Option<jiff::Timestamp>,
    /// The bodies of all snapshots, as if each were stored by itself and uncompressed.
    pub captured_bytes: u64,
    /// Bodies as they are stored: each once, compressed.
    pub bodies: ContentStats,
    /// Other contents, such as link tables.
    pub blobs: ContentStats,
    /// Records that are too long for a value in the database.
    pub long_records: ContentStats,
    /// The database's files.
    pub database_bytes: u64,
    /// The journal's files.
    pub journal_bytes: u64,
    /// The last segment of the journal: its name, its length and its digest.
    pub head: Option<String>,
    /// Damaged or replaced databases that were put aside.
    pub aside_bytes: u64,
    /// Statistics of each host, those with the most captured bytes first.
    pub hosts: Vec<HostStats>,
    /// Statistics of each run, oldest first.
    pub by_run: Vec<RunStats>,
}

/// Statistics of the contents of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ContentStats {
    /// How many there are.
    pub count: u64,
    /// Uncompressed bytes.
    pub plain_bytes: u64,
    /// Bytes as stored.
    pub packed_bytes: u64,
}

/// Statistics of one host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HostStats {
    /// The host's name.
    pub host: String,
    /// Its URLs.
    pub urls: u64,
    /// Their snapshots.
    pub snapshots: u64,
    /// The bodies of these, uncompressed.
    pub captured_bytes: u64,
}

/// What one run added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RunStats {
    /// The run.
    pub run: u64,
    /// Its visits.
    pub visits: u64,
    /// New snapshots.
    pub snapshots: u64,
    /// The bodies of these, uncompressed.
    pub captured_bytes: u64,
}

impl StoreStats {
    /// How many times smaller deduplication makes the bodies: captured bytes over bytes stored once, both
    /// uncompressed.
    pub fn dedupe_ratio(&self) -> f64 {
        size_ratio(self.captured_bytes, self.bodies.plain_bytes)
    }

    /// How many times smaller compression makes the bodies.
    pub fn compression_ratio(&self) -> f64 {
        size_ratio(self.bodies.plain_bytes, self.bodies.packed_bytes)
    }
}

fn size_ratio(larger: u64, smaller: u64) -> f64 {
    if smaller == 0 { 1.0 } else { larger as f64 / smaller as f64 }
}

/// Counts everything in the store, without reading a body.
pub(in crate::store) fn collect_stats(database: &Database) -> Result<StoreStats, StoreError> {
    let mut stats = StoreStats::default();
    database.content.manifests.for_each(|_, value| {
        let manifest: Manifest = decode_record("a manifest", value)?;
        let kind = match manifest.kind {
            ContentKind::Body(_) => &mut stats.bodies,
            ContentKind::Blob | ContentKind::JournaledBlob => &mut stats.blobs,
            ContentKind::Record => &mut stats.long_records,
        };
        kind.count += 1;
        kind.plain_bytes += manifest.len;
        kind.packed_bytes += manifest.compressed_len;
        Ok(())
    })?;

    let mut hosts: BTreeMap<String, HostStats> = BTreeMap::new();
    let mut host_of: BTreeMap<UrlKey, String> = BTreeMap::new();
    database.urls.for_each(|_, value| {
        stats.urls += 1;
        let url = database.decode_value::<StoredUrl>("a URL's record", value)?.url("a URL's record")?;
        let host = url.as_url().host_str().unwrap_or_default().to_owned();
        hosts.entry(host.clone()).or_default().urls += 1;
        host_of.insert(url.key(), host);
        Ok(())
    })?;

    let mut body_lengths: BTreeMap<SnapshotId, u64> = BTreeMap::new();
    database.snapshots.for_each(|key, value| {
        stats.snapshots += 1;
        let stored: StoredSnapshot = database.decode_value("a snapshot", value)?;
        let len = stored.body().1;
        stats.captured_bytes += len;
        let at = stored.at("a snapshot")?;
        stats.first_capture = Some(stats.first_capture.map_or(at, |first| first.min(at)));
        stats.last_capture = Some(stats.last_capture.map_or(at, |last| last.max(at)));
        let url = key.first_chunk::<16>().map(|bytes| UrlKey::from_bytes(*bytes));
        if let (Some(url), Some(at_ms)) = (url, time_in_key(key)) {
            body_lengths.insert(SnapshotId { url, at_ms }, len);
            if let Some(host) = host_of.get(&url).and_then(|host| hosts.get_mut(host)) {
                host.snapshots += 1;
                host.captured_bytes += len;
            }
        }
        Ok(())
    })?;

    let mut by_run: BTreeMap<RunId, RunStats> = BTreeMap::new();
    let mut counted_snapshots = HashSet::new();
    for_each_visit(database, |key, value| {
        stats.visits += 1;
        let visit: StoredVisit = database.decode_value("a visit", value)?;
        let visit_key = VisitKey::from_bytes(key)?;
        let run = by_run.entry(visit_key.run).or_default();
        run.visits += 1;
        // The visits of a URL come in order of time, so the first one that names a snapshot made it.
        if let Some(id) = visit.snapshot(visit_key.url).filter(|id| counted_snapshots.insert(*id)) {
            run.snapshots += 1;
            run.captured_bytes += body_lengths.get(&id).copied().unwrap_or_default();
        }
        Ok(())
    })?;
    stats.comparisons = database.comparisons.count()?;
    stats.runs = database.runs.count()?;

    stats.hosts = hosts.into_iter().map(|(host, stats)| HostStats { host, ..stats }).collect();
    stats.hosts.sort_by(|a, b| b.captured_bytes.cmp(&a.captured_bytes).then_with(|| a.host.cmp(&b.host)));
    stats.by_run = by_run.into_iter().map(|(run, stats)| RunStats { run: run.0, ..stats }).collect();
    stats.database_bytes = folder_bytes(&database_folder(&database.dir))?;
    stats.head = read_head(database)?;
    stats.journal_bytes = folder_bytes(&segments_dir(&database.dir))?;
    for entry in std::fs::read_dir(&database.dir).map_err(|error| io_error(&database.dir, error))? {
        let path = entry.map_err(|error| io_error(&database.dir, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("db.") {
            stats.aside_bytes += folder_bytes(&path)?;
        }
    }
    Ok(stats)
}
