//! The maintenance of a store, as methods of [`SledStore`]: rebuild, repair, compact, verify, prune,
//! statistics.

use std::path::Path;

use super::db::database::Database;
use super::db::folder::{database_folder, finish_interrupted_compaction, quarantine_database};
use super::db::schema::{
    check_schema_file, put_schema_file_aside, remove_schema_file, store_exists, write_schema_file,
};
use super::journal::JournalPosition;
use super::journal::applied_position::read_applied_position;
use super::journal::inventory::take_inventory;
use super::journal::replay::catch_up;
use super::journal::segment;
use super::journal::segment_seal::read_seal;
use super::lock::{LockPurpose, StoreLock};
use super::maintenance;
use super::maintenance::{CompactReport, PrunePolicy, PruneReport, StoreStats, VerifyReport, VerifyScope};
use super::options::{Quarantine, RebuildReport, RebuiltDatabase, RepairReport, StoreOptions};
use super::write::queue::WriteJob;
use super::{SledStore, SnapshotStore, StoreError};

impl SledStore {
    /// Rebuilds the database of the store in `dir` from its journal. Before that, what only the database
    /// contains is written into the journal, and the old database is put aside. If the rebuild is
    /// interrupted, the next opening continues it.
    ///
    /// An unreadable file `schema` is put aside too; the database itself then says of which schema it is.
    /// Without a journal, such a file is all that can be made anew.
    pub fn rebuild(dir: &Path, options: &StoreOptions) -> Result<RebuildReport, StoreError> {
        if !store_exists(dir) {
            return Err(StoreError::Missing { path: dir.to_owned() });
        }
        let lock = StoreLock::acquire(dir, LockPurpose::Write, options)?;
        let (older, is_schema_unreadable) = match check_schema_file(dir) {
            Err(error @ StoreError::OlderSchema { .. }) => (Some(error.to_string()), false),
            Err(StoreError::UnreadableSchema { .. }) => (None, true),
            other => other.map(|()| (None, false))?,
        };
        if segment::list_segments(dir)?.is_empty() {
            if is_schema_unreadable {
                return restore_schema_file(dir, options);
            }
            return Err(StoreError::NothingToRebuildFrom { path: dir.to_owned() });
        }
        finish_interrupted_compaction(dir)?;
        Self::check_room_to_rebuild(dir, options)?;
        let mut report = RebuildReport::default();
        if let Some(reason) = older {
            let inventory = take_inventory(dir, JournalPosition::default(), None)?;
            report.faults = maintenance::describe_faults(&inventory);
            report.repaired.kept = maintenance::remove_damage(dir, &inventory, None)?;
            if database_folder(dir).exists() {
                let path = quarantine_database(dir)?;
                report.quarantined = Some(Quarantine { path, reason });
            }
            remove_schema_file(dir)?;
        } else if database_folder(dir).exists() {
            let reason = match save_into_journal(dir, options, &mut report) {
                Ok(()) => "a rebuild was requested".to_owned(),
                Err(Unsaved::Failed(error)) => return Err(error),
                Err(Unsaved::Database(reason)) => reason,
            };
            let path = quarantine_database(dir)?;
            report.quarantined = Some(Quarantine { path, reason });
        } else {
            let inventory = take_inventory(dir, JournalPosition::default(), None)?;
            report.faults = maintenance::describe_faults(&inventory);
            report.repaired.kept = maintenance::remove_damage(dir, &inventory, None)?;
        }
        if is_schema_unreadable {
            report.schema_aside = Some(put_schema_file_aside(dir)?);
        }
        let (database, _) = Database::open(dir, options)?;
        report.faults.extend(catch_up(&database, options.compression_level)?.faults);
        let stats = maintenance::collect_stats(&database)?;
        (report.visits, report.captures, report.runs) = (stats.visits, stats.snapshots, stats.runs);
        drop(database);
        drop(lock);
        Ok(report)
    }

    /// Writes into the journal what only the database contains, and removes damaged parts from its segments.
    /// The segments are kept as they were under another name.
    pub fn repair(dir: &Path, options: &StoreOptions) -> Result<RepairReport, StoreError> {
        if !store_exists(dir) {
            return Err(StoreError::Missing { path: dir.to_owned() });
        }
        let lock = StoreLock::acquire(dir, LockPurpose::Write, options)?;
        let (database, quarantined) = Database::open(dir, options)?;
        let replay = catch_up(&database, options.compression_level)?;
        let seal = read_seal(&database)?;
        let inventory = take_inventory(dir, read_applied_position(&database)?, seal.as_ref())?;
        maintenance::forget_verified(&database)?;
        let mut mended = maintenance::write_missing_records(&database, &inventory, options)?;
        mended.faults = maintenance::describe_faults(&inventory);
        mended.rebuilt = quarantined.map(|quarantine| RebuiltDatabase::new(&quarantine, &replay));
        maintenance::mark_all_applied(&database)?;
        mended.kept = maintenance::remove_damage(dir, &inventory, seal)?;
        drop(database);
        drop(lock);
        Ok(mended)
    }

