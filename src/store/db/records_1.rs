//! Records as schema 1 wrote them, where they were other than today's.
//!
//! They are only read. What is written again is written in today's form, so a store turns over by
//! and by, and whole with the next compaction or rebuild.

use serde::Deserialize;

use crate::model::ContentHash;
use crate::store::SnapshotId;
use crate::store::content::{Kind, Manifest, Packing};
use crate::store::db::records;
use crate::store::db::records::{LastVisit, Stored, VisitSnapshot, VisitTime};

/// A URL's record: the newest visit's run, time and state stood in it.
#[derive(Deserialize)]
pub(in crate::store) struct StoredUrl {
    url: String,
    last_run: u64,
    last_visit_ms: u64,
    first_snapshot: Option<u64>,
    latest_snapshot: Option<u64>,
    latest_body: Option<ContentHash>,
    validators: Option<(Option<String>, Option<String>, Option<String>)>,
    state: String,
}

impl From<StoredUrl> for records::StoredUrl {
    fn from(first: StoredUrl) -> Self {
        Self {
            url: first.url,
            first_snapshot: first.first_snapshot,
            latest_snapshot: first.latest_snapshot,
            latest_body: first.latest_body,
            validators: first.validators,
            last: Some(LastVisit { run: first.last_run, at_ms: first.last_visit_ms, state: first.state }),
        }
    }
}

/// A visit: without the state after it.
#[derive(Deserialize)]
pub(in crate::store) struct StoredVisit {
    _run: u64,
    at: i128,
    elapsed_ms: u64,
    attempts: u32,
    hops: Vec<(Option<String>, Option<u16>)>,
    content_type: Option<String>,
    snapshot: Option<SnapshotId>,
    unchanged: bool,
    judgement: String,
}

impl From<StoredVisit> for records::StoredVisit {
    fn from(first: StoredVisit) -> Self {
        Self {
            at: VisitTime::Whole(first.at),
            elapsed_ms: first.elapsed_ms,
            attempts: first.attempts,
            hops: first.hops,
            content_type: first.content_type,
            snapshot: first.snapshot.map(|id| VisitSnapshot { at_ms: id.at_ms, url: Some(id.url) }),
            unchanged: first.unchanged,
            judgement: first.judgement,
            state: None,
        }
    }
}

/// A manifest: its chunks stood under the content's hash.
#[derive(Deserialize)]
pub(in crate::store) struct StoredManifest {
    len: u64,
    packed_len: u64,
    _chunks: u32,
    packing: Packing,
    kind: Kind,
}

impl From<StoredManifest> for Manifest {
    fn from(first: StoredManifest) -> Self {
        let StoredManifest { len, packed_len, packing, kind, .. } = first;
        Self { len, packed_len, first: None, packing, kind }
    }
}

impl Stored for Manifest {
    type First = StoredManifest;
}
