//! The clock of a run, and times as the store's records hold them: milliseconds since 1970.

use jiff::Timestamp;

use crate::model::{Clock, clock};
use crate::store::{SnapshotStore, StoreError};

/// A time in milliseconds since 1970; 0 for a time before that.
pub(in crate::pipeline) fn unix_ms(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or_default()
}

/// Sets the clock of a run: by the system's, and by what earlier runs stored. What they dated in the future is
/// moved to before now first, and said once.
pub(in crate::pipeline) fn set_run_clock(store: &dyn SnapshotStore) -> Result<Clock, StoreError> {
    let system = Timestamp::now();
    if clock::is_believable(system) {
        let cut = store.cut_future_times(system)?;
        if let Some(latest) = cut.latest {
            let (latest, runs, visits) = (latest.strftime("%Y-%m-%d"), cut.runs, cut.visits);
            tracing::warn!(
                "{runs} earlier run{} with {visits} visit{} dated in the future, up to {latest}: the clock was ahead then; their times are now before this run, and their failures do not count",
                if runs == 1 { "" } else { "s" },
                if visits == 1 { " was" } else { "s were" },
            );
        }
    }
    let newest = store.read_runs()?.pop().map(|last| last.finished.unwrap_or(last.started).max(last.started));
    let clock = Clock::set(system, newest);
    if !clock.is_believable() {
        tracing::warn!(
            "the clock shows {}, before this program existed: the times of this run continue from {}, and its failures do not count; set the clock",
            system.strftime("%Y-%m-%d"),
            clock.now().strftime("%Y-%m-%d %H:%M:%SZ")
        );
    }
    Ok(clock)
}
