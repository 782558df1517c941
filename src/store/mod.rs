//! Stores exchanges as snapshots and visits that survive a crash.
//!
//! A *snapshot* is what a URL answered at a time: every hop with its headers, and the body. A *visit* records
//! that a URL was requested, with the verdict. Bodies are addressed by their hash, so an equal body is stored
//! once over all URLs and times. Verdicts and comparisons belong to later stages and are kept as JSON.
//!
//! Other stages use the trait [`SnapshotStore`], so that another database can replace sled without a change
//! to them. [`SledStore`] opens and writes a store; [`StoreReader`] reads one, even while another process
//! writes it.

mod captured_exchanges;
mod content;
pub(in crate::store) mod db;
mod disk_space;
mod error;
mod exception;
mod folder_check;
mod ids;
mod import_export;
mod journal;
mod json_text;
mod lock;
mod lock_reach;
mod maintenance;
mod options;
mod page_write;
mod permissions;
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
pub use disk_space::{DiskSpace, MinFree, SpaceGauge, SpaceGuard, SpaceRule};
pub use error::StoreError;
pub use exception::StoreException;
pub use ids::{RunId, SnapshotId};
pub use import_export::{
    ExportFilter, ExportReport, ImportJudgement, ImportOptions, ImportReport, ImportedPage,
};
pub use import_export::{ExportedPage, PageDescription};
pub use json_text::JsonText;
pub use maintenance::{
    CompactReport, ContentStats, CutTimes, FaultPlace, HostStats, MAX_JOURNAL_COPY, PrunePolicy, PruneReport,
    RunStats, Sample, StoreStats, TakenOver, VerifyCoverage, VerifyFault, VerifyReport, VerifyScope,
};
pub use options::{
    Compaction, CopyReport, OpenReport, Quarantine, RebuildReport, RebuiltDatabase, RepairReport, Replay,
    StoreOptions,
};
pub use page_write::PageWrite;
pub use reads::reader::StoreReader;
pub use records::{CapturedHop, ComparisonRecord, Hop, RunRecord, Snapshot, UrlRecord, VisitRecord};
pub use run_details::{RunDetails, SpentBudgets, WaitingPages};
pub use sled_store::SledStore;
pub use snapshot_store::SnapshotStore;
