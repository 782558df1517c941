//! Appends groups of records to segments: the only writer of the journal.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::chain::ChainLinks;
use super::entry::{JournalEntry, MEDIA_TYPE, RunEntry, VisitEntry, url_text};
use super::position::JournalPosition;
use super::prepared_records::{
    OpenWarcinfo, PreparedRecords, response_fields, with_warcinfo_id, write_request,
};
use super::segment::{
    finish_segment, finished_name, io_error, last_segment_number, missing_segments, open_segment_path,
    segments_dir, sync_folder,
};
use super::segment_seal::{Hashed, SegmentSeal, seal_of_last};
use crate::fetch::{Exchange, Response};
use crate::model::{ContentHash, UrlKey};
use crate::store::content;
use crate::store::content::compression_level::CompressionEffort;
use crate::store::content::manifest::ContentKind;
use crate::store::db::database::Database;
use crate::store::db::read_records;
use crate::store::warc::digest::sha256_digest;
use crate::store::warc::http_block;
use crate::store::warc::revisit::{BodyOrigin, revisit_fields};
use crate::store::warc::warcinfo::write_warcinfo_with;
use crate::store::warc::write::{NewRecord, write_record, write_record_with};
use crate::store::write::page_records::PageRecords;
use crate::store::write::redate::Redating;
use crate::store::{RunRecord, SnapshotId, StoreError};

/// The segment that is being written.
struct CurrentSegment {
    number: u64,
    path: PathBuf,
    file: BufWriter<Hashed<File>>,
    /// The id of its `warcinfo` record.
    warcinfo_id: String,
    /// What the segment was at the end of the last complete group; `None` before the first.
    seal: Option<SegmentSeal>,
}

/// Appends groups. Each is filled with the `add` methods and completed by [`Self::commit`] before the next.
pub(in crate::store) struct JournalWriter {
    dir: PathBuf,
    segment_bytes: u64,
    next_number: u64,
    current: Option<CurrentSegment>,
    /// The seal of the last segment that a group was written to, as far as it is known: of one of these, or
    /// what the database keeps of an earlier one.
    last_seal: Option<SegmentSeal>,
    /// The id of the open segment's `warcinfo` record, shared with the threads that prepare records.
    open_warcinfo: OpenWarcinfo,
    /// The lines of the group's `metadata` record.
    entry_lines: Vec<u8>,
    /// The bodies in the current group, which the database does not know yet. If earlier segments cannot be
    /// relied on, all bodies since the journal was opened.
    recent_bodies: HashMap<ContentHash, BodyOrigin>,
    /// The contents, likewise.
    recent_contents: HashSet<ContentHash>,
    /// Whether records may refer to what the database says is in earlier segments.
    relies_on_database: bool,
    /// The compression effort for records that come unprepared.
    effort: CompressionEffort,
}

impl JournalWriter {
    /// Opens the journal of the store in `dir` for writing, after its last segment. `applied` says how much of
    /// it the database holds, and `seal` is what the database keeps of the last segment. If segments are missing, no new record refers to what they held; bodies and
    /// contents are written again.
    pub(in crate::store) fn new(
        dir: &Path,
        segment_bytes: u64,
        applied: JournalPosition,
        seal: Option<SegmentSeal>,
    ) -> Result<Self, StoreError> {
        let folder = segments_dir(dir);
        std::fs::create_dir_all(&folder).map_err(|error| io_error(&folder, error))?;
        let next_number = last_segment_number(dir, applied)?.saturating_add(1);
        Ok(Self {
            dir: dir.to_owned(),
            segment_bytes,
            next_number,
            current: None,
            last_seal: seal,
            open_warcinfo: OpenWarcinfo::default(),
            entry_lines: Vec::new(),
            recent_bodies: HashMap::new(),
            recent_contents: HashSet::new(),
            relies_on_database: missing_segments(dir, applied)?.is_empty(),
            effort: CompressionEffort::Thorough,
        })
    }

    /// Makes new records refer to nothing in earlier segments, because these have lost records.
    pub(in crate::store) fn without_references(mut self) -> Self {
        self.relies_on_database = false;
        self
    }

    /// Whether the journal holds content that the database holds as `kind`.
    pub(in crate::store) fn has_content(&self, hash: ContentHash, kind: ContentKind) -> bool {
        self.recent_contents.contains(&hash)
            || (self.relies_on_database && kind == ContentKind::JournaledBlob)
    }

    /// Sets the compression effort for the next records.
    pub(in crate::store) fn set_effort(&mut self, effort: CompressionEffort) {
        self.effort = effort;
    }

    /// A shared handle on the id of the open segment's `warcinfo` record.
    pub(in crate::store) fn open_warcinfo(&self) -> OpenWarcinfo {
        self.open_warcinfo.clone()
    }

    fn forget_recent(&mut self) {
        if self.relies_on_database {
            self.recent_bodies.clear();
            self.recent_contents.clear();
        }
    }

