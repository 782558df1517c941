//! Opens the sled database, checks its schema and quarantines a damaged one.
//!
//! sled 0.34.7 can panic or report corruption on data that an abrupt stop left behind, so opening is guarded.
//! A database that cannot be opened is renamed to a dated name, and a new one is made from the journal.
//! Without a journal it stays and opening fails, because an empty store in its place would only hide the
//! loss. A full disk or a missing permission is no damage, and nothing is renamed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::ContentHash;
use crate::store::StoreError;
use crate::store::content::manifest::ContentKind;
use crate::store::content::read::read_content;
use crate::store::content::write::store_content;
use crate::store::db::chunk_slots::ChunkSlots;
use crate::store::db::codec::{EncodedRecord, decode_record, encode_record, spill_pointer, spilled_hash};
use crate::store::db::content_trees::ContentTrees;
use crate::store::db::folder::{
    database_folder, finish_interrupted_compaction, quarantine_database, remove_unfinished_snapshots,
};
use crate::store::db::schema::{SCHEMA, check_schema, check_schema_file, has_schema_file, write_schema_file};
use crate::store::db::sled_guard::{catch_panic, error_text, guard_sled};
use crate::store::db::tree::Tree;
use crate::store::error::damaged;
use crate::store::journal::segment;
use crate::store::options::{Quarantine, StoreOptions};

const SCHEMA_KEY: &[u8] = b"schema";
/// sled's threads may hold its file for a moment after its last handle was dropped.
const MAX_REOPEN_WAIT: Duration = Duration::from_secs(10);

/// The open database and its trees.
#[derive(Clone)]
pub(in crate::store) struct Database {
    /// The folder of the store, for messages.
    pub dir: PathBuf,
    db: sled::Db,
    /// The schema, and the position up to which the journal is applied.
    pub meta: Tree,
    pub content: ContentTrees,
    pub urls: Tree,
    pub visits: Tree,
    /// Older visits, several in each record.
    pub folded_visits: Tree,
    pub snapshots: Tree,
    pub comparisons: Tree,
    pub runs: Tree,
}

impl Database {
    /// Creates a database for the store in `dir`, in the folder `path`, without a schema.
    pub(in crate::store) fn create(dir: &Path, path: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        guard_sled(dir, || open_trees(dir, &config(path, cache_bytes)))
    }

    /// Opens the database of the store in `dir`. The caller holds the lock.
    pub(in crate::store) fn open(
        dir: &Path,
        options: &StoreOptions,
    ) -> Result<(Self, Option<Quarantine>), StoreError> {
        check_schema_file(dir)?;
        finish_interrupted_compaction(dir)?;
        let journaled = !segment::list_segments(dir)?.is_empty();
        if has_schema_file(dir) && !database_folder(dir).is_dir() && !journaled {
            let reason = "its folder `db` is missing".to_owned();
            return Err(StoreError::NoJournal { path: dir.to_owned(), reason });
        }
        let (database, quarantine) = match open_sled(dir, options) {
            Ok(database) => (database, None),
            Err(Unopened::Failed(error)) => return Err(error),
            Err(Unopened::Damaged(reason)) if !(options.warc && journaled) => {
                return Err(StoreError::NoJournal { path: dir.to_owned(), reason });
            }
            Err(Unopened::Damaged(reason)) => {
                let path = quarantine_database(dir)?;
                let database = open_sled(dir, options).map_err(|error| match error {
                    Unopened::Failed(error) => error,
                    Unopened::Damaged(reason) => StoreError::Database {
                        path: dir.to_owned(),
                        reason: format!("a new database cannot be made: {reason}"),
                    },
                })?;
                (database, Some(Quarantine { path, reason }))
            }
        };
        database.check_schema()?;
        write_schema_file(dir)?;
        Ok((database, quarantine))
    }

    /// Opens the database without repairing or checking it; the reason if that fails.
    pub(in crate::store) fn open_as_it_is(dir: &Path, options: &StoreOptions) -> Result<Self, String> {
        match open_sled(dir, options) {
            Ok(database) => Ok(database),
            Err(Unopened::Damaged(reason)) => Err(reason),
            Err(Unopened::Failed(error)) => Err(error.to_string()),
        }
    }

    /// Refuses any other schema, and writes this one into a new database.
    pub(in crate::store) fn check_schema(&self) -> Result<(), StoreError> {
        if let Some(value) = self.meta.get(SCHEMA_KEY)? {
            let found = <[u8; 4]>::try_from(&*value)
                .map(u32::from_be_bytes)
                .map_err(|_| damaged("the store's schema key", "it is not a number".to_owned()))?;
            return check_schema(&self.dir, found);
        }
        self.meta.insert(SCHEMA_KEY, SCHEMA.to_be_bytes())?;
        self.flush()
    }

