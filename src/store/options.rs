//! How a store is opened, and what opening it had to do.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

/// How the store behaves. `Default` is right for a crawl of any size on one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// Memory for sled's page cache, in bytes. sled's own default of 1 GiB is far more than a
    /// crawl needs, since bodies are written once and seldom read.
    pub cache_bytes: u64,
    /// Whether every exchange is also appended to WARC segments, from which the database can be
    /// rebuilt.
    pub warc: bool,
    /// A segment is closed, and the next one begun, when it is longer than this many bytes.
    pub segment_bytes: u64,
    /// When closing the store compacts the database.
    pub compaction: Compaction,
    /// The zstd level of bodies and blobs, 1 to 22.
    pub compression_level: i32,
    /// Bodies that may wait to be written, in bytes; whoever deposits more waits.
    pub queue_bytes: usize,
    /// Deposits that may wait to be written.
    pub queue_len: usize,
    /// Bytes of bodies after which a group is written without waiting for more.
    pub group_bytes: usize,
    /// Deposits after which a group is written without waiting for more.
    pub group_len: usize,
    /// The longest that a page write waits for others to share its `fsync`.
    pub group_delay: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 64 << 20,
            warc: true,
            segment_bytes: 1 << 30,
            compaction: Compaction::InProportion,
            compression_level: 9,
            queue_bytes: 16 << 20,
            queue_len: 4096,
            group_bytes: 8 << 20,
            group_len: 512,
            group_delay: Duration::from_millis(250),
        }
    }
}

/// When closing a store gives back what its file wastes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compaction {
    /// Never.
    Never,
    /// Where there is waste, if copying the database takes little beside the time for which the store was
    /// open; and where a large part of the file is waste, however short that was.
    InProportion,
    /// Wherever there is waste.
    Always,
}

/// What opening a store had to do, for a message to the user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Whether there was no store before.
    pub created: bool,
    /// The damaged database that was put aside, where there was one.
    pub quarantined: Option<Quarantine>,
    /// What was taken from the journal, since the database lacked it.
    pub replay: Replay,
}

/// What a rebuild made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RebuildReport {
    /// Visits in the store.
    pub visits: u64,
    /// Captures in it.
    pub captures: u64,
    /// Runs in it.
    pub runs: u64,
    /// The old database, which was put aside.
    pub quarantined: Option<Quarantine>,
    /// What was done for the journal before.
    pub repaired: RepairReport,
    /// What is lost, and why.
    pub faults: Vec<String>,
}

/// What was written into the journal anew, since it lacked it and the database held it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RepairReport {
    /// Visits.
    pub visits: u64,
    /// Captures among them.
    pub captures: u64,
    /// Contents that are no pages.
    pub contents: u64,
    /// Runs' records.
    pub runs: u64,
    /// What was wrong with the journal.
    pub faults: Vec<String>,
    /// Segments as they were before their damaged places were taken out.
    pub kept: Vec<PathBuf>,
    /// What neither the journal nor the database could give.
    pub lost: Vec<String>,
}

/// What was taken from the journal into the database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// Visits.
    pub visits: u64,
    /// Captures among them.
    pub captures: u64,
    /// Contents that are no pages (link tables).
    pub contents: u64,
    /// Runs' records.
    pub runs: u64,
    /// Snapshots that were forgotten.
    pub forgotten: u64,
    /// What could not be taken, and why: segment, offset, what it affects.
    pub faults: Vec<String>,
}

/// A damaged database that was put aside. Nothing in it was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantine {
    /// The folder that holds it now.
    pub path: PathBuf,
    /// What was wrong with it.
    pub reason: String,
}
