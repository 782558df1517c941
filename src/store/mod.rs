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
mod error;
mod ids;
mod import_export;
mod journal;
mod json_text;
mod lock;
mod maintenance;
mod options;
pub(in crate::store) mod reads;
mod records;
mod run_details;
mod sled_store;
mod snapshot_store;
#[cfg(test)]
mod tests;
mod upkeep;
mod warc;
mod web_archive_files;
pub(in crate::store) mod write;

pub use db::key_value_tree::KeyValueTree;
pub use error::StoreError;
pub use ids::{RunId, SnapshotId};
pub use import_export::{ExportFilter, ExportReport, ImportJudgement, ImportReport, ImportedPage};
pub use json_text::JsonText;
pub use maintenance::{
    CompactReport, ContentStats, FaultPlace, HostStats, PrunePolicy, PruneReport, RunStats, StoreStats,
    VerifyFault, VerifyReport,
};
pub use options::{Compaction, OpenReport, Quarantine, RebuildReport, RepairReport, Replay, StoreOptions};
pub use reads::reader::StoreReader;
pub use records::{CapturedHop, ComparisonRecord, Hop, RunRecord, Snapshot, UrlRecord, VisitRecord};
pub use run_details::{RunDetails, SpentBudgets};
pub use sled_store::SledStore;
pub use snapshot_store::{PageWrite, SnapshotStore};
