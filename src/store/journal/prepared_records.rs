//! The records of a capture, packed before the writer needs them.
//!
//! Packing is most of the work of storing a page, and the writer is one thread. So it is done where the
//! page is handed over, for the segment that is open then; where the writer has come to the next one
//! meanwhile, it is done again.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::fetch::{Exchange, Response};
use crate::store::Deposit;
use crate::store::content::compression_level::Effort;
use crate::store::warc::digest::sha256_digest;
use crate::store::warc::http_block;
use crate::store::warc::write::{NewRecord, write_record, write_record_with};

/// The id of the `warcinfo` record of the segment that is open; none where none is.
#[derive(Clone, Default)]
pub(in crate::store) struct OpenInfo(Arc<Mutex<Option<String>>>);

impl OpenInfo {
    pub(super) fn set(&self, info: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = info;
    }

    fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An answer's `response` record, and the `request` record that belongs to it, packed.
pub(in crate::store) struct Draft {
    /// The `warcinfo` record that they name.
    pub(super) info: String,
    /// The id of the `response` record.
    pub(super) id: String,
    /// The records.
    pub(super) bytes: Vec<u8>,
}

impl Draft {
    pub(super) fn of(
        exchange: &Exchange,
        response: &Response,
        info: &str,
        effort: Effort,
    ) -> io::Result<Self> {
        let body = response.body.expose();
        let head = http_block::response_head(response.status, &response.headers, body.len());
        let mut bytes = Vec::new();
        let record = NewRecord {
            record_type: "response",
            date: exchange.at,
            content_type: "application/http;msgtype=response",
            fields: named(response_fields(exchange, response), info),
            block: &[head.as_bytes(), body],
        };
        let id = write_record_with(&mut bytes, &record, effort)?;
        write_request(&mut bytes, exchange, &id, info)?;
        Ok(Self { info: info.to_owned(), id, bytes })
    }

    /// How much memory it holds.
    pub(in crate::store) fn weight(&self) -> usize {
        self.bytes.len()
    }
}

/// The records of what a deposit keeps, an entry an exchange; none where the writer is to make it.
/// Where the journal has the final body already, its record is not needed: that is seldom so, and asking the
/// database for every page costs more.
pub(in crate::store) fn drafts(deposit: &Deposit, open: &OpenInfo, effort: Effort) -> Vec<Option<Draft>> {
    if !deposit.keep_body {
        return Vec::new();
    }
    let Some(info) = open.get() else { return Vec::new() };
    let draft = |exchange: &Exchange| {
        let response = exchange.outcome.as_ref().ok()?;
        Draft::of(exchange, response, &info, effort).ok()
    };
    deposit.exchanges.iter().map(draft).collect()
}

/// What a record says of an answer.
pub(super) fn response_fields(exchange: &Exchange, response: &Response) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("WARC-Target-URI", exchange.url.as_str().to_owned()),
        ("WARC-Payload-Digest", sha256_digest(&[response.body.expose()])),
        ("WARC-Protocol", http_block::protocol_name(response.protocol).to_owned()),
    ];
    fields.extend(exchange.remote.map(|remote| ("WARC-IP-Address", remote.ip().to_string())));
    let truncation = response.truncated.map(http_block::truncation_name);
    fields.extend(truncation.map(|reason| ("WARC-Truncated", reason.to_owned())));
    fields
}

/// Writes the `request` record that belongs to the record `id`; none where nothing is known of the
/// request (it was imported), and none is made up.
pub(super) fn write_request(
    out: &mut impl io::Write,
    exchange: &Exchange,
    id: &str,
    info: &str,
) -> io::Result<()> {
    if exchange.request_headers.is_empty() {
        return Ok(());
    }
    let fields =
        vec![("WARC-Target-URI", exchange.url.as_str().to_owned()), ("WARC-Concurrent-To", id.to_owned())];
    let block = http_block::request_block(exchange);
    let record = NewRecord {
        record_type: "request",
        date: exchange.at,
        content_type: "application/http;msgtype=request",
        fields: named(fields, info),
        block: &[block.as_bytes()],
    };
    write_record(out, &record).map(drop)
}

/// Fields with the `warcinfo` record that they belong to.
pub(super) fn named(mut fields: Vec<(&'static str, String)>, info: &str) -> Vec<(&'static str, String)> {
    fields.push(("WARC-Warcinfo-ID", info.to_owned()));
    fields
}
