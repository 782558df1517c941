//! Segments into the database.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

use super::Mark;
use super::entry::{CaptureEntry, Entry, MEDIA_TYPE, VisitEntry, read_hash};
use super::segment::{Segment, finish, io_error, list};
use crate::fetch::Untrusted;
use crate::snapshot::addition::Addition;
use crate::snapshot::apply::{apply_addition, apply_run};
use crate::snapshot::content::{Kind, put_content};
use crate::snapshot::database::Database;
use crate::snapshot::options::Replay;
use crate::snapshot::read::stored_snapshot;
use crate::snapshot::warc::http;
use crate::snapshot::warc::read::{WarcReader, WarcRecord};
use crate::snapshot::{CapturedHop, ContentHash, Snapshot, SnapshotError};

const MARK_KEY: &[u8] = b"journal";
/// A longer block is no body that the crawl would have kept.
pub(in crate::snapshot) const MAX_BLOCK: u64 = 1 << 30;
/// Bytes of the journal that are applied between two flushes.
const FLUSH_EVERY: u64 = 16 << 20;

/// How much of the journal the database holds.
pub(in crate::snapshot) fn mark(database: &Database) -> Result<Mark, SnapshotError> {
    let value = database.guard(|| database.meta.get(MARK_KEY))?;
    Ok(value.and_then(|value| Mark::from_bytes(&value)).unwrap_or_default())
}

/// Notes how much of the journal the database holds; durable with the next flush.
pub(in crate::snapshot) fn set_mark(database: &Database, mark: Mark) -> Result<(), SnapshotError> {
    database.guard(|| database.meta.insert(MARK_KEY, &mark.to_bytes())).map(|_| ())
}

/// Applies what the database lacks, and ends the segments that a stopped writer left open.
pub(in crate::snapshot) fn catch_up(database: &Database, level: i32) -> Result<Replay, SnapshotError> {
    let mut replayer = Replayer { database, level, replay: Replay::default(), group: Group::default() };
    let known = mark(database)?;
    for segment in list(&database.dir)? {
        if segment.number >= known.segment {
            let from = if segment.number == known.segment { known.offset } else { 0 };
            replayer.segment(&segment, from)?;
        }
        if segment.open {
            finish(&segment.path)?;
        }
    }
    if replayer.replay != Replay::default() {
        database.guard(|| database.db.flush())?;
    }
    Ok(replayer.replay)
}

/// What the records of a group have said before its `metadata` record.
#[derive(Default)]
struct Group {
    hops: HashMap<String, (CapturedHop, Option<Vec<u8>>)>,
    contents: HashMap<String, Vec<u8>>,
}

struct Replayer<'a> {
    database: &'a Database,
    level: i32,
    replay: Replay,
    group: Group,
}

