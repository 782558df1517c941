//! [`SledStore`]: the snapshot store on sled.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use super::content::compression_level::Effort;
use super::db::database;
use super::db::database::Database;
use super::db::key_value_tree::KeyValueTree;
use super::db::read;
use super::import_export;
use super::import_export::{
    ExportError, ExportFilter, ExportReport, ImportJudgement, ImportReport, ImportedPage,
};
use super::journal::inventory::census;
use super::journal::replay::{catch_up, mark};
use super::journal::segment;
use super::journal::{Mark, OpenInfo, drafts};
use super::lock::{Purpose, StoreLock};
use super::maintenance;
use super::maintenance::{CompactReport, PrunePolicy, PruneReport, StoreStats, VerifyReport};
use super::options::{Mended, OpenReport, Quarantine, RebuildReport, StoreOptions};
use super::reads::temporary_copy;
use super::write::page_write::kept_body;
use super::write::queue::{Handed, Job, Queue};
use super::write::writer_thread;
use super::{
    ComparisonRecord, Deposit, RunId, RunRecord, Snapshot, SnapshotError, SnapshotId, SnapshotStore,
    UrlRecord, VisitRecord, content,
};
use crate::model::ArticleId;
use crate::model::ContentHash;
use crate::model::Untrusted;
use crate::model::UrlKey;

/// The snapshot store on sled, in one folder: `lock`, `schema`, `db` with sled's files, and `segments`
/// with the journal.
///
/// Reads see what the writer has written: a deposit is there for certain after
/// [`SnapshotStore::flush`], or once its acknowledgement was called. Dropping the store writes what
/// is queued; [`SledStore::close`] does the same and says whether it worked.
pub struct SledStore {
    // In this order: the lock is freed when everything else is closed.
    workers: Workers,
    pub(super) database: Database,
    options: StoreOptions,
    opened: Instant,
    lock: StoreLock,
    /// The temporary folder of a store that is read elsewhere.
    copy: Option<tempfile::TempDir>,
}

/// What works beside the store's users. Dropping it writes what is queued.
struct Workers {
    queue: Arc<Queue>,
    /// The journal's open segment.
    open: Option<OpenInfo>,
    writer: Option<JoinHandle<()>>,
    #[cfg(unix)]
    door: Option<super::reads::server::Door>,
}

impl Drop for Workers {
    fn drop(&mut self) {
        #[cfg(unix)]
        drop(self.door.take());
        self.queue.close();
        if let Some(writer) = self.writer.take() {
            // The writer catches its own panics and leaves them in the queue's failure.
            let _ = writer.join();
        }
    }
}

impl SledStore {
    /// Opens the store in `dir`, or makes one. The store is locked until it is dropped.
    ///
    /// A database that sled finds damaged is put aside whole and made again from the journal, and
    /// the report says so. What the journal holds and the database lacks is taken in the same way.
    pub fn open(dir: &Path, options: &StoreOptions) -> Result<(Self, OpenReport), SnapshotError> {
        Self::open_for(dir, options, Purpose::Write)
    }

    fn open_for(
        dir: &Path,
        options: &StoreOptions,
        purpose: Purpose,
    ) -> Result<(Self, OpenReport), SnapshotError> {
        let opened = Instant::now();
        let failed = |source| SnapshotError::Io { path: dir.to_owned(), source };
        std::fs::create_dir_all(dir).map_err(failed)?;
        #[cfg_attr(not(unix), allow(unused_mut))]
        let mut lock = StoreLock::take(dir, purpose)?;
        let created = !database::exists(dir);
        let (database, quarantined) = Database::open(dir, options)?;
        let replay = catch_up(&database, options.compression_level)?;
        let queue = Arc::new(Queue::new(options.clone()));
        let (writer, open) = writer_thread::start(database.clone(), Arc::clone(&queue), options)?;
        #[cfg(unix)]
        let door = super::reads::server::Door::open(&database, &mut lock)
            .inspect_err(|error| tracing::info!("others cannot read while this one holds the store: {error}"))
            .ok();
        let workers = Workers {
            queue,
            open,
            writer: Some(writer),
            #[cfg(unix)]
            door,
        };
        let store = Self { workers, database, options: options.clone(), opened, lock, copy: None };
        Ok((store, OpenReport { created, quarantined, replay }))
    }

