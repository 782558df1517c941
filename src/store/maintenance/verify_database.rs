//! Reads every record and content of the database and reports what is wrong.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use data_encoding::HEXLOWER;

use super::verify_report::VerifyReport;
use crate::model::{ContentHash, UrlKey};
use crate::store::content;
use crate::store::content::manifest::{Manifest, read_manifest};
use crate::store::db::chunk_slots;
use crate::store::db::codec::decode_record;
use crate::store::db::database::Database;
use crate::store::db::folded_visits;
use crate::store::db::keys::time_in_key;
use crate::store::db::read_records::{read_run, read_stored_snapshot};
use crate::store::db::stored_records::{StoredComparison, StoredSnapshot, StoredUrl, StoredVisit};
use crate::store::db::tree::Tree;
use crate::store::journal::inventory::Inventory;
use crate::store::{SnapshotId, StoreError};

/// What the database holds, as far as it could be read.
#[derive(Default)]
pub(super) struct VerifiedDatabase {
    pub(super) urls: UrlNames,
    /// Every content; for a damaged one, the index of its fault in the report.
    pub(super) contents: HashMap<ContentHash, Option<usize>>,
    /// The keys of all visits.
    pub(super) visits: HashSet<Vec<u8>>,
}

/// The URLs that have a record, by key.
#[derive(Default)]
pub(super) struct UrlNames(BTreeMap<UrlKey, String>);

impl VerifiedDatabase {
    /// The number of URLs whose record was read.
    pub(super) fn page_count(&self) -> u64 {
        self.urls.0.len() as u64
    }
}

impl UrlNames {
    /// Names the URL whose key a record's key begins with.
    pub(super) fn describe(&self, key: &[u8]) -> String {
        let known = url_key_of(key).and_then(|url| self.0.get(&url));
        known
            .cloned()
            .unwrap_or_else(|| format!("a URL that is not known any more ({})", HEXLOWER.encode(key)))
    }
}

/// The chunk slots that contents use: the first slot of each, and their number.
#[derive(Default)]
struct UsedSlots(BTreeMap<u64, u64>);

impl UsedSlots {
    fn contains(&self, slot: u64) -> bool {
        self.0.range(..=slot).next_back().is_some_and(|(first, count)| slot - first < *count)
    }
}

/// Reads the whole database and adds its counts and faults to the report.
pub(super) fn verify_database(database: &Database, report: &mut VerifyReport) -> VerifiedDatabase {
    let mut verifier = DatabaseVerifier { database, report, verified: VerifiedDatabase::default() };
    verifier.check_contents();
    verifier.check_urls();
    verifier.check_snapshots();
    verifier.check_visits();
    verifier.check_comparisons();
    verifier.check_runs(true);
    verifier.verified
}

/// Reads the records of some URLs: of the `sampled` ones with the bodies of all their snapshots, and of those that
/// the journal's part `written` visits with the bodies that it holds. Runs are always read.
pub(super) fn verify_pages(
    database: &Database,
    sampled: &BTreeSet<UrlKey>,
    written: &Inventory,
    report: &mut VerifyReport,
) -> VerifiedDatabase {
    let mut verifier = DatabaseVerifier { database, report, verified: VerifiedDatabase::default() };
    let visited = written.visits.keys().filter_map(|key| url_key_of(key));
    for url in sampled.iter().copied().chain(visited).collect::<BTreeSet<_>>() {
        let is_wanted = |id: SnapshotId| sampled.contains(&url) || written.made.contains(&id);
        if let Err(error) = verifier.check_page(url, is_wanted) {
            let affects = vec![verifier.verified.urls.describe(url.as_bytes())];
            verifier.report.add_error(&format!("the records of {url:?}"), &error, affects);
        }
    }
    for hash in &written.contents {
        verifier.check_content_if_stored(*hash);
    }
    verifier.check_runs(false);
    verifier.verified
}

struct DatabaseVerifier<'a> {
    database: &'a Database,
    report: &'a mut VerifyReport,
    verified: VerifiedDatabase,
}

