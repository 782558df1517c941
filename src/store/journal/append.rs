//! Groups into segments.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use super::Mark;
use super::entry::{Entry, MEDIA_TYPE, RunEntry, VisitEntry};
use super::prepared_records::{Draft, OpenInfo, named, response_fields, write_request};
use super::segment::{
    finish, io_error, last_number, missing, open_name, segments_dir, sync_folder, write_info,
};
use crate::fetch::{Exchange, Response};
use crate::model::ContentHash;
use crate::store::content;
use crate::store::content::compression_level::Effort;
use crate::store::content::manifest::Kind;
use crate::store::db::database::Database;
use crate::store::db::read;
use crate::store::warc::digest::sha256_digest;
use crate::store::warc::http_block;
use crate::store::warc::revisit::{BodyOrigin, revisit_fields};
use crate::store::warc::write::{NewRecord, write_record, write_record_with};
use crate::store::write::page_write::Addition;
use crate::store::{RunRecord, SnapshotError, SnapshotId};

/// The segment that is being written.
struct Current {
    number: u64,
    path: PathBuf,
    file: BufWriter<File>,
    /// The id of its `warcinfo` record.
    info: String,
    /// The end of the last complete group.
    end: u64,
}

/// Appends groups. One group is begun, filled and committed before the next.
pub(in crate::store) struct JournalWriter {
    dir: PathBuf,
    segment_bytes: u64,
    next_number: u64,
    current: Option<Current>,
    /// The open segment's `warcinfo`, for those who pack records before they come here.
    open: OpenInfo,
    /// The lines of the group's `metadata` record.
    lines: Vec<u8>,
    /// Bodies that were written since the last whole group, which the database does not know yet; or,
    /// where what was written before cannot be relied on, since the journal was opened.
    fresh: HashMap<ContentHash, BodyOrigin>,
    /// Contents likewise.
    fresh_contents: HashSet<ContentHash>,
    /// Whether what the database says of earlier segments may be relied on.
    reliable: bool,
    /// How hard records are packed that were not packed before they came.
    effort: Effort,
}

impl JournalWriter {
    /// A journal that goes on after the segments that are there; `mark` says how much of it the
    /// database holds. Where segments are missing, nothing that is written refers to what they held:
    /// bodies and contents are written again.
    pub(in crate::store) fn new(dir: &Path, segment_bytes: u64, mark: Mark) -> Result<Self, SnapshotError> {
        let folder = segments_dir(dir);
        std::fs::create_dir_all(&folder).map_err(|error| io_error(&folder, error))?;
        let next_number = last_number(dir, mark)?.saturating_add(1);
        Ok(Self {
            dir: dir.to_owned(),
            segment_bytes,
            next_number,
            current: None,
            open: OpenInfo::default(),
            lines: Vec::new(),
            fresh: HashMap::new(),
            fresh_contents: HashSet::new(),
            reliable: missing(dir, mark)?.is_empty(),
            effort: Effort::Thorough,
        })
    }

    /// The same, for what earlier segments have lost: nothing that is written refers to them.
    pub(in crate::store) fn relying_on_nothing(mut self) -> Self {
        self.reliable = false;
        self
    }

    /// Whether content that the database holds stands in the journal.
    pub(in crate::store) fn has_content(&self, hash: ContentHash, kind: Kind) -> bool {
        self.fresh_contents.contains(&hash) || (self.reliable && kind == Kind::JournaledBlob)
    }

    /// Packs with this effort from now on.
    pub(in crate::store) fn set_effort(&mut self, effort: Effort) {
        self.effort = effort;
    }

    /// The `warcinfo` record of the open segment, as it is at any time.
    pub(in crate::store) fn open_info(&self) -> OpenInfo {
        self.open.clone()
    }

    fn group_ended(&mut self) {
        if self.reliable {
            self.fresh.clear();
            self.fresh_contents.clear();
        }
    }