    /// Opens the store in `dir`; [`SnapshotError::Missing`] where there is none.
    pub fn open_existing(dir: &Path, options: &StoreOptions) -> Result<(Self, OpenReport), SnapshotError> {
        if !database::exists(dir) {
            return Err(SnapshotError::Missing { path: dir.to_owned() });
        }
        Self::open(dir, options)
    }

    /// Opens the store in `dir` to look at it. Where nothing can be written there, a copy of its index
    /// in a temporary folder is opened, and what is written goes there and is gone with it.
    pub fn open_to_look(dir: &Path, options: &StoreOptions) -> Result<(Self, OpenReport), SnapshotError> {
        Self::open_or_copy(dir, options, Purpose::Write)
    }

    /// The same for [`super::StoreReader`]: whoever wants to write waits a while for its end.
    pub(super) fn open_to_read(
        dir: &Path,
        options: &StoreOptions,
    ) -> Result<(Self, OpenReport), SnapshotError> {
        Self::open_or_copy(dir, options, Purpose::Read)
    }

    fn open_or_copy(
        dir: &Path,
        options: &StoreOptions,
        purpose: Purpose,
    ) -> Result<(Self, OpenReport), SnapshotError> {
        if !database::exists(dir) {
            return Err(SnapshotError::Missing { path: dir.to_owned() });
        }
        match Self::open_for(dir, options, purpose) {
            Err(error) if temporary_copy::cannot_write(&error) => {
                let copy = temporary_copy::copied(dir, &error)?;
                let (mut store, report) = Self::open_for(copy.path(), options, purpose)?;
                store.copy = Some(copy);
                Ok((store, report))
            }
            other => other,
        }
    }

    /// Makes the database of the store in `dir` again from its journal. Before that, the journal gets
    /// back from the database what it lacks; then the database is put aside, whole. Where the rebuild
    /// is interrupted, the next opening goes on with it.
    pub fn rebuild(dir: &Path, options: &StoreOptions) -> Result<RebuildReport, SnapshotError> {
        if !database::exists(dir) {
            return Err(SnapshotError::Missing { path: dir.to_owned() });
        }
        let lock = StoreLock::take(dir, Purpose::Write)?;
        database::check_schema_file(dir)?;
        if segment::list(dir)?.is_empty() {
            return Err(SnapshotError::Database {
                path: dir.to_owned(),
                reason: "there is no journal to rebuild it from; the database was left as it is".to_owned(),
            });
        }
        maintenance::settle(dir)?;
        let mut report = RebuildReport::default();
        if database::database_dir(dir).exists() {
            let reason = match salvage(dir, options, &mut report) {
                Ok(()) => "a rebuild was asked for".to_owned(),
                // What stops the journal from being written stops the rebuild too.
                Err(Unsaved::Journal(error)) => return Err(error),
                Err(Unsaved::Database(reason)) => reason,
            };
            let path = database::put_aside(dir)?;
            report.quarantined = Some(Quarantine { path, reason });
        } else {
            let census = census(dir, Mark::default())?;
            report.faults = maintenance::faults(&census);
            report.mended.kept = maintenance::clear(dir, &census)?;
        }
        let (database, _) = Database::open(dir, options)?;
        report.faults.extend(catch_up(&database, options.compression_level)?.faults);
        let stats = maintenance::stats(&database)?;
        (report.visits, report.captures, report.runs) = (stats.visits, stats.snapshots, stats.runs);
        drop(database);
        drop(lock);
        Ok(report)
    }

