//! Reads everything there is and says what is wrong, and what that affects.
//!
//! The database is read record by record and content by content, each checked against its hash; the
//! journal member by member, each checked against its CRC and digest. Then the two are held against
//! each other, which finds what sled lost without noticing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use data_encoding::HEXLOWER;
use serde::Serialize;

use super::missing_records::each_lack;
use crate::model::ContentHash;
use crate::model::UrlKey;
use crate::store::content::manifest::Manifest;
use crate::store::db::chunk_slots;
use crate::store::db::codec::unpack;
use crate::store::db::database::Database;
use crate::store::db::folded_visits;
use crate::store::db::keys::time_of_key;
use crate::store::db::stored_records::{StoredComparison, StoredRun, StoredSnapshot, StoredUrl, StoredVisit};
use crate::store::db::tree::Tree;
use crate::store::journal::inventory::census;
use crate::store::journal::replay::{mark, named};
use crate::store::{SnapshotError, SnapshotId, content};

/// What was read, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// URLs' records.
    pub urls: u64,
    /// Visits.
    pub visits: u64,
    /// Snapshots.
    pub snapshots: u64,
    /// Comparisons.
    pub comparisons: u64,
    /// Runs.
    pub runs: u64,
    /// Contents (bodies, link tables, long records), each read and hashed.
    pub contents: u64,
    /// Their plain bytes.
    pub content_bytes: u64,
    /// Chunks that belong to no content: left by an interruption, harmless, gone after a compaction.
    pub orphan_chunks: u64,
    /// Segments of the journal.
    pub segments: u64,
    /// Records in them.
    pub records: u64,
    /// Visits that only the database holds. Not a fault where the journal was switched off.
    pub visits_not_in_journal: u64,
    /// Captures likewise.
    pub captures_not_in_journal: u64,
    /// Link tables likewise.
    pub contents_not_in_journal: u64,
    /// Everything that is wrong.
    pub faults: Vec<VerifyFault>,
}

/// Where something is wrong: what mends it depends on that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultPlace {
    /// In the database, which a rebuild makes anew from the journal.
    Database,
    /// In the journal, which gets back from the database what it lacks.
    Journal,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifyFault {
    /// Where it is.
    pub place: FaultPlace,
    /// What it is: a record, a content, a place in a segment.
    pub what: String,
    /// How it was seen.
    pub reason: String,
    /// What it affects: URLs, where known with the snapshot or the visit. Empty where nothing refers
    /// to it.
    pub affects: Vec<String>,
}

/// Verifies database and journal.
pub(in crate::store) fn verify(database: &Database) -> Result<VerifyReport, SnapshotError> {
    let mut verifier = Verifier { database, report: VerifyReport::default(), visits: HashSet::new() };
    let bad = verifier.contents();
    let urls = verifier.urls();
    verifier.snapshots(&urls, &bad);
    verifier.visits(&urls);
    verifier.comparisons_and_runs(&urls, &bad);
    verifier.journal(&urls, &bad)?;
    Ok(verifier.report)
}

/// URLs by their keys.
#[derive(Default)]
struct Urls(BTreeMap<UrlKey, String>);

impl Urls {
    /// The URL that a record's key begins with.
    fn named(&self, key: &[u8]) -> String {
        let known = url_of(key).and_then(|url| self.0.get(&url));
        known
            .cloned()
            .unwrap_or_else(|| format!("a URL that is not known any more ({})", HEXLOWER.encode(key)))
    }
}

/// The places that contents have taken: where each begins, and how many it has.
#[derive(Default)]
struct Taken(BTreeMap<u64, u64>);

impl Taken {
    fn contains(&self, place: u64) -> bool {
        self.0.range(..=place).next_back().is_some_and(|(first, count)| place - first < *count)
    }
}

struct Verifier<'a> {
    database: &'a Database,
    report: VerifyReport,
    /// The keys of all visits in the database.
    visits: HashSet<Vec<u8>>,
}

