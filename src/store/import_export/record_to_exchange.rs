//! Turns a `response` or `revisit` record into an exchange with a decoded body, and checks the digests that
//! the record states.

use std::net::IpAddr;
use std::time::Duration;

use url::Url;

use super::import_report::ImportLog;
use super::payload::{Payload, decode_payload, describe_stored_body};
use super::revisit_targets::{RecordNames, RevisitTargets};
use crate::fetch::{Exchange, Protocol, Response, Truncation};
use crate::model::{CanonicalUrl, Untrusted};
use crate::store::warc::digest::StatedDigest;
use crate::store::warc::http_block;
use crate::store::warc::http_block::ResponseHead;
use crate::store::warc::read::WarcRecord;
use crate::store::{Snapshot, SnapshotStore, StoreError};

/// The answer in a record.
struct ReadAnswer {
    head: ResponseHead,
    body: Untrusted,
    truncated: Option<Truncation>,
    /// The stated digest of the payload, and whether it was checked and matched.
    digest: Option<(StatedDigest, bool)>,
}

pub(super) struct ExchangeReader<'a> {
    store: &'a dyn SnapshotStore,
    /// Whether driftline wrote the current records, so that the original fields can be restored.
    pub(super) written_by_driftline: bool,
}

impl<'a> ExchangeReader<'a> {
    pub(super) fn new(store: &'a dyn SnapshotStore) -> Self {
        Self { store, written_by_driftline: false }
    }

    /// Reads the exchange in a record, and the names by which later records may refer to it. The inner
    /// error is the reason to skip the record.
    pub(super) fn read_exchange(
        &self,
        record: &WarcRecord,
        targets: &mut RevisitTargets<'_>,
        log: &mut ImportLog,
    ) -> Result<Result<(Exchange, RecordNames), String>, StoreError> {
        if record.oversize {
            return Ok(Err("a body above 256 MiB".to_owned()));
        }
        if record.field("warc-segment-number").is_some() {
            return Ok(Err("a record that goes on in others (WARC-Segment-Number)".to_owned()));
        }
        let Some(url) = record.target_uri().and_then(|target| Url::parse(target).ok()) else {
            return Ok(Err("no URL that can be read".to_owned()));
        };
        if CanonicalUrl::from_url(url.clone()).is_none() {
            return Ok(Err(format!("the scheme {}", url.scheme())));
        }
        let Some(at) = record.date() else { return Ok(Err("no date that can be read".to_owned())) };
        let head = http_block::parse_response_head(&record.block);
        let answer = if record.record_type() == "revisit" {
            self.read_revisit(record, head, &url, targets)?
        } else {
            head.ok_or("no HTTP answer in it".to_owned())
                .and_then(|head| self.read_response(record, head, log))
        };
        let ReadAnswer { head, body, truncated, digest } = match answer {
            Ok(answer) => answer,
            Err(reason) => return Ok(Err(reason)),
        };
        let names = RecordNames::of_record(record, &url, at, digest.as_ref());
        let protocol = match record.field("warc-protocol") {
            Some("h2") => Protocol::H2,
            Some("http/1.0") => Protocol::Http10,
            _ => Protocol::Http11,
        };
        let ResponseHead { status, headers, .. } = head;
        let outcome = Ok(Response { status, protocol, headers, body, truncated });
        let ip = record.field("warc-ip-address").and_then(|ip| ip.parse::<IpAddr>().ok());
        let remote = ip.map(|ip| (ip, 0).into());
        let (elapsed, request_headers) = (Duration::ZERO, Vec::new());
        let connected = true;
        Ok(Ok((Exchange { url, at, elapsed, remote, connected, request_headers, outcome }, names)))
    }