    /// Writes into the journal anew what it lacks and the database holds, and takes what is damaged
    /// out of its segments, which are kept beside.
    pub fn repair(dir: &Path, options: &StoreOptions) -> Result<Mended, SnapshotError> {
        if !database::exists(dir) {
            return Err(SnapshotError::Missing { path: dir.to_owned() });
        }
        let lock = StoreLock::take(dir, Purpose::Write)?;
        let (database, _) = Database::open(dir, options)?;
        catch_up(&database, options.compression_level)?;
        let census = census(dir, mark(&database)?)?;
        let mut mended = maintenance::restore(&database, &census, options)?;
        mended.faults = maintenance::faults(&census);
        maintenance::mark_all(&database)?;
        mended.kept = maintenance::clear(dir, &census)?;
        drop(database);
        drop(lock);
        Ok(mended)
    }

    /// Copies what lives into a new database, which gives back the space that sled keeps. Where it
    /// is interrupted, the next opening finishes or undoes it. Needs room for the copy.
    pub fn compact(dir: &Path, options: &StoreOptions) -> Result<CompactReport, SnapshotError> {
        if !database::exists(dir) {
            return Err(SnapshotError::Missing { path: dir.to_owned() });
        }
        let lock = StoreLock::take(dir, Purpose::Write)?;
        let (database, _) = Database::open(dir, options)?;
        catch_up(&database, options.compression_level)?;
        let report = maintenance::compact(database, options)?;
        drop(lock);
        Ok(report)
    }

    /// Reads every record, content, hash and segment, and names each fault with what it affects.
    pub fn verify(&self) -> Result<VerifyReport, SnapshotError> {
        self.flush()?;
        maintenance::verify(&self.database)
    }

    /// Forgets the snapshots that the policy does not keep, or only says what it would forget. The
    /// newest of a URL and all visits stay. A compaction gives their room in the database back; the
    /// journal keeps what it holds.
    pub fn prune(&self, policy: &PrunePolicy, apply: bool) -> Result<PruneReport, SnapshotError> {
        self.flush()?;
        let (plan, report) = maintenance::plan(&self.database, policy)?;
        if apply {
            for (url, ids) in plan {
                self.workers.queue.push(Job::Forget(url, ids))?;
            }
            self.flush()?;
        }
        Ok(report)
    }

    /// The store in figures.
    pub fn stats(&self) -> Result<StoreStats, SnapshotError> {
        self.flush()?;
        maintenance::stats(&self.database)
    }

    /// Writes snapshots to a WARC 1.1 file (`.warc.gz`, one member a record). The file appears under
    /// its name only when it is whole, and not where nothing was taken.
    pub fn export_warc(&self, filter: &ExportFilter, path: &Path) -> Result<ExportReport, SnapshotError> {
        self.flush()?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        into_file(path, |out| import_export::export_warc(&self.database, filter, out, Some(&name)))
    }

    /// The same into a stream.
    pub fn export_warc_into(
        &self,
        filter: &ExportFilter,
        out: impl Write,
    ) -> Result<ExportReport, SnapshotError> {
        self.flush()?;
        import_export::export_warc(&self.database, filter, out, None).map_err(stream_error)
    }

    /// Writes snapshots to a WACZ 1.1.1 file. The file appears under its name only when it is whole.
    pub fn export_wacz(&self, filter: &ExportFilter, path: &Path) -> Result<ExportReport, SnapshotError> {
        self.flush()?;
        into_file(path, |out| import_export::export_wacz(&self.database, filter, out))
    }

    /// The same into a stream.
    pub fn export_wacz_into(
        &self,
        filter: &ExportFilter,
        out: impl Write,
    ) -> Result<ExportReport, SnapshotError> {
        self.flush()?;
        import_export::export_wacz(&self.database, filter, out).map_err(stream_error)
    }

