//! What a `revisit` may refer to: captures by record id, payload digest, and URL with date.
//!
//! Those of the file are remembered while it is read. Payload digests are remembered in the store
//! too, since a crawler that leaves out what it has writes the original and the revisit into
//! different files. They name the payload as the other tool kept it, chunks and codings included,
//! which cannot be computed from what is stored here. That tree is no part of the journal: after a
//! rebuild the original's file has to be read again first.

use std::collections::HashMap;

use url::Url;

use super::super::db::records::milliseconds;
use crate::model::{CanonicalUrl, UrlKey};
use crate::store::warc::digest::Stated;
use crate::store::warc::read::WarcRecord;
use crate::store::{KeyValueTree, SledStore, Snapshot, SnapshotError, SnapshotId, SnapshotStore};

/// Names that are remembered while a file is read.
const MAX_SEEN: usize = 4_000_000;
/// Digests that the store keeps.
const MAX_KEPT: usize = 1_000_000;
/// Snapshots of a URL whose bodies are tried against a digest.
const MAX_TRIED: usize = 20;

/// A name, hashed.
type Key = [u8; 16];

fn key(kind: &str, name: &str) -> Key {
    let hash = blake3::hash(format!("{kind} {name}").as_bytes());
    hash.as_bytes().first_chunk().copied().unwrap_or_default()
}

fn place(url: &Url, at: jiff::Timestamp) -> Key {
    key("place", &format!("{} {}", milliseconds(at) / 1000, url.as_str()))
}

/// What a record may be referred to by.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    seen: Vec<Key>,
    /// The digest, where it was found to be that of the payload.
    proven: Option<Key>,
}

impl Names {
    /// The names of a record; `digest` is what it states of its payload, and whether that was checked.
    pub(super) fn of(
        record: &WarcRecord,
        url: &Url,
        at: jiff::Timestamp,
        digest: Option<&(Stated, bool)>,
    ) -> Self {
        let id = record.field("warc-record-id").map(|id| key("id", id));
        let stated = digest.map(|(stated, _)| key("digest", &stated.to_string()));
        let proven = stated.filter(|_| digest.is_some_and(|(_, checked)| *checked));
        Self { seen: id.into_iter().chain(stated).chain([place(url, at)]).collect(), proven }
    }
}

/// The captures that are known.
pub(super) struct Originals<'a> {
    store: &'a SledStore,
    seen: HashMap<Key, SnapshotId>,
    tree: KeyValueTree,
    /// How many digests may still be added.
    room: usize,
    /// Whether there may be captures that the store does not show yet.
    fresh: bool,
}

impl<'a> Originals<'a> {
    pub(super) fn new(store: &'a SledStore) -> Result<Self, SnapshotError> {
        let tree = store.key_value_tree("payloads")?;
        let room = MAX_KEPT.saturating_sub(tree.count_keys());
        Ok(Self { store, seen: HashMap::new(), tree, room, fresh: false })
    }

    /// Notes that a record became this snapshot.
    pub(super) fn add(&mut self, names: &Names, id: SnapshotId, whole: bool) -> Result<(), SnapshotError> {
        self.fresh = true;
        for key in &names.seen {
            if self.seen.len() < MAX_SEEN {
                self.seen.insert(*key, id);
            }
        }
        if let Some(key) = names.proven.filter(|_| whole && self.room > 0) {
            let mut value = id.url.as_bytes().to_vec();
            value.extend_from_slice(&id.at_ms.to_be_bytes());
            let new = self.tree.insert(&key, &value)?;
            self.room -= usize::from(new);
        }
        Ok(())
    }

    /// The capture that a revisit repeats.
    pub(super) fn find(
        &mut self,
        revisit: &WarcRecord,
        own: &Url,
    ) -> Result<Option<Snapshot>, SnapshotError> {
        let id = revisit.field("warc-refers-to").map(|id| key("id", id));
        let stated = revisit.field("warc-payload-digest").map(Stated::read);
        let digest = stated.as_ref().map(|stated| key("digest", &stated.to_string()));
        let refers = revisit.uri("warc-refers-to-target-uri").and_then(|uri| Url::parse(uri).ok());
        let date = revisit.field("warc-refers-to-date").and_then(|date| date.parse().ok());
        let url = refers.as_ref().unwrap_or(own);
        let named = id.into_iter().chain(digest).chain(date.map(|date| place(url, date)));
        for id in named.filter_map(|key| self.seen.get(&key)) {
            if self.store.snapshot(*id)?.is_none() {
                self.store.flush()?;
            }
            if let Some(found) = self.store.snapshot(*id)? {
                return Ok(Some(found));
            }
        }
        // It may refer to an earlier file, which was imported before.
        let kept = digest.map(|key| self.tree.get(&key)).transpose()?.flatten();
        if let Some(id) = kept.as_deref().and_then(read_id)
            && let Some(found) = self.store.snapshot(id)?
        {
            return Ok(Some(found));
        }
        if std::mem::take(&mut self.fresh) {
            self.store.flush()?;
        }
        let Some(url) = CanonicalUrl::new(url.clone()) else { return Ok(None) };
        let snapshots = self.store.snapshots(url.key())?;
        let second = |at| milliseconds(at) / 1000;
        let of_date = |snapshot: &&Snapshot| date.is_some_and(|date| second(date) == second(snapshot.at()));
        if let Some(found) = snapshots.iter().find(of_date) {
            return Ok(Some(found.clone()));
        }
        let Some(stated) = stated.filter(|stated| !matches!(stated, Stated::Other(_))) else {
            return Ok(None);
        };
        for snapshot in snapshots.into_iter().rev().take(MAX_TRIED) {
            let body = self.store.body(snapshot.body);
            if body.is_ok_and(|body| stated.is_of(body.expose()) == Some(true)) {
                return Ok(Some(snapshot));
            }
        }
        Ok(None)
    }
}

fn read_id(value: &[u8]) -> Option<SnapshotId> {
    let (url, at_ms) = value.split_first_chunk::<16>()?;
    Some(SnapshotId { url: UrlKey::from_bytes(*url), at_ms: u64::from_be_bytes(at_ms.try_into().ok()?) })
}
