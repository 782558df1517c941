//! What a record in a segment holds, for those who read the journal back.

use crate::store::CapturedHop;
use crate::store::journal::entry::MEDIA_TYPE;
use crate::store::warc::http_block;
use crate::store::warc::record::WarcRecord;

/// The content of a record. Records of a group refer to each other by their ids.
pub(super) enum RecordContent {
    /// An answer. A `revisit` has no body of its own.
    Hop { id: String, hop: CapturedHop, body: Option<Vec<u8>> },
    /// Content that is no page.
    Content { id: String, bytes: Vec<u8> },
    /// The entries that complete a group, as JSON lines.
    Entries { lines: Vec<u8> },
    /// A record that adds nothing to the database: a request, or the beginning of a segment.
    Other,
}

impl RecordContent {
    /// Reads a record; an error says why it cannot be used.
    pub(super) fn from_record(record: WarcRecord) -> Result<Self, &'static str> {
        if record.oversize {
            return Err("the record is longer than any that driftline writes");
        }
        let id = record.field("warc-record-id").unwrap_or_default().to_owned();
        match record.record_type() {
            "response" | "revisit" => {
                let (hop, body) = read_hop(record).ok_or("the record holds no HTTP answer")?;
                Ok(Self::Hop { id, hop, body })
            }
            "resource" => Ok(Self::Content { id, bytes: record.block }),
            "metadata" if record.field("content-type") == Some(MEDIA_TYPE) => {
                Ok(Self::Entries { lines: record.block })
            }
            _ => Ok(Self::Other),
        }
    }
}

/// The lines of a `metadata` record, without empty ones.
pub(super) fn entry_lines(lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

/// Reads a `response` or `revisit` record as a hop of a capture, with the body if it is a `response`.
fn read_hop(record: WarcRecord) -> Option<(CapturedHop, Option<Vec<u8>>)> {
    let head = http_block::parse_response_head(&record.block)?;
    let hop = CapturedHop {
        url: record.target_uri()?.to_owned(),
        at: record.date()?,
        status: head.status,
        status_line: head.status_line,
        headers: http_block::restore_original_headers(head.headers),
    };
    let has_body = record.record_type() == "response";
    let mut block = record.block;
    let body = has_body.then(|| block.split_off(head.len.min(block.len())));
    Some((hop, body))
}
