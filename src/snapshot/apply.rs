//! An [`Addition`] into the trees.
//!
//! The body comes first, chunks before manifest; then all small records in one transaction. What an
//! interruption leaves is therefore either nothing that anyone can see, or the whole.

use sled::Transactional;
use sled::transaction::{ConflictableTransactionError, TransactionError};

use super::addition::Addition;
use super::content::{Kind, put_content};
use super::database::Database;
use super::read::{comparisons_under, url_record};
use super::record::{
    StoredComparison, StoredRun, StoredSnapshot, StoredUrl, StoredVisit, comparison_prefix, milliseconds,
    timed_key, visit_key,
};
use super::{ComparisonRecord, RunRecord, SnapshotError};

/// A key and its value.
type Entry = (Vec<u8>, Vec<u8>);

/// Writes what one finished URL adds. Writing the same twice changes nothing. `journaled` says
/// whether the journal holds it, so that a later `revisit` may refer to it.
pub(super) fn apply_addition(
    database: &Database,
    addition: &Addition,
    level: i32,
    journaled: bool,
) -> Result<(), SnapshotError> {
    let key = addition.visit.url.key();
    let mut snapshot_entry: Option<Entry> = None;
    if let Some((snapshot, body)) = &addition.capture {
        if let Some(body) = body {
            let kind = Kind::Body(journaled.then_some(snapshot.id));
            put_content(database, snapshot.body, body.expose(), level, kind)?;
        }
        let value = database.sealed("a snapshot", &StoredSnapshot::of(snapshot))?;
        snapshot_entry = Some((timed_key(key, snapshot.id.at_ms), value));
    }

    let record = addition.url_record(url_record(database, key)?);
    let url_value = database.sealed("a URL's record", &StoredUrl::of(&record))?;

    let visit = &addition.visit;
    let visit_entry: Entry = (
        visit_key(key, milliseconds(visit.at), visit.run),
        database.sealed("a visit", &StoredVisit::of(visit))?,
    );

    let mut comparison_entries: Vec<Entry> = Vec::new();
    for comparison in &addition.comparisons {
        let prefix = comparison_prefix(key, &comparison.article);
        if repeats(database, &prefix, comparison)? {
            continue;
        }
        let mut comparison_key = prefix;
        comparison_key.extend_from_slice(&comparison.at_ms.to_be_bytes());
        let value = database.sealed("a comparison", &StoredComparison::of(comparison))?;
        comparison_entries.push((comparison_key, value));
    }

    database.guard(|| {
        let trees = (&database.urls, &database.visits, &database.snapshots, &database.comparisons);
        let done = trees.transaction(|(urls, visits, snapshots, comparisons)| {
            urls.insert(key.as_bytes(), url_value.as_slice())?;
            visits.insert(visit_entry.0.as_slice(), visit_entry.1.as_slice())?;
            if let Some((key, value)) = &snapshot_entry {
                snapshots.insert(key.as_slice(), value.as_slice())?;
            }
            for (key, value) in &comparison_entries {
                comparisons.insert(key.as_slice(), value.as_slice())?;
            }
            Ok::<(), ConflictableTransactionError<std::convert::Infallible>>(())
        });
        match done {
            Ok(()) => Ok(()),
            Err(TransactionError::Storage(error)) => Err(error),
            Err(TransactionError::Abort(never)) => match never {},
        }
    })
}

/// Whether the comparison before this one in time found the same on the same texts.
fn repeats(database: &Database, prefix: &[u8], comparison: &ComparisonRecord) -> Result<bool, SnapshotError> {
    let before = comparisons_under(database, prefix)?;
    let last = before.iter().rev().find(|earlier| earlier.at_ms <= comparison.at_ms);
    Ok(last.is_some_and(|last| ComparisonRecord { at_ms: comparison.at_ms, ..last.clone() } == *comparison))
}

/// Writes a run's record.
pub(super) fn apply_run(database: &Database, run: &RunRecord) -> Result<(), SnapshotError> {
    let value = database.sealed("a run", &StoredRun::of(run))?;
    database.guard(|| database.runs.insert(run.id.0.to_be_bytes(), value)).map(|_| ())
}