impl Replayer<'_> {
    fn fault(&mut self, segment: &Segment, offset: u64, reason: &str) {
        let name = segment.path.file_name().unwrap_or_default().to_string_lossy();
        self.replay.faults.push(format!("segment {name}, offset {offset}: {reason}"));
    }

    fn segment(&mut self, segment: &Segment, from: u64) -> Result<(), SnapshotError> {
        let failed = |error| io_error(&segment.path, error);
        let mut file = File::open(&segment.path).map_err(failed)?;
        let len = file.metadata().map_err(failed)?.len();
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
                cut(&segment.path, whole_records(&segment.path)?)?;
            }
            return Ok(());
        }
        if len == from {
            return Ok(());
        }
        let mut group_end = from;
        let mut flushed = from;
        let mut position = from;
        loop {
            file.seek(SeekFrom::Start(position)).map_err(failed)?;
            let input = BufReader::with_capacity(1 << 18, &file);
            let mut reader = WarcReader::new(input, position, MAX_BLOCK).map_err(failed)?;
            let fault = loop {
                match reader.next_record() {
                    Ok(Some(record)) => {
                        if self.record(segment, record)? {
                            group_end = reader.offset();
                            let mark = Mark { segment: segment.number, offset: group_end };
                            set_mark(self.database, mark)?;
                            if group_end.saturating_sub(flushed) >= FLUSH_EVERY {
                                self.database.guard(|| self.database.db.flush())?;
                                flushed = group_end;
                            }
                        }
                    }
                    Ok(None) => break None,
                    Err(error) if is_damage(&error) => break Some(error),
                    Err(error) => return Err(failed(error)),
                }
            };
            let Some(fault) = fault else { break };
            let at = reader.offset();
            let next = next_member(&segment.path, at.saturating_add(1)).map_err(failed)?;
            // With nothing behind it, the writer was stopped here; that is no fault in an open one.
            if next.is_some() || !segment.open {
                self.fault(segment, at, &fault.to_string());
            }
            let Some(next) = next else { break };
            position = next;
        }
        self.group = Group::default();
        if segment.open {
            cut(&segment.path, group_end)?;
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
        match record.kind() {
            "response" | "revisit" => {
                let full = record.kind() == "response";
                let offset = record.offset;
                match captured_hop(record, full) {
                    Some(hop) => drop(self.group.hops.insert(id, hop)),
                    None => self.fault(segment, offset, "the record holds no HTTP answer"),
                }
            }
            "resource" => drop(self.group.contents.insert(id, record.block)),
            "metadata" if record.field("content-type") == Some(MEDIA_TYPE) => {
                for line in record.block.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    if let Err(reason) = self.line(line)? {
                        self.fault(segment, record.offset, &reason);
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
    fn line(&mut self, line: &[u8]) -> Result<Result<(), String>, SnapshotError> {
        match serde_json::from_slice(line) {
            Ok(Entry::Visit(visit)) => return self.visit(*visit),
            Ok(Entry::Run(run)) => match run.run() {
                Ok(run) => {
                    apply_run(self.database, &run)?;
                    self.replay.runs += 1;
                }
                Err(reason) => return Ok(Err(reason)),
            },
            Ok(Entry::Content { hash, record }) => {
                let Some(bytes) = self.group.contents.remove(&record) else {
                    return Ok(Err(format!("content {hash} is lost: its record cannot be read")));
                };
                let found = ContentHash::of(&bytes);
                if read_hash(&hash) != Some(found) {
                    return Ok(Err(format!("content {hash} is damaged: its bytes have the hash {found}")));
                }
                put_content(self.database, found, &bytes, self.level, Kind::Blob)?;
                self.replay.contents += 1;
            }
            Err(error) => return Ok(Err(format!("an entry cannot be read: {error}"))),
        }
        Ok(Ok(()))
    }

    fn visit(&mut self, mut entry: VisitEntry) -> Result<Result<(), String>, SnapshotError> {
        let capture = entry.capture.take();
        let mut addition = match entry.addition() {
            Ok(addition) => addition,
            Err(reason) => return Ok(Err(reason)),
        };
        let mut lost = Ok(());
        if let Some(capture) = capture {
            match self.capture(&addition, &capture)? {
                Ok(found) => {
                    addition.capture = Some(found);
                    self.replay.captures += 1;
                }
                // A database that holds the capture already must not lose it to a damaged segment.
                Err(_) if self.holds(&addition)? => {}
                Err(reason) => {
                    let url = &addition.visit.url;
                    lost = Err(format!("a capture of {url} is lost, its visit is kept: {reason}"));
                    addition.visit.snapshot = None;
                }
            }
        }
        apply_addition(self.database, &addition, self.level, true)?;
        self.replay.visits += 1;
        Ok(lost)
    }

    fn holds(&self, addition: &Addition) -> Result<bool, SnapshotError> {
        let Some(id) = addition.visit.snapshot else { return Ok(false) };
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
            None if crate::snapshot::content::manifest(self.database, hash)?.is_none() => {
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

fn captured_hop(record: WarcRecord, full: bool) -> Option<(CapturedHop, Option<Vec<u8>>)> {
    let head = http::read_head(&record.block)?;
    let hop = CapturedHop {
        url: record.target()?.to_owned(),
        at: record.date()?,
        status: head.status,
        headers: http::restored(head.headers),
    };
    let mut block = record.block;
    let body = full.then(|| block.split_off(head.len.min(block.len())));
    Some((hop, body))
}

/// Whether the file holds something wrong, rather than that it could not be read.
pub(in crate::snapshot) fn is_damage(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput)
}

/// Where the next gzip member that holds a record begins, at `from` or behind it.
pub(in crate::snapshot) fn next_member(path: &Path, from: u64) -> std::io::Result<Option<u64>> {
    const WINDOW: usize = 1 << 20;
    let mut file = File::open(path)?;
    let mut base = from;
    loop {
        let mut window = Vec::with_capacity(WINDOW);
        file.seek(SeekFrom::Start(base))?;
        file.by_ref().take(WINDOW as u64).read_to_end(&mut window)?;
        for at in memchr::memmem::find_iter(&window, &[0x1f, 0x8b, 0x08]) {
            let offset = base + at as u64;
            file.seek(SeekFrom::Start(offset))?;
            let mut start = [0; 5];
            let mut member = flate2::bufread::GzDecoder::new(BufReader::new(&file));
            if member.read_exact(&mut start).is_ok() && &start == b"WARC/" {
                return Ok(Some(offset));
            }
        }
        if window.len() < WINDOW {
            return Ok(None);
        }
        // The three bytes may lie across two windows.
        base += (WINDOW - 2) as u64;
    }
}

/// Cuts a torn end off.
fn cut(path: &Path, end: u64) -> Result<(), SnapshotError> {
    let failed = |error| io_error(path, error);
    let file = File::options().write(true).open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() > end {
        file.set_len(end).map_err(failed)?;
        file.sync_all().map_err(failed)?;
    }
    Ok(())
}

/// The end of the last whole record before the first damage.
fn whole_records(path: &Path) -> Result<u64, SnapshotError> {
    let failed = |error| io_error(path, error);
    let file = File::open(path).map_err(failed)?;
    let mut reader = WarcReader::new(BufReader::new(file), 0, MAX_BLOCK).map_err(failed)?;
    while let Ok(Some(_)) = reader.next_record() {}
    Ok(reader.offset())
}
