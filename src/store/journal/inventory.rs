//! What the journal holds, whole: what a rebuild from it alone would give.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::Mark;
use super::entry::{Entry, MEDIA_TYPE, VisitEntry, read_hash};
use super::replay::captured_hop;
use super::scan::scan_segment;
use super::segment::{Segment, list, missing};
use crate::model::ContentHash;
use crate::model::UrlKey;
use crate::store::db::keys::{comparison_prefix, visit_key};
use crate::store::warc::digest::sha256_digest;
use crate::store::warc::read::WarcRecord;
use crate::store::warc::scan::ScannedItem;
use crate::store::{RunId, RunRecord, SnapshotError, SnapshotId};

/// What the journal holds.
#[derive(Default)]
pub(in crate::store) struct Census {
    /// Segments that are there.
    pub segments: u64,
    /// Records in them.
    pub records: u64,
    /// Numbers of segments that are missing: first and last of each row.
    pub missing: Vec<(u64, u64)>,
    /// Places that are damaged.
    pub damage: Vec<DamagedPlace>,
    /// The keys of visits; whether the capture that a visit names stands before it.
    pub visits: HashMap<Vec<u8>, bool>,
    /// Captures, every hop and the body.
    pub captures: HashSet<SnapshotId>,
    /// Bodies and other contents.
    pub contents: HashSet<ContentHash>,
    /// The keys of comparisons.
    pub comparisons: HashSet<Vec<u8>>,
    /// Runs as they were written last.
    pub runs: HashMap<RunId, RunRecord>,
}

/// A place in a segment that is damaged.
pub(in crate::store) struct DamagedPlace {
    /// The segment.
    pub path: PathBuf,
    /// What it is called, with the offset.
    pub what: String,
    /// Where it begins and ends; none for a line inside a record that is whole.
    pub range: Option<(u64, u64)>,
    /// How it was seen.
    pub reason: String,
    /// The URLs whose captures it is known to affect.
    pub urls: BTreeSet<String>,
}

impl Census {
    /// Whether segments and all that stands in them are there.
    pub(in crate::store) fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.damage.is_empty()
    }
}

/// Reads every segment of the store in `dir`; `mark` says how much the database holds.
pub(in crate::store) fn census(dir: &Path, mark: Mark) -> Result<Census, SnapshotError> {
    let mut census = Census { missing: missing(dir, mark)?, ..Census::default() };
    for segment in list(dir)? {
        census.segments += 1;
        Taker { census: &mut census, segment: &segment, group: Group::default() }.segment()?;
    }
    Ok(census)
}

/// What the records of a group have said before its `metadata` record.
#[derive(Default)]
struct Group {
    /// The target of each hop, and the hash of the body that it holds.
    hops: HashMap<String, (String, Option<ContentHash>)>,
    contents: HashMap<String, ContentHash>,
    /// Damaged places in it, as numbers in the census.
    damage: Vec<usize>,
    /// URLs that these affect.
    urls: BTreeSet<String>,
}

struct Taker<'a> {
    census: &'a mut Census,
    segment: &'a Segment,
    group: Group,
}