    /// The segment that is being written; begins one if there is none.
    fn current_segment(&mut self) -> Result<&mut CurrentSegment, StoreError> {
        if self.current.is_none() {
            let now = jiff::Timestamp::now();
            let path = open_segment_path(&self.dir, self.next_number, now);
            let failed = |error| io_error(&path, error);
            let file = File::options().write(true).create_new(true).open(&path).map_err(failed)?;
            let mut file = BufWriter::with_capacity(1 << 16, Hashed::new(file));
            let number = self.next_number;
            let previous = seal_of_last(&self.dir, number.saturating_sub(1), self.last_seal.take())?;
            let links = ChainLinks { previous, changed: Vec::new() };
            let name = Some(finished_name(&path));
            let description = Some("driftline journal 1");
            let warcinfo_id =
                write_warcinfo_with(&mut file, name, now, description, &links.to_fields()).map_err(failed)?;
            sync_folder(&path)?;
            self.next_number += 1;
            self.open_warcinfo.set(Some(warcinfo_id.clone()));
            self.current = Some(CurrentSegment { number, path, file, warcinfo_id, seal: None });
        }
        self.current.as_mut().ok_or_else(|| StoreError::Database {
            path: self.dir.clone(),
            reason: "no segment is open".to_owned(),
        })
    }

