//! Segments into the database.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;

use super::Mark;
use super::entry::{CaptureEntry, Entry, MEDIA_TYPE, VisitEntry, read_hash};
use super::scan::{precedes_metadata, scan_segment};
use super::segment::{Segment, beside, finish, io_error, list, missing, sync_folder};
use crate::model::ContentHash;
use crate::model::Untrusted;
use crate::store::content::compression_level::Effort;
use crate::store::content::host_dictionary::Bases;
use crate::store::content::manifest::{Kind, manifest};
use crate::store::content::write::put_content;
use crate::store::db::database::Database;
use crate::store::db::read::stored_snapshot;
use crate::store::options::Replay;
use crate::store::warc::http_block;
use crate::store::warc::read::WarcRecord;
use crate::store::warc::scan::ScannedItem;
use crate::store::write::apply::{Records, apply_forget, apply_run};
use crate::store::write::page_write::{Addition, ValidatorChange};
use crate::store::{CapturedHop, Snapshot, SnapshotError, SnapshotId};

/// Where `meta` keeps how much of the journal the database holds.
pub(in crate::store) const MARK_KEY: &[u8] = b"journal";
/// Bytes of the journal that are applied between two flushes.
const FLUSH_EVERY: u64 = 16 << 20;

/// How much of the journal the database holds.
pub(in crate::store) fn mark(database: &Database) -> Result<Mark, SnapshotError> {
    let value = database.meta.get(MARK_KEY)?;
    Ok(value.and_then(|value| Mark::from_bytes(&value)).unwrap_or_default())
}

/// Notes how much of the journal the database holds; durable with the next flush.
pub(in crate::store) fn set_mark(database: &Database, mark: Mark) -> Result<(), SnapshotError> {
    database.meta.insert(MARK_KEY, mark.to_bytes()).map(|_| ())
}

/// Applies what the database lacks, and ends the segments that a stopped writer left open.
pub(in crate::store) fn catch_up(database: &Database, level: i32) -> Result<Replay, SnapshotError> {
    let mut replayer = Replayer {
        database,
        level,
        replay: Replay::default(),
        lost: Vec::new(),
        group: Group::default(),
        bases: Bases::default(),
    };
    let known = mark(database)?;
    for (first, last) in missing(&database.dir, known)? {
        let said = "what the database holds of them is whole; `driftline store verify --repair` writes it into the journal anew";
        replayer.replay.faults.push(format!("{}: {said}", named(first, last)));
    }
    for segment in list(&database.dir)? {
        if segment.number >= known.segment {
            let from = if segment.number == known.segment { known.offset } else { 0 };
            replayer.segment(&segment, from)?;
        }
        if segment.open {
            finish(&segment.path)?;
        }
    }
    for (lost, reason) in std::mem::take(&mut replayer.lost) {
        let found = match lost {
            Lost::Capture(id) => replayer.holds(Some(id))?,
            Lost::Content(hash) => manifest(&database.content, hash)?.is_some(),
        };
        if !found {
            replayer.replay.faults.push(reason);
        }
    }
    if replayer.replay != Replay::default() {
        database.flush()?;
    }
    Ok(replayer.replay)
}

/// Segments that are missing, in words.
pub(in crate::store) fn named(first: u64, last: u64) -> String {
    if first == last {
        format!("segment {first} is missing")
    } else {
        format!("segments {first} to {last} are missing")
    }
}

fn place(segment: &Segment, offset: u64, reason: &str) -> String {
    format!("segment {}, offset {offset}: {reason}", segment.name())
}

/// What the records of a group have said before its `metadata` record.
#[derive(Default)]
struct Group {
    hops: HashMap<String, (CapturedHop, Option<Vec<u8>>)>,
    contents: HashMap<String, Vec<u8>>,
}

/// What a group could not give; a later one may.
enum Lost {
    Capture(SnapshotId),
    Content(ContentHash),
}

/// A line that could not be taken, and what is lost with it, where that is all.
struct Unread {
    lost: Option<Lost>,
    reason: String,
}

impl From<String> for Unread {
    fn from(reason: String) -> Self {
        Self { lost: None, reason }
    }
}

struct Replayer<'a> {
    database: &'a Database,
    level: i32,
    replay: Replay,
    /// What groups could not give, with what is to be said of it.
    lost: Vec<(Lost, String)>,
    group: Group,
    bases: Bases,
}

