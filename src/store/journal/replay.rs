//! Applies segments to the database: what it lacks after a crash, or everything in a rebuild.

use std::collections::{HashMap, HashSet};

use super::applied_position::{read_applied_position, write_applied_position};
use super::entry::{CaptureEntry, JournalEntry, VisitEntry, parse_hash, parse_url_key};
use super::position::JournalPosition;
use super::record_content::{RecordContent, entry_lines};
use super::scan::scan_segment;
use super::segment::{
    Segment, describe_missing, describe_stray_segments, finish_segment, io_error, list_segments,
    missing_segments, sync_folder,
};
use super::torn_end::{cut_off_end, end_of_whole_records};
use crate::model::ContentHash;
use crate::model::Untrusted;
use crate::store::content::compression_level::CompressionEffort;
use crate::store::content::host_dictionary::HostDictionaries;
use crate::store::content::manifest::{ContentKind, read_manifest};
use crate::store::content::write::store_content;
use crate::store::db::database::Database;
use crate::store::db::read_records::read_stored_snapshot;
use crate::store::options::Replay;
use crate::store::warc::record::WarcRecord;
use crate::store::warc::scan::ScannedItem;
use crate::store::write::page_records::{PageRecords, ValidatorChange};
use crate::store::write::record_writer::{RecordWriter, forget_snapshots, write_run};
use crate::store::write::redate::redate_records;
use crate::store::{CapturedHop, RunId, Snapshot, SnapshotId, StoreError};

/// How many bytes of the journal are applied between two flushes.
const FLUSH_EVERY: u64 = 16 << 20;

/// Applies the part of the journal that the database lacks, and finishes the segments that a stopped writer
/// left open. `level` is the zstd level for contents.
pub(in crate::store) fn catch_up(database: &Database, level: i32) -> Result<Replay, StoreError> {
    let mut replayer = Replayer {
        database,
        level,
        replay: Replay::default(),
        runs: HashSet::new(),
        lost: Vec::new(),
        group: GroupRecords::default(),
        dictionaries: HostDictionaries::default(),
    };
    let applied = read_applied_position(database)?;
    for (first, last) in missing_segments(&database.dir, applied)? {
        let advice = "the database is not affected; `driftline store verify --repair` writes what it holds of them to the journal again";
        replayer.replay.faults.push(format!("{}: {advice}", describe_missing(first, last)));
    }
    replayer.replay.faults.extend(describe_stray_segments(&database.dir)?);
    let segments = list_segments(&database.dir)?;
    let last = segments.last().map_or(0, |last| last.number);
    for segment in segments {
        if segment.number >= applied.segment {
            let from = if segment.number == applied.segment { applied.offset } else { 0 };
            replayer.replay_segment(&segment, from)?;
        }
        if segment.open {
            let is_new = applied <= JournalPosition { segment: segment.number, offset: 0 };
            finish_or_remove(&segment, is_new && segment.number == last)?;
        }
    }
    for (item, reason) in std::mem::take(&mut replayer.lost) {
        let was_found_later = match item {
            LostItem::Capture(id) => replayer.has_snapshot(Some(id))?,
            LostItem::Content(hash) => read_manifest(&database.content, hash)?.is_some(),
        };
        if !was_found_later {
            replayer.replay.faults.push(reason);
        }
    }
    if replayer.replay != Replay::default() {
        database.flush()?;
    }
    Ok(replayer.replay)
}

/// Finishes a segment that a stopped writer left open. An empty one is removed if it is `removable`: the last,
/// of which the database holds nothing. It would name no segment before it; the next one takes its number.
fn finish_or_remove(segment: &Segment, removable: bool) -> Result<(), StoreError> {
    let failed = |error| io_error(&segment.path, error);
    if removable && std::fs::metadata(&segment.path).map_err(failed)?.len() == 0 {
        std::fs::remove_file(&segment.path).map_err(failed)?;
        return sync_folder(&segment.path);
    }
    finish_segment(&segment.path)
}

fn describe_fault(segment: &Segment, offset: u64, reason: &str) -> String {
    format!("segment {}, offset {offset}: {reason}", segment.file_name())
}

/// The records of a group before its `metadata` record, by id.
#[derive(Default)]
struct GroupRecords {
    /// Each hop, with the body if the record holds one.
    hops: HashMap<String, (CapturedHop, Option<Vec<u8>>)>,
    contents: HashMap<String, Vec<u8>>,
}

