//! The clock of a run, and times as the store's records hold them: milliseconds since 1970.

use jiff::Timestamp;

use crate::model::{Clock, clock};
use crate::store::{CutTimes, SnapshotStore, StoreError};

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
            tracing::warn!("{}", describe_cut(cut, latest));
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

/// Says which runs were moved out of the future, the latest of them until `latest`.
fn describe_cut(cut: CutTimes, latest: Timestamp) -> String {
    let CutTimes { runs, visits, .. } = cut;
    let (plural, was, their) = if runs == 1 { ("", "was", "its") } else { ("s", "were", "their") };
    let visits = format!("{visits} visit{}", if visits == 1 { "" } else { "s" });
    let latest = latest.strftime("%Y-%m-%d");
    format!(
        "{runs} earlier run{plural} with {visits} {was} dated in the future, up to {latest}: the clock was ahead \
         then; {their} times are now before this run, and {their} failures do not count"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_run_and_several_are_told_in_whole_sentences() {
        let latest = Timestamp::from_second(4_070_908_800).unwrap_or_default();
        let said = |runs, visits| describe_cut(CutTimes { runs, visits, latest: Some(latest) }, latest);
        assert_eq!(
            said(1, 2),
            "1 earlier run with 2 visits was dated in the future, up to 2099-01-01: the clock was ahead then; its \
             times are now before this run, and its failures do not count"
        );
        assert!(said(2, 1).starts_with("2 earlier runs with 1 visit were dated in the future"));
        assert!(
            said(2, 1)
                .ends_with("then; their times are now before this run, and their failures do not count")
        );
    }
}
