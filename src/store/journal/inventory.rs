//! Lists what the journal holds: everything that a rebuild from the journal alone would give.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::chain::{Chain, ChainFault, check_chain};
use super::entry::{JournalEntry, VisitEntry, parse_hash, parse_url_key};
use super::position::JournalPosition;
use super::record_content::{RecordContent, entry_lines};
use super::scan::{JournalPart, scan_part};
use super::segment::{Segment, describe_stray_segments, list_segments, missing_segments};
use super::segment_seal::SegmentSeal;
use crate::model::{ArticleId, ContentHash, UrlKey};
use crate::store::db::keys::{comparison_prefix, visit_key};
use crate::store::warc::digest::sha256_digest;
use crate::store::warc::record::WarcRecord;
use crate::store::warc::scan::ScannedItem;
use crate::store::write::redate::Redating;
use crate::store::{RunId, RunRecord, SnapshotId, StoreError};

/// What the journal holds.
#[derive(Default)]
pub(in crate::store) struct Inventory {
    /// The number of segments.
    pub segments: u64,
    /// The number of records in them.
    pub records: u64,
    /// The numbers of missing segments: the first and the last of each range.
    pub missing: Vec<(u64, u64)>,
    /// What has the name of a segment and is left alone, in words that say what to do.
    pub stray: Vec<String>,
    /// Damaged places.
    pub damage: Vec<DamagedPlace>,
    /// How the segments refer to each other, and which of them are not what was written.
    pub chain: Chain,
    /// The keys of visits, and whether the capture that a visit names comes before it.
    pub visits: HashMap<Vec<u8>, bool>,
    /// The snapshots that visits made.
    pub made: HashSet<SnapshotId>,
    /// Complete captures, with every hop and the body.
    pub captures: HashSet<SnapshotId>,
    /// Bodies and other contents.
    pub contents: HashSet<ContentHash>,
    /// The keys of comparisons.
    pub comparisons: HashSet<Vec<u8>>,
    /// The last record of each run.
    pub runs: HashMap<RunId, RunRecord>,
    /// The times that records of a URL had before, and have now.
    pub redated: HashMap<(UrlKey, u64), u64>,
}

/// A damaged place in a segment.
pub(in crate::store) struct DamagedPlace {
    /// The segment's file.
    pub path: PathBuf,
    /// The segment and the offset, in words.
    pub place: String,
    /// Its start and end in the file; `None` for a line inside a record that is otherwise whole.
    pub range: Option<(u64, u64)>,
    /// What is wrong.
    pub reason: String,
    /// The URLs whose captures it is known to affect.
    pub urls: BTreeSet<String>,
}

impl Inventory {
    /// Whether no segment is missing or exchanged and no place damaged.
    pub(in crate::store) fn is_undamaged(&self) -> bool {
        self.missing.is_empty() && self.damage.is_empty() && self.chain.faults.is_empty()
    }

    /// Adds what parts of the journal hold.
    pub(in crate::store) fn read_parts(&mut self, parts: &[JournalPart]) -> Result<(), StoreError> {
        for part in parts {
            SegmentReader { inventory: self, segment: &part.segment, group: GroupRecords::default() }
                .read_part(part)?;
        }
        self.redate_comparisons();
        Ok(())
    }

    /// The segments that are readable throughout and yet not what was written.
    pub(in crate::store) fn exchanged(&self) -> impl Iterator<Item = &ChainFault> {
        let is_damaged = |path: &Path| self.damage.iter().any(|damaged| damaged.path == path);
        self.chain.faults.iter().filter(move |fault| !is_damaged(&fault.path))
    }

