//! Snapshots: exchanges in, captures and visits that survive a crash out.
//!
//! A *capture* is what a URL answered at a time (every hop, header and the body); a *visit* is that
//! we asked, with what was judged. Bodies are content-addressed, so an equal body is stored once
//! over all URLs and times. Judgements are of a later stage and kept here as JSON, which this stage
//! does not look into.
//!
//! The store stands behind [`SnapshotStore`], so that an object store can take sled's place without
//! a change to the other stages.

mod captured_exchanges;
mod content;
pub(in crate::store) mod db;
mod import_export;
mod journal;
mod json_text;
mod lock;
mod maintenance;
mod options;
pub(in crate::store) mod reads;
mod sled_store;
#[cfg(test)]
mod tests;
mod warc;
pub(in crate::store) mod write;

use std::fmt;
use std::path::PathBuf;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use serde::{Deserialize, Serialize};

use crate::fetch::{Exchange, HeaderField, Truncation, Validators};
use crate::model::{ArticleId, CanonicalUrl, ContentHash, Untrusted, UrlKey};

pub use db::key_value_tree::KeyValueTree;
pub use import_export::{ExportFilter, ExportReport, ImportJudgement, ImportReport, ImportedPage};
pub use json_text::JsonText;
pub use maintenance::{
    CompactReport, ContentStats, FaultPlace, HostStats, PrunePolicy, PruneReport, RunStats, StoreStats,
    VerifyFault, VerifyReport,
};
pub use options::{Compaction, Mended, OpenReport, Quarantine, RebuildReport, Replay, StoreOptions};
pub use reads::reader::StoreReader;
pub use sled_store::SledStore;

/// A capture's name: the URL's key and the time, so that captures of a URL sort by time. Shown as
/// `<url key>-<milliseconds>` in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SnapshotId {
    /// The URL.
    pub url: UrlKey,
    /// When its final answer was asked for, in milliseconds since 1970.
    pub at_ms: u64,
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:011x}", HEXLOWER.encode_display(self.url.as_bytes()), self.at_ms)
    }
}

impl std::str::FromStr for SnapshotId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (key, at) = text.split_once('-').ok_or(())?;
        let key = HEXLOWER_PERMISSIVE.decode(key.as_bytes()).map_err(|_| ())?;
        let key = key.try_into().map_err(|_| ())?;
        let at_ms = u64::from_str_radix(at, 16).map_err(|_| ())?;
        Ok(Self { url: UrlKey::from_bytes(key), at_ms })
    }
}

/// A run's name: the milliseconds since 1970 at which it started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub u64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What one run was and did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its name.
    pub id: RunId,
    /// The command: `run` or `check`.
    pub command: String,
    /// When it started.
    pub started: jiff::Timestamp,
    /// When it ended; none while it is under way, or where it was interrupted.
    pub finished: Option<jiff::Timestamp>,
    /// The blobs that hold the run's link table, in path order (see [`SnapshotStore::put_blob`]).
    pub link_table: Vec<ContentHash>,
    /// What the later stages want to keep of the run (summary, settings), as JSON.
    pub detail: serde_json::Value,
}

/// One hop of a visit, as reports show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// The URL that was asked for.
    pub url: String,
    /// Its status, where there was an answer.
    pub status: Option<u16>,
}

/// One visit of a URL: that we asked, what came, and what was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitRecord {
    /// The URL.
    pub url: CanonicalUrl,
    /// The run.
    pub run: RunId,
    /// When the last hop was asked for.
    pub at: jiff::Timestamp,
    /// Milliseconds over all hops and attempts.
    pub elapsed_ms: u64,
    /// How many times the URL was tried.
    pub attempts: u32,
    /// Every hop of the last attempt.
    pub hops: Vec<Hop>,
    /// The media type of the final answer.
    pub content_type: Option<String>,
    /// The snapshot that holds the content: a new one, or the earlier one where nothing changed.
    pub snapshot: Option<SnapshotId>,
    /// Whether the content equals the earlier snapshot's (304, or an equal body).
    pub unchanged: bool,
    /// What was judged, as JSON of the verdict stage.
    pub judgement: JsonText,
}