    /// Reads the captures of a WARC file (`.warc`, `.warc.gz`) into the store, as visits of `run`.
    /// `judge` says what the verdict stage makes of each page.
    pub fn import_warc(
        &self,
        path: &Path,
        run: RunId,
        judge: impl FnMut(&ImportedPage<'_>) -> ImportJudgement,
    ) -> Result<ImportReport, SnapshotError> {
        import_export::import_warc(self, self.key_value_tree("payloads")?, path, run, judge)
    }

    /// The store's folder.
    pub fn dir(&self) -> &Path {
        &self.database.dir
    }

    /// Opens a tree in the same database for another stage or an import (the state of hosts between runs). A rebuild from
    /// the journal does not bring such trees back.
    pub fn key_value_tree(&self, name: &str) -> Result<KeyValueTree, SnapshotError> {
        let name = format!("other:{name}");
        let tree = self.database.guard(|| self.database.db.open_tree(name))?;
        Ok(KeyValueTree::new(self.database.dir.clone(), tree))
    }

    /// Queues a deposit, with its records packed: here, where several threads may do that at once.
    fn hand_over(
        &self,
        mut deposit: Deposit,
        ack: Option<Box<dyn FnOnce() + Send>>,
    ) -> Result<(), SnapshotError> {
        deposit.body_hash = kept_body(&deposit)
            .map(|response| deposit.body_hash.unwrap_or_else(|| ContentHash::of(response.body.expose())));
        let open = self.workers.open.as_ref();
        let effort = Effort::with_waiting(self.workers.queue.waiting());
        let drafts = open.map(|open| drafts(&deposit, open, effort)).unwrap_or_default();
        self.workers.queue.push(Job::Deposit(Box::new(Handed { deposit, drafts, ack })))
    }

    /// How many deposits are durable since the store was opened.
    pub fn durable(&self) -> u64 {
        self.workers.queue.durable_deposits()
    }

    /// Writes what is queued, makes it durable, and frees the lock. Where the database's file wastes room,
    /// it is compacted first, as [`StoreOptions::compaction`] has it, so that a store grows with what it
    /// holds and not with the number of runs. Trees of other stages must have been dropped.
    pub fn close(self) -> Result<(), SnapshotError> {
        self.flush()?;
        let Self { workers, database, options, opened, lock, copy } = self;
        drop(workers);
        let dir = database.dir.clone();
        let compacted = match maintenance::is_worth_it(&database, options.compaction, opened.elapsed()) {
            Ok(true) if copy.is_none() => maintenance::compact(database, &options).map(Some),
            Ok(_) => Ok(None),
            Err(error) => Err(error),
        };
        match compacted {
            Ok(Some(report)) => tracing::debug!("{}: {report:?}", dir.display()),
            Ok(None) => {}
            Err(error) => {
                // The old database is in its place: what is lost is room, and the half copy is in the way.
                tracing::warn!("the database could not be compacted: {error}");
                maintenance::settle(&dir)?;
            }
        }
        drop(lock);
        Ok(())
    }
}

fn stream_error(stopped: ExportError) -> SnapshotError {
    match stopped {
        ExportError::Store(error) => error,
        ExportError::Output(source) => SnapshotError::Io { path: "standard output".into(), source },
    }
}

/// Why the journal could not get back what it lacks.
enum Unsaved {
    /// It could not be written.
    Journal(SnapshotError),
    /// The database cannot be read at all.
    Database(String),
}

/// Brings into the journal what only the database holds, before the database is put aside.
fn salvage(dir: &Path, options: &StoreOptions, report: &mut RebuildReport) -> Result<(), Unsaved> {
    let opened = Database::open_as_it_is(dir, options);
    let known = opened.as_ref().ok().and_then(|database| mark(database).ok()).unwrap_or_default();
    let census = census(dir, known).map_err(Unsaved::Journal)?;
    match opened {
        Ok(database) => {
            report.mended = maintenance::restore(&database, &census, options).map_err(Unsaved::Journal)?;
            report.mended.faults = maintenance::faults(&census);
            report.faults = std::mem::take(&mut report.mended.lost);
            // Only for a rebuild that is interrupted before the database is put aside.
            if let Err(error) = maintenance::mark_all(&database) {
                tracing::debug!("{error}");
            }
            drop(database);
            report.mended.kept = maintenance::clear(dir, &census).map_err(Unsaved::Journal)?;
            Ok(())
        }
        Err(reason) => {
            report.faults = maintenance::faults(&census);
            report.mended.kept = maintenance::clear(dir, &census).map_err(Unsaved::Journal)?;
            Err(Unsaved::Database(reason))
        }
    }
}

/// Runs an export into a new file beside `path`, which takes its name when it is whole.
fn into_file(
    path: &Path,
    export: impl FnOnce(&mut BufWriter<&File>) -> Result<ExportReport, ExportError>,
) -> Result<ExportReport, SnapshotError> {
    let failed = |source| SnapshotError::Io { path: path.to_owned(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = segment::new_file(folder).map_err(failed)?;
    let mut out = BufWriter::with_capacity(1 << 18, file.as_file());
    let mut report = export(&mut out).map_err(|stopped| match stopped {
        ExportError::Store(error) => error,
        ExportError::Output(source) => failed(source),
    })?;
    out.flush().map_err(failed)?;
    drop(out);
    if report.snapshots == 0 {
        return Ok(report);
    }
    file.as_file().sync_all().map_err(failed)?;
    report.bytes = file.as_file().metadata().map_err(failed)?.len();
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(report)
}

impl std::fmt::Debug for SledStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SledStore").field("dir", &self.database.dir).finish_non_exhaustive()
    }
}

impl SnapshotStore for SledStore {
    fn deposit(&self, deposit: Deposit) -> Result<(), SnapshotError> {
        self.hand_over(deposit, None)
    }

