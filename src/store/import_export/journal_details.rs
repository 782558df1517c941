//! Finds in the journal what the database does not hold of a capture: requests, addresses, protocols, and
//! the bodies of redirects.
//!
//! The journal has no index, so an export reads it once, until all wanted captures are found. Damage in
//! the journal only makes these details missing, because the captures themselves come from the database.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::store::journal::entry::{JournalEntry, MEDIA_TYPE};
use crate::store::journal::scan::{MAX_BLOCK, scan_segment};
use crate::store::journal::segment::list_segments;
use crate::store::warc::http_block;
use crate::store::warc::read::WarcReader;
use crate::store::warc::record::WarcRecord;
use crate::store::warc::scan::ScannedItem;
use crate::store::{CapturedHop, SnapshotId};

/// What the journal holds of a hop.
#[derive(Debug, Default)]
pub(super) struct HopDetails {
    /// `WARC-Protocol`.
    pub protocol: Option<String>,
    /// `WARC-IP-Address`.
    pub address: Option<String>,
    /// `WARC-Truncated`.
    pub truncated: Option<String>,
    /// The body, if the record has one.
    pub body: Option<Vec<u8>>,
    /// The block of the request.
    pub request: Option<Vec<u8>>,
}

/// Where the records of a hop are: the index of the segment, and offsets in its file.
#[derive(Clone, Copy, Debug)]
struct HopLocation {
    segment: usize,
    response: u64,
    request: Option<u64>,
}

/// Where the journal holds the wanted captures.
#[derive(Debug, Default)]
pub(super) struct JournalDetails {
    segments: Vec<PathBuf>,
    /// The location of each hop of a capture, in the order of the hops.
    locations: HashMap<SnapshotId, Vec<HopLocation>>,
}

impl JournalDetails {
    /// Searches the journal of the store in `dir` for captures.
    pub(super) fn search(dir: &Path, wanted: &HashSet<SnapshotId>) -> Self {
        let mut details = Self::default();
        for segment in list_segments(dir).unwrap_or_default() {
            if details.locations.len() >= wanted.len() {
                break;
            }
            let number = details.segments.len();
            details.segments.push(segment.path.clone());
            let mut group = HashMap::new();
            let scanned = scan_segment(&segment.path, 0, |item| {
                if let ScannedItem::Record(record, _) = item {
                    details.take_record(number, &record, &mut group, wanted);
                }
                Ok(())
            });
            if let Err(error) = scanned {
                tracing::debug!("{}: {error}", segment.path.display());
            }
        }
        details
    }

    /// Takes one record; `group` holds the hops of the group by the ids of their records.
    fn take_record(
        &mut self,
        segment: usize,
        record: &WarcRecord,
        group: &mut HashMap<String, HopLocation>,
        wanted: &HashSet<SnapshotId>,
    ) {
        match record.record_type() {
            "response" | "revisit" => {
                let id = record.field("warc-record-id").unwrap_or_default().to_owned();
                group.insert(id, HopLocation { segment, response: record.offset, request: None });
            }
            "request" => {
                let response = record.field("warc-concurrent-to").and_then(|id| group.get_mut(id));
                if let Some(location) = response {
                    location.request = Some(record.offset);
                }
            }
            "metadata" if record.field("content-type") == Some(MEDIA_TYPE) => {
                for line in record.block.split(|byte| *byte == b'\n') {
                    // Most visits captured nothing, so most lines need no parsing.
                    if memchr::memmem::find(line, b"\"capture\"").is_some() {
                        self.take_entry(line, group, wanted);
                    }
                }
                group.clear();
            }
            _ => {}
        }
    }

    fn take_entry(
        &mut self,
        line: &[u8],
        group: &HashMap<String, HopLocation>,
        wanted: &HashSet<SnapshotId>,
    ) {
        let Ok(JournalEntry::Visit(visit)) = serde_json::from_slice(line) else { return };
        let (Ok(Some(id)), Some(capture)) = (visit.snapshot_id(), &visit.capture) else { return };
        let locations: Option<Vec<HopLocation>> =
            capture.records.iter().map(|record| group.get(record).copied()).collect();
        if let (Some(locations), true) = (locations, wanted.contains(&id)) {
            self.locations.insert(id, locations);
        }
    }

    /// Reads what the journal holds of the hop at index `number` of a capture; nothing if its record is
    /// not that of `hop`.
    pub(super) fn hop_details(&self, id: SnapshotId, number: usize, hop: &CapturedHop) -> HopDetails {
        let location = self.locations.get(&id).and_then(|locations| locations.get(number));
        let Some((location, mut record)) =
            location.and_then(|location| Some((location, self.read_record(location, location.response)?)))
        else {
            return HopDetails::default();
        };
        if record.target_uri() != Some(hop.url.as_str()) || record.date() != Some(hop.at) {
            return HopDetails::default();
        }
        let field = |name| record.field(name).map(ToOwned::to_owned);
        let (protocol, address) = (field("warc-protocol"), field("warc-ip-address"));
        let truncated = field("warc-truncated");
        let head =
            http_block::parse_response_head(&record.block).filter(|_| record.record_type() == "response");
        let body = head.map(|head| record.block.split_off(head.len.min(record.block.len())));
        let request = location.request.and_then(|offset| self.read_record(location, offset));
        HopDetails { protocol, address, truncated, body, request: request.map(|record| record.block) }
    }

    fn read_record(&self, location: &HopLocation, offset: u64) -> Option<WarcRecord> {
        let mut input = File::open(self.segments.get(location.segment)?).ok()?;
        input.seek(SeekFrom::Start(offset)).ok()?;
        WarcReader::new(BufReader::new(input), offset, MAX_BLOCK).ok()?.next_record().ok()?
    }
}
