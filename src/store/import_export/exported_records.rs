//! What an exported WARC file holds: the fields and the block of each record.
//!
//! The file begins with a `warcinfo`. Each hop of a snapshot becomes a `response`; a body that equals
//! an earlier one in the file becomes a `revisit` of it. A `request` follows where the journal has one.

use std::collections::HashMap;
use std::io::{self, Write};

use super::counting_writer::CountingWriter;
use super::journal_details::{HopDetails, JournalDetails};
use crate::fetch::HeaderField;
use crate::model::ContentHash;
use crate::store::warc::digest::sha256_digest;
use crate::store::warc::http_block::{content_length, response_head, truncation_name};
use crate::store::warc::revisit::{BodyOrigin, revisit_fields};
use crate::store::warc::warcinfo::write_warcinfo;
use crate::store::warc::write::{NewRecord, write_record};
use crate::store::{CapturedHop, Snapshot};

/// A `response` or `revisit` that was written, for an index.
pub(super) struct WrittenRecord<'a> {
    pub url: &'a str,
    pub at: jiff::Timestamp,
    pub status: u16,
    /// The media type as CDX writes it: `warc/revisit` for a revisit, `unk` where none was sent.
    pub mime: String,
    pub digest: String,
    pub offset: u64,
    pub length: u64,
    /// The final answer of a snapshot: its header fields and its body, also where the record is a revisit.
    pub page: Option<(&'a [HeaderField], &'a [u8])>,
}

/// Writes the records of snapshots and calls `on_record` after each `response` or `revisit`.
pub(super) struct SnapshotWriter<W, F> {
    pub(super) out: CountingWriter<W>,
    /// The id of the `warcinfo` record, which every other record names.
    warcinfo_id: String,
    /// The record in this file that holds each body.
    bodies: HashMap<ContentHash, BodyOrigin>,
    /// Records written so far, the `warcinfo` included.
    pub(super) records: u64,
    on_record: F,
}

impl<W: Write, F: FnMut(WrittenRecord<'_>) -> io::Result<()>> SnapshotWriter<W, F> {
    /// Begins the file with its `warcinfo` record.
    pub(super) fn begin(out: W, file_name: Option<&str>, on_record: F) -> io::Result<Self> {
        let mut out = CountingWriter::new(out);
        let now = jiff::Timestamp::now();
        let warcinfo_id = write_warcinfo(&mut out, file_name.map(ToOwned::to_owned), now, None)?;
        Ok(Self { out, warcinfo_id, bodies: HashMap::new(), records: 1, on_record })
    }

    /// Writes the records of all hops of a snapshot. Bodies of redirects come from the journal; one that
    /// it does not hold is left out and `WARC-Truncated` says so.
    pub(super) fn write_snapshot(
        &mut self,
        snapshot: &Snapshot,
        body: &[u8],
        journal: &JournalDetails,
    ) -> io::Result<()> {
        let Some((last, redirects)) = snapshot.hops.split_last() else { return Ok(()) };
        for (number, hop) in redirects.iter().enumerate() {
            let mut details = journal.hop_details(snapshot.id, number, hop);
            let body = details.body.take();
            let is_missing = body.is_none() && content_length(&hop.headers).is_some_and(|length| length > 0);
            let reason = details.truncated.take().or_else(|| is_missing.then(|| "unspecified".to_owned()));
            self.write_hop(hop, &body.unwrap_or_default(), reason, false, details)?;
        }
        let reason = snapshot.truncated.map(|truncation| truncation_name(truncation).to_owned());
        let details = journal.hop_details(snapshot.id, redirects.len(), last);
        self.write_hop(last, body, reason, true, details)
    }

    fn write_hop(
        &mut self,
        hop: &CapturedHop,
        body: &[u8],
        truncated: Option<String>,
        is_last_hop: bool,
        details: HopDetails,
    ) -> io::Result<()> {
        let hash = ContentHash::of(body);
        let head = response_head(hop.status_line.as_deref(), hop.status, &hop.headers, body.len());
        let digest = sha256_digest(&[body]);
        let mut fields = vec![
            ("WARC-Target-URI", hop.url.clone()),
            ("WARC-Payload-Digest", digest.clone()),
            ("WARC-Warcinfo-ID", self.warcinfo_id.clone()),
        ];
        fields.extend(details.protocol.map(|protocol| ("WARC-Protocol", protocol)));
        fields.extend(details.address.map(|address| ("WARC-IP-Address", address)));
        fields.extend(truncated.map(|reason| ("WARC-Truncated", reason)));
        let origin = if is_last_hop && !body.is_empty() { self.bodies.get(&hash) } else { None };
        let is_revisit = origin.is_some();
        fields.extend(origin.map(revisit_fields).into_iter().flatten());
        let message: &[&[u8]] = &[head.as_bytes(), body];
        let record = NewRecord {
            record_type: if is_revisit { "revisit" } else { "response" },
            date: hop.at,
            content_type: "application/http;msgtype=response",
            fields,
            block: if is_revisit { message.get(..1).unwrap_or(message) } else { message },
        };
        let offset = self.out.count;
        let id = write_record(&mut self.out, &record)?;
        let length = self.out.count - offset;
        self.records += 1;
        if let Some(request) = details.request {
            self.write_request(hop, id, &request)?;
        }
        (self.on_record)(WrittenRecord {
            url: &hop.url,
            at: hop.at,
            status: hop.status,
            mime: if is_revisit { "warc/revisit".to_owned() } else { media_type(&hop.headers) },
            digest,
            offset,
            length,
            page: is_last_hop.then_some((hop.headers.as_slice(), body)),
        })?;
        if is_last_hop && !is_revisit {
            self.bodies.insert(hash, BodyOrigin { url: hop.url.clone(), date: hop.at });
        }
        Ok(())
    }

    /// Writes the request of a hop, which belongs to the record `response_id`.
    fn write_request(&mut self, hop: &CapturedHop, response_id: String, block: &[u8]) -> io::Result<()> {
        let fields = vec![
            ("WARC-Target-URI", hop.url.clone()),
            ("WARC-Concurrent-To", response_id),
            ("WARC-Warcinfo-ID", self.warcinfo_id.clone()),
        ];
        let record = NewRecord {
            record_type: "request",
            date: hop.at,
            content_type: "application/http;msgtype=request",
            fields,
            block: &[block],
        };
        write_record(&mut self.out, &record)?;
        self.records += 1;
        Ok(())
    }
}

fn media_type(headers: &[HeaderField]) -> String {
    let value = headers.iter().find(|field| field.name == "content-type").map(|field| field.value.as_str());
    let media_type = value.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if media_type.is_empty() { "unk".to_owned() } else { media_type.to_ascii_lowercase() }
}
