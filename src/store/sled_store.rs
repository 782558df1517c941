//! [`SledStore`]: the store on the embedded database sled, and how it is opened and closed.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use super::content::compression_level::CompressionEffort;
use super::content::read::read_content;
use super::db::database::Database;
use super::db::folder::finish_interrupted_compaction;
use super::db::key_value_tree::KeyValueTree;
use super::db::read_records;
use super::db::schema::store_exists;
use super::folder_check::{check_store, check_way};
use super::journal::replay::catch_up;
use super::journal::{OpenWarcinfo, prepare_records};
use super::lock::{LockPurpose, StoreLock};
use super::maintenance;
use super::options::{CopyReport, OpenReport, StoreOptions};
use super::permissions::{close_to_others, create_folder};
use super::reads::temporary_copy;
use super::write::page_records::body_to_keep;
use super::write::queue::{Queue, Submission, WriteJob};
use super::write::writer_thread;
use super::{
    ComparisonRecord, CutTimes, PageWrite, RunId, RunRecord, Snapshot, SnapshotId, SnapshotStore, StoreError,
    UrlRecord, VisitRecord,
};
use crate::model::ArticleId;
use crate::model::ContentHash;
use crate::model::Untrusted;
use crate::model::UrlKey;

/// The store on sled, in one folder: `lock`, `schema`, `db` with sled's files, and `segments` with the
/// journal.
///
/// Reads return what the writer thread has written. A page write is certain to be visible after
/// [`SnapshotStore::flush`], or once its callback was called. Dropping the store writes what is queued;
/// [`SledStore::close`] does the same and returns whether it worked.
pub struct SledStore {
    // Fields are dropped in this order: the lock is released last.
    pub(super) workers: Workers,
    pub(super) database: Database,
    pub(super) options: StoreOptions,
    opened: Instant,
    lock: StoreLock,
    /// The temporary folder of a store that is read from a copy.
    copy: Option<tempfile::TempDir>,
}

/// The threads of an open store. Dropping them writes what is queued.
pub(super) struct Workers {
    pub(super) queue: Arc<Queue>,
    /// The `warcinfo` record of the journal's open segment.
    open: Option<OpenWarcinfo>,
    writer: Option<JoinHandle<()>>,
    #[cfg(unix)]
    read_server: Option<super::reads::server::ReadServer>,
}

impl Drop for Workers {
    fn drop(&mut self) {
        #[cfg(unix)]
        drop(self.read_server.take());
        self.queue.close();
        if let Some(writer) = self.writer.take() {
            // The writer catches its own panics and records them as a failure of the queue.
            let _ = writer.join();
        }
    }
}

impl SledStore {
    /// Refuses a folder whose way or files lead elsewhere or belong to another user, as opening it does, before
    /// anything is written into it. A store that is not there yet passes.
    pub fn check_folder(dir: &Path, options: &StoreOptions) -> Result<(), StoreError> {
        check_store(dir, options)
    }

    /// Opens the store in `dir`, or creates one. The store is locked until it is dropped.
    ///
    /// A database that sled finds damaged is put aside and rebuilt from the journal, and the report says so.
    /// What the journal contains and the database lacks is replayed.
    pub fn open(dir: &Path, options: &StoreOptions) -> Result<(Self, OpenReport), StoreError> {
        Self::open_for(dir, options, LockPurpose::Write)
    }

    fn open_for(
        dir: &Path,
        options: &StoreOptions,
        purpose: LockPurpose,
    ) -> Result<(Self, OpenReport), StoreError> {
        let opened = Instant::now();
        check_way(dir, options)?;
        create_folder(dir)?;
        #[cfg_attr(not(unix), allow(unused_mut))]
        let mut lock = StoreLock::acquire(dir, purpose, options)?;
        let created = !store_exists(dir);
        let (database, quarantined) = Database::open(dir, options)?;
        let replay = catch_up(&database, options.compression_level)?;
        let queue = Arc::new(Queue::new(options.clone()));
        let (writer, open) = writer_thread::start_writer(database.clone(), Arc::clone(&queue), options)?;
        #[cfg(unix)]
        let read_server = super::reads::server::ReadServer::open(&database, &mut lock)
            .inspect_err(|error| {
                tracing::info!("other processes cannot read the store while this one holds it: {error}");
            })
            .ok();
        close_to_others(dir);
        let workers = Workers {
            queue,
            open,
            writer: Some(writer),
            #[cfg(unix)]
            read_server,
        };
        let store = Self { workers, database, options: options.clone(), opened, lock, copy: None };
        Ok((store, OpenReport { created, quarantined, replay, copy: None }))
    }