/// What the store keeps of a URL over all visits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrlRecord {
    /// The URL.
    pub url: CanonicalUrl,
    /// The run of the newest visit.
    pub last_run: RunId,
    /// The time of the newest visit, in milliseconds since 1970.
    pub last_visit_ms: u64,
    /// The oldest snapshot.
    pub first_snapshot: Option<SnapshotId>,
    /// The newest snapshot.
    pub latest_snapshot: Option<SnapshotId>,
    /// The hash of the newest snapshot's body.
    pub latest_body: Option<ContentHash>,
    /// The URL that sent the validators, and the validators themselves.
    pub validators: Option<(String, Validators)>,
    /// The judgement over time, as JSON of the verdict stage.
    pub state: JsonText,
}

/// A stored capture, without its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its name.
    pub id: SnapshotId,
    /// The URL that the archive links to.
    pub url: CanonicalUrl,
    /// Every hop with its header fields, the final answer last.
    pub hops: Vec<CapturedHop>,
    /// The hash of the final body.
    pub body: ContentHash,
    /// The body's length in bytes, decoded.
    pub body_len: u64,
    /// Why the body ends early, if it does.
    pub truncated: Option<Truncation>,
}

impl Snapshot {
    /// The final answer.
    pub fn last_hop(&self) -> Option<&CapturedHop> {
        self.hops.last()
    }

    /// When the final answer was asked for.
    pub fn at(&self) -> jiff::Timestamp {
        self.hops.last().map_or(jiff::Timestamp::UNIX_EPOCH, |hop| hop.at)
    }
}

/// One hop of a stored capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapturedHop {
    /// The URL that was asked for.
    pub url: String,
    /// When.
    pub at: jiff::Timestamp,
    /// The status.
    pub status: u16,
    /// The answer's header fields.
    pub headers: Vec<HeaderField>,
}

/// What a comparison of an article with a URL found, kept until either side changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparisonRecord {
    /// The article.
    pub article: ArticleId,
    /// When (milliseconds since 1970): the visit's time.
    pub at_ms: u64,
    /// The hash of the local text that was compared, in normal form.
    pub local_text: ContentHash,
    /// The hash of the original's text that was compared, in normal form.
    pub original_text: ContentHash,
    /// The hash of the original's body.
    pub original_body: ContentHash,
    /// What was found, as JSON of the later stages.
    pub result: JsonText,
}

/// Everything that one finished URL adds to the store, in one unit: all of it is stored, or nothing.
#[derive(Clone, Debug)]
pub struct Deposit {
    /// The exchanges in their order, the final answer last. Only captures with an answer are kept;
    /// `None` in `visit.snapshot` means that no content is stored (a failure, or `check`).
    pub exchanges: Vec<Exchange>,
    /// Whether the final answer is to be stored as a new snapshot.
    pub keep_body: bool,
    /// The hash of the final answer's body, where it is known already.
    pub body_hash: Option<ContentHash>,
    /// The visit.
    pub visit: VisitRecord,
    /// The judgement over time after this visit, as JSON of the verdict stage.
    pub state: JsonText,
    /// Comparisons made at this visit.
    pub comparisons: Vec<ComparisonRecord>,
}

impl Deposit {
    /// A visit that adds nothing but itself, its judgement the state after it.
    pub fn of_visit(visit: VisitRecord) -> Self {
        Self {
            exchanges: Vec::new(),
            keep_body: false,
            body_hash: None,
            state: visit.judgement.clone(),
            visit,
            comparisons: Vec::new(),
        }
    }
}