/// An item whose records cannot be read. A later group may hold it again.
enum LostItem {
    Capture(SnapshotId),
    Content(ContentHash),
}

/// Why an entry could not be applied in full.
struct EntryFault {
    /// The only item that is lost with it, if that is known.
    lost: Option<LostItem>,
    reason: String,
}

impl From<String> for EntryFault {
    fn from(reason: String) -> Self {
        Self { lost: None, reason }
    }
}

struct Replayer<'a> {
    database: &'a Database,
    level: i32,
    replay: Replay,
    /// The runs that were applied. A run is written when it begins and again when it ends.
    runs: HashSet<RunId>,
    /// Items that groups could not give, each with the fault to report if no later group gives it.
    lost: Vec<(LostItem, String)>,
    group: GroupRecords,
    dictionaries: HostDictionaries,
}

impl Replayer<'_> {
    fn add_fault(&mut self, segment: &Segment, offset: u64, reason: &str) {
        self.replay.faults.push(describe_fault(segment, offset, reason));
    }

    /// Applies a segment from an offset on.
    fn replay_segment(&mut self, segment: &Segment, from: u64) -> Result<(), StoreError> {
        let len = std::fs::metadata(&segment.path).map_err(|error| io_error(&segment.path, error))?.len();
        if len < from {
            let missing = from - len;
            let reason = format!("{missing} bytes that the database holds are gone from the journal");
            self.add_fault(segment, len, &reason);
            // Reported once: the next opening begins after this segment.
            write_applied_position(
                self.database,
                JournalPosition { segment: segment.number.saturating_add(1), offset: 0 },
            )?;
            if segment.open {
                let end = end_of_whole_records(&segment.path)?;
                cut_off_end(&segment.path, end, Some(end))?;
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
                    if self.take_record(segment, record)? {
                        keep = end;
                        write_applied_position(
                            self.database,
                            JournalPosition { segment: segment.number, offset: end },
                        )?;
                        if end.saturating_sub(flushed) >= FLUSH_EVERY {
                            self.database.flush()?;
                            flushed = end;
                        }
                    }
                }
                ScannedItem::Damage(damage) if damage.is_torn && segment.open => torn = Some(damage.start),
                ScannedItem::Damage(damage) => {
                    self.add_fault(segment, damage.start, &damage.reason);
                    keep = damage.end.unwrap_or(len);
                }
            }
            Ok(())
        })?;
        self.group = GroupRecords::default();
        if segment.open {
            cut_off_end(&segment.path, keep, torn)?;
        }
        Ok(())
    }

    /// Takes a record; returns whether it completed a group.
    fn take_record(&mut self, segment: &Segment, record: WarcRecord) -> Result<bool, StoreError> {
        let offset = record.offset;
        match RecordContent::from_record(record) {
            Ok(RecordContent::Hop { id, hop, body }) => drop(self.group.hops.insert(id, (hop, body))),
            Ok(RecordContent::Content { id, bytes }) => drop(self.group.contents.insert(id, bytes)),
            Ok(RecordContent::Entries { lines }) => {
                for line in entry_lines(&lines) {
                    match self.apply_line(line)? {
                        Ok(()) => {}
                        Err(EntryFault { lost: None, reason }) => self.add_fault(segment, offset, &reason),
                        Err(EntryFault { lost: Some(lost), reason }) => {
                            self.lost.push((lost, describe_fault(segment, offset, &reason)));
                        }
                    }
                }
                self.group = GroupRecords::default();
                return Ok(true);
            }
            Ok(RecordContent::Other) => {}
            Err(reason) => self.add_fault(segment, offset, reason),
        }
        Ok(false)
    }

    /// Applies one entry. The inner error is about the journal, the outer one about the database.
    fn apply_line(&mut self, line: &[u8]) -> Result<Result<(), EntryFault>, StoreError> {
        match serde_json::from_slice(line) {
            Ok(JournalEntry::Visit(visit)) => return self.apply_visit(*visit),
            Ok(JournalEntry::Run(run)) => match run.into_run() {
                Ok(run) => {
                    write_run(self.database, &run)?;
                    self.replay.runs += u64::from(self.runs.insert(run.id));
                }
                Err(reason) => return Ok(Err(reason.into())),
            },
            Ok(JournalEntry::Forget { snapshots }) => {
                let ids: Vec<SnapshotId> = snapshots.iter().filter_map(|text| text.parse().ok()).collect();
                for id in &ids {
                    forget_snapshots(self.database, id.url, &[*id])?;
                }
                self.lost.retain(|(lost, _)| !matches!(lost, LostItem::Capture(id) if ids.contains(id)));
                self.replay.forgotten += ids.len() as u64;
            }
            Ok(JournalEntry::Redate { url, times }) => match parse_url_key(&url) {
                Some(url) => redate_records(self.database, url, &times)?,
                None => return Ok(Err(format!("\"{url}\" is not the key of a URL").into())),
            },
            Ok(JournalEntry::Content { hash, record }) => {
                let Some(bytes) = self.group.contents.remove(&record) else {
                    let reason = format!("content {hash} is lost: its record cannot be read");
                    return Ok(Err(EntryFault { lost: parse_hash(&hash).map(LostItem::Content), reason }));
                };
                let found = ContentHash::of(&bytes);
                if parse_hash(&hash) != Some(found) {
                    let reason = format!("content {hash} is damaged: its bytes have the hash {found}");
                    return Ok(Err(reason.into()));
                }
                store_content(&self.database.content, found, &bytes, self.level, ContentKind::JournaledBlob)?;
                self.replay.contents += 1;
            }
            Err(error) => return Ok(Err(format!("an entry cannot be read: {error}").into())),
        }
        Ok(Ok(()))
    }

    fn apply_visit(&mut self, mut entry: VisitEntry<'_>) -> Result<Result<(), EntryFault>, StoreError> {
        let capture = entry.capture.take();
        let mut page_records = match entry.into_addition() {
            Ok(page_records) => page_records,
            Err(reason) => return Ok(Err(reason.into())),
        };
        let snapshot = page_records.visit.snapshot;
        let mut outcome = Ok(());
        if let Some(capture) = capture {
            match self.read_capture(&page_records, &capture)? {
                Ok(found) => {
                    page_records.capture = Some(found);
                    self.replay.captures += 1;
                }
                // The database holds the capture already and must not lose it to a damaged segment.
                Err(_) if self.has_snapshot(snapshot)? => {}
                Err(reason) => {
                    let url = &page_records.visit.url;
                    let reason = format!("a capture of {url} is lost, its visit is kept: {reason}");
                    outcome = Err(EntryFault { lost: snapshot.map(LostItem::Capture), reason });
                }
            }
        }
        if page_records.capture.is_none() && snapshot.is_some() && !self.has_snapshot(snapshot)? {
            // A visit must not name a missing snapshot, and a later 304 must not refer to one.
            page_records.visit.snapshot = None;
            page_records.validators = ValidatorChange::Set(None);
        }
        let mut records = RecordWriter::default();
        records.add_page(
            self.database,
            &page_records,
            (self.level, CompressionEffort::Thorough),
            Some(&mut self.dictionaries),
        )?;
        // The next entry may need these records.
        records.write_pending(self.database)?;
        self.replay.visits += 1;
        Ok(outcome)
    }

    fn has_snapshot(&self, id: Option<SnapshotId>) -> Result<bool, StoreError> {
        let Some(id) = id else { return Ok(false) };
        Ok(read_stored_snapshot(self.database, id)?.is_some())
    }

    /// Assembles the snapshot of a visit from the records of its group, with the body if they hold one. The
    /// inner error says why that is impossible.
    fn read_capture(
        &mut self,
        page_records: &PageRecords,
        entry: &CaptureEntry,
    ) -> Result<Result<(Snapshot, Option<Untrusted>), String>, StoreError> {
        let (Some(id), Some(hash)) = (page_records.visit.snapshot, parse_hash(&entry.body)) else {
            return Ok(Err("its entry names no snapshot or no body".to_owned()));
        };
        let mut hops = Vec::with_capacity(entry.records.len());
        let mut body = None;
        for record in &entry.records {
            let Some((hop, hop_body)) = self.group.hops.remove(record) else {
                return Ok(Err(format!("its record {record} cannot be read")));
            };
            hops.push(hop);
            body = hop_body;
        }
        match &body {
            Some(bytes) if ContentHash::of(bytes) != hash => {
                return Ok(Err("its body has another hash".to_owned()));
            }
            None if read_manifest(&self.database.content, hash)?.is_none() => {
                return Ok(Err("the capture whose body it repeats is not in the store".to_owned()));
            }
            _ => {}
        }
        let url = page_records.visit.url.clone();
        let (body_len, truncated) = (entry.body_len, entry.truncated);
        let snapshot = Snapshot { id, url, hops, body: hash, body_len, truncated };
        Ok(Ok((snapshot, body.map(Untrusted::new))))
    }
}
