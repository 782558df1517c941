//! Forgets snapshots that nobody wants to keep.
//!
//! The newest snapshot of a URL always stays, and so does every visit: what is forgotten is what the
//! page was, never that it was there. What is forgotten is noted in the journal, so that a rebuild
//! forgets it too. The bodies go with the next compaction.

use std::collections::HashMap;

use serde::Serialize;

use crate::model::ContentHash;
use crate::model::UrlKey;
use crate::store::db::database::Database;
use crate::store::db::keys::{milliseconds, time_of_key};
use crate::store::db::stored_records::StoredSnapshot;
use crate::store::{SnapshotError, SnapshotId, content};

/// Which snapshots to keep; each rule keeps more. The newest of a URL is always kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrunePolicy {
    /// The oldest of a URL.
    pub first: bool,
    /// Those whose body is another than that of the snapshot before.
    pub changed: bool,
    /// Those from this time on.
    pub since: Option<jiff::Timestamp>,
}

/// What a pruning forgets, or would forget.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PruneReport {
    /// Snapshots before.
    pub snapshots: u64,
    /// Snapshots that are forgotten.
    pub forgotten: u64,
    /// URLs that they belong to.
    pub urls: u64,
    /// Bodies that no snapshot needs then.
    pub bodies: u64,
    /// Their packed bytes: what a compaction gives back, about.
    pub packed_bytes: u64,
}

/// What to forget, by URL.
pub(in crate::store) type Forgotten = Vec<(UrlKey, Vec<SnapshotId>)>;

/// Finds what the policy does not keep.
pub(in crate::store) fn plan(
    database: &Database,
    policy: &PrunePolicy,
) -> Result<(Forgotten, PruneReport), SnapshotError> {
    let mut report = PruneReport::default();
    // How many snapshots need a body.
    let mut needed: HashMap<ContentHash, u64> = HashMap::new();
    let mut forgotten: Vec<(SnapshotId, ContentHash)> = Vec::new();
    let mut current: Vec<(SnapshotId, ContentHash)> = Vec::new();
    database.snapshots.each(|key, value| {
        report.snapshots += 1;
        let body = database.unsealed::<StoredSnapshot>("a snapshot", value)?.body().0;
        *needed.entry(body).or_default() += 1;
        let url = key.first_chunk::<16>().map(|bytes| UrlKey::from_bytes(*bytes));
        let (Some(url), Some(at_ms)) = (url, time_of_key(key)) else { return Ok(()) };
        if current.last().is_some_and(|(last, _)| last.url != url) {
            forgotten.extend(unwanted(&current, policy));
            current.clear();
        }
        current.push((SnapshotId { url, at_ms }, body));
        Ok(())
    })?;
    forgotten.extend(unwanted(&current, policy));

    let mut plan: Forgotten = Vec::new();
    for (id, body) in forgotten {
        report.forgotten += 1;
        match plan.last_mut() {
            Some((url, ids)) if *url == id.url => ids.push(id),
            _ => plan.push((id.url, vec![id])),
        }
        let Some(left) = needed.get_mut(&body) else { continue };
        *left -= 1;
        if *left == 0 {
            report.bodies += 1;
            report.packed_bytes += content::manifest::manifest(&database.content, body)?
                .map_or(0, |manifest| manifest.packed_len);
        }
    }
    report.urls = plan.len() as u64;
    Ok((plan, report))
}

/// Those of a URL's snapshots, oldest first, that no rule keeps.
fn unwanted(snapshots: &[(SnapshotId, ContentHash)], policy: &PrunePolicy) -> Vec<(SnapshotId, ContentHash)> {
    let since = policy.since.map(milliseconds);
    let mut unwanted = Vec::new();
    let mut before: Option<ContentHash> = None;
    for (place, (id, body)) in snapshots.iter().enumerate() {
        let kept = place + 1 == snapshots.len()
            || (policy.first && place == 0)
            || (policy.changed && before != Some(*body))
            || since.is_some_and(|since| id.at_ms >= since);
        before = Some(*body);
        if !kept {
            unwanted.push((*id, *body));
        }
    }
    unwanted
}
