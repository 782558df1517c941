//! Maintenance of the store: verification, repair, compaction, pruning and statistics.

mod compact;
mod compaction_worth;
mod copy_journal;
mod folder_size;
mod future_times;
mod live_content;
mod missing_records;
mod needed_room;
mod prune;
mod repair_journal;
mod stats;
mod verify;
mod verify_database;
mod verify_journal;
mod verify_part;
mod verify_report;
mod verify_scope;

pub use compact::CompactReport;
pub use copy_journal::{MAX_JOURNAL_COPY, TakenOver};
pub use future_times::CutTimes;
pub use prune::{PrunePolicy, PruneReport};
pub use stats::{ContentStats, HostStats, RunStats, StoreStats};
pub use verify_report::{FaultPlace, VerifyFault, VerifyReport};
pub use verify_scope::{Sample, VerifyCoverage, VerifyScope};

pub(super) use compact::compact;
pub(super) use compaction_worth::is_compaction_worthwhile;
pub(super) use future_times::plan_cut;
pub(super) use prune::plan_pruning;
pub(super) use repair_journal::{describe_faults, mark_all_applied, remove_damage, write_missing_records};
pub(super) use stats::collect_stats;
pub(super) use verify::verify_store;
pub(super) use verify_scope::forget_verified;