    /// Reads a `response`; an error is the reason to skip it.
    fn read_response(
        &self,
        record: &WarcRecord,
        mut head: ResponseHead,
        log: &mut ImportLog,
    ) -> Result<ReadAnswer, String> {
        let raw = record.block.get(head.len..).unwrap_or_default();
        let block = record.field("warc-block-digest").map(StatedDigest::parse);
        if let Some(false) = block.and_then(|stated| check_digest(&stated, &[&record.block], log)) {
            log.add_fault(record.offset, "the block is not what its WARC-Block-Digest says");
            return Err("a block that is not what its WARC-Block-Digest says".to_owned());
        }
        if (200..300).contains(&head.status)
            && raw.is_empty()
            && http_block::content_length(&head.headers) > Some(0)
        {
            return Err("an answer without its body, as to a HEAD request".to_owned());
        }
        let payload = if self.written_by_driftline {
            // driftline decodes bodies and marks the fields before it writes them.
            Payload { dechunked: raw.into(), decoded: None, truncated: None }
        } else {
            decode_payload(head.status, raw, &head.headers)?
        };
        let stated = record.field("warc-payload-digest").map(StatedDigest::parse);
        let decoded = payload.decoded.as_deref().unwrap_or_default();
        let matches =
            stated.as_ref().and_then(|stated| check_digest(stated, &[raw, &payload.dechunked, decoded], log));
        if matches == Some(false) {
            log.add_fault(record.offset, "the payload is not what its WARC-Payload-Digest says");
            return Err("a payload that is not what its WARC-Payload-Digest says".to_owned());
        }
        let truncated = record.field("warc-truncated").map(|reason| match reason {
            // Another tool's length limit need not be driftline's: the next visit may get the whole body.
            "length" if self.written_by_driftline => Truncation::Length,
            "length" | "disconnect" => Truncation::Disconnect,
            "time" => Truncation::Time,
            _ => Truncation::Decode,
        });
        let truncated = truncated.or(payload.truncated);
        let bytes = payload.into_bytes();
        if self.written_by_driftline {
            head.headers = http_block::restore_original_headers(head.headers);
        } else {
            describe_stored_body(&mut head.headers, truncated.is_none().then_some(bytes.len()));
        }
        let digest = stated.map(|stated| (stated, matches == Some(true)));
        Ok(ReadAnswer { head, body: Untrusted::new(bytes), truncated, digest })
    }

    /// Reads a `revisit`: the body that it repeats, under its own head if it has one. What the record states
    /// of its block (truncation, a digest) is about the omitted body and is not used.
    fn read_revisit(
        &self,
        record: &WarcRecord,
        head: Option<ResponseHead>,
        url: &Url,
        targets: &mut RevisitTargets<'_>,
    ) -> Result<Result<ReadAnswer, String>, StoreError> {
        let digest = record.field("warc-payload-digest").map(|stated| (StatedDigest::parse(stated), false));
        let mut head = match head {
            Some(head) if !(200..300).contains(&head.status) => {
                // The store keeps no bodies of such answers, so none may be found.
                let (body, truncated) = (Untrusted::default(), None);
                return Ok(Ok(ReadAnswer { head, body, truncated, digest }));
            }
            other => other,
        };
        let Some(original) = targets.find_original(record, url)? else {
            return Ok(Err("a revisit of what is neither in the file nor in the store".to_owned()));
        };
        match &mut head {
            Some(head) if self.written_by_driftline => {
                head.headers = http_block::restore_original_headers(std::mem::take(&mut head.headers));
            }
            Some(head) => describe_stored_body(&mut head.headers, None),
            None => {}
        }
        let Some(head) = head.or_else(|| stored_head(&original)) else {
            return Ok(Err("no HTTP answer in it".to_owned()));
        };
        let body = self.store.read_body(original.body)?;
        Ok(Ok(ReadAnswer { head, body, truncated: original.truncated, digest }))
    }
}

/// Whether a stated digest is that of one of these forms of the data, because tools disagree on whether
/// chunks and codings belong to a payload. `None`, and counted, if the algorithm is not supported.
fn check_digest(stated: &StatedDigest, forms: &[&[u8]], log: &mut ImportLog) -> Option<bool> {
    let mut matches = None;
    for (number, form) in forms.iter().enumerate() {
        if forms.iter().take(number).any(|before| before == form) {
            continue;
        }
        matches = stated.matches(form);
        if matches != Some(false) {
            break;
        }
    }
    log.report.unchecked += u64::from(matches.is_none());
    matches
}

/// The head of the final answer of a stored capture.
fn stored_head(snapshot: &Snapshot) -> Option<ResponseHead> {
    let hop = snapshot.last_hop()?;
    Some(ResponseHead { status: hop.status, headers: hop.headers.clone(), len: 0 })
}
