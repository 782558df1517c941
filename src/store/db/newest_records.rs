//! Decides which records of a URL are the newest. A time in the future is not believed: an imported file may
//! hold any date, and the clock of an earlier run may have been wrong.

use crate::model::{ContentHash, UrlKey, clock};
use crate::store::StoreError;
use crate::store::db::database::Database;
use crate::store::db::keys::{time_in_key, unix_milliseconds};
use crate::store::db::stored_records::{StoredRun, StoredSnapshot, StoredUrl};

/// The latest time that is believed of a record, in milliseconds since 1970. Where the system's clock cannot
/// be right, it is the newest run that says what is the future.
pub(in crate::store) fn latest_believed_ms(database: &Database) -> Result<u64, StoreError> {
    let system = jiff::Timestamp::now();
    let now = if clock::is_believable(system) {
        system
    } else {
        let what = "the newest run";
        let newest = database.runs.last_entry_under([])?;
        let run =
            newest.map(|(_, value)| database.decode_value::<StoredRun>(what, &value)?.into_record(what));
        let ended = run.transpose()?.map(|run| run.finished.unwrap_or(run.started));
        ended.unwrap_or_default().max(clock::earliest())
    };
    Ok(unix_milliseconds(clock::latest_believed(now)))
}

/// The first of a URL's snapshots, and the newest with its body, given the time and body of each; `None` if
/// all of them are dated in the future.
pub(in crate::store) fn choose_newest_snapshot(
    database: &Database,
    mut known: Vec<(u64, ContentHash)>,
) -> Result<Option<EdgeSnapshots>, StoreError> {
    let until = latest_believed_ms(database)?;
    known.retain(|(at_ms, _)| *at_ms <= until);
    known.sort_by_key(|(at_ms, _)| *at_ms);
    let newest = known.last().copied();
    let first_ms = known.first().map(|first| first.0);
    Ok(first_ms.zip(newest).map(|(first_ms, (newest_ms, body))| EdgeSnapshots { first_ms, newest_ms, body }))
}

/// The first and the newest of a URL's snapshots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct EdgeSnapshots {
    /// The time of the first, in milliseconds since 1970.
    pub first_ms: u64,
    /// The time of the newest.
    pub newest_ms: u64,
    /// The body of the newest.
    pub body: ContentHash,
}

/// Makes a URL's record name these snapshots.
pub(in crate::store) fn set_edge_snapshots(stored: &mut StoredUrl, edges: Option<EdgeSnapshots>) {
    let body = edges.map(|edges| edges.body);
    if stored.latest_body != body {
        // A confirmation of the body that was the newest would not confirm this one.
        stored.validators = None;
    }
    stored.first_snapshot = edges.map(|edges| edges.first_ms);
    stored.latest_snapshot = edges.map(|edges| edges.newest_ms);
    stored.latest_body = body;
}

/// Corrects a URL's record whose newest snapshot is dated in the future.
pub(in crate::store) fn believe_newest_snapshot(
    database: &Database,
    url: UrlKey,
    stored: &mut StoredUrl,
) -> Result<(), StoreError> {
    if stored.latest_snapshot <= Some(latest_believed_ms(database)?) {
        return Ok(());
    }
    let mut known = Vec::new();
    for (key, value) in database.snapshots.entries_under(url.as_bytes())? {
        let snapshot: StoredSnapshot = database.decode_value("a snapshot", &value)?;
        known.extend(time_in_key(&key).map(|at_ms| (at_ms, snapshot.body().0)));
    }
    set_edge_snapshots(stored, choose_newest_snapshot(database, known)?);
    Ok(())
}