impl Replayer<'_> {
    fn fault(&mut self, segment: &Segment, offset: u64, reason: &str) {
        self.replay.faults.push(place(segment, offset, reason));
    }

    fn segment(&mut self, segment: &Segment, from: u64) -> Result<(), SnapshotError> {
        let len = std::fs::metadata(&segment.path).map_err(|error| io_error(&segment.path, error))?.len();
        if len < from {
            let lost = from - len;
            self.fault(
                segment,
                len,
                &format!("{lost} bytes that the database holds are gone from the journal"),
            );
            // Said once: the next opening begins behind this segment.
            set_mark(self.database, Mark { segment: segment.number.saturating_add(1), offset: 0 })?;
            if segment.open {
                let end = whole_records(&segment.path)?;
                take_off(&segment.path, end, Some(end))?;
            }
            return Ok(());
        }
        if len == from {
            return Ok(());
        }
        let (mut keep, mut flushed) = (from, from);
        let mut torn = None;
        scan_segment(&segment.path, from, |item| {
            match item {
                ScannedItem::Record(record, end) => {
                    if self.record(segment, record)? {
                        keep = end;
                        set_mark(self.database, Mark { segment: segment.number, offset: end })?;
                        if end.saturating_sub(flushed) >= FLUSH_EVERY {
                            self.database.flush()?;
                            flushed = end;
                        }
                    }
                }
                ScannedItem::Damage(damage) if damage.is_torn && segment.open => torn = Some(damage.start),
                ScannedItem::Damage(damage) => {
                    self.fault(segment, damage.start, &damage.reason);
                    keep = damage.end.unwrap_or(len);
                }
            }
            Ok(())
        })?;
        self.group = Group::default();
        if segment.open {
            take_off(&segment.path, keep, torn)?;
        }
        Ok(())
    }

    /// Takes a record; says whether it completed a group.
    fn record(&mut self, segment: &Segment, record: WarcRecord) -> Result<bool, SnapshotError> {
        let id = record.field("warc-record-id").unwrap_or_default().to_owned();
        if record.oversize {
            self.fault(segment, record.offset, "the record is longer than any that was written");
            return Ok(false);
        }
        match record.record_type() {
            "response" | "revisit" => {
                let full = record.record_type() == "response";
                let offset = record.offset;
                match captured_hop(record, full) {
                    Some(hop) => drop(self.group.hops.insert(id, hop)),
                    None => self.fault(segment, offset, "the record holds no HTTP answer"),
                }
            }
            "resource" => drop(self.group.contents.insert(id, record.block)),
            "metadata" if record.field("content-type") == Some(MEDIA_TYPE) => {
                for line in record.block.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    match self.line(line)? {
                        Ok(()) => {}
                        Err(Unread { lost: None, reason }) => self.fault(segment, record.offset, &reason),
                        Err(Unread { lost: Some(lost), reason }) => {
                            self.lost.push((lost, place(segment, record.offset, &reason)));
                        }
                    }
                }
                self.group = Group::default();
                return Ok(true);
            }
            _ => {}
        }
        Ok(false)
    }

    /// Applies one line. The inner error is about the journal, the outer one about the database.
    fn line(&mut self, line: &[u8]) -> Result<Result<(), Unread>, SnapshotError> {
        match serde_json::from_slice(line) {
            Ok(Entry::Visit(visit)) => return self.visit(*visit),
            Ok(Entry::Run(run)) => match run.run() {
                Ok(run) => {
                    apply_run(self.database, &run)?;
                    self.replay.runs += 1;
                }
                Err(reason) => return Ok(Err(reason.into())),
            },
            Ok(Entry::Forget { snapshots }) => {
                let ids: Vec<SnapshotId> = snapshots.iter().filter_map(|text| text.parse().ok()).collect();
                for id in &ids {
                    apply_forget(self.database, id.url, &[*id])?;
                }
                self.lost.retain(|(lost, _)| !matches!(lost, Lost::Capture(id) if ids.contains(id)));
                self.replay.forgotten += ids.len() as u64;
            }
            Ok(Entry::Content { hash, record }) => {
                let Some(bytes) = self.group.contents.remove(&record) else {
                    let reason = format!("content {hash} is lost: its record cannot be read");
                    return Ok(Err(Unread { lost: read_hash(&hash).map(Lost::Content), reason }));
                };
                let found = ContentHash::of(&bytes);
                if read_hash(&hash) != Some(found) {
                    let reason = format!("content {hash} is damaged: its bytes have the hash {found}");
                    return Ok(Err(reason.into()));
                }
                put_content(&self.database.content, found, &bytes, self.level, Kind::JournaledBlob)?;
                self.replay.contents += 1;
            }
            Err(error) => return Ok(Err(format!("an entry cannot be read: {error}").into())),
        }
        Ok(Ok(()))
    }

    fn visit(&mut self, mut entry: VisitEntry<'_>) -> Result<Result<(), Unread>, SnapshotError> {
        let capture = entry.capture.take();
        let mut addition = match entry.addition() {
            Ok(addition) => addition,
            Err(reason) => return Ok(Err(reason.into())),
        };
        let named = addition.visit.snapshot;
        let mut lost = Ok(());
        if let Some(capture) = capture {
            match self.capture(&addition, &capture)? {
                Ok(found) => {
                    addition.capture = Some(found);
                    self.replay.captures += 1;
                }
                // A database that holds the capture already must not lose it to a damaged segment.
                Err(_) if self.holds(named)? => {}
                Err(reason) => {
                    let url = &addition.visit.url;
                    let reason = format!("a capture of {url} is lost, its visit is kept: {reason}");
                    lost = Err(Unread { lost: named.map(Lost::Capture), reason });
                }
            }
        }
        if addition.capture.is_none() && named.is_some() && !self.holds(named)? {
            // No visit may name what is not there; and a 304 must not stand for it.
            addition.visit.snapshot = None;
            addition.validators = ValidatorChange::Set(None);
        }
        let mut records = Records::default();
        records.add(self.database, &addition, (self.level, Effort::Thorough), Some(&mut self.bases))?;
        // What comes next may ask for it.
        records.write(self.database)?;
        self.replay.visits += 1;
        Ok(lost)
    }

    fn holds(&self, id: Option<SnapshotId>) -> Result<bool, SnapshotError> {
        let Some(id) = id else { return Ok(false) };
        Ok(stored_snapshot(self.database, id)?.is_some())
    }

    fn capture(
        &mut self,
        addition: &Addition,
        entry: &CaptureEntry,
    ) -> Result<Result<(Snapshot, Option<Untrusted>), String>, SnapshotError> {
        let (Some(id), Some(hash)) = (addition.visit.snapshot, read_hash(&entry.body)) else {
            return Ok(Err("its entry names no snapshot or no body".to_owned()));
        };
        let mut hops = Vec::with_capacity(entry.records.len());
        let mut body = None;
        for record in &entry.records {
            let Some((hop, own)) = self.group.hops.remove(record) else {
                return Ok(Err(format!("its record {record} cannot be read")));
            };
            hops.push(hop);
            body = own;
        }
        match &body {
            Some(bytes) if ContentHash::of(bytes) != hash => {
                return Ok(Err("its body has another hash".to_owned()));
            }
            None if manifest(&self.database.content, hash)?.is_none() => {
                return Ok(Err("the capture that it repeats is not there".to_owned()));
            }
            _ => {}
        }
        let url = addition.visit.url.clone();
        let (body_len, truncated) = (entry.body_len, entry.truncated);
        let snapshot = Snapshot { id, url, hops, body: hash, body_len, truncated };
        Ok(Ok((snapshot, body.map(Untrusted::new))))
    }
}