    fn deposit_acked(&self, deposit: Deposit, stored: Box<dyn FnOnce() + Send>) -> Result<(), SnapshotError> {
        self.hand_over(deposit, Some(stored))
    }

    fn flush(&self) -> Result<(), SnapshotError> {
        self.workers.queue.wait_durable()
    }

    fn url(&self, key: UrlKey) -> Result<Option<UrlRecord>, SnapshotError> {
        read::url_record(&self.database, key)
    }

    fn visits(&self, key: UrlKey) -> Result<Vec<VisitRecord>, SnapshotError> {
        read::visits(&self.database, key)
    }

    fn visit_in_run(&self, key: UrlKey, run: RunId) -> Result<Option<VisitRecord>, SnapshotError> {
        read::visit_in_run(&self.database, key, run)
    }

    fn snapshots(&self, key: UrlKey) -> Result<Vec<Snapshot>, SnapshotError> {
        read::snapshots(&self.database, key)
    }

    fn snapshot(&self, id: SnapshotId) -> Result<Option<Snapshot>, SnapshotError> {
        read::snapshot(&self.database, id)
    }

    fn body(&self, hash: ContentHash) -> Result<Untrusted, SnapshotError> {
        content::read_content(&self.database, hash).map(Untrusted::new)
    }

    fn comparisons(&self, key: UrlKey, article: &ArticleId) -> Result<Vec<ComparisonRecord>, SnapshotError> {
        read::comparisons(&self.database, key, article)
    }

    fn put_blob(&self, bytes: &[u8]) -> Result<ContentHash, SnapshotError> {
        let hash = ContentHash::of(bytes);
        self.workers.queue.push(Job::Blob(hash, bytes.to_vec()))?;
        Ok(hash)
    }

    fn blob(&self, hash: ContentHash) -> Result<Vec<u8>, SnapshotError> {
        content::read_content(&self.database, hash)
    }

    fn put_run(&self, run: &RunRecord) -> Result<(), SnapshotError> {
        self.workers.queue.push(Job::Run(Box::new(run.clone())))
    }

    fn runs(&self) -> Result<Vec<RunRecord>, SnapshotError> {
        read::runs(&self.database)
    }
}