    /// Opens the store in `dir`; [`StoreError::Missing`] if the folder has no store.
    pub fn open_existing(dir: &Path, options: &StoreOptions) -> Result<(Self, OpenReport), StoreError> {
        if !store_exists(dir) {
            return Err(StoreError::Missing { path: dir.to_owned() });
        }
        Self::open(dir, options)
    }

    /// Opens the store in `dir` to read it. If the folder cannot be written, a copy of its database in a
    /// temporary folder is opened; what is written goes into the copy and is discarded with it.
    pub fn open_for_inspection(dir: &Path, options: &StoreOptions) -> Result<(Self, OpenReport), StoreError> {
        Self::open_or_copy(dir, options, LockPurpose::Write)
    }

    /// The same for [`super::StoreReader`]: a process that wants to write waits for a short time until it
    /// ends.
    pub(super) fn open_for_reader(
        dir: &Path,
        options: &StoreOptions,
    ) -> Result<(Self, OpenReport), StoreError> {
        Self::open_or_copy(dir, options, LockPurpose::Read)
    }

    fn open_or_copy(
        dir: &Path,
        options: &StoreOptions,
        purpose: LockPurpose,
    ) -> Result<(Self, OpenReport), StoreError> {
        if !store_exists(dir) {
            return Err(StoreError::Missing { path: dir.to_owned() });
        }
        match Self::open_for(dir, options, purpose) {
            Err(error) if temporary_copy::is_unwritable(&error) => {
                let copy = temporary_copy::copy_store(dir, &error, options)?;
                let (mut store, mut report) = Self::open_for(copy.path(), &options.for_copy(), purpose)?;
                store.copy = Some(copy);
                // What was put aside in the copy is gone with it, and nothing happened to the store.
                let damage = report.quarantined.take().map(|quarantine| quarantine.reason);
                report.copy = Some(CopyReport { reason: error.to_string(), damage });
                Ok((store, report))
            }
            other => other,
        }
    }

    /// The folder of the store.
    pub fn dir(&self) -> &Path {
        &self.database.dir
    }

    /// Opens a tree in the same database for another stage or an import (the state of hosts between runs). A
    /// rebuild from the journal does not restore such trees.
    pub fn key_value_tree(&self, name: &str) -> Result<KeyValueTree, StoreError> {
        let tree = self.database.tree(format!("other:{name}").as_bytes())?;
        Ok(KeyValueTree::new(tree))
    }

    /// Queues a page write after compressing its journal records, which callers can do in parallel.
    fn submit_page(
        &self,
        mut page_write: PageWrite,
        ack: Option<Box<dyn FnOnce() + Send>>,
    ) -> Result<(), StoreError> {
        page_write.body_hash = body_to_keep(&page_write)
            .map(|response| page_write.body_hash.unwrap_or_else(|| ContentHash::of(response.body.expose())));
        let open = self.workers.open.as_ref();
        let effort = CompressionEffort::for_queue_length(self.workers.queue.pending_jobs());
        let prepared = open.map(|open| prepare_records(&page_write, open, effort)).unwrap_or_default();
        self.workers.queue.push(WriteJob::Page(Box::new(Submission { page_write, prepared, ack })))
    }

    /// The number of page writes that became durable since the store was opened.
    pub fn count_durable_pages(&self) -> u64 {
        self.workers.queue.durable_pages()
    }