    /// Makes everything that was written durable. Only one thread may flush at a time: two concurrent flushes
    /// can deadlock sled 0.34.7.
    pub(in crate::store) fn flush(&self) -> Result<(), StoreError> {
        self.guard(|| self.db.flush()).map(|_| ())
    }

    /// The names of all trees.
    pub(in crate::store) fn tree_names(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        self.guard(|| Ok(self.db.tree_names().iter().map(|name| name.to_vec()).collect()))
    }

    /// Opens the tree of this name, which is created if it does not exist.
    pub(in crate::store) fn tree(&self, name: &[u8]) -> Result<Tree, StoreError> {
        let dir = Arc::from(self.dir.as_path());
        self.guard(|| Tree::open(&self.db, &dir, name))
    }

    /// The length of the database's file in bytes, and the ratio of that length to what sled's pages need. It
    /// reads nothing from the disk.
    pub(in crate::store) fn file_use(&self) -> Result<(u64, f64), StoreError> {
        self.guard(|| Ok((self.db.size_on_disk()?, self.db.space_amplification()?)))
    }

    /// [`guard_sled`] with the path of this store.
    pub(super) fn guard<T>(&self, work: impl FnOnce() -> Result<T, sled::Error>) -> Result<T, StoreError> {
        guard_sled(&self.dir, work)
    }

    /// Encodes a record. A long one is stored as content, and its pointer is returned.
    pub(in crate::store) fn encode_value<T: Serialize>(
        &self,
        what: &str,
        record: &T,
    ) -> Result<Vec<u8>, StoreError> {
        match encode_record(what, record)? {
            EncodedRecord::Inline(value) => Ok(value),
            EncodedRecord::Long(bytes) => {
                let hash = ContentHash::of(&bytes);
                store_content(&self.content, hash, &bytes, 1, ContentKind::Record)?;
                Ok(spill_pointer(hash))
            }
        }
    }

    /// Decodes a record that [`Database::encode_value`] made.
    pub(in crate::store) fn decode_value<T: DeserializeOwned>(
        &self,
        what: &str,
        value: &[u8],
    ) -> Result<T, StoreError> {
        match spilled_hash(value) {
            None => decode_record(what, value),
            Some(hash) => decode_record(what, &read_content(&self.content, hash)?),
        }
    }
}

/// Why sled did not open.
enum Unopened {
    /// The files are damaged.
    Damaged(String),
    /// The operating system refused; the files may be intact.
    Failed(StoreError),
}

/// sled must not flush on its own: its flushing thread beside the writer's is what deadlocks.
fn config(path: &Path, cache_bytes: u64) -> sled::Config {
    sled::Config::new()
        .path(path)
        .cache_capacity(cache_bytes.max(1 << 20))
        .flush_every_ms(None)
        .mode(sled::Mode::HighThroughput)
}

fn open_sled(dir: &Path, options: &StoreOptions) -> Result<Database, Unopened> {
    let path = database_folder(dir);
    remove_unfinished_snapshots(&path);
    let config = config(&path, options.cache_bytes);
    let start = Instant::now();
    loop {
        match catch_panic(|| open_trees(dir, &config)) {
            Ok(Ok(database)) => return Ok(database),
            Ok(Err(sled::Error::Io(error))) => {
                let held = error.to_string().contains("could not acquire lock");
                if held && start.elapsed() < MAX_REOPEN_WAIT {
                    std::thread::sleep(Duration::from_millis(20));
                    continue;
                }
                // A file that ends too early or contains invalid data is damaged. Other errors come from the
                // operating system: no space, no permission.
                if matches!(error.kind(), std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::InvalidData)
                {
                    return Err(Unopened::Damaged(error.to_string()));
                }
                return Err(Unopened::Failed(StoreError::Io { path, source: error }));
            }
            // `Unsupported` is damage too: the schema file says which version of sled wrote this database.
            Ok(Err(error)) => return Err(Unopened::Damaged(error_text(&error))),
            Err(reason) => return Err(Unopened::Damaged(reason)),
        }
    }
}

fn open_trees(dir: &Path, config: &sled::Config) -> Result<Database, sled::Error> {
    let db = config.open()?;
    let shared_dir = Arc::from(dir);
    let open = |name: &str| Tree::open(&db, &shared_dir, name.as_bytes());
    Ok(Database {
        dir: dir.to_owned(),
        meta: open("meta")?,
        content: ContentTrees {
            manifests: open("manifests")?,
            slots: ChunkSlots::open(open("places")?)?,
            dictionaries: open("bases")?,
        },
        urls: open("urls")?,
        visits: open("visits")?,
        folded_visits: open("past")?,
        snapshots: open("snapshots")?,
        comparisons: open("comparisons")?,
        runs: open("runs")?,
        db,
    })
}