impl DatabaseVerifier<'_> {
    /// Reads each entry of a tree. If the tree cannot be read to its end, that is a fault.
    fn each_entry(&mut self, name: &str, tree: &Tree, mut take: impl FnMut(&mut Self, &[u8], &[u8])) {
        for entry in tree.iter() {
            match entry {
                Ok((key, value)) => take(self, &key, &value),
                Err(error) => {
                    self.add_tree_fault(name, &error);
                    return;
                }
            }
        }
    }

    fn add_tree_fault(&mut self, name: &str, error: &StoreError) {
        let affects = vec!["all entries after it".to_owned()];
        self.report.add_error(&format!("the tree of {name}"), error, affects);
    }

    fn check_contents(&mut self) {
        let mut used = UsedSlots::default();
        let trees = self.database.content.clone();
        self.each_entry("contents", &trees.manifests, |this, key, value| {
            let Ok(bytes) = key.try_into() else {
                this.report.add_database_fault("a manifest", "its key is not a hash", Vec::new());
                return;
            };
            let hash = ContentHash::from_bytes(bytes);
            if let Ok(manifest) = decode_record::<Manifest>("a manifest", value) {
                used.0.insert(manifest.first_slot, manifest.chunk_count());
            }
            this.check_content(hash);
        });
        self.each_entry("chunks", trees.slots.tree(), |this, key, value| {
            let slot = chunk_slots::slot_number(key);
            if !value.is_empty() && !slot.is_some_and(|slot| used.contains(slot)) {
                this.report.orphan_chunks += 1;
            }
        });
    }

    fn check_content(&mut self, hash: ContentHash) {
        self.report.contents += 1;
        let fault = match content::read::read_content(&self.database.content, hash) {
            Ok(bytes) => {
                self.report.content_bytes += bytes.len() as u64;
                None
            }
            Err(error) => {
                self.report.add_error(&format!("content {hash}"), &error, Vec::new());
                Some(self.report.faults.len() - 1)
            }
        };
        self.verified.contents.insert(hash, fault);
    }

    /// The same where only a part is verified. A content that is not there is reported with what refers to it.
    fn check_content_if_stored(&mut self, hash: ContentHash) {
        if !self.verified.contents.contains_key(&hash) && self.is_stored(hash) {
            self.check_content(hash);
        }
    }

    fn is_stored(&self, hash: ContentHash) -> bool {
        // An unreadable manifest is one that is there.
        !matches!(read_manifest(&self.database.content, hash), Ok(None))
    }

    /// Checks the records of a URL, and those of its snapshots that are wanted with their bodies.
    fn check_page(&mut self, url: UrlKey, is_wanted: impl Fn(SnapshotId) -> bool) -> Result<(), StoreError> {
        let database = self.database;
        if let Some(value) = database.urls.get(url.as_bytes())? {
            let named = self.check_url(url.as_bytes(), &value);
            self.check_named_snapshots(named);
        }
        for (key, value) in database.snapshots.entries_under(url.as_bytes())? {
            let id = time_in_key(&key).map(|at_ms| SnapshotId { url, at_ms });
            if id.is_none_or(&is_wanted) {
                if let Ok(stored) = database.decode_value::<StoredSnapshot>("a snapshot", &value) {
                    self.check_content_if_stored(stored.body().0);
                }
                self.check_snapshot(&key, &value);
            }
        }
        for (key, value) in folded_visits::visits_of_url(database, url)? {
            self.check_visit(&key, &value);
        }
        for (key, value) in database.comparisons.entries_under(url.as_bytes())? {
            self.check_comparison(&key, &value);
        }
        Ok(())
    }

    fn check_urls(&mut self) {
        let mut named_snapshots = Vec::new();
        let tree = self.database.urls.clone();
        self.each_entry("URLs", &tree, |this, key, value| {
            named_snapshots.extend(this.check_url(key, value));
        });
        self.check_named_snapshots(named_snapshots);
    }

    /// Checks a URL's record; returns the snapshots that it names.
    fn check_url(&mut self, key: &[u8], value: &[u8]) -> Vec<(UrlKey, SnapshotId)> {
        let mut named_snapshots = Vec::new();
        self.report.urls += 1;
        let what = format!("the record of URL {}", HEXLOWER.encode(key));
        let read = self
            .database
            .decode_value::<StoredUrl>(&what, value)
            .and_then(|stored| stored.into_record(&what, None));
        match read {
            Ok(record) if record.url.key().as_bytes() != key => {
                let affects = vec![record.url.to_string()];
                self.report.add_database_fault(what, "it is stored under the key of another URL", affects);
            }
            Ok(record) => {
                named_snapshots.extend(record.first_snapshot.map(|id| (record.url.key(), id)));
                named_snapshots.extend(record.latest_snapshot.map(|id| (record.url.key(), id)));
                self.verified.urls.0.insert(record.url.key(), record.url.to_string());
            }
            Err(error) => self.report.add_error(&what, &error, Vec::new()),
        }
        named_snapshots
    }

    fn check_named_snapshots(&mut self, named: Vec<(UrlKey, SnapshotId)>) {
        for (key, id) in named {
            let affects = vec![self.verified.urls.describe(key.as_bytes())];
            match read_stored_snapshot(self.database, id) {
                Ok(Some(_)) => {}
                Ok(None) => self.add_missing(format!("snapshot {id}"), affects),
                Err(error) => self.report.add_error(&format!("snapshot {id}"), &error, affects),
            }
        }
    }

    fn check_snapshots(&mut self) {
        let tree = self.database.snapshots.clone();
        self.each_entry("snapshots", &tree, Self::check_snapshot);
    }

    fn check_snapshot(&mut self, key: &[u8], value: &[u8]) {
        self.report.snapshots += 1;
        let id = url_key_of(key).zip(time_in_key(key)).map(|(url, at_ms)| SnapshotId { url, at_ms });
        let Some(id) = id else {
            self.report.add_database_fault("a snapshot", "its key is cut short", Vec::new());
            return;
        };
        let what = format!("snapshot {id}");
        self.check_url_has_record(&what, key);
        match self.database.decode_value::<StoredSnapshot>(&what, value) {
            Ok(stored) => {
                let affected = format!("{} ({what})", self.verified.urls.describe(key));
                self.check_use_of_content(stored.body().0, affected);
            }
            Err(error) => {
                self.report.add_error(&what, &error, vec![self.verified.urls.describe(key)]);
            }
        }
    }

    fn check_visits(&mut self) {
        let database = self.database;
        let read = folded_visits::for_each_visited_url(database, |url| {
            match folded_visits::visits_of_url(database, url) {
                Ok(visits) => visits.iter().for_each(|(key, value)| self.check_visit(key, value)),
                Err(error) => {
                    let affects = vec![self.verified.urls.describe(url.as_bytes())];
                    self.report.add_error(&format!("the visits of {url:?}"), &error, affects);
                }
            }
            Ok(())
        });
        if let Err(error) = read {
            self.add_tree_fault("visits", &error);
        }
    }

    fn check_visit(&mut self, key: &[u8], value: &[u8]) {
        self.report.visits += 1;
        self.verified.visits.insert(key.to_vec());
        let what = format!("visit {}", HEXLOWER.encode(key));
        self.check_url_has_record(&what, key);
        match self.database.decode_value::<StoredVisit>(&what, value) {
            Ok(stored) => {
                let Some(id) = url_key_of(key).and_then(|url| stored.snapshot(url)) else { return };
                // A damaged snapshot is a fault already; only a missing one is new.
                if let Ok(None) = read_stored_snapshot(self.database, id) {
                    let affects = vec![format!("{} ({what})", self.verified.urls.describe(key))];
                    self.add_missing(format!("snapshot {id}"), affects);
                }
            }
            Err(error) => self.report.add_error(&what, &error, vec![self.verified.urls.describe(key)]),
        }
    }

    fn check_comparisons(&mut self) {
        let tree = self.database.comparisons.clone();
        self.each_entry("comparisons", &tree, Self::check_comparison);
    }

    fn check_comparison(&mut self, key: &[u8], value: &[u8]) {
        self.report.comparisons += 1;
        let what = format!("comparison {}", HEXLOWER.encode(key));
        let read = self.database.decode_value::<StoredComparison>(&what, value);
        if let Err(error) = read.and_then(|stored| stored.into_record(&what)) {
            self.report.add_error(&what, &error, vec![self.verified.urls.describe(key)]);
        }
    }

    fn check_runs(&mut self, all_contents_known: bool) {
        let tree = self.database.runs.clone();
        self.each_entry("runs", &tree, |this, key, value| {
            this.report.runs += 1;
            let what = format!("run {}", HEXLOWER.encode(key));
            match read_run(this.database, key, value) {
                Ok(run) => {
                    for hash in run.link_table {
                        let is_known = all_contents_known || this.verified.contents.contains_key(&hash);
                        if !is_known && this.is_stored(hash) {
                            continue;
                        }
                        this.check_use_of_content(hash, format!("run {}", run.id));
                    }
                }
                Err(error) => this.report.add_error(&what, &error, Vec::new()),
            }
        });
    }

    fn check_url_has_record(&mut self, what: &str, key: &[u8]) {
        if !url_key_of(key).is_some_and(|url| self.verified.urls.0.contains_key(&url)) {
            self.report.add_database_fault(what, "its URL has no record", Vec::new());
        }
    }

    /// Reports a content that `affected` refers to and that is missing or damaged.
    fn check_use_of_content(&mut self, hash: ContentHash, affected: String) {
        match self.verified.contents.get(&hash) {
            Some(None) => {}
            Some(Some(fault)) => {
                if let Some(fault) = self.report.faults.get_mut(*fault) {
                    fault.affects.push(affected);
                }
            }
            None => self.add_missing(format!("content {hash}"), vec![affected]),
        }
    }

    fn add_missing(&mut self, what: String, affects: Vec<String>) {
        self.report.add_database_fault(what, "it is not in the store", affects);
    }
}

fn url_key_of(key: &[u8]) -> Option<UrlKey> {
    key.first_chunk::<16>().map(|bytes| UrlKey::from_bytes(*bytes))
}
