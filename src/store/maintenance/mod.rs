//! Care of the store: is everything there and whole, how large is it, and giving space back.

mod compact;
mod missing_records;
mod prune;
mod repair_journal;
mod stats;
mod verify;

pub use compact::CompactReport;
pub use prune::{PrunePolicy, PruneReport};
pub use stats::{ContentStats, HostStats, RunStats, StoreStats};
pub use verify::{FaultPlace, VerifyFault, VerifyReport};

pub(super) use compact::{compact, is_worth_it};
pub(super) use prune::plan;
pub(super) use repair_journal::{clear, faults, mark_all, restore};
pub(super) use stats::stats;
pub(super) use verify::verify;
