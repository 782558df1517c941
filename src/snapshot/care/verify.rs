//! Reads everything there is and says what is wrong, and what that affects.
//!
//! The database is read record by record and content by content, each checked against its hash; the
//! journal member by member, each checked against its CRC and digest. Then the two are held against
//! each other, which finds what sled lost without noticing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};

use serde::Serialize;

use crate::citation::UrlKey;
use crate::snapshot::content::Manifest;
use crate::snapshot::database::Database;
use crate::snapshot::journal::entry::{Entry, MEDIA_TYPE};
use crate::snapshot::journal::replay::{MAX_BLOCK, is_damage, next_member};
use crate::snapshot::journal::segment::{Segment, io_error, list};
use crate::snapshot::past;
use crate::snapshot::record::{
    StoredComparison, StoredRun, StoredSnapshot, StoredUrl, StoredVisit, time_of_key, unpack, visit_key,
};
use crate::snapshot::warc::digest;
use crate::snapshot::warc::read::{WarcReader, WarcRecord};
use crate::snapshot::{ContentHash, SnapshotError, SnapshotId, content, places};

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
    /// Visits that only the database holds: a rebuild would lose them. Not a fault where the
    /// journal was switched off.
    pub visits_not_in_journal: u64,
    /// Everything that is wrong.
    pub faults: Vec<VerifyFault>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifyFault {
    /// What it is: a record, a content, a place in a segment.
    pub what: String,
    /// How it was seen.
    pub reason: String,
    /// What it affects: snapshots, URLs. Empty where nothing refers to it.
    pub affects: Vec<String>,
}

/// Verifies database and journal.
pub(in crate::snapshot) fn verify(database: &Database) -> Result<VerifyReport, SnapshotError> {
    let mut verifier = Verifier { database, report: VerifyReport::default(), visits: HashSet::new() };
    let bad = verifier.contents();
    let urls = verifier.urls();
    verifier.snapshots(&urls, &bad);
    verifier.visits(&urls);
    verifier.comparisons_and_runs(&bad);
    verifier.journal()?;
    Ok(verifier.report)
}

/// The places that contents have taken: where each begins, and how many it has.
#[derive(Default)]
struct Taken(BTreeMap<u64, u64>);

