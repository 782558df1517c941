//! Plans which snapshots to forget under a retention policy.
//!
//! The newest snapshot of a URL always stays, and so does every visit: the content of a page is forgotten,
//! but not that it was visited. The journal records what is forgotten, so that a rebuild forgets it too. The
//! next compaction removes the bodies.

use std::collections::HashMap;

use serde::Serialize;

use crate::model::ContentHash;
use crate::model::UrlKey;
use crate::store::db::database::Database;
use crate::store::db::keys::{time_in_key, unix_milliseconds};
use crate::store::db::newest_records::latest_believed_ms;
use crate::store::db::stored_records::StoredSnapshot;
use crate::store::{SnapshotId, StoreError, content};

/// Which snapshots to keep. Each rule keeps more; the newest snapshot of a URL is always kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrunePolicy {
    /// Keep the oldest snapshot of a URL.
    pub first: bool,
    /// Keep snapshots whose body differs from that of the snapshot before.
    pub changed: bool,
    /// Keep snapshots from this time on.
    pub since: Option<jiff::Timestamp>,
}

/// What pruning forgets, or would forget.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PruneReport {
    /// Snapshots before.
    pub snapshots: u64,
    /// Snapshots that are forgotten.
    pub forgotten: u64,
    /// URLs that they belong to.
    pub urls: u64,
    /// Bodies that no snapshot needs afterwards.
    pub bodies: u64,
    /// Their compressed size in bytes: about what a compaction gives back.
    pub packed_bytes: u64,
}

/// The snapshots to forget, by URL.
pub(in crate::store) type PrunePlan = Vec<(UrlKey, Vec<SnapshotId>)>;

/// Finds the snapshots that the policy does not keep.
pub(in crate::store) fn plan_pruning(
    database: &Database,
    policy: &PrunePolicy,
) -> Result<(PrunePlan, PruneReport), StoreError> {
    let until_ms = latest_believed_ms(database)?;
    let mut report = PruneReport::default();
    // How many snapshots need each body.
    let mut users_of_body: HashMap<ContentHash, u64> = HashMap::new();
    let mut forgotten: Vec<(SnapshotId, ContentHash)> = Vec::new();
    let mut of_url: Vec<(SnapshotId, ContentHash)> = Vec::new();
    database.snapshots.for_each(|key, value| {
        report.snapshots += 1;
        let body = database.decode_value::<StoredSnapshot>("a snapshot", value)?.body().0;
        *users_of_body.entry(body).or_default() += 1;
        let url = key.first_chunk::<16>().map(|bytes| UrlKey::from_bytes(*bytes));
        let (Some(url), Some(at_ms)) = (url, time_in_key(key)) else { return Ok(()) };
        if of_url.last().is_some_and(|(last, _)| last.url != url) {
            forgotten.extend(unwanted_snapshots(&of_url, policy, until_ms));
            of_url.clear();
        }
        of_url.push((SnapshotId { url, at_ms }, body));
        Ok(())
    })?;
    forgotten.extend(unwanted_snapshots(&of_url, policy, until_ms));

    let mut plan: PrunePlan = Vec::new();
    for (id, body) in forgotten {
        report.forgotten += 1;
        match plan.last_mut() {
            Some((url, ids)) if *url == id.url => ids.push(id),
            _ => plan.push((id.url, vec![id])),
        }
        let Some(users) = users_of_body.get_mut(&body) else { continue };
        *users -= 1;
        if *users == 0 {
            report.bodies += 1;
            report.packed_bytes += content::manifest::read_manifest(&database.content, body)?
                .map_or(0, |manifest| manifest.compressed_len);
        }
    }
    report.urls = plan.len() as u64;
    Ok((plan, report))
}

/// The snapshots of a URL, given oldest first, that no rule keeps. Those that are later than `until_ms` are
/// not the newest.
fn unwanted_snapshots(
    snapshots: &[(SnapshotId, ContentHash)],
    policy: &PrunePolicy,
    until_ms: u64,
) -> Vec<(SnapshotId, ContentHash)> {
    let newest = snapshots.iter().rposition(|(id, _)| id.at_ms <= until_ms);
    let since = policy.since.map(unix_milliseconds);
    let mut unwanted = Vec::new();
    let mut before: Option<ContentHash> = None;
    for (index, (id, body)) in snapshots.iter().enumerate() {
        let is_kept = index + 1 == snapshots.len()
            || newest == Some(index)
            || (policy.first && index == 0)
            || (policy.changed && before != Some(*body))
            || since.is_some_and(|since| id.at_ms >= since);
        before = Some(*body);
        if !is_kept {
            unwanted.push((*id, *body));
        }
    }
    unwanted
}
