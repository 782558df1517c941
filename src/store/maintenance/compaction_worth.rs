//! Decides whether closing the store should compact the database.

use std::time::Duration;

use crate::store::db::database::Database;
use crate::store::options::Compaction;
use crate::store::{SpaceRule, StoreError};

/// The least waste, in bytes, that is worth a compaction.
const MIN_WASTE_BYTES: u64 = 256 << 10;
/// The least waste that is worth a compaction is this fraction of the file: 1/50.
const MIN_WASTE_PART: u64 = 50;
/// The fraction of a never compacted file that does not count as waste: 1/4. sled reports a fifth to two
/// fifths of a fresh copy as waste.
const FRESH_PART: u64 = 4;
/// The fraction of waste that is worth a compaction after a run of any length: 1/3. It bounds the waste of
/// many short runs.
const TOO_MUCH_PART: u64 = 3;
/// The fraction of a run's time that a compaction may otherwise take: 1/20.
const TIME_PART: u32 = 20;
/// The bytes that are copied per second, estimated: 31 to 37 MB took 0.7 to 0.9 s on two cores.
const BYTES_PER_SECOND: u64 = 40 << 20;
/// The key in the tree `meta` of the waste that the last compaction left, in bytes.
const REMAINING_WASTE_KEY: &[u8] = b"waste";

/// The length of the database's file and how much of it is waste, in bytes. This reads no pages, because
/// sled keeps their lengths in memory.
fn measure_waste(database: &Database) -> Result<(u64, u64), StoreError> {
    let (bytes, ratio) = database.file_use()?;
    // Sizes are far below 2^52, and the ratio is at least about 1.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let needed = (bytes as f64 / ratio.max(1.0)) as u64;
    Ok((bytes, bytes.saturating_sub(needed)))
}

/// Whether enough waste has accumulated since the last compaction to be worth copying the database, and
/// whether the disk has room for the copy. `open_for` is how long the store was open: after a short run, a
/// copy that takes as long as the run is worth it only for much waste.
pub(in crate::store) fn is_compaction_worthwhile(
    database: &Database,
    compaction: Compaction,
    open_for: Duration,
    space: &SpaceRule,
) -> Result<bool, StoreError> {
    let (bytes, waste) = measure_waste(database)?;
    let remaining = database.meta.get(REMAINING_WASTE_KEY)?;
    let remaining = remaining.and_then(|bytes| (*bytes).try_into().ok()).map(u64::from_be_bytes);
    let waste = waste.saturating_sub(remaining.unwrap_or(bytes / FRESH_PART));
    let Some(part) = min_waste_part(compaction, bytes, open_for) else { return Ok(false) };
    let is_worthwhile = waste > MIN_WASTE_BYTES.max(bytes / part);
    tracing::debug!("{waste} of {bytes} bytes became waste; worth copying: {is_worthwhile}");
    let has_room = || space.require_only(&database.dir, "a copy of the database", bytes + (64 << 20)).is_ok();
    Ok(is_worthwhile && has_room())
}

/// The fraction of a file of `bytes` that must be waste for it to be copied, as a divisor; `None` for never.
fn min_waste_part(compaction: Compaction, bytes: u64, open_for: Duration) -> Option<u64> {
    let copying_time = Duration::from_millis(bytes.saturating_mul(1000) / BYTES_PER_SECOND);
    match compaction {
        Compaction::Never => None,
        Compaction::InProportion if copying_time > open_for / TIME_PART => Some(TOO_MUCH_PART),
        Compaction::InProportion | Compaction::Always => Some(MIN_WASTE_PART),
    }
}

/// Remembers the waste that a fresh copy of the database has, so that it does not count again.
pub(super) fn remember_remaining_waste(copy: &Database) -> Result<(), StoreError> {
    let (_, waste) = measure_waste(copy)?;
    copy.meta.insert(REMAINING_WASTE_KEY, waste.to_be_bytes()).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_run_is_not_followed_by_a_long_copy_and_a_long_run_is() {
        let part = |compaction, megabytes: u64, seconds| {
            min_waste_part(compaction, megabytes << 20, Duration::from_secs(seconds))
        };
        let (always, in_proportion) = (Compaction::Always, Compaction::InProportion);
        // One second of copying after ten seconds, and after twenty.
        assert_eq!(part(in_proportion, 40, 10), Some(TOO_MUCH_PART));
        assert_eq!(part(in_proportion, 40, 20), Some(MIN_WASTE_PART));
        // After twelve hours, minutes of copying are worthwhile.
        assert_eq!(part(in_proportion, 10 << 10, 12 * 3600), Some(MIN_WASTE_PART));
        assert_eq!(part(always, 10 << 10, 0), Some(MIN_WASTE_PART));
        assert_eq!(part(Compaction::Never, 0, 12 * 3600), None);
    }
}
