//! The messages between a reader and the process that holds the store.
//!
//! The holder answers on a Unix domain socket. It first sends eight bytes that name the protocol; then
//! requests and responses alternate. Each begins with its length (4 bytes, big endian). A request is JSON. A
//! response is one byte that says what follows (JSON, plain bytes, or an error as JSON) and the data.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::model::ArticleId;
use crate::model::ContentHash;
use crate::model::UrlKey;
use crate::store::db::database::Database;
use crate::store::db::read_records;
use crate::store::{RunId, SnapshotId, StoreError, content};

/// What the holder sends first. A reader closes the connection if it expects another protocol.
pub(in crate::store) const GREETING: [u8; 8] = *b"drift/1\n";
/// The longest request in bytes; real ones are far shorter.
const MAX_QUESTION: u32 = 1 << 20;
/// The longest response in bytes, which is longer than any body that a crawl keeps.
const MAX_ANSWER: u32 = 1 << 30;
const JSON: u8 = b'j';
const BYTES: u8 = b'b';
const FAULT: u8 = b'f';

/// A read operation of [`crate::store::SnapshotStore`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::store) enum ReadRequest {
    Url(UrlKey),
    Visits(UrlKey),
    VisitInRun(UrlKey, RunId),
    Snapshots(UrlKey),
    Snapshot(SnapshotId),
    Body(ContentHash),
    Comparisons(UrlKey, ArticleId),
    Blob(ContentHash),
    Runs,
}

/// An error as it is sent to the reader.
#[derive(Debug, Serialize, Deserialize)]
struct Fault {
    /// The damaged record; `None` for any other error.
    what: Option<String>,
    reason: String,
}

/// A response that is not decoded yet.
pub(in crate::store) enum ReadResponse {
    Json(Vec<u8>),
    Bytes(Vec<u8>),
}

/// Answers a request from the database. Returns the bytes to send.
pub(in crate::store) fn answer_request(database: &Database, question: ReadRequest) -> Vec<u8> {
    let answered = match question {
        ReadRequest::Url(key) => read_records::read_url(database, key).map(encode_json),
        ReadRequest::Visits(key) => read_records::read_visits(database, key).map(encode_json),
        ReadRequest::VisitInRun(key, run) => {
            read_records::read_visit_in_run(database, key, run).map(encode_json)
        }
        ReadRequest::Snapshots(key) => read_records::read_snapshots(database, key).map(encode_json),
        ReadRequest::Snapshot(id) => read_records::read_snapshot(database, id).map(encode_json),
        ReadRequest::Comparisons(key, article) => {
            read_records::read_comparisons(database, key, &article).map(encode_json)
        }
        ReadRequest::Runs => read_records::read_runs(database).map(encode_json),
        ReadRequest::Body(hash) | ReadRequest::Blob(hash) => {
            content::read::read_content(&database.content, hash).map(|content| encode_bytes(&content))
        }
    };
    answered.unwrap_or_else(|error| encode_error(&error))
}

// The value is taken by value because that is what `map` passes.
#[allow(clippy::needless_pass_by_value)]
fn encode_json<T: Serialize>(value: T) -> Vec<u8> {
    let mut out = vec![JSON];
    match serde_json::to_writer(&mut out, &value) {
        Ok(()) => out,
        Err(error) => encode_fault(None, error.to_string()),
    }
}

fn encode_bytes(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + 1);
    out.push(BYTES);
    out.extend_from_slice(body);
    out
}

fn encode_error(error: &StoreError) -> Vec<u8> {
    match error {
        StoreError::Damaged { what, reason } => encode_fault(Some(what.clone()), reason.clone()),
        other => encode_fault(None, other.to_string()),
    }
}

fn encode_fault(what: Option<String>, reason: String) -> Vec<u8> {
    let mut out = vec![FAULT];
    // Two strings can always be serialised. If that failed, the reader would still get an error, without its
    // text.
    let _ = serde_json::to_writer(&mut out, &Fault { what, reason });
    out
}

/// Sends a request or a response.
pub(in crate::store) fn send_message(out: &mut impl Write, message: &[u8]) -> io::Result<()> {
    let len = u32::try_from(message.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    out.write_all(&len.to_be_bytes())?;
    out.write_all(message)?;
    out.flush()
}

/// Reads a request; `None` if the reader has closed the connection.
pub(in crate::store) fn read_request(input: &mut impl Read) -> io::Result<Option<ReadRequest>> {
    let mut len = [0; 4];
    match input.read_exact(&mut len) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let message = read_message(input, u32::from_be_bytes(len), MAX_QUESTION)?;
    serde_json::from_slice(&message).map(Some).map_err(io::Error::from)
}

/// Sends a request and reads the response. The outer error is one of the connection, the inner one is the
/// store's.
pub(in crate::store) fn send_request(
    stream: &mut (impl Read + Write),
    question: &ReadRequest,
) -> io::Result<Result<ReadResponse, StoreError>> {
    send_message(stream, &serde_json::to_vec(question)?)?;
    let mut len = [0; 4];
    stream.read_exact(&mut len)?;
    let mut message = read_message(stream, u32::from_be_bytes(len), MAX_ANSWER)?;
    let kind = message.first().copied().unwrap_or_default();
    let rest = message.split_off(1.min(message.len()));
    Ok(match kind {
        JSON => Ok(ReadResponse::Json(rest)),
        BYTES => Ok(ReadResponse::Bytes(rest)),
        FAULT => {
            let fault: Fault = serde_json::from_slice(&rest)?;
            Err(match fault.what {
                Some(what) => StoreError::Damaged { what, reason: fault.reason },
                None => StoreError::Holder { reason: fault.reason },
            })
        }
        _ => return Err(io::Error::from(io::ErrorKind::InvalidData)),
    })
}

fn read_message(input: &mut impl Read, len: u32, most: u32) -> io::Result<Vec<u8>> {
    if len > most {
        return Err(io::Error::from(io::ErrorKind::InvalidData));
    }
    let mut message = Vec::new();
    input.take(u64::from(len)).read_to_end(&mut message)?;
    if message.len() as u64 == u64::from(len) {
        Ok(message)
    } else {
        Err(io::Error::from(io::ErrorKind::UnexpectedEof))
    }
}
