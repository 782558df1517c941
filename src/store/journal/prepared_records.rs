//! Compresses the WARC records of a capture before the writer needs them.
//!
//! Compression is most of the work of storing a page, and the writer is a single thread. It is therefore
//! done by the thread that hands the page over, for the segment that is open then. If the writer has begun
//! the next segment in the meantime, it is done again.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::fetch::{Exchange, Response};
use crate::store::PageWrite;
use crate::store::content::compression_level::CompressionEffort;
use crate::store::warc::digest::sha256_digest;
use crate::store::warc::http_block;
use crate::store::warc::write::{NewRecord, write_record, write_record_with};

/// The id of the open segment's `warcinfo` record, shared between threads; `None` while no segment is open.
#[derive(Clone, Default)]
pub(in crate::store) struct OpenWarcinfo(Arc<Mutex<Option<String>>>);

impl OpenWarcinfo {
    pub(super) fn set(&self, id: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = id;
    }

    fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The `response` record of an exchange and its `request` record, as compressed bytes.
pub(in crate::store) struct PreparedRecords {
    /// The id of the `warcinfo` record that they name.
    pub(super) warcinfo_id: String,
    /// The id of the `response` record.
    pub(super) response_id: String,
    /// The records, as they go into the segment.
    pub(super) bytes: Vec<u8>,
}

impl PreparedRecords {
    /// Makes the records of an exchange that was answered.
    pub(super) fn from_exchange(
        exchange: &Exchange,
        response: &Response,
        warcinfo_id: &str,
        effort: CompressionEffort,
    ) -> io::Result<Self> {
        let body = response.body.expose();
        let head = http_block::response_head(
            response.status_line.as_deref(),
            response.status,
            &response.headers,
            body.len(),
        );
        let mut bytes = Vec::new();
        let record = NewRecord {
            record_type: "response",
            date: exchange.at,
            content_type: "application/http;msgtype=response",
            fields: with_warcinfo_id(response_fields(exchange, response), warcinfo_id),
            block: &[head.as_bytes(), body],
        };
        let response_id = write_record_with(&mut bytes, &record, effort)?;
        write_request(&mut bytes, exchange, &response_id, warcinfo_id)?;
        Ok(Self { warcinfo_id: warcinfo_id.to_owned(), response_id, bytes })
    }

    /// The memory that they take, in bytes.
    pub(in crate::store) fn weight(&self) -> usize {
        self.bytes.len()
    }
}

/// Prepares the records of what a page write keeps, one entry per exchange; `None` where the writer must make
/// them. The final record is not needed if the journal already holds its body, but that is rare, and asking
/// the database for every page costs more.
pub(in crate::store) fn prepare_records(
    page_write: &PageWrite,
    open_warcinfo: &OpenWarcinfo,
    effort: CompressionEffort,
) -> Vec<Option<PreparedRecords>> {
    if !page_write.keep_body {
        return Vec::new();
    }
    let Some(warcinfo_id) = open_warcinfo.get() else { return Vec::new() };
    let prepare = |exchange: &Exchange| {
        let response = exchange.outcome.as_ref().ok()?;
        PreparedRecords::from_exchange(exchange, response, &warcinfo_id, effort).ok()
    };
    page_write.exchanges.iter().map(prepare).collect()
}

/// The fields of a `response` or `revisit` record that describe the answer.
pub(super) fn response_fields(exchange: &Exchange, response: &Response) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("WARC-Target-URI", exchange.url.as_str().to_owned()),
        ("WARC-Payload-Digest", sha256_digest(&[response.body.expose()])),
    ];
    let protocol = http_block::protocol_name(response.protocol);
    fields.extend(protocol.map(|protocol| ("WARC-Protocol", protocol.to_owned())));
    fields.extend(exchange.remote.map(|remote| ("WARC-IP-Address", remote.ip().to_string())));
    let truncation = response.truncated.map(http_block::truncation_name);
    fields.extend(truncation.map(|reason| ("WARC-Truncated", reason.to_owned())));
    fields
}

/// Writes the `request` record that belongs to the record `response_id`. Nothing is known of the request of
/// an imported exchange, so it gets no record.
pub(super) fn write_request(
    out: &mut impl io::Write,
    exchange: &Exchange,
    response_id: &str,
    warcinfo_id: &str,
) -> io::Result<()> {
    if exchange.request_headers.is_empty() {
        return Ok(());
    }
    let fields = vec![
        ("WARC-Target-URI", exchange.url.as_str().to_owned()),
        ("WARC-Concurrent-To", response_id.to_owned()),
    ];
    let block = http_block::request_block(exchange);
    let record = NewRecord {
        record_type: "request",
        date: exchange.at,
        content_type: "application/http;msgtype=request",
        fields: with_warcinfo_id(fields, warcinfo_id),
        block: &[block.as_bytes()],
    };
    write_record(out, &record).map(drop)
}

/// Adds the field that names the `warcinfo` record of the segment.
pub(super) fn with_warcinfo_id(
    mut fields: Vec<(&'static str, String)>,
    warcinfo_id: &str,
) -> Vec<(&'static str, String)> {
    fields.push(("WARC-Warcinfo-ID", warcinfo_id.to_owned()));
    fields
}