/// What a stage may ask of the store. All methods may be called from any thread; writes are made by
/// one thread inside and are durable when [`SnapshotStore::flush`] has returned.
pub trait SnapshotStore: Send + Sync {
    /// Hands over what one finished URL adds. Returns as soon as it is queued (it may wait while the
    /// queue is full); an earlier write that failed is reported here.
    fn deposit(&self, deposit: Deposit) -> Result<(), SnapshotError>;
    /// As [`SnapshotStore::deposit`]; `stored` is called, on a thread of the store's, once the
    /// deposit is durable, and never where it could not be written. It must return quickly.
    fn deposit_acked(&self, deposit: Deposit, stored: Box<dyn FnOnce() + Send>) -> Result<(), SnapshotError> {
        self.deposit(deposit)?;
        self.flush()?;
        stored();
        Ok(())
    }
    /// Waits until everything handed over is durable.
    fn flush(&self) -> Result<(), SnapshotError>;
    /// What is kept of a URL.
    fn url(&self, key: UrlKey) -> Result<Option<UrlRecord>, SnapshotError>;
    /// A URL's visits, oldest first.
    fn visits(&self, key: UrlKey) -> Result<Vec<VisitRecord>, SnapshotError>;
    /// The visit of a URL in a run.
    fn visit_in_run(&self, key: UrlKey, run: RunId) -> Result<Option<VisitRecord>, SnapshotError>;
    /// A URL's snapshots, oldest first.
    fn snapshots(&self, key: UrlKey) -> Result<Vec<Snapshot>, SnapshotError>;
    /// One snapshot.
    fn snapshot(&self, id: SnapshotId) -> Result<Option<Snapshot>, SnapshotError>;
    /// A body by its hash, checked against it.
    fn body(&self, hash: ContentHash) -> Result<Untrusted, SnapshotError>;
    /// The comparisons of an article with a URL, oldest first.
    fn comparisons(&self, key: UrlKey, article: &ArticleId) -> Result<Vec<ComparisonRecord>, SnapshotError>;
    /// Stores any content under its hash (compressed, chunked); an equal one costs nothing.
    fn put_blob(&self, bytes: &[u8]) -> Result<ContentHash, SnapshotError>;
    /// Reads such content back, checked against its hash.
    fn blob(&self, hash: ContentHash) -> Result<Vec<u8>, SnapshotError>;
    /// Writes a run's record.
    fn put_run(&self, run: &RunRecord) -> Result<(), SnapshotError>;
    /// All runs, oldest first.
    fn runs(&self) -> Result<Vec<RunRecord>, SnapshotError>;
}

/// What can fail in the store.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Another process has the store open.
    #[error("{path}: the store is in use by process {pid}")]
    InUse {
        /// The store's folder.
        path: PathBuf,
        /// The holder's process id, or `?`.
        pid: String,
    },
    /// It was opened for reading.
    #[error("{path}: the store is open for reading only")]
    ReadOnly {
        /// The store's folder.
        path: PathBuf,
    },
    /// The process that holds the store could not answer a reader.
    #[error("the process that holds the store could not answer: {reason}")]
    Holder {
        /// What it said.
        reason: String,
    },
    /// The store was written by a newer version.
    #[error("{path}: the store has schema {found}, this driftline knows {known}")]
    NewerSchema {
        /// The store's folder.
        path: PathBuf,
        /// The store's schema.
        found: u32,
        /// The newest schema known here.
        known: u32,
    },
    /// There is no store here.
    #[error("{path}: there is no store here")]
    Missing {
        /// The store's folder.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The embedded database failed.
    #[error("{path}: the store failed: {reason}")]
    Database {
        /// The store's folder.
        path: PathBuf,
        /// What it said.
        reason: String,
    },
    /// It cannot be written, so it cannot be opened where it lies, nor be copied.
    #[error("{why}; nor could its index be copied, to be read elsewhere: {reason}")]
    Unwritable {
        /// Why it cannot be opened.
        why: String,
        /// Why it cannot be copied.
        reason: String,
    },
    /// The database is damaged or gone, and nothing is there to make it anew from.
    #[error(
        "{path}: the database cannot be used ({reason}), and no journal is kept to make it anew from; it was left as it is"
    )]
    NoJournal {
        /// The store's folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A record or a body is not what was stored.
    #[error("{what} is damaged: {reason}")]
    Damaged {
        /// Which record.
        what: String,
        /// How it was seen.
        reason: String,
    },
}