    /// Writes what is queued, makes it durable, and releases the lock. If the database's file contains waste,
    /// it is compacted first according to [`StoreOptions::compaction`], so that the size of a store depends
    /// on its content and not on the number of runs. Trees of other stages must be dropped before.
    pub fn close(self) -> Result<(), StoreError> {
        self.flush()?;
        let Self { workers, database, options, opened, lock, copy } = self;
        drop(workers);
        let dir = database.dir.clone();
        let compacted = match maintenance::is_compaction_worthwhile(
            &database,
            options.compaction,
            opened.elapsed(),
            &options.space,
        ) {
            Ok(true) if copy.is_none() => maintenance::compact(database, &options).map(Some),
            Ok(_) => Ok(None),
            Err(error) => Err(error),
        };
        match compacted {
            Ok(Some(report)) => tracing::debug!("{}: {report:?}", dir.display()),
            Ok(None) => {}
            Err(error) => {
                // The old database is still in its place. Only space is lost, and the partial copy must be
                // removed.
                tracing::warn!("the database could not be compacted: {error}");
                finish_interrupted_compaction(&dir)?;
            }
        }
        drop(lock);
        Ok(())
    }
}

impl std::fmt::Debug for SledStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SledStore").field("dir", &self.database.dir).finish_non_exhaustive()
    }
}

impl SnapshotStore for SledStore {
    fn write_page(&self, page_write: PageWrite) -> Result<(), StoreError> {
        self.submit_page(page_write, None)
    }

    fn write_page_acked(
        &self,
        page_write: PageWrite,
        stored: Box<dyn FnOnce() + Send>,
    ) -> Result<(), StoreError> {
        self.submit_page(page_write, Some(stored))
    }

    fn unwritten_bytes(&self) -> u64 {
        self.workers.queue.pending_bytes()
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.workers.queue.wait_durable()
    }

    fn read_url(&self, key: UrlKey) -> Result<Option<UrlRecord>, StoreError> {
        read_records::read_url(&self.database, key)
    }

    fn read_visits(&self, key: UrlKey) -> Result<Vec<VisitRecord>, StoreError> {
        read_records::read_visits(&self.database, key)
    }

    fn read_visit_in_run(&self, key: UrlKey, run: RunId) -> Result<Option<VisitRecord>, StoreError> {
        read_records::read_visit_in_run(&self.database, key, run)
    }

    fn read_snapshots(&self, key: UrlKey) -> Result<Vec<Snapshot>, StoreError> {
        read_records::read_snapshots(&self.database, key)
    }

    fn read_snapshot(&self, id: SnapshotId) -> Result<Option<Snapshot>, StoreError> {
        read_records::read_snapshot(&self.database, id)
    }

    fn read_body(&self, hash: ContentHash) -> Result<Untrusted, StoreError> {
        read_content(&self.database.content, hash).map(Untrusted::new)
    }

    fn read_comparisons(
        &self,
        key: UrlKey,
        article: &ArticleId,
    ) -> Result<Vec<ComparisonRecord>, StoreError> {
        read_records::read_comparisons(&self.database, key, article)
    }

    fn store_blob(&self, bytes: &[u8]) -> Result<ContentHash, StoreError> {
        let hash = ContentHash::of(bytes);
        self.workers.queue.push(WriteJob::Blob(hash, bytes.to_vec()))?;
        Ok(hash)
    }

    fn read_blob(&self, hash: ContentHash) -> Result<Vec<u8>, StoreError> {
        read_content(&self.database.content, hash)
    }

    fn write_run(&self, run: &RunRecord) -> Result<(), StoreError> {
        self.workers.queue.push(WriteJob::Run(Box::new(run.clone())))
    }

    fn read_runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        read_records::read_runs(&self.database)
    }

    fn cut_future_times(&self, now: jiff::Timestamp) -> Result<CutTimes, StoreError> {
        self.flush()?;
        let plan = maintenance::plan_cut(&self.database, now)?;
        for (url, changes) in plan.urls {
            self.workers.queue.push(WriteJob::Redate(url, changes))?;
        }
        // Their records come last: they show that the times of their visits are still to be moved.
        for run in &plan.runs {
            self.write_run(run)?;
        }
        self.flush()?;
        Ok(plan.cut)
    }
}
