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

/// The most snapshots that are kept in memory; some 50 MB.
const MAX_KNOWN: usize = 50_000;

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
    /// Whether a revisit may wait: until all files are read, or until others are settled. What would need a
    /// flush waits then, because a flush for each of many revisits takes longer than everything else.
    pub(super) may_wait: bool,
    /// Whether all files are read, and the store shows what they hold.
    is_settling: bool,
    /// The snapshots of URLs that were looked for. A page may have thousands of revisits.
    known: HashMap<UrlKey, KnownSnapshots>,
    /// How many snapshots these are.
    known_count: usize,
}

/// The snapshots of a URL.
#[derive(Default)]
struct KnownSnapshots {
    /// Oldest first.
    snapshots: Vec<Snapshot>,
    /// The first snapshot of each second, by its index.
    by_second: HashMap<i64, usize>,
}

impl KnownSnapshots {
    fn new(snapshots: Vec<Snapshot>) -> Self {
        let mut by_second = HashMap::new();
        for (index, snapshot) in snapshots.iter().enumerate() {
            by_second.entry(snapshot.at().as_second()).or_insert(index);
        }
        Self { snapshots, by_second }
    }

    fn at_second(&self, date: jiff::Timestamp) -> Option<&Snapshot> {
        self.snapshots.get(*self.by_second.get(&date.as_second())?)
    }
}

impl<'a> RevisitTargets<'a> {
    pub(super) fn new(store: &'a dyn SnapshotStore, digests: KeyValueTree) -> Result<Self, StoreError> {
        let free_digests = MAX_STORED.saturating_sub(digests.count_keys()?);
        Ok(Self {
            store,
            in_file: HashMap::new(),
            digests,
            free_digests,
            is_unflushed: false,
            may_wait: true,
            is_settling: false,
            known: HashMap::new(),
            known_count: 0,
        })
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
            if let Some(found) = self.store.read_snapshot(*id)? {
                return Ok(Some(found));
            }
            if !self.may_wait {
                self.store.flush()?;
                self.is_unflushed = false;
                if let Some(found) = self.store.read_snapshot(*id)? {
                    return Ok(Some(found));
                }
            }
        }
        // The original may be in a file that was imported earlier.
        let stored = digest.map(|key| self.digests.get(&key)).transpose()?.flatten();
        if let Some(id) = stored.as_deref().and_then(parse_snapshot_id)
            && let Some(found) = self.store.read_snapshot(id)?
        {
            return Ok(Some(found));
        }
        if self.may_wait && !self.is_settling {
            return Ok(None);
        }
        let Some(url) = CanonicalUrl::from_url(url.clone()) else { return Ok(None) };
        let store = self.store;
        let known = self.snapshots_of(url.key())?;
        if let Some(found) = date.and_then(|date| known.at_second(date)) {
            return Ok(Some(found.clone()));
        }
        let Some(stated) = stated.filter(|stated| !matches!(stated, StatedDigest::Other(_))) else {
            return Ok(None);
        };
        for snapshot in known.snapshots.iter().rev().take(MAX_TRIED) {
            let body = store.read_body(snapshot.body);
            if body.is_ok_and(|body| stated.matches(body.expose()) == Some(true)) {
                return Ok(Some(snapshot.clone()));
            }
        }
        Ok(None)
    }

    /// Finds the capture that the answer "not modified" to a request at `at` confirms: the one that the record
    /// names, or the newest of the URL before it.
    pub(super) fn find_confirmed(
        &mut self,
        record: &WarcRecord,
        url: &Url,
        at: jiff::Timestamp,
    ) -> Result<Option<Snapshot>, StoreError> {
        if let Some(named) = self.find_original(record, url)? {
            return Ok(Some(named));
        }
        let Some(url) = CanonicalUrl::from_url(url.clone()) else { return Ok(None) };
        let snapshots = &self.snapshots_of(url.key())?.snapshots;
        let later = snapshots.partition_point(|snapshot| snapshot.at() <= at);
        Ok(later.checked_sub(1).and_then(|newest| snapshots.get(newest)).cloned())
    }

    /// Makes the store show all captures so far, for a pass over the revisits that wait.
    pub(super) fn begin_settling(&mut self) -> Result<(), StoreError> {
        self.is_settling = true;
        self.show_all()
    }

    fn show_all(&mut self) -> Result<(), StoreError> {
        if std::mem::take(&mut self.is_unflushed) {
            self.store.flush()?;
            self.forget_known();
        }
        Ok(())
    }

    fn forget_known(&mut self) {
        self.known.clear();
        self.known_count = 0;
    }

    /// The snapshots of a URL that the store shows.
    fn snapshots_of(&mut self, url: UrlKey) -> Result<&KnownSnapshots, StoreError> {
        if !self.is_settling {
            self.show_all()?;
        }
        if self.known_count > MAX_KNOWN {
            self.forget_known();
        }
        if !self.known.contains_key(&url) {
            let snapshots = self.store.read_snapshots(url)?;
            self.known_count += snapshots.len() + 1;
            self.known.insert(url, KnownSnapshots::new(snapshots));
        }
        Ok(self.known.entry(url).or_default())
    }
}

fn parse_snapshot_id(value: &[u8]) -> Option<SnapshotId> {
    let (url, at_ms) = value.split_first_chunk::<16>()?;
    Some(SnapshotId { url: UrlKey::from_bytes(*url), at_ms: u64::from_be_bytes(at_ms.try_into().ok()?) })
}