impl Taken {
    fn extend(&mut self, taken: Option<(u64, u64)>) {
        self.0.extend(taken);
    }

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
        self.report.faults.push(VerifyFault { what: what.into(), reason: reason.into(), affects });
    }

    /// Notes an error as a fault.
    fn damage(&mut self, what: &str, error: &SnapshotError, affects: Vec<String>) {
        match error {
            SnapshotError::Damaged { what, reason } => self.fault(what.clone(), reason.clone(), affects),
            other => self.fault(what, other.to_string(), affects),
        }
    }

    /// Visits each entry of a tree; a tree that cannot be read on is a fault.
    fn each(&mut self, name: &str, tree: &sled::Tree, mut take: impl FnMut(&mut Self, &[u8], &[u8])) {
        let mut entries = tree.iter();
        loop {
            match self.database.guard(|| entries.next().transpose()) {
                Ok(None) => return,
                Ok(Some((key, value))) => take(self, &key, &value),
                Err(error) => {
                    let affects = vec!["everything behind it; run `driftline store rebuild`".to_owned()];
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
                taken.extend(manifest.first.map(|first| (first, manifest.chunks())));
            }
            match content::read_content(this.database, hash) {
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
        self.each("chunks of schema 1", &trees.chunks, |this, key, _| {
            let hash = key.first_chunk::<32>().map(|bytes| ContentHash::from_bytes(*bytes));
            if !hash.is_some_and(|hash| known.contains_key(&hash)) {
                this.report.orphan_chunks += 1;
            }
        });
        self.each("chunks", trees.places.tree(), |this, key, value| {
            let place = places::number(key);
            if !value.is_empty() && !place.is_some_and(|place| taken.contains(place)) {
                this.report.orphan_chunks += 1;
            }
        });
        known
    }

    fn urls(&mut self) -> BTreeMap<UrlKey, (String, Option<SnapshotId>, Option<SnapshotId>)> {
        let mut urls = BTreeMap::new();
        let tree = self.database.urls.clone();
        self.each("URLs", &tree, |this, key, value| {
            this.report.urls += 1;
            let what = format!("the record of URL {}", hex(key));
            let read =
                this.database.unsealed::<StoredUrl>(&what, value).and_then(|stored| stored.read(&what, None));
            match read {
                Ok(record) if record.url.key().as_bytes() != key => {
                    this.fault(what, "it stands under the key of another URL", vec![record.url.to_string()]);
                }
                Ok(record) => {
                    let snapshots = (record.first_snapshot, record.latest_snapshot);
                    urls.insert(record.url.key(), (record.url.to_string(), snapshots.0, snapshots.1));
                }
                Err(error) => this.damage(&what, &error, Vec::new()),
            }
        });
        for (url, first, latest) in urls.values() {
            for id in [first, latest].into_iter().flatten() {
                match crate::snapshot::read::stored_snapshot(self.database, *id) {
                    Ok(Some(_)) => {}
                    Ok(None) => {
                        self.fault(format!("snapshot {id}"), "it is not in the store", vec![url.clone()]);
                    }
                    Err(error) => self.damage(&format!("snapshot {id}"), &error, vec![url.clone()]),
                }
            }
        }
        urls
    }

    fn snapshots<V>(&mut self, urls: &BTreeMap<UrlKey, V>, contents: &HashMap<ContentHash, Option<usize>>) {
        let tree = self.database.snapshots.clone();
        self.each("snapshots", &tree, |this, key, value| {
            this.report.snapshots += 1;
            let id = url_of(key).zip(time_of_key(key)).map(|(url, at_ms)| SnapshotId { url, at_ms });
            let Some(id) = id else {
                this.fault("a snapshot", "its key is cut short", Vec::new());
                return;
            };
            let what = format!("snapshot {id}");
            if !urls.contains_key(&id.url) {
                this.fault(what.clone(), "its URL has no record", Vec::new());
            }
            match this.database.unsealed::<StoredSnapshot>(&what, value) {
                Ok(stored) => match contents.get(&stored.body().0) {
                    Some(None) => {}
                    Some(Some(fault)) => {
                        if let Some(fault) = this.report.faults.get_mut(*fault) {
                            fault.affects.push(what);
                        }
                    }
                    None => {
                        let body = format!("content {}", stored.body().0);
                        this.fault(body, "it is not in the store", vec![what]);
                    }
                },
                Err(error) => this.damage(&what, &error, Vec::new()),
            }
        });
    }

    fn visits<V>(&mut self, urls: &BTreeMap<UrlKey, V>) {
        let database = self.database;
        let read = past::each_url(database, |url| {
            match past::visits_under(database, url) {
                Ok(visits) => visits.iter().for_each(|(key, value)| self.visit(urls, key, value)),
                Err(error) => self.damage(&format!("the visits of {url:?}"), &error, Vec::new()),
            }
            Ok(())
        });
        if let Err(error) = read {
            let affects = vec!["everything behind it; run `driftline store rebuild`".to_owned()];
            self.damage("the tree of visits", &error, affects);
        }
    }

    fn visit<V>(&mut self, urls: &BTreeMap<UrlKey, V>, key: &[u8], value: &[u8]) {
        self.report.visits += 1;
        self.visits.insert(key.to_vec());
        let what = format!("visit {}", hex(key));
        if !url_of(key).is_some_and(|url| urls.contains_key(&url)) {
            self.fault(what.clone(), "its URL has no record", Vec::new());
        }
        match self.database.unsealed::<StoredVisit>(&what, value) {
            Ok(stored) => {
                let Some(id) = url_of(key).and_then(|url| stored.snapshot(url)) else { return };
                let found = crate::snapshot::read::stored_snapshot(self.database, id);
                if let Ok(None) = found {
                    self.fault(format!("snapshot {id}"), "it is not in the store", vec![what]);
                }
            }
            Err(error) => self.damage(&what, &error, Vec::new()),
        }
    }

    fn comparisons_and_runs(&mut self, contents: &HashMap<ContentHash, Option<usize>>) {
        let tree = self.database.comparisons.clone();
        self.each("comparisons", &tree, |this, key, value| {
            this.report.comparisons += 1;
            let what = format!("comparison {}", hex(key));
            let read = this.database.unsealed::<StoredComparison>(&what, value);
            if let Err(error) = read.and_then(|stored| stored.read(&what)) {
                this.damage(&what, &error, Vec::new());
            }
        });
        let tree = self.database.runs.clone();
        self.each("runs", &tree, |this, key, value| {
            this.report.runs += 1;
            let what = format!("run {}", hex(key));
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

    fn journal(&mut self) -> Result<(), SnapshotError> {
        let segments = list(&self.database.dir)?;
        let mut seen = HashSet::new();
        for segment in &segments {
            self.report.segments += 1;
            self.segment(segment, &mut seen)?;
        }
        self.report.visits_not_in_journal =
            self.visits.iter().filter(|key| !seen.contains(*key)).count() as u64;
        let lost = seen.iter().filter(|key| !self.visits.contains(*key)).count();
        if lost > 0 {
            let reason =
                format!("it lacks {lost} visits that the journal holds; run `driftline store rebuild`");
            self.fault("the database", reason, Vec::new());
        }
        Ok(())
    }

    fn segment(&mut self, segment: &Segment, seen: &mut HashSet<Vec<u8>>) -> Result<(), SnapshotError> {
        let failed = |error| io_error(&segment.path, error);
        let name = segment.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut file = File::open(&segment.path).map_err(failed)?;
        let mut position = 0;
        loop {
            file.seek(SeekFrom::Start(position)).map_err(failed)?;
            let input = BufReader::with_capacity(1 << 18, &file);
            let mut reader = WarcReader::new(input, position, MAX_BLOCK).map_err(failed)?;
            let fault = loop {
                match reader.next_record() {
                    Ok(Some(record)) => self.record(&name, &record, seen),
                    Ok(None) => return Ok(()),
                    Err(error) if is_damage(&error) => break error,
                    Err(error) => return Err(failed(error)),
                }
            };
            let at = reader.offset();
            let next = next_member(&segment.path, at.saturating_add(1)).map_err(failed)?;
            if next.is_some() || !segment.open {
                self.fault(format!("segment {name}, offset {at}"), fault.to_string(), Vec::new());
            }
            let Some(next) = next else { return Ok(()) };
            position = next;
        }
    }

    fn record(&mut self, name: &str, record: &WarcRecord, seen: &mut HashSet<Vec<u8>>) {
        self.report.records += 1;
        if let Some(stated) = record.field("warc-block-digest").filter(|stated| stated.starts_with("sha256:"))
            && !record.oversize
            && digest(&[&record.block]) != stated
        {
            let affects = record.target().map(ToOwned::to_owned).into_iter().collect();
            let what = format!("segment {name}, offset {}", record.offset);
            self.fault(what, "the block's digest is not the stated one", affects);
        }
        if record.kind() != "metadata" || record.field("content-type") != Some(MEDIA_TYPE) {
            return;
        }
        for line in record.block.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice(line) {
                Ok(Entry::Visit(visit)) => {
                    let (url, at_ms, run) = visit.key();
                    seen.insert(visit_key(url, at_ms, run));
                }
                Ok(_) => {}
                Err(error) => {
                    let what = format!("segment {name}, offset {}", record.offset);
                    self.fault(what, format!("an entry cannot be read: {error}"), Vec::new());
                }
            }
        }
    }
}

fn url_of(key: &[u8]) -> Option<UrlKey> {
    key.first_chunk::<16>().map(|bytes| UrlKey::from_bytes(*bytes))
}

fn hex(key: &[u8]) -> String {
    use std::fmt::Write as _;
    key.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