impl Verifier<'_> {
    fn fault(&mut self, what: impl Into<String>, reason: impl Into<String>, affects: Vec<String>) {
        let (place, what, reason) = (FaultPlace::Database, what.into(), reason.into());
        self.report.faults.push(VerifyFault { place, what, reason, affects });
    }

    /// Notes an error as a fault.
    fn damage(&mut self, what: &str, error: &SnapshotError, affects: Vec<String>) {
        match error {
            SnapshotError::Damaged { what, reason } => self.fault(what.clone(), reason.clone(), affects),
            other => self.fault(what, other.to_string(), affects),
        }
    }

    /// Visits each entry of a tree; a tree that cannot be read on is a fault.
    fn each(&mut self, name: &str, tree: &Tree, mut take: impl FnMut(&mut Self, &[u8], &[u8])) {
        for entry in tree.iter() {
            match entry {
                Ok((key, value)) => take(self, &key, &value),
                Err(error) => {
                    let affects = vec!["everything behind it".to_owned()];
                    self.damage(&format!("the tree of {name}"), &error, affects);
                    return;
                }
            }
        }
    }

    /// Reads every content. Says which are bad and where each fault stands in the report.
    fn contents(&mut self) -> HashMap<ContentHash, Option<usize>> {
        let mut known = HashMap::new();
        let mut taken = Taken::default();
        let trees = self.database.content.clone();
        self.each("contents", &trees.manifests, |this, key, value| {
            let Ok(bytes) = key.try_into() else {
                this.fault("a manifest", "its key is no hash", Vec::new());
                return;
            };
            let hash = ContentHash::from_bytes(bytes);
            this.report.contents += 1;
            if let Ok(manifest) = unpack::<Manifest>("a manifest", value) {
                taken.0.insert(manifest.first, manifest.chunks());
            }
            match content::read::read_content(&this.database.content, hash) {
                Ok(bytes) => {
                    this.report.content_bytes += bytes.len() as u64;
                    known.insert(hash, None);
                }
                Err(error) => {
                    this.damage(&format!("content {hash}"), &error, Vec::new());
                    known.insert(hash, Some(this.report.faults.len() - 1));
                }
            }
        });
        self.each("chunks", trees.places.tree(), |this, key, value| {
            let place = chunk_slots::number(key);
            if !value.is_empty() && !place.is_some_and(|place| taken.contains(place)) {
                this.report.orphan_chunks += 1;
            }
        });
        known
    }

    fn urls(&mut self) -> Urls {
        let mut urls = Urls::default();
        let mut ends = Vec::new();
        let tree = self.database.urls.clone();
        self.each("URLs", &tree, |this, key, value| {
            this.report.urls += 1;
            let what = format!("the record of URL {}", HEXLOWER.encode(key));
            let read =
                this.database.unsealed::<StoredUrl>(&what, value).and_then(|stored| stored.read(&what, None));
            match read {
                Ok(record) if record.url.key().as_bytes() != key => {
                    this.fault(what, "it stands under the key of another URL", vec![record.url.to_string()]);
                }
                Ok(record) => {
                    ends.push((record.url.key(), [record.first_snapshot, record.latest_snapshot]));
                    urls.0.insert(record.url.key(), record.url.to_string());
                }
                Err(error) => this.damage(&what, &error, Vec::new()),
            }
        });
        for (key, ends) in ends {
            for id in ends.into_iter().flatten() {
                let affects = vec![urls.named(key.as_bytes())];
                match crate::store::db::read::stored_snapshot(self.database, id) {
                    Ok(Some(_)) => {}
                    Ok(None) => self.fault(format!("snapshot {id}"), "it is not in the store", affects),
                    Err(error) => self.damage(&format!("snapshot {id}"), &error, affects),
                }
            }
        }
        urls
    }

    fn snapshots(&mut self, urls: &Urls, contents: &HashMap<ContentHash, Option<usize>>) {
        let tree = self.database.snapshots.clone();
        self.each("snapshots", &tree, |this, key, value| {
            this.report.snapshots += 1;
            let id = url_of(key).zip(time_of_key(key)).map(|(url, at_ms)| SnapshotId { url, at_ms });
            let Some(id) = id else {
                this.fault("a snapshot", "its key is cut short", Vec::new());
                return;
            };
            let what = format!("snapshot {id}");
            let affected = || format!("{} ({what})", urls.named(key));
            if !urls.0.contains_key(&id.url) {
                this.fault(what.clone(), "its URL has no record", Vec::new());
            }
            match this.database.unsealed::<StoredSnapshot>(&what, value) {
                Ok(stored) => match contents.get(&stored.body().0) {
                    Some(None) => {}
                    Some(Some(fault)) => {
                        if let Some(fault) = this.report.faults.get_mut(*fault) {
                            fault.affects.push(affected());
                        }
                    }
                    None => {
                        let body = format!("content {}", stored.body().0);
                        this.fault(body, "it is not in the store", vec![affected()]);
                    }
                },
                Err(error) => this.damage(&what, &error, vec![urls.named(key)]),
            }
        });
    }

    fn visits(&mut self, urls: &Urls) {
        let database = self.database;
        let read = folded_visits::each_url(database, |url| {
            match folded_visits::visits_under(database, url) {
                Ok(visits) => visits.iter().for_each(|(key, value)| self.visit(urls, key, value)),
                Err(error) => {
                    let affects = vec![urls.named(url.as_bytes())];
                    self.damage(&format!("the visits of {url:?}"), &error, affects);
                }
            }
            Ok(())
        });
        if let Err(error) = read {
            let affects = vec!["everything behind it".to_owned()];
            self.damage("the tree of visits", &error, affects);
        }
    }

    fn visit(&mut self, urls: &Urls, key: &[u8], value: &[u8]) {
        self.report.visits += 1;
        self.visits.insert(key.to_vec());
        let what = format!("visit {}", HEXLOWER.encode(key));
        if !url_of(key).is_some_and(|url| urls.0.contains_key(&url)) {
            self.fault(what.clone(), "its URL has no record", Vec::new());
        }
        match self.database.unsealed::<StoredVisit>(&what, value) {
            Ok(stored) => {
                let Some(id) = url_of(key).and_then(|url| stored.snapshot(url)) else { return };
                let found = crate::store::db::read::stored_snapshot(self.database, id);
                if let Ok(None) = found {
                    let affects = vec![format!("{} ({what})", urls.named(key))];
                    self.fault(format!("snapshot {id}"), "it is not in the store", affects);
                }
            }
            Err(error) => self.damage(&what, &error, vec![urls.named(key)]),
        }
    }

    fn comparisons_and_runs(&mut self, urls: &Urls, contents: &HashMap<ContentHash, Option<usize>>) {
        let tree = self.database.comparisons.clone();
        self.each("comparisons", &tree, |this, key, value| {
            this.report.comparisons += 1;
            let what = format!("comparison {}", HEXLOWER.encode(key));
            let read = this.database.unsealed::<StoredComparison>(&what, value);
            if let Err(error) = read.and_then(|stored| stored.read(&what)) {
                this.damage(&what, &error, vec![urls.named(key)]);
            }
        });
        let tree = self.database.runs.clone();
        self.each("runs", &tree, |this, key, value| {
            this.report.runs += 1;
            let what = format!("run {}", HEXLOWER.encode(key));
            match this.database.unsealed::<StoredRun>(&what, value).and_then(|stored| stored.read(&what)) {
                Ok(run) => {
                    for hash in run.link_table {
                        match contents.get(&hash) {
                            Some(None) => {}
                            Some(Some(fault)) => {
                                if let Some(fault) = this.report.faults.get_mut(*fault) {
                                    fault.affects.push(format!("run {}", run.id));
                                }
                            }
                            None => {
                                let affects = vec![format!("run {}", run.id)];
                                this.fault(format!("content {hash}"), "it is not in the store", affects);
                            }
                        }
                    }
                }
                Err(error) => this.damage(&what, &error, Vec::new()),
            }
        });
    }

    /// Holds the journal against the database.
    fn journal(
        &mut self,
        urls: &Urls,
        contents: &HashMap<ContentHash, Option<usize>>,
    ) -> Result<(), SnapshotError> {
        let database = self.database;
        let census = census(&database.dir, mark(database).unwrap_or_default())?;
        (self.report.segments, self.report.records) = (census.segments, census.records);
        for (hash, fault) in contents {
            let Some(fault) = fault.and_then(|fault| self.report.faults.get_mut(fault)) else { continue };
            let whole = census.contents.contains(hash);
            fault.reason.push_str(if whole {
                "; the journal holds it whole"
            } else {
                "; nor does the journal hold it"
            });
        }
        let mut lacking = BTreeSet::new();
        each_lack(database, &census, |lack| {
            self.report.visits_not_in_journal += lack.visits.len() as u64;
            self.report.captures_not_in_journal += lack.captures.len() as u64;
            lacking.insert(lack.url);
            Ok(())
        })?;
        let contents = super::missing_records::contents(database, &census);
        self.report.contents_not_in_journal = contents.len() as u64;
        let of_urls = lacking.len();
        let mut affects: Vec<String> = lacking.into_iter().collect();
        affects.extend(
            super::missing_records::runs(database, &census).iter().map(|run| format!("run {}", run.id)),
        );
        affects.extend(contents.iter().map(|hash| format!("content {hash}")));
        for (first, last) in &census.missing {
            self.journal_fault("the journal".to_owned(), named(*first, *last), Vec::new());
        }
        for place in &census.damage {
            let affects = place.urls.iter().cloned().collect();
            self.journal_fault(place.what.clone(), place.reason.clone(), affects);
        }
        if !census.is_whole() && !affects.is_empty() {
            let VerifyReport { visits_not_in_journal: visits, captures_not_in_journal: captures, .. } =
                self.report;
            let reason = format!(
                "it lacks what the database holds: {visits} visits, {captures} captures, {} other records",
                affects.len() - of_urls
            );
            self.journal_fault("the journal".to_owned(), reason, affects);
        }
        let lost: Vec<&Vec<u8>> = census.visits.keys().filter(|key| !self.visits.contains(*key)).collect();
        if !lost.is_empty() {
            let of_urls: BTreeSet<String> = lost.iter().map(|key| urls.named(key)).collect();
            let reason = format!("it lacks {} visits that the journal holds", lost.len());
            self.fault("the database", reason, of_urls.into_iter().collect());
        }
        Ok(())
    }

    fn journal_fault(&mut self, what: String, reason: String, affects: Vec<String>) {
        self.report.faults.push(VerifyFault { place: FaultPlace::Journal, what, reason, affects });
    }
}

fn url_of(key: &[u8]) -> Option<UrlKey> {
    key.first_chunk::<16>().map(|bytes| UrlKey::from_bytes(*bytes))
}