/// A `response` or `revisit` record as a hop of a capture, with the body that it holds.
pub(super) fn captured_hop(record: WarcRecord, full: bool) -> Option<(CapturedHop, Option<Vec<u8>>)> {
    let head = http_block::parse_response_head(&record.block)?;
    let hop = CapturedHop {
        url: record.target_uri()?.to_owned(),
        at: record.date()?,
        status: head.status,
        headers: http_block::restore_original_headers(head.headers),
    };
    let mut block = record.block;
    let body = full.then(|| block.split_off(head.len.min(block.len())));
    Some((hop, body))
}

/// Takes the end behind `keep` off a segment that a stopped writer left: no `metadata` record stands
/// in it, so nothing of it was reported. `torn` is where its last record breaks off. Were that the
/// `metadata` record, it may as well have been whole once, so then the end is kept in a file beside.
fn take_off(path: &Path, keep: u64, torn: Option<u64>) -> Result<(), SnapshotError> {
    let failed = |error| io_error(path, error);
    let mut file = File::options().read(true).write(true).open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() <= keep {
        return Ok(());
    }
    if let Some(at) = torn
        && !precedes_metadata(path, at).map_err(failed)?
    {
        let beside = beside(path, "torn");
        let failed = |error| io_error(&beside, error);
        file.seek(SeekFrom::Start(keep)).map_err(failed)?;
        let mut kept = File::options().write(true).create_new(true).open(&beside).map_err(failed)?;
        std::io::copy(&mut file, &mut kept).and_then(|_| kept.sync_all()).map_err(failed)?;
        sync_folder(&beside)?;
        tracing::info!("what may be a group that was not written whole is kept as {}", beside.display());
    }
    file.set_len(keep).and_then(|()| file.sync_all()).map_err(failed)
}

/// The end of the last whole record before the first damage.
fn whole_records(path: &Path) -> Result<u64, SnapshotError> {
    let (mut end, mut damaged) = (0, false);
    scan_segment(path, 0, |item| {
        match item {
            ScannedItem::Record(_, at) if !damaged => end = at,
            ScannedItem::Record(..) => {}
            ScannedItem::Damage(_) => damaged = true,
        }
        Ok(())
    })?;
    Ok(end)
}