    /// Copies what is in use into a new database, which returns the space that sled does not release. If it
    /// is interrupted, the next opening finishes or undoes it. It needs disk space for the copy.
    pub fn compact(dir: &Path, options: &StoreOptions) -> Result<CompactReport, StoreError> {
        if !store_exists(dir) {
            return Err(StoreError::Missing { path: dir.to_owned() });
        }
        let lock = StoreLock::acquire(dir, LockPurpose::Write, options)?;
        Self::check_room_to_compact(dir, options)?;
        let (database, _) = Database::open(dir, options)?;
        catch_up(&database, options.compression_level)?;
        let report = maintenance::compact(database, options)?;
        drop(lock);
        Ok(report)
    }

    /// Reads every record, content and segment, checks the hashes, and reports each fault with what it
    /// affects.
    pub fn verify(&self) -> Result<VerifyReport, StoreError> {
        self.verify_scope(&VerifyScope::default())
    }

    /// The same for a part of the store. Nothing may be written to it meanwhile.
    pub fn verify_scope(&self, scope: &VerifyScope) -> Result<VerifyReport, StoreError> {
        self.flush()?;
        maintenance::verify_store(&self.database, scope, self.options.warc)
    }

    /// Forgets the snapshots that the policy does not keep; without `apply` it only reports them. The newest
    /// snapshot of a URL and all visits stay. A compaction returns their space in the database; the journal
    /// keeps its records.
    pub fn prune(&self, policy: &PrunePolicy, apply: bool) -> Result<PruneReport, StoreError> {
        self.flush()?;
        let (plan, report) = maintenance::plan_pruning(&self.database, policy)?;
        if apply {
            for (url, ids) in plan {
                self.workers.queue.push(WriteJob::Forget(url, ids))?;
            }
            self.flush()?;
        }
        Ok(report)
    }

    /// Counts and sizes of the store.
    pub fn stats(&self) -> Result<StoreStats, StoreError> {
        self.flush()?;
        maintenance::collect_stats(&self.database)
    }
}

/// Why the journal could not get back what it lacks.
enum Unsaved {
    /// The journal could not be written, or a newer version made the database: there is no rebuild.
    Failed(StoreError),
    /// The database cannot be read at all.
    Database(String),
}

/// Writes into the journal what only the database contains, before the database is put aside.
fn save_into_journal(dir: &Path, options: &StoreOptions, report: &mut RebuildReport) -> Result<(), Unsaved> {
    let opened = match Database::open_as_it_is(dir, options) {
        Ok(database) => match database.check_schema() {
            Err(error @ StoreError::NewerSchema { .. }) => return Err(Unsaved::Failed(error)),
            Err(error @ StoreError::OlderSchema { .. }) => Err(error.to_string()),
            _ => Ok(database),
        },
        Err(reason) => Err(reason),
    };
    let known =
        opened.as_ref().ok().and_then(|database| read_applied_position(database).ok()).unwrap_or_default();
    let seal = opened.as_ref().ok().and_then(|database| read_seal(database).ok()).flatten();
    let inventory = take_inventory(dir, known, seal.as_ref()).map_err(Unsaved::Failed)?;
    match opened {
        Ok(database) => {
            report.repaired = maintenance::write_missing_records(&database, &inventory, options)
                .map_err(Unsaved::Failed)?;
            report.repaired.faults = maintenance::describe_faults(&inventory);
            report.faults = std::mem::take(&mut report.repaired.lost);
            // This only matters if the rebuild is interrupted before the database is put aside.
            if let Err(error) = maintenance::mark_all_applied(&database) {
                tracing::debug!("{error}");
            }
            drop(database);
            report.repaired.kept =
                maintenance::remove_damage(dir, &inventory, seal).map_err(Unsaved::Failed)?;
            Ok(())
        }
        Err(reason) => {
            report.faults = maintenance::describe_faults(&inventory);
            report.repaired.kept =
                maintenance::remove_damage(dir, &inventory, seal).map_err(Unsaved::Failed)?;
            Err(Unsaved::Database(reason))
        }
    }
}

/// Writes the schema file anew for a store without a journal, if the database says that it is of this
/// version.
fn restore_schema_file(dir: &Path, options: &StoreOptions) -> Result<RebuildReport, StoreError> {
    finish_interrupted_compaction(dir)?;
    let no_journal = |reason| StoreError::NoJournal { path: dir.to_owned(), reason };
    if !database_folder(dir).is_dir() {
        return Err(no_journal("its folder `db` is missing".to_owned()));
    }
    let database = Database::open_as_it_is(dir, options).map_err(no_journal)?;
    database.check_schema()?;
    let schema_aside = Some(put_schema_file_aside(dir)?);
    write_schema_file(dir)?;
    let stats = maintenance::collect_stats(&database)?;
    Ok(RebuildReport {
        visits: stats.visits,
        captures: stats.snapshots,
        runs: stats.runs,
        schema_aside,
        only_schema: true,
        ..RebuildReport::default()
    })
}
