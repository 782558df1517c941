//! How a store is opened, and what opening, rebuilding and repairing it did.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::disk_space::SpaceRule;
use super::exception::StoreException;

/// The settings of a store. `Default` suits a crawl of any size on one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// Memory for sled's page cache, in bytes. sled's default of 1 GiB is more than a crawl needs, because
    /// bodies are written once and seldom read.
    pub cache_bytes: u64,
    /// Whether every exchange is also appended to the journal (WARC segments), from which the database can be
    /// rebuilt.
    pub warc: bool,
    /// The length in bytes after which a segment is closed and the next one is begun.
    pub segment_bytes: u64,
    /// How much of the disk must stay free.
    pub space: SpaceRule,
    /// Whether closing the store compacts the database.
    pub compaction: Compaction,
    /// The zstd level of bodies and blobs, 1 to 22.
    pub compression_level: i32,
    /// The most bytes of bodies that may be queued. A caller that exceeds it waits.
    pub queue_bytes: usize,
    /// The most page writes that may be queued.
    pub queue_len: usize,
    /// The bytes of bodies after which a group is written at once.
    pub group_bytes: usize,
    /// The number of page writes after which a group is written at once.
    pub group_len: usize,
    /// The longest time that a page write waits for others to share its `fsync`.
    pub group_delay: Duration,
    /// Whether the user named the store's folder, which may then be, or lie behind, a symbolic link.
    pub named: bool,
    /// Folders below which no symbolic link may be on the way to the store: the archive, the current folder.
    pub without_links_below: Vec<PathBuf>,
    /// What is opened although it is refused otherwise.
    pub allow: BTreeSet<StoreException>,
}

impl StoreOptions {
    /// The options for a temporary copy, whose segments are links to those of the store.
    pub(in crate::store) fn for_copy(&self) -> Self {
        let allow = StoreException::ALL.into_iter().collect();
        Self { named: true, allow, ..self.clone() }
    }
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 64 << 20,
            warc: true,
            segment_bytes: 1 << 30,
            space: SpaceRule::default(),
            compaction: Compaction::InProportion,
            compression_level: 9,
            queue_bytes: 16 << 20,
            queue_len: 4096,
            group_bytes: 8 << 20,
            group_len: 512,
            group_delay: Duration::from_millis(250),
            named: false,
            without_links_below: Vec::new(),
            allow: BTreeSet::new(),
        }
    }
}

/// When closing a store compacts the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compaction {
    /// Never.
    Never,
    /// If the file contains waste and copying it takes little time compared with how long the store was open;
    /// or, however short that was, if a large part of the file is waste.
    InProportion,
    /// Whenever the file contains waste.
    Always,
}

/// What opening a store did, for a message to the user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Whether the store is new.
    pub created: bool,
    /// The damaged database that was put aside, if there was one.
    pub quarantined: Option<Quarantine>,
    /// What was replayed from the journal because the database lacked it.
    pub replay: Replay,
    /// The temporary copy that was opened, if the store's folder cannot be written.
    pub copy: Option<CopyReport>,
}

impl OpenReport {
    /// The database of the store that was made anew from the journal, if it was damaged.
    pub fn rebuilt_database(&self) -> Option<RebuiltDatabase> {
        let quarantine = self.quarantined.as_ref()?;
        Some(RebuiltDatabase::new(quarantine, &self.replay))
    }
}

/// Why a temporary copy of a store was opened, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyReport {
    /// Why the folder of the store cannot be written.
    pub reason: String,
    /// What is wrong with the database of the store, which stays as it is. The copy has a database that was
    /// made from the journal.
    pub damage: Option<String>,
}

/// A damaged database that was put aside, and what a new one got from the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RebuiltDatabase {
    /// What was wrong with it.
    pub reason: String,
    /// The folder that now holds the damaged one.
    pub kept_as: PathBuf,
    /// Visits that the journal gave.
    pub visits: u64,
    /// Visits among them that contain a snapshot.
    pub captures: u64,
    /// Records of runs that it gave.
    pub runs: u64,
}

impl RebuiltDatabase {
    /// Puts together what was put aside and what replaced it.
    pub(in crate::store) fn new(quarantine: &Quarantine, replay: &Replay) -> Self {
        let (reason, kept_as) = (quarantine.reason.clone(), quarantine.path.clone());
        Self { reason, kept_as, visits: replay.visits, captures: replay.captures, runs: replay.runs }
    }
}

/// What a rebuild produced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RebuildReport {
    /// The number of visits in the store.
    pub visits: u64,
    /// The number of snapshots in the store.
    pub captures: u64,
    /// The number of runs in the store.
    pub runs: u64,
    /// The old database, which was put aside.
    pub quarantined: Option<Quarantine>,
    /// The unreadable file `schema`, which was put aside.
    pub schema_aside: Option<PathBuf>,
    /// Whether only the file `schema` was written anew, because there is no journal and the database is of
    /// this version.
    pub only_schema: bool,
    /// What the journal got back from the old database before.
    pub repaired: RepairReport,
    /// What is lost, and why.
    pub faults: Vec<String>,
}

/// What a repair wrote into the journal from the database, because the journal lacked it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RepairReport {
    /// Visits that were written.
    pub visits: u64,
    /// Visits among them that contain a snapshot.
    pub captures: u64,
    /// Contents that are not pages, such as link tables.
    pub contents: u64,
    /// Records of runs.
    pub runs: u64,
    /// What was wrong with the journal.
    pub faults: Vec<String>,
    /// The damaged database that had to be made anew from the journal before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rebuilt: Option<RebuiltDatabase>,
    /// Segments as they were before their damaged parts were removed.
    pub kept: Vec<PathBuf>,
    /// What neither the journal nor the database contains.
    pub lost: Vec<String>,
}

/// What was replayed from the journal into the database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// Visits.
    pub visits: u64,
    /// Visits among them that contain a snapshot.
    pub captures: u64,
    /// Contents that are not pages, such as link tables.
    pub contents: u64,
    /// Runs.
    pub runs: u64,
    /// Snapshots that were forgotten.
    pub forgotten: u64,
    /// What could not be replayed: segment, offset, reason and what it affects.
    pub faults: Vec<String>,
}

/// A damaged database that was put aside. Nothing in it was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantine {
    /// The folder that now holds it.
    pub path: PathBuf,
    /// What was wrong with it.
    pub reason: String,
}
