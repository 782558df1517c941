//! Gives space back: sled 0.34.7 never shrinks its files, so the living trees are copied into a new
//! database, which then takes the old one's place.
//!
//! The swap is two renames. Wherever it is interrupted, [`settle`] finishes or undoes it at the next
//! opening: the old database is only removed when the new one stands in its place.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::stats::folder_bytes;
use crate::snapshot::content::{Kind, Manifest};
use crate::snapshot::database::{Database, database_dir, guarded};
use crate::snapshot::journal::segment::{io_error, sync_folder};
use crate::snapshot::options::StoreOptions;
use crate::snapshot::record::{StoredSnapshot, spilled_to, unpack};
use crate::snapshot::{ContentHash, SnapshotError};

/// What a compaction did. All sizes are bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CompactReport {
    /// The database's files before.
    pub before_bytes: u64,
    /// The database's files after.
    pub after_bytes: u64,
    /// Records that were copied.
    pub records: u64,
    /// Contents that nothing refers to, and chunks of no content: left behind.
    pub dropped: u64,
}

/// Bytes that are copied between two flushes.
const FLUSH_EVERY: usize = 512 << 10;

fn new_dir(dir: &Path) -> PathBuf {
    dir.join("db.compact")
}

fn old_dir(dir: &Path) -> PathBuf {
    dir.join("db.replaced")
}

/// Finishes or undoes a compaction that was interrupted. The caller holds the store's lock.
pub(in crate::snapshot) fn settle(dir: &Path) -> Result<(), SnapshotError> {
    let (current, old) = (database_dir(dir), old_dir(dir));
    if !current.exists() && old.exists() {
        std::fs::rename(&old, &current).map_err(|error| io_error(&old, error))?;
    }
    for left in [old, new_dir(dir)] {
        if left.exists() {
            std::fs::remove_dir_all(&left).map_err(|error| io_error(&left, error))?;
        }
    }
    Ok(())
}

/// Copies what lives. The caller holds the lock and has no other handle on the database.
pub(in crate::snapshot) fn compact(
    database: Database,
    options: &StoreOptions,
) -> Result<CompactReport, SnapshotError> {
    let dir = database.dir.clone();
    let mut report = CompactReport { before_bytes: folder_bytes(&database_dir(&dir))?, ..Default::default() };
    let target_dir = new_dir(&dir);
    let living = living(&database)?;
    let target = guarded(&dir, || {
        sled::Config::new()
            .path(&target_dir)
            .cache_capacity(options.cache_bytes.max(1 << 20))
            // sled's cleaner runs on its flushing thread only; nobody else writes here.
            .flush_every_ms(Some(5))
            .open()
    })?;
    let names = guarded(&dir, || Ok(database.db.tree_names()))?;
    let mut since_flush = 0;
    for name in names {
        let from = database.guard(|| database.db.open_tree(&name))?;
        let to = guarded(&dir, || target.open_tree(&name))?;
        let content = matches!(name.as_ref(), b"manifests" | b"chunks");
        database.each(&from, |key, value| {
            let hash = key.first_chunk::<32>().map(|bytes| ContentHash::from_bytes(*bytes));
            if content && !hash.is_some_and(|hash| living.contains(&hash)) {
                report.dropped += 1;
                return Ok(());
            }
            guarded(&dir, || to.insert(key, value))?;
            report.records += 1;
            since_flush += key.len() + value.len();
            if since_flush >= FLUSH_EVERY {
                guarded(&dir, || target.flush())?;
                since_flush = 0;
            }
            Ok(())
        })?;
    }
    guarded(&dir, || target.flush())?;
    drop(target);
    drop(database);
    report.after_bytes = folder_bytes(&target_dir)?;
    if report.after_bytes >= report.before_bytes && report.dropped == 0 {
        // There was nothing to give back.
        report.after_bytes = report.before_bytes;
        settle(&dir)?;
        return Ok(report);
    }
    let (current, old) = (database_dir(&dir), old_dir(&dir));
    std::fs::rename(&current, &old).map_err(|error| io_error(&current, error))?;
    std::fs::rename(&target_dir, &current).map_err(|error| io_error(&target_dir, error))?;
    sync_folder(&current)?;
    settle(&dir)?;
    Ok(report)
}

/// All content that something refers to, and all blobs: only a later stage knows who needs those.
fn living(database: &Database) -> Result<HashSet<ContentHash>, SnapshotError> {
    let mut bodies = HashSet::new();
    let mut records = HashSet::new();
    let trees =
        [&database.urls, &database.visits, &database.comparisons, &database.runs, &database.snapshots];
    for tree in trees {
        database.each(tree, |_, value| {
            records.extend(spilled_to(value));
            Ok(())
        })?;
    }
    database.each(&database.snapshots, |_, value| {
        bodies.insert(database.unsealed::<StoredSnapshot>("a snapshot", value)?.body().0);
        Ok(())
    })?;
    let mut living = HashSet::new();
    database.each(&database.content.manifests, |key, value| {
        let manifest: Manifest = unpack("a manifest", value)?;
        let hash = key.first_chunk::<32>().map(|bytes| ContentHash::from_bytes(*bytes));
        living.extend(hash.filter(|hash| match manifest.kind {
            Kind::Blob => true,
            Kind::Body(_) | Kind::Record => bodies.contains(hash) || records.contains(hash),
        }));
        Ok(())
    })?;
    Ok(living)
}