    /// Writes one record into the current segment and returns its id.
    fn write_new_record(
        &mut self,
        record_type: &'static str,
        date: jiff::Timestamp,
        content_type: &'static str,
        fields: Vec<(&'static str, String)>,
        block: &[&[u8]],
    ) -> Result<String, StoreError> {
        let effort = self.effort;
        let current = self.current_segment()?;
        let fields = with_warcinfo_id(fields, &current.warcinfo_id);
        let record = NewRecord { record_type, date, content_type, fields, block };
        write_record_with(&mut current.file, &record, effort).map_err(|error| io_error(&current.path, error))
    }

    /// Adds a line to the group's `metadata` record.
    fn add_entry(&mut self, entry: &JournalEntry<'_>) -> Result<(), StoreError> {
        serde_json::to_writer(&mut self.entry_lines, entry).map_err(|error| StoreError::Damaged {
            what: "a journal entry".to_owned(),
            reason: error.to_string(),
        })?;
        self.entry_lines.push(b'\n');
        Ok(())
    }

    /// Adds a visit with its capture. `exchanges` are those that the capture was made of, and `prepared` their
    /// records, as far as they are prepared.
    pub(in crate::store) fn add_visit(
        &mut self,
        database: &Database,
        page_records: &PageRecords,
        exchanges: &[Exchange],
        prepared: Vec<Option<PreparedRecords>>,
    ) -> Result<(), StoreError> {
        let mut records = Vec::new();
        let mut prepared = prepared.into_iter();
        if let Some((snapshot, _)) = &page_records.capture {
            for (number, exchange) in exchanges.iter().enumerate() {
                let prepared = prepared.next().flatten();
                if let Ok(response) = &exchange.outcome {
                    let last = (number + 1 == exchanges.len()).then_some(snapshot.body);
                    records.push(self.write_exchange(database, exchange, response, last, prepared)?);
                }
            }
        }
        self.add_entry(&JournalEntry::Visit(Box::new(VisitEntry::from_addition(page_records, records))))
    }

    /// Writes the records of an exchange and returns the id of its `response` or `revisit`. `last` is the hash
    /// of its body if it is the final one.
    fn write_exchange(
        &mut self,
        database: &Database,
        exchange: &Exchange,
        response: &Response,
        last: Option<ContentHash>,
        prepared: Option<PreparedRecords>,
    ) -> Result<String, StoreError> {
        let body = response.body.expose();
        // The database does not hold the bodies of redirects, so no record may refer to them.
        let hash = last.filter(|_| !body.is_empty());
        let origin = match hash {
            Some(hash) => match self.recent_bodies.get(&hash) {
                Some(origin) => Some(origin.clone()),
                None if self.relies_on_database => find_origin(database, hash)?,
                None => None,
            },
            None => None,
        };
        if let (Some(hash), None) = (last, &origin) {
            let url = exchange.url.as_str().to_owned();
            self.recent_bodies.insert(hash, BodyOrigin { url, date: exchange.at });
        }
        let effort = self.effort;
        let current = self.current_segment()?;
        let failed = |error| io_error(&current.path, error);
        let Some(origin) = origin else {
            let records = match prepared {
                Some(records) if records.warcinfo_id == current.warcinfo_id => records,
                _ => PreparedRecords::from_exchange(exchange, response, &current.warcinfo_id, effort)
                    .map_err(failed)?,
            };
            current.file.write_all(&records.bytes).map_err(failed)?;
            return Ok(records.response_id);
        };
        let head = http_block::response_head(
            response.status_line.as_deref(),
            response.status,
            &response.headers,
            body.len(),
        );
        let mut fields = response_fields(exchange, response);
        fields.extend(revisit_fields(&origin));
        let record = NewRecord {
            record_type: "revisit",
            date: exchange.at,
            content_type: "application/http;msgtype=response",
            fields: with_warcinfo_id(fields, &current.warcinfo_id),
            block: &[head.as_bytes()],
        };
        let id = write_record(&mut current.file, &record).map_err(failed)?;
        write_request(&mut current.file, exchange, &id, &current.warcinfo_id).map_err(failed)?;
        Ok(id)
    }

    /// Adds content that is no page, such as a link table.
    pub(in crate::store) fn add_content(
        &mut self,
        hash: ContentHash,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let fields = vec![
            ("WARC-Target-URI", format!("urn:driftline:content:{hash}")),
            ("WARC-Payload-Digest", sha256_digest(&[bytes])),
        ];
        let now = jiff::Timestamp::now();
        let record = self.write_new_record("resource", now, "application/octet-stream", fields, &[bytes])?;
        self.recent_contents.insert(hash);
        self.add_entry(&JournalEntry::Content { hash: hash.to_string(), record })
    }

    /// Adds the fact that snapshots are forgotten.
    pub(in crate::store) fn add_forget(&mut self, ids: &[SnapshotId]) -> Result<(), StoreError> {
        let snapshots = ids.iter().map(ToString::to_string).collect();
        self.add_entry(&JournalEntry::Forget { snapshots })
    }

    /// Adds the fact that records of a URL have other times.
    pub(in crate::store) fn add_redating(
        &mut self,
        url: UrlKey,
        changes: &[Redating],
    ) -> Result<(), StoreError> {
        self.add_entry(&JournalEntry::Redate { url: url_text(url), times: changes.to_vec() })
    }

    /// Adds a run's record.
    pub(in crate::store) fn add_run(&mut self, run: &RunRecord) -> Result<(), StoreError> {
        self.add_entry(&JournalEntry::Run(Box::new(RunEntry::from_run(run))))
    }

    /// Completes the group, makes it durable, and returns the end of the journal; `None` if the group is empty.
    /// After an error the caller must call [`Self::roll_back`].
    pub(in crate::store) fn commit(&mut self) -> Result<Option<JournalPosition>, StoreError> {
        if self.entry_lines.is_empty() {
            return Ok(None);
        }
        let mut lines = std::mem::take(&mut self.entry_lines);
        self.forget_recent();
        let now = jiff::Timestamp::now();
        self.write_new_record("metadata", now, MEDIA_TYPE, Vec::new(), &[&lines])?;
        lines.clear();
        self.entry_lines = lines;
        let segment_bytes = self.segment_bytes;
        let current = self.current_segment()?;
        let failed = |error| io_error(&current.path, error);
        current.file.flush().map_err(failed)?;
        current.file.get_ref().inner.sync_data().map_err(failed)?;
        let seal = current.file.get_ref().seal(finished_name(&current.path));
        let position = JournalPosition { segment: current.number, offset: seal.length };
        current.seal = Some(seal.clone());
        self.last_seal = Some(seal);
        if position.offset >= segment_bytes {
            self.finish_current()?;
        }
        Ok(Some(position))
    }

    /// The seal of the segment that the last group was written to.
    pub(in crate::store) fn last_seal(&self) -> Option<&SegmentSeal> {
        self.last_seal.as_ref()
    }

    /// Discards what the current group has written. The segment then ends with its last complete group.
    pub(in crate::store) fn roll_back(&mut self) {
        self.entry_lines.clear();
        self.recent_bodies.clear();
        self.recent_contents.clear();
        self.open_warcinfo.set(None);
        let Some(CurrentSegment { file, path, seal, .. }) = self.current.take() else { return };
        let end = seal.map_or(0, |seal| seal.length);
        // The buffered bytes must not reach the file.
        let (file, _unwritten) = file.into_parts();
        let file = file.inner;
        // If this fails too (the disk may be gone), the next opening cuts the torn end off.
        let undone = if end == 0 {
            std::fs::remove_file(&path)
        } else {
            file.set_len(end).and_then(|()| file.sync_all())
        };
        match undone {
            Ok(()) if end > 0 => drop(finish_segment(&path)),
            Ok(()) => {}
            Err(error) => tracing::warn!("{}: {error}", path.display()),
        }
    }

    /// Finishes the current segment, if there is one.
    pub(in crate::store) fn finish_current(&mut self) -> Result<(), StoreError> {
        self.open_warcinfo.set(None);
        match self.current.take() {
            Some(current) => finish_segment(&current.path),
            None => Ok(()),
        }
    }
}

/// The record that a stored body came from, if the journal holds it.
fn find_origin(database: &Database, hash: ContentHash) -> Result<Option<BodyOrigin>, StoreError> {
    let Some(origin) = content::manifest::read_manifest(&database.content, hash)?
        .and_then(|manifest| manifest.first_journaled_capture())
    else {
        return Ok(None);
    };
    let snapshot = read_records::read_snapshot(database, origin)?;
    Ok(snapshot.and_then(|snapshot| {
        let hop = snapshot.last_hop()?;
        Some(BodyOrigin { url: hop.url.clone(), date: hop.at })
    }))
}
