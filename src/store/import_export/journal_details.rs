//! What the journal holds of captures and the database does not: requests, addresses, protocols, and
//! the bodies of redirects.
//!
//! The journal has no index, so it is read once for an export, up to where all wanted captures have
//! been found. What is damaged or gone there is only missing: the captures themselves come from the
//! database.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::store::journal::entry::{Entry, MEDIA_TYPE};
use crate::store::journal::scan::{MAX_BLOCK, is_damage, next_member};
use crate::store::journal::segment::list;
use crate::store::warc::http_block;
use crate::store::warc::read::{WarcReader, WarcRecord};
use crate::store::{CapturedHop, SnapshotId};

/// What the journal holds of a hop.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// `WARC-Protocol`.
    pub protocol: Option<String>,
    /// `WARC-IP-Address`.
    pub address: Option<String>,
    /// `WARC-Truncated`.
    pub truncated: Option<String>,
    /// The body, where the record has one.
    pub body: Option<Vec<u8>>,
    /// The block of the request.
    pub request: Option<Vec<u8>>,
}

/// Where the records of a hop stand.
#[derive(Clone, Copy, Debug)]
struct Place {
    file: usize,
    answer: u64,
    request: Option<u64>,
}

/// Where the journal holds captures.
#[derive(Debug, Default)]
pub(super) struct Journal {
    files: Vec<PathBuf>,
    places: HashMap<SnapshotId, Vec<Place>>,
}

impl Journal {
    /// Looks for captures in the journal of the store in `dir`.
    pub(super) fn search(dir: &Path, wanted: &HashSet<SnapshotId>) -> Self {
        let mut journal = Self::default();
        let segments = list(dir).unwrap_or_default();
        for segment in segments {
            if journal.places.len() >= wanted.len() {
                break;
            }
            journal.files.push(segment.path.clone());
            if let Err(error) = journal.segment(&segment.path, wanted) {
                tracing::debug!("{}: {error}", segment.path.display());
            }
        }
        journal
    }

    fn segment(&mut self, path: &Path, wanted: &HashSet<SnapshotId>) -> io::Result<()> {
        let file = self.files.len().saturating_sub(1);
        let mut input = File::open(path)?;
        let mut group: HashMap<String, Place> = HashMap::new();
        let mut position = 0;
        loop {
            input.seek(SeekFrom::Start(position))?;
            let mut reader = WarcReader::new(BufReader::with_capacity(1 << 18, &input), position, MAX_BLOCK)?;
            let damage = loop {
                match reader.next_record() {
                    Ok(Some(record)) => self.record(file, &record, &mut group, wanted),
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            };
            match damage {
                None => return Ok(()),
                Some(error) if !is_damage(&error) => return Err(error),
                Some(_) => {}
            }
            let Some(next) = next_member(path, reader.offset().saturating_add(1))? else { return Ok(()) };
            position = next;
        }
    }

    fn record(
        &mut self,
        file: usize,
        record: &WarcRecord,
        group: &mut HashMap<String, Place>,
        wanted: &HashSet<SnapshotId>,
    ) {
        match record.kind() {
            "response" | "revisit" => {
                let id = record.field("warc-record-id").unwrap_or_default().to_owned();
                group.insert(id, Place { file, answer: record.offset, request: None });
            }
            "request" => {
                let answer = record.field("warc-concurrent-to").and_then(|id| group.get_mut(id));
                if let Some(place) = answer {
                    place.request = Some(record.offset);
                }
            }
            "metadata" if record.field("content-type") == Some(MEDIA_TYPE) => {
                for line in record.block.split(|byte| *byte == b'\n') {
                    // Most visits captured nothing.
                    if memchr::memmem::find(line, b"\"capture\"").is_some() {
                        self.line(line, group, wanted);
                    }
                }
                group.clear();
            }
            _ => {}
        }
    }

    fn line(&mut self, line: &[u8], group: &HashMap<String, Place>, wanted: &HashSet<SnapshotId>) {
        let Ok(Entry::Visit(visit)) = serde_json::from_slice(line) else { return };
        let (Ok(Some(id)), Some(capture)) = (visit.snapshot_id(), &visit.capture) else { return };
        let places: Option<Vec<Place>> =
            capture.records.iter().map(|record| group.get(record).copied()).collect();
        if let (Some(places), true) = (places, wanted.contains(&id)) {
            self.places.insert(id, places);
        }
    }

    /// What is held of a hop of a capture.
    pub(super) fn held(&self, id: SnapshotId, number: usize, hop: &CapturedHop) -> Held {
        let place = self.places.get(&id).and_then(|places| places.get(number));
        let Some((place, mut record)) =
            place.and_then(|place| Some((place, self.read(place.file, place.answer)?)))
        else {
            return Held::default();
        };
        if record.target() != Some(hop.url.as_str()) || record.date() != Some(hop.at) {
            return Held::default();
        }
        let own = |name| record.field(name).map(ToOwned::to_owned);
        let (protocol, address) = (own("warc-protocol"), own("warc-ip-address"));
        let truncated = own("warc-truncated");
        let head = http_block::read_head(&record.block).filter(|_| record.kind() == "response");
        let body = head.map(|head| record.block.split_off(head.len.min(record.block.len())));
        let request = place.request.and_then(|at| self.read(place.file, at)).map(|record| record.block);
        Held { protocol, address, truncated, body, request }
    }

    fn read(&self, file: usize, at: u64) -> Option<WarcRecord> {
        let mut input = File::open(self.files.get(file)?).ok()?;
        input.seek(SeekFrom::Start(at)).ok()?;
        WarcReader::new(BufReader::new(input), at, MAX_BLOCK).ok()?.next_record().ok()?
    }
}
