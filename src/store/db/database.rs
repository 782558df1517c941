//! sled, opened with care.
//!
//! sled 0.34.7 can panic or report corruption on data that an abrupt stop left behind. Opening is
//! therefore guarded; a database that cannot be opened is put aside under a dated name, whole, and
//! a new one takes its place, made from the journal. Without a journal it is left as it is, and
//! refused: an empty store in its place would only hide the loss. A full disk or a missing permission
//! is no damage and puts nothing aside.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::model::ContentHash;
use crate::store::SnapshotError;
use crate::store::content::{ContentTrees, Kind, put_content, read_content};
use crate::store::db::chunk_slots::Places;
use crate::store::db::records::{Packed, Stored, damaged, pack, spilled, spilled_to, unpack};
use crate::store::db::sled_guard::{caught, guarded, reason};
use crate::store::journal::segment;
use crate::store::maintenance::settle;
use crate::store::options::{Quarantine, StoreOptions};

/// The schema that this version reads and writes.
pub(in crate::store) const SCHEMA: u32 = 2;
/// Beside the database, so that a newer store is known before sled touches a file.
const SCHEMA_FILE: &str = "schema";
const SCHEMA_KEY: &[u8] = b"schema";
/// sled's threads may hold its file a moment longer than its last handle lives.
const REOPEN_PATIENCE: Duration = Duration::from_secs(10);

/// The open database and its trees.
#[derive(Clone)]
pub(in crate::store) struct Database {
    /// The store's folder, for messages.
    pub dir: PathBuf,
    pub db: sled::Db,
    /// Schema, and how far the journal has been applied.
    pub meta: sled::Tree,
    pub content: ContentTrees,
    pub urls: sled::Tree,
    pub visits: sled::Tree,
    /// Older visits, joined.
    pub past: sled::Tree,
    pub snapshots: sled::Tree,
    pub comparisons: sled::Tree,
    pub runs: sled::Tree,
    /// Host → the content that its pages are packed against.
    pub bases: sled::Tree,
}

/// sled's own folder in a store.
pub(in crate::store) fn database_dir(dir: &Path) -> PathBuf {
    dir.join("db")
}

/// Whether a store lies in this folder.
pub(in crate::store) fn exists(dir: &Path) -> bool {
    dir.join(SCHEMA_FILE).is_file() || database_dir(dir).is_dir() || dir.join("segments").is_dir()
}

impl Database {
    /// A new database of the store in `dir`, in a folder of its own, without a schema's mark.
    pub(in crate::store) fn create(dir: &Path, path: &Path, cache_bytes: u64) -> Result<Self, sled::Error> {
        open_trees(dir, &config(path, cache_bytes))
    }