    /// Gives the visits and captures of a URL the times that they have now. Comparisons follow at the end.
    fn redate(&mut self, url: UrlKey, times: &[Redating]) {
        for Redating { run, from_ms, to_ms } in times {
            if let Some(has_capture) = self.visits.remove(&visit_key(url, *from_ms, *run)) {
                self.visits.insert(visit_key(url, *to_ms, *run), has_capture);
            }
            if self.captures.remove(&SnapshotId { url, at_ms: *from_ms }) {
                self.captures.insert(SnapshotId { url, at_ms: *to_ms });
            }
            self.redated.insert((url, *from_ms), *to_ms);
        }
    }

    fn redate_comparisons(&mut self) {
        if self.redated.is_empty() {
            return;
        }
        let redate = |key: &Vec<u8>| {
            let url = UrlKey::from_bytes(*key.first_chunk::<16>()?);
            let (prefix, at_ms) = key.split_last_chunk::<8>()?;
            let to_ms = self.redated.get(&(url, u64::from_be_bytes(*at_ms)))?;
            Some([prefix, to_ms.to_be_bytes().as_slice()].concat())
        };
        let moved: Vec<(Vec<u8>, Vec<u8>)> =
            self.comparisons.iter().filter_map(|key| Some((key.clone(), redate(key)?))).collect();
        for (old, new) in moved {
            self.comparisons.remove(&old);
            self.comparisons.insert(new);
        }
    }
}

/// Reads every segment of the store in `dir`. `applied` says how much of the journal the database holds, and
/// `seal` what it keeps of the last segment.
pub(in crate::store) fn take_inventory(
    dir: &Path,
    applied: JournalPosition,
    seal: Option<&SegmentSeal>,
) -> Result<Inventory, StoreError> {
    let missing = missing_segments(dir, applied)?;
    let chain = check_chain(dir, seal, 0)?;
    let stray = describe_stray_segments(dir)?;
    let mut inventory = Inventory { missing, stray, chain, ..Inventory::default() };
    let parts: Vec<JournalPart> = list_segments(dir)?.into_iter().map(JournalPart::whole).collect();
    inventory.segments = parts.len() as u64;
    inventory.read_parts(&parts)?;
    Ok(inventory)
}

/// The records of a group before its `metadata` record.
#[derive(Default)]
struct GroupRecords {
    /// The URL of each hop, and the hash of the body if the record holds one, by record id.
    hops: HashMap<String, (String, Option<ContentHash>)>,
    /// The hash of each content, by record id.
    contents: HashMap<String, ContentHash>,
    /// Indices of the inventory's damaged places that are in this group.
    damage: Vec<usize>,
    /// The URLs that these affect.
    urls: BTreeSet<String>,
}

struct SegmentReader<'a> {
    inventory: &'a mut Inventory,
    segment: &'a Segment,
    group: GroupRecords,
}