    fn current(&mut self) -> Result<&mut Current, SnapshotError> {
        if self.current.is_none() {
            let now = jiff::Timestamp::now();
            let path = open_name(&self.dir, self.next_number, now);
            let failed = |error| io_error(&path, error);
            let file = File::options().write(true).create_new(true).open(&path).map_err(failed)?;
            let mut file = BufWriter::with_capacity(1 << 16, file);
            let info = write_info(&mut file, &path, now, "driftline journal 1").map_err(failed)?;
            sync_folder(&path)?;
            let number = self.next_number;
            self.next_number += 1;
            self.open.set(Some(info.clone()));
            self.current = Some(Current { number, path, file, info, end: 0 });
        }
        self.current.as_mut().ok_or_else(|| SnapshotError::Database {
            path: self.dir.clone(),
            reason: "no segment is open".to_owned(),
        })
    }

    /// Writes one record into the current segment and returns its id.
    fn write(
        &mut self,
        kind: &'static str,
        date: jiff::Timestamp,
        content_type: &'static str,
        fields: Vec<(&'static str, String)>,
        block: &[&[u8]],
    ) -> Result<String, SnapshotError> {
        let effort = self.effort;
        let current = self.current()?;
        let fields = named(fields, &current.info);
        let record = NewRecord { record_type: kind, date, content_type, fields, block };
        write_record_with(&mut current.file, &record, effort).map_err(|error| io_error(&current.path, error))
    }

    fn line(&mut self, entry: &Entry<'_>) -> Result<(), SnapshotError> {
        serde_json::to_writer(&mut self.lines, entry).map_err(|error| SnapshotError::Damaged {
            what: "a journal entry".to_owned(),
            reason: error.to_string(),
        })?;
        self.lines.push(b'\n');
        Ok(())
    }

    /// Adds what one finished URL adds; `exchanges` are those that the capture was made of, and
    /// `drafts` their records, as far as they are packed already.
    pub(in crate::store) fn add(
        &mut self,
        database: &Database,
        addition: &Addition,
        exchanges: &[Exchange],
        drafts: Vec<Option<Draft>>,
    ) -> Result<(), SnapshotError> {
        let mut records = Vec::new();
        let mut drafts = drafts.into_iter();
        if let Some((snapshot, _)) = &addition.capture {
            for (number, exchange) in exchanges.iter().enumerate() {
                let draft = drafts.next().flatten();
                if let Ok(response) = &exchange.outcome {
                    let last = (number + 1 == exchanges.len()).then_some(snapshot.body);
                    records.push(self.exchange(database, exchange, response, last, draft)?);
                }
            }
        }
        self.line(&Entry::Visit(Box::new(VisitEntry::of(addition, records))))
    }

    /// Writes the records of an exchange; `last` is its body's hash where it is the final one.
    fn exchange(
        &mut self,
        database: &Database,
        exchange: &Exchange,
        response: &Response,
        last: Option<ContentHash>,
        drafted: Option<Draft>,
    ) -> Result<String, SnapshotError> {
        let body = response.body.expose();
        // Bodies of redirects are not in the database, so nothing may refer to them.
        let hash = last.filter(|_| !body.is_empty());
        let origin = match hash {
            Some(hash) => match self.fresh.get(&hash) {
                Some(origin) => Some(origin.clone()),
                None if self.reliable => origin_of(database, hash)?,
                None => None,
            },
            None => None,
        };
        if let (Some(hash), None) = (last, &origin) {
            let url = exchange.url.as_str().to_owned();
            self.fresh.insert(hash, BodyOrigin { url, date: exchange.at });
        }
        let effort = self.effort;
        let current = self.current()?;
        let failed = |error| io_error(&current.path, error);
        let Some(origin) = origin else {
            let draft = match drafted {
                Some(draft) if draft.info == current.info => draft,
                _ => Draft::of(exchange, response, &current.info, effort).map_err(failed)?,
            };
            current.file.write_all(&draft.bytes).map_err(failed)?;
            return Ok(draft.id);
        };
        let head = http_block::response_head(response.status, &response.headers, body.len());
        let mut fields = response_fields(exchange, response);
        fields.extend(revisit_fields(&origin));
        let record = NewRecord {
            record_type: "revisit",
            date: exchange.at,
            content_type: "application/http;msgtype=response",
            fields: named(fields, &current.info),
            block: &[head.as_bytes()],
        };
        let id = write_record(&mut current.file, &record).map_err(failed)?;
        write_request(&mut current.file, exchange, &id, &current.info).map_err(failed)?;
        Ok(id)
    }

    /// Adds content that is not a page.
    pub(in crate::store) fn add_content(
        &mut self,
        hash: ContentHash,
        bytes: &[u8],
    ) -> Result<(), SnapshotError> {
        let fields = vec![
            ("WARC-Target-URI", format!("urn:driftline:content:{hash}")),
            ("WARC-Payload-Digest", sha256_digest(&[bytes])),
        ];
        let now = jiff::Timestamp::now();
        let record = self.write("resource", now, "application/octet-stream", fields, &[bytes])?;
        self.fresh_contents.insert(hash);
        self.line(&Entry::Content { hash: hash.to_string(), record })
    }

    /// Notes that snapshots are forgotten.
    pub(in crate::store) fn add_forget(&mut self, ids: &[SnapshotId]) -> Result<(), SnapshotError> {
        let snapshots = ids.iter().map(ToString::to_string).collect();
        self.line(&Entry::Forget { snapshots })
    }

    /// Adds a run's record.
    pub(in crate::store) fn add_run(&mut self, run: &RunRecord) -> Result<(), SnapshotError> {
        self.line(&Entry::Run(RunEntry::of(run)))
    }

    /// Completes the group, makes it durable, and says where the journal ends now. After an error
    /// the segment is cut back to the last complete group.
    pub(in crate::store) fn commit(&mut self) -> Result<Option<Mark>, SnapshotError> {
        if self.lines.is_empty() {
            return Ok(None);
        }
        let mut lines = std::mem::take(&mut self.lines);
        self.group_ended();
        let now = jiff::Timestamp::now();
        self.write("metadata", now, MEDIA_TYPE, Vec::new(), &[&lines])?;
        lines.clear();
        self.lines = lines;
        let segment_bytes = self.segment_bytes;
        let current = self.current()?;
        let failed = |error| io_error(&current.path, error);
        current.file.flush().map_err(failed)?;
        current.file.get_ref().sync_data().map_err(failed)?;
        current.end = current.file.get_mut().stream_position().map_err(failed)?;
        let mark = Mark { segment: current.number, offset: current.end };
        if current.end >= segment_bytes {
            self.finish()?;
        }
        Ok(Some(mark))
    }

    /// Takes back what the group has written so far; the segment ends with its last whole group.
    pub(in crate::store) fn roll_back(&mut self) {
        self.lines.clear();
        self.fresh.clear();
        self.fresh_contents.clear();
        self.open.set(None);
        let Some(Current { file, path, end, .. }) = self.current.take() else { return };
        // What is buffered must not reach the file any more.
        let (file, _unwritten) = file.into_parts();
        // Where this fails too (the disk is gone, say), opening cuts the torn end off.
        let undone = if end == 0 {
            std::fs::remove_file(&path)
        } else {
            file.set_len(end).and_then(|()| file.sync_all())
        };
        match undone {
            Ok(()) if end > 0 => drop(finish(&path)),
            Ok(()) => {}
            Err(error) => tracing::warn!("{}: {error}", path.display()),
        }
    }

    /// Ends the current segment.
    pub(in crate::store) fn finish(&mut self) -> Result<(), SnapshotError> {
        self.open.set(None);
        match self.current.take() {
            Some(current) => finish(&current.path).map(|_| ()),
            None => Ok(()),
        }
    }
}

/// Where a stored body came from, if the journal holds it.
fn origin_of(database: &Database, hash: ContentHash) -> Result<Option<BodyOrigin>, SnapshotError> {
    let Some(origin) =
        content::manifest::manifest(&database.content, hash)?.and_then(|manifest| manifest.origin())
    else {
        return Ok(None);
    };
    let snapshot = read::snapshot(database, origin)?;
    Ok(snapshot.and_then(|snapshot| {
        let hop = snapshot.last_hop()?;
        Some(BodyOrigin { url: hop.url.clone(), date: hop.at })
    }))
}