    /// Opens the database of the store in `dir`, whose lock the caller holds.
    pub(in crate::store) fn open(
        dir: &Path,
        options: &StoreOptions,
    ) -> Result<(Self, Option<Quarantine>), SnapshotError> {
        check_schema_file(dir)?;
        settle(dir)?;
        let journaled = !segment::list(dir)?.is_empty();
        if dir.join(SCHEMA_FILE).is_file() && !database_dir(dir).is_dir() && !journaled {
            let reason = "its folder `db` is gone".to_owned();
            return Err(SnapshotError::NoJournal { path: dir.to_owned(), reason });
        }
        let (database, quarantine) = match open_sled(dir, options) {
            Ok(database) => (database, None),
            Err(Unopened::Failed(error)) => return Err(error),
            Err(Unopened::Damaged(reason)) if !(options.warc && journaled) => {
                return Err(SnapshotError::NoJournal { path: dir.to_owned(), reason });
            }
            Err(Unopened::Damaged(reason)) => {
                let path = put_aside(dir)?;
                let database = open_sled(dir, options).map_err(|error| match error {
                    Unopened::Failed(error) => error,
                    Unopened::Damaged(reason) => SnapshotError::Database {
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

    /// Opens the database as it is, for what may be saved of it; the reason where that cannot be.
    pub(in crate::store) fn open_as_it_is(dir: &Path, options: &StoreOptions) -> Result<Self, String> {
        match open_sled(dir, options) {
            Ok(database) => Ok(database),
            Err(Unopened::Damaged(reason)) => Err(reason),
            Err(Unopened::Failed(error)) => Err(error.to_string()),
        }
    }

    /// Refuses a newer schema; marks a new database, and one of an older schema, with ours. Nothing
    /// of an older one need be rewritten for that: each record says which form it has, and all forms
    /// are read. From the mark on, an older driftline refuses the store.
    fn check_schema(&self) -> Result<(), SnapshotError> {
        if let Some(value) = self.guard(|| self.meta.get(SCHEMA_KEY))? {
            let found = <[u8; 4]>::try_from(value.as_ref())
                .map(u32::from_be_bytes)
                .map_err(|_| damaged("the store's schema key", "it is not a number".to_owned()))?;
            refuse_newer(&self.dir, found)?;
            if found == SCHEMA {
                return Ok(());
            }
            tracing::info!(
                "{}: the store's schema is {SCHEMA} from now on, it was {found}",
                self.dir.display()
            );
        }
        self.guard(|| {
            self.meta.insert(SCHEMA_KEY, &SCHEMA.to_be_bytes())?;
            self.db.flush()
        })?;
        Ok(())
    }

    /// [`guarded`] with this store's path.
    pub(in crate::store) fn guard<T>(
        &self,
        work: impl FnOnce() -> Result<T, sled::Error>,
    ) -> Result<T, SnapshotError> {
        guarded(&self.dir, work)
    }

    /// Encodes a record; a long one is stored as content and its pointer returned.
    pub(in crate::store) fn sealed<T: Stored>(
        &self,
        what: &str,
        record: &T,
    ) -> Result<Vec<u8>, SnapshotError> {
        match pack(what, record)? {
            Packed::Inline(value) => Ok(value),
            Packed::Long(bytes) => {
                let hash = ContentHash::of(&bytes);
                put_content(self, hash, &bytes, 1, Kind::Record)?;
                Ok(spilled(hash))
            }
        }
    }

    /// Decodes a record that [`Database::sealed`] made.
    pub(in crate::store) fn unsealed<T: Stored>(&self, what: &str, value: &[u8]) -> Result<T, SnapshotError> {
        match spilled_to(value) {
            None => unpack(what, value),
            Some(hash) => unpack(what, &read_content(self, hash)?),
        }
    }

    /// Visits every entry of a tree in key order, without holding them all.
    pub(in crate::store) fn each(
        &self,
        tree: &sled::Tree,
        mut take: impl FnMut(&[u8], &[u8]) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        let mut entries = tree.iter();
        while let Some((key, value)) = self.guard(|| entries.next().transpose())? {
            take(&key, &value)?;
        }
        Ok(())
    }

    /// Every value under a prefix, in key order.
    pub(in crate::store) fn under(
        &self,
        tree: &sled::Tree,
        prefix: &[u8],
    ) -> Result<Vec<(sled::IVec, sled::IVec)>, SnapshotError> {
        self.guard(|| tree.scan_prefix(prefix).collect())
    }
}

/// Why sled did not open.
enum Unopened {
    /// What lies there is damaged.
    Damaged(String),
    /// The system refused; what lies there may be whole.
    Failed(SnapshotError),
}

/// Nothing flushes but the writer: sled's own flushing thread beside it is what deadlocks.
fn config(path: &Path, cache_bytes: u64) -> sled::Config {
    sled::Config::new()
        .path(path)
        .cache_capacity(cache_bytes.max(1 << 20))
        .flush_every_ms(None)
        .mode(sled::Mode::HighThroughput)
}

fn open_sled(dir: &Path, options: &StoreOptions) -> Result<Database, Unopened> {
    let path = database_dir(dir);
    let config = config(&path, options.cache_bytes);
    let start = Instant::now();
    loop {
        match caught(|| open_trees(dir, &config)) {
            Ok(Ok(database)) => return Ok(database),
            Ok(Err(sled::Error::Io(error))) => {
                let held = error.to_string().contains("could not acquire lock");
                if held && start.elapsed() < REOPEN_PATIENCE {
                    std::thread::sleep(Duration::from_millis(20));
                    continue;
                }
                // A file that ends too early, or holds what it must not, is damage; the rest is the
                // system's: no space, no permission.
                if matches!(error.kind(), std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::InvalidData)
                {
                    return Err(Unopened::Damaged(error.to_string()));
                }
                return Err(Unopened::Failed(SnapshotError::Io { path, source: error }));
            }
            // `Unsupported` too: our schema says which sled wrote this, so another one's mark is damage.
            Ok(Err(error)) => return Err(Unopened::Damaged(reason(&error))),
            Err(reason) => return Err(Unopened::Damaged(reason)),
        }
    }
}

fn open_trees(dir: &Path, config: &sled::Config) -> Result<Database, sled::Error> {
    let db = config.open()?;
    let open = |name: &str| {
        let tree = db.open_tree(name)?;
        // Reading one page now finds a damaged root while the database can still be put aside.
        tree.first()?;
        Ok::<_, sled::Error>(tree)
    };
    Ok(Database {
        dir: dir.to_owned(),
        meta: open("meta")?,
        content: ContentTrees {
            manifests: open("manifests")?,
            places: Places::open(open("places")?)?,
            chunks: open("chunks")?,
        },
        urls: open("urls")?,
        visits: open("visits")?,
        past: open("past")?,
        snapshots: open("snapshots")?,
        comparisons: open("comparisons")?,
        runs: open("runs")?,
        bases: open("bases")?,
        db,
    })
}

/// Renames the database's folder to a dated name and says which.
pub(in crate::store) fn put_aside(dir: &Path) -> Result<PathBuf, SnapshotError> {
    let from = database_dir(dir);
    let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut to = dir.join(format!("db.damaged-{stamp}"));
    let mut more = 1;
    while to.exists() {
        more += 1;
        to = dir.join(format!("db.damaged-{stamp}-{more}"));
    }
    std::fs::rename(&from, &to).map_err(|source| SnapshotError::Io { path: from, source })?;
    Ok(to)
}

fn refuse_newer(dir: &Path, found: u32) -> Result<(), SnapshotError> {
    if found > SCHEMA {
        return Err(SnapshotError::NewerSchema { path: dir.to_owned(), found, known: SCHEMA });
    }
    Ok(())
}

pub(in crate::store) fn check_schema_file(dir: &Path) -> Result<(), SnapshotError> {
    let path = dir.join(SCHEMA_FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(SnapshotError::Io { path, source }),
    };
    let found = text.split_whitespace().last().and_then(|word| word.parse().ok()).ok_or_else(|| {
        let reason = "it does not say `driftline store schema N`; if nothing else is damaged, remove it";
        damaged(&path.display().to_string(), reason.to_owned())
    })?;
    refuse_newer(dir, found)
}

/// Writes the schema file whole or not at all.
fn write_schema_file(dir: &Path) -> Result<(), SnapshotError> {
    let path = dir.join(SCHEMA_FILE);
    let text = format!("driftline store schema {SCHEMA}\n");
    if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let failed = |source| SnapshotError::Io { path: path.clone(), source };
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}