impl Taker<'_> {
    fn segment(&mut self) -> Result<(), SnapshotError> {
        let path = self.segment.path.clone();
        scan_segment(&path, 0, |item| {
            match item {
                ScannedItem::Record(record, end) => self.record(record, end),
                // A writer that is at work, or was stopped: nothing of it was reported.
                ScannedItem::Damage(damage) if damage.is_torn && self.segment.open => {}
                ScannedItem::Damage(damage) => {
                    let end = damage.end.unwrap_or(u64::MAX);
                    self.damaged(damage.start, Some((damage.start, end)), damage.reason);
                }
            }
            Ok(())
        })?;
        self.group_ended();
        Ok(())
    }

    fn damaged(&mut self, at: u64, range: Option<(u64, u64)>, reason: String) {
        self.group.damage.push(self.census.damage.len());
        self.census.damage.push(DamagedPlace {
            path: self.segment.path.clone(),
            what: format!("segment {}, offset {at}", self.segment.name()),
            range,
            reason,
            urls: BTreeSet::new(),
        });
    }

    /// What was found damaged since the group before affects what the group lacks; and, where the
    /// group's own entries are lost, what nobody claims.
    fn group_ended(&mut self) {
        let mut group = std::mem::take(&mut self.group);
        if !group.damage.is_empty() {
            group.urls.extend(group.hops.into_values().map(|(target, _)| target));
        }
        for place in group.damage {
            if let Some(place) = self.census.damage.get_mut(place) {
                place.urls.extend(group.urls.iter().cloned());
            }
        }
    }

    fn record(&mut self, record: WarcRecord, end: u64) {
        self.census.records += 1;
        let (at, range) = (record.offset, Some((record.offset, end)));
        if record.oversize {
            self.damaged(at, range, "the record is longer than any that was written".to_owned());
            return;
        }
        if let Some(stated) = record.field("warc-block-digest").filter(|stated| stated.starts_with("sha256:"))
            && sha256_digest(&[&record.block]) != stated
        {
            self.damaged(at, range, "the block's digest is not the stated one".to_owned());
            return;
        }
        let id = record.field("warc-record-id").unwrap_or_default().to_owned();
        match record.record_type() {
            "response" | "revisit" => {
                let full = record.record_type() == "response";
                match captured_hop(record, full) {
                    Some((hop, body)) => {
                        let hash = body.map(|body| ContentHash::of(&body));
                        self.group.hops.insert(id, (hop.url, hash));
                    }
                    None => self.damaged(at, range, "the record holds no HTTP answer".to_owned()),
                }
            }
            "resource" => drop(self.group.contents.insert(id, ContentHash::of(&record.block))),
            "metadata" if record.field("content-type") == Some(MEDIA_TYPE) => {
                for line in record.block.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    match serde_json::from_slice(line) {
                        Ok(entry) => self.entry(entry),
                        Err(error) => {
                            self.damaged(at, None, format!("an entry cannot be read: {error}"));
                        }
                    }
                }
                self.group_ended();
            }
            _ => {}
        }
    }

    fn entry(&mut self, entry: Entry) {
        match entry {
            Entry::Visit(visit) => self.visit(&visit),
            Entry::Run(run) => {
                if let Ok(run) = run.run() {
                    self.census.runs.insert(run.id, run);
                }
            }
            Entry::Content { hash, record } => {
                let found = self.group.contents.remove(&record);
                self.census.contents.extend(found.filter(|found| read_hash(&hash) == Some(*found)));
            }
            Entry::Forget { .. } => {}
        }
    }

    fn visit(&mut self, visit: &VisitEntry<'_>) {
        let named = visit.snapshot_id().ok().flatten();
        if let (Some(capture), Some(id)) = (&visit.capture, named) {
            let hops: Vec<_> =
                capture.records.iter().filter_map(|record| self.group.hops.remove(record)).collect();
            let hash = read_hash(&capture.body);
            let body = match (hops.last(), hash) {
                (Some((_, Some(found))), Some(hash)) => *found == hash,
                (Some((_, None)), Some(hash)) => self.census.contents.contains(&hash),
                _ => false,
            };
            if body && hops.len() == capture.records.len() {
                self.census.captures.insert(id);
                self.census.contents.extend(hash);
            } else {
                self.group.urls.insert(visit.url().to_string());
            }
        }
        let (url, at_ms, run) = visit.key();
        let whole = named.is_none_or(|id| self.census.captures.contains(&id));
        *self.census.visits.entry(visit_key(url, at_ms, run)).or_default() |= whole;
        let key = |(article, at_ms): (_, u64)| comparison_key(url, article, at_ms);
        self.census.comparisons.extend(visit.comparisons().map(key));
    }
}

/// The key of a comparison in the database.
pub(in crate::store) fn comparison_key(
    url: UrlKey,
    article: &crate::model::ArticleId,
    at_ms: u64,
) -> Vec<u8> {
    let mut key = comparison_prefix(url, article);
    key.extend_from_slice(&at_ms.to_be_bytes());
    key
}
