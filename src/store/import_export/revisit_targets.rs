//! Finds the capture that a `revisit` record repeats: by record id, by payload digest, or by URL and date.
//!
//! The names of the current file's records are kept in memory. Payload digests are also kept in the
//! database, because crawlers that deduplicate write original and revisit into different files, and a
//! digest of a payload with chunks and codings cannot be computed from the decoded body in the store.
//! The journal does not hold that tree: after a rebuild, the original's file must be imported again.

use std::collections::HashMap;

use url::Url;

use crate::model::{CanonicalUrl, UrlKey};
use crate::store::db::key_value_tree::KeyValueTree;
use crate::store::warc::date::parse_record_date;
use crate::store::warc::digest::StatedDigest;
use crate::store::warc::record::WarcRecord;
use crate::store::{Snapshot, SnapshotId, SnapshotStore, StoreError};

/// The most names that are kept in memory while a file is read.
const MAX_IN_FILE: usize = 4_000_000;
/// The most digests that the database keeps.
const MAX_STORED: usize = 1_000_000;
/// The most snapshots of a URL whose bodies are compared with a digest.
const MAX_TRIED: usize = 20;

/// The hash of a name.
type NameHash = [u8; 16];

fn hash_name(kind: &str, name: &str) -> NameHash {
    let hash = blake3::hash(format!("{kind} {name}").as_bytes());
    hash.as_bytes().first_chunk().copied().unwrap_or_default()
}

fn hash_url_and_second(url: &Url, at: jiff::Timestamp) -> NameHash {
    hash_name("place", &format!("{} {}", at.as_second(), url.as_str()))
}

/// The names by which a `revisit` may refer to a record.
#[derive(Clone, Debug, Default)]
pub(super) struct RecordNames {
    all: Vec<NameHash>,
    /// The payload digest, if it was checked and matched.
    checked_digest: Option<NameHash>,
}

impl RecordNames {
    /// The names of a record; `digest` is its stated payload digest, and whether that was checked.
    pub(super) fn of_record(
        record: &WarcRecord,
        url: &Url,
        at: jiff::Timestamp,
        digest: Option<&(StatedDigest, bool)>,
    ) -> Self {
        let id = record.field("warc-record-id").map(|id| hash_name("id", id));
        let stated = digest.map(|(stated, _)| hash_name("digest", &stated.to_string()));
        let checked_digest = stated.filter(|_| digest.is_some_and(|(_, is_checked)| *is_checked));
        Self {
            all: id.into_iter().chain(stated).chain([hash_url_and_second(url, at)]).collect(),
            checked_digest,
        }
    }
}

/// The captures that a `revisit` may refer to.
pub(super) struct RevisitTargets<'a> {
    store: &'a dyn SnapshotStore,
    in_file: HashMap<NameHash, SnapshotId>,
    /// Payload digests of all imports, and the snapshots that hold the payloads.
    digests: KeyValueTree,
    /// How many digests may still be added.
    free_digests: usize,
    /// Whether captures were added since the last flush, which the store may not show yet.
    is_unflushed: bool,
}

impl<'a> RevisitTargets<'a> {
    pub(super) fn new(store: &'a dyn SnapshotStore, digests: KeyValueTree) -> Result<Self, StoreError> {
        let free_digests = MAX_STORED.saturating_sub(digests.count_keys()?);
        Ok(Self { store, in_file: HashMap::new(), digests, free_digests, is_unflushed: false })
    }

    /// Remembers that a record became this snapshot. `is_whole` says that its body was not cut short.
    pub(super) fn add(
        &mut self,
        names: &RecordNames,
        id: SnapshotId,
        is_whole: bool,
    ) -> Result<(), StoreError> {
        self.is_unflushed = true;
        for key in &names.all {
            if self.in_file.len() < MAX_IN_FILE {
                self.in_file.insert(*key, id);
            }
        }
        if let Some(key) = names.checked_digest.filter(|_| is_whole && self.free_digests > 0) {
            let mut value = id.url.as_bytes().to_vec();
            value.extend_from_slice(&id.at_ms.to_be_bytes());
            let is_new = self.digests.insert(&key, &value)?;
            self.free_digests -= usize::from(is_new);
        }
        Ok(())
    }

    /// Finds the capture that a `revisit` of `url` repeats.
    pub(super) fn find_original(
        &mut self,
        revisit: &WarcRecord,
        url: &Url,
    ) -> Result<Option<Snapshot>, StoreError> {
        let id = revisit.field("warc-refers-to").map(|id| hash_name("id", id));
        let stated = revisit.field("warc-payload-digest").map(StatedDigest::parse);
        let digest = stated.as_ref().map(|stated| hash_name("digest", &stated.to_string()));
        let refers = revisit.uri_field("warc-refers-to-target-uri").and_then(|uri| Url::parse(uri).ok());
        let date = revisit.field("warc-refers-to-date").and_then(parse_record_date).map(|date| date.at);
        let url = refers.as_ref().unwrap_or(url);
        let names = id.into_iter().chain(digest).chain(date.map(|date| hash_url_and_second(url, date)));
        for id in names.filter_map(|key| self.in_file.get(&key)) {
            if self.store.read_snapshot(*id)?.is_none() {
                self.store.flush()?;
            }
            if let Some(found) = self.store.read_snapshot(*id)? {
                return Ok(Some(found));
            }
        }
        // The original may be in a file that was imported earlier.
        let stored = digest.map(|key| self.digests.get(&key)).transpose()?.flatten();
        if let Some(id) = stored.as_deref().and_then(parse_snapshot_id)
            && let Some(found) = self.store.read_snapshot(id)?
        {
            return Ok(Some(found));
        }
        if std::mem::take(&mut self.is_unflushed) {
            self.store.flush()?;
        }
        let Some(url) = CanonicalUrl::from_url(url.clone()) else { return Ok(None) };
        let snapshots = self.store.read_snapshots(url.key())?;
        let has_date =
            |snapshot: &&Snapshot| date.is_some_and(|date| date.as_second() == snapshot.at().as_second());
        if let Some(found) = snapshots.iter().find(has_date) {
            return Ok(Some(found.clone()));
        }
        let Some(stated) = stated.filter(|stated| !matches!(stated, StatedDigest::Other(_))) else {
            return Ok(None);
        };
        for snapshot in snapshots.into_iter().rev().take(MAX_TRIED) {
            let body = self.store.read_body(snapshot.body);
            if body.is_ok_and(|body| stated.matches(body.expose()) == Some(true)) {
                return Ok(Some(snapshot));
            }
        }
        Ok(None)
    }
}

fn parse_snapshot_id(value: &[u8]) -> Option<SnapshotId> {
    let (url, at_ms) = value.split_first_chunk::<16>()?;
    Some(SnapshotId { url: UrlKey::from_bytes(*url), at_ms: u64::from_be_bytes(at_ms.try_into().ok()?) })
}