impl SegmentReader<'_> {
    fn read_part(&mut self, part: &JournalPart) -> Result<(), StoreError> {
        scan_part(part, |item| {
            match item {
                ScannedItem::Record(record, end) => self.take_record(record, end),
                // The writer is at work or was stopped; nothing of this group was reported as stored.
                ScannedItem::Damage(damage) if damage.is_torn && self.segment.open => {}
                ScannedItem::Damage(damage) => {
                    let end = damage.end.unwrap_or(u64::MAX);
                    self.add_damage(damage.start, Some((damage.start, end)), damage.reason);
                }
            }
            Ok(())
        })?;
        self.end_group();
        Ok(())
    }

    fn add_damage(&mut self, offset: u64, range: Option<(u64, u64)>, reason: String) {
        self.group.damage.push(self.inventory.damage.len());
        self.inventory.damage.push(DamagedPlace {
            path: self.segment.path.clone(),
            place: format!("segment {}, offset {offset}", self.segment.file_name()),
            range,
            reason,
            urls: BTreeSet::new(),
        });
    }

    /// Attributes the damage in a group to the URLs whose captures are incomplete; and, if entries of the
    /// group are lost, to the URLs of the records that no entry names.
    fn end_group(&mut self) {
        let mut group = std::mem::take(&mut self.group);
        if !group.damage.is_empty() {
            group.urls.extend(group.hops.into_values().map(|(url, _)| url));
        }
        for index in group.damage {
            if let Some(place) = self.inventory.damage.get_mut(index) {
                place.urls.extend(group.urls.iter().cloned());
            }
        }
    }

    fn take_record(&mut self, record: WarcRecord, end: u64) {
        self.inventory.records += 1;
        let (offset, range) = (record.offset, Some((record.offset, end)));
        if let Some(stated) = record.field("warc-block-digest").filter(|stated| stated.starts_with("sha256:"))
            && !record.oversize
            && sha256_digest(&[&record.block]) != stated
        {
            self.add_damage(offset, range, "the block does not match its WARC-Block-Digest".to_owned());
            return;
        }
        match RecordContent::from_record(record) {
            Ok(RecordContent::Hop { id, hop, body }) => {
                let hash = body.map(|body| ContentHash::of(&body));
                self.group.hops.insert(id, (hop.url, hash));
            }
            Ok(RecordContent::Content { id, bytes }) => {
                self.group.contents.insert(id, ContentHash::of(&bytes));
            }
            Ok(RecordContent::Entries { lines }) => {
                for line in entry_lines(&lines) {
                    match serde_json::from_slice(line) {
                        Ok(entry) => self.take_entry(entry),
                        Err(error) => {
                            self.add_damage(offset, None, format!("an entry cannot be read: {error}"));
                        }
                    }
                }
                self.end_group();
            }
            Ok(RecordContent::Other) => {}
            Err(reason) => self.add_damage(offset, range, reason.to_owned()),
        }
    }

    fn take_entry(&mut self, entry: JournalEntry) {
        match entry {
            JournalEntry::Visit(visit) => self.take_visit(&visit),
            JournalEntry::Run(run) => {
                if let Ok(run) = run.into_run() {
                    self.inventory.runs.insert(run.id, run);
                }
            }
            JournalEntry::Content { hash, record } => {
                let found = self.group.contents.remove(&record);
                self.inventory.contents.extend(found.filter(|found| parse_hash(&hash) == Some(*found)));
            }
            JournalEntry::Forget { .. } => {}
            JournalEntry::Redate { url, times } => {
                if let Some(url) = parse_url_key(&url) {
                    self.inventory.redate(url, &times);
                }
            }
        }
    }

    fn take_visit(&mut self, visit: &VisitEntry<'_>) {
        let snapshot = visit.snapshot_id().ok().flatten();
        if let (Some(capture), Some(id)) = (&visit.capture, snapshot) {
            self.inventory.made.insert(id);
            let hops: Vec<_> =
                capture.records.iter().filter_map(|record| self.group.hops.remove(record)).collect();
            let hash = parse_hash(&capture.body);
            let has_body = match (hops.last(), hash) {
                (Some((_, Some(found))), Some(hash)) => *found == hash,
                (Some((_, None)), Some(hash)) => self.inventory.contents.contains(&hash),
                _ => false,
            };
            if has_body && hops.len() == capture.records.len() {
                self.inventory.captures.insert(id);
                self.inventory.contents.extend(hash);
            } else {
                self.group.urls.insert(visit.url().to_string());
            }
        }
        let (url, at_ms, run) = visit.key_parts();
        let has_capture = snapshot.is_none_or(|id| self.inventory.captures.contains(&id));
        *self.inventory.visits.entry(visit_key(url, at_ms, run)).or_default() |= has_capture;
        let key = |(article, at_ms): (_, u64)| comparison_key(url, article, at_ms);
        self.inventory.comparisons.extend(visit.compared_articles().map(key));
    }
}

/// The key of a comparison in the database.
fn comparison_key(url: UrlKey, article: &ArticleId, at_ms: u64) -> Vec<u8> {
    let mut key = comparison_prefix(url, article);
    key.extend_from_slice(&at_ms.to_be_bytes());
    key
}
