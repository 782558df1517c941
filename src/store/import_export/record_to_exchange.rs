//! Turns a `response` or `revisit` record into an exchange with a decoded body, and checks the digests that
//! the record states.

use std::net::IpAddr;
use std::time::Duration;

use url::Url;

use super::checked_digests::check_digests;
use super::import_report::{ImportLog, ImportOptions};
use super::imported_hop::ImportedHop;
use super::payload::{Payload, decode_payload, describe_stored_body};
use super::revisit_targets::{RecordNames, RevisitTargets};
use crate::fetch::{Exchange, HeaderField, Response, Truncation, clean_target};
use crate::model::{CanonicalUrl, Untrusted, mask_userinfo};
use crate::store::warc::date::RecordDate;
use crate::store::warc::digest::StatedDigest;
use crate::store::warc::http_block;
use crate::store::warc::http_block::ResponseHead;
use crate::store::warc::record::WarcRecord;
use crate::store::{Snapshot, SnapshotStore, StoreError};

/// What was made of a record.
pub(super) enum ReadOutcome {
    /// The exchange in it, and the names by which later records may refer to it.
    Capture(Box<ImportedHop>, RecordNames),
    /// The reason to skip it.
    Skipped(String),
    /// It is a `revisit` whose original is not known, or not yet.
    LacksOriginal,
}

/// The answer in a record.
struct ReadAnswer {
    head: ResponseHead,
    body: Untrusted,
    truncated: Option<Truncation>,
    /// The stated digest of the payload, and whether it was checked and matched.
    digest: Option<(StatedDigest, bool)>,
    /// What is odd about the record.
    remarks: Vec<String>,
}

pub(super) struct ExchangeReader<'a> {
    store: &'a dyn SnapshotStore,
    options: ImportOptions,
    /// Whether driftline wrote the current records, so that the original fields can be restored.
    pub(super) written_by_driftline: bool,
}

impl<'a> ExchangeReader<'a> {
    pub(super) fn new(store: &'a dyn SnapshotStore, options: ImportOptions) -> Self {
        Self { store, options, written_by_driftline: false }
    }

    /// Reads the exchange in a record.
    pub(super) fn read_exchange(
        &self,
        record: &WarcRecord,
        targets: &mut RevisitTargets<'_>,
        log: &mut ImportLog,
    ) -> Result<ReadOutcome, StoreError> {
        let skipped = |reason: &str| Ok(ReadOutcome::Skipped(reason.to_owned()));
        if record.oversize {
            return skipped("a body above 256 MiB");
        }
        if record.field("warc-segment-number").is_some() {
            return skipped("a record that goes on in others (WARC-Segment-Number)");
        }
        let Some(mut url) = record.target_uri().and_then(|target| Url::parse(target).ok()) else {
            return skipped("no URL that can be read");
        };
        mask_userinfo(&mut url);
        if CanonicalUrl::from_url(url.clone()).is_none() {
            return skipped(&format!("the scheme {}", url.scheme()));
        }
        let Some(date) = record.stated_date() else { return skipped("no date that can be read") };
        let head = http_block::parse_response_head(&record.block);
        if targets.may_wait && is_unmodified(record, head.as_ref()) {
            // Which capture it confirms is known when all of them are.
            return Ok(ReadOutcome::LacksOriginal);
        }
        let answer = match (record.record_type(), head) {
            ("revisit", head) => match self.read_revisit(record, head, &url, targets)? {
                Some(answer) => answer,
                None => return Ok(ReadOutcome::LacksOriginal),
            },
            ("resource", None) => self.read_resource(record, log),
            (_, Some(head)) => self.read_response(record, head, log),
            (_, None) => Err(http_block::explain_missing_head(&record.block).to_owned()),
        };
        let ReadAnswer { head, body, truncated, digest, mut remarks } = match answer {
            Ok(answer) => answer,
            Err(reason) => return Ok(ReadOutcome::Skipped(reason)),
        };
        let odd = match date {
            RecordDate { is_too_late: true, .. } => {
                Some("a date later than can be kept, taken as 9999-12-30")
            }
            RecordDate { is_coarse: true, .. } => {
                Some("a date without the second, taken as the beginning of the stated time")
            }
            _ => None,
        };
        if let Some(odd) = odd {
            let stated = record.field("warc-date").unwrap_or_default();
            log.count_remark(odd);
            remarks.push(format!("the date of the record is {stated}"));
        }
        let at = date.at;
        let names = RecordNames::of_record(record, &url, at, digest.as_ref());
        // The field may be repeated, for the versions of TLS and of HTTP.
        let mut stated = record.fields.iter().filter(|(name, _)| name == "warc-protocol");
        let protocol = stated.find_map(|(_, value)| http_block::parse_protocol(value));
        let ResponseHead { status, status_line, mut headers, protocol: of_status_line, .. } = head;
        headers.iter_mut().for_each(clean_target);
        let protocol = protocol.unwrap_or(of_status_line);
        let outcome = Ok(Response { status, status_line, protocol, headers, body, truncated });
        let ip = record.field("warc-ip-address").and_then(|ip| ip.parse::<IpAddr>().ok());
        let remote = ip.map(|ip| (ip, 0).into());
        let (elapsed, request_headers) = (Duration::ZERO, Vec::new());
        let connected = true;
        let exchange = Exchange { url, at, elapsed, remote, connected, request_headers, outcome };
        Ok(ReadOutcome::Capture(Box::new(ImportedHop { exchange, file: 0, remarks }), names))
    }

    /// Checks the digests of a record against the forms of its payload; an error is the reason to skip it.
    /// Returns the stated digest of the payload, and whether it matched.
    fn check_digests(
        &self,
        record: &WarcRecord,
        forms: &[&[u8]],
        remarks: &mut Vec<String>,
        log: &mut ImportLog,
    ) -> Result<Option<(StatedDigest, bool)>, String> {
        let checked = check_digests(record, forms, log);
        let mut remark = |remark: &str| {
            log.count_remark(remark);
            remarks.push(remark.to_owned());
        };
        if let Some(odd) = checked.remark {
            remark(odd);
        }
        match checked.wrong {
            Some((_, reason)) if self.options.keep_wrong_digests => remark(reason),
            Some((fault, reason)) => {
                log.add_fault(record.offset, fault);
                return Err(reason.to_owned());
            }
            None => {}
        }
        Ok(checked.payload)
    }

    /// Reads a `resource` of the web: a file without the answer that brought it. Replay tools show it as an
    /// answer with status 200, and so does this.
    fn read_resource(&self, record: &WarcRecord, log: &mut ImportLog) -> Result<ReadAnswer, String> {
        let mut remarks = Vec::new();
        let digest = self.check_digests(record, &[&record.block], &mut remarks, log)?;
        let remark = "a resource without its HTTP answer, taken as one with status 200";
        log.count_remark(remark);
        remarks.push(remark.to_owned());
        let field = |name: &str, value: String| HeaderField { name: name.to_owned(), value };
        let mut headers = vec![field("content-length", record.block.len().to_string())];
        headers.extend(record.field("content-type").map(|value| field("content-type", value.to_owned())));
        let head = ResponseHead { status: 200, headers, ..ResponseHead::default() };
        let truncated = record.field("warc-truncated").map(|_| Truncation::Disconnect);
        Ok(ReadAnswer { head, body: Untrusted::new(record.block.clone()), truncated, digest, remarks })
    }

    /// Reads a `response`; an error is the reason to skip it.
    fn read_response(
        &self,
        record: &WarcRecord,
        mut head: ResponseHead,
        log: &mut ImportLog,
    ) -> Result<ReadAnswer, String> {
        let raw = record.block.get(head.len..).unwrap_or_default();
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
        let decoded = payload.decoded.as_deref().unwrap_or_default();
        let mut remarks = Vec::new();
        let forms = [raw, &payload.dechunked, decoded];
        let digest = self.check_digests(record, &forms, &mut remarks, log)?;
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
        Ok(ReadAnswer { head, body: Untrusted::new(bytes), truncated, digest, remarks })
    }

    /// Reads a `revisit`: the body that it repeats, under its own head if it has one. What the record states
    /// of its block (truncation, a digest) is about the omitted body and is not used. `None` if the original
    /// is not known.
    fn read_revisit(
        &self,
        record: &WarcRecord,
        head: Option<ResponseHead>,
        url: &Url,
        targets: &mut RevisitTargets<'_>,
    ) -> Result<Option<Result<ReadAnswer, String>>, StoreError> {
        let digest = record.field("warc-payload-digest").map(|stated| (StatedDigest::parse(stated), false));
        let head = match head {
            None if is_unmodified(record, None) => {
                Some(ResponseHead { status: 304, ..ResponseHead::default() })
            }
            head => head,
        };
        let mut head = match head {
            Some(head) if !(200..300).contains(&head.status) => {
                // The store keeps no bodies of such answers, so none may be found.
                let (body, truncated) = (Untrusted::default(), None);
                return Ok(Some(Ok(ReadAnswer { head, body, truncated, digest, remarks: Vec::new() })));
            }
            other => other,
        };
        let Some(original) = targets.find_original(record, url)? else {
            return Ok(None);
        };
        match &mut head {
            Some(head) if self.written_by_driftline => {
                head.headers = http_block::restore_original_headers(std::mem::take(&mut head.headers));
            }
            Some(head) => describe_stored_body(&mut head.headers, None),
            None => {}
        }
        let Some(head) = head.or_else(|| stored_head(&original)) else {
            return Ok(Some(Err("no HTTP answer in it".to_owned())));
        };
        let body = self.store.read_body(original.body)?;
        let truncated = original.truncated;
        Ok(Some(Ok(ReadAnswer { head, body, truncated, digest, remarks: Vec::new() })))
    }
}

/// Whether a record says that a page had not changed since an earlier capture: an answer with status 304, or a
/// `revisit` of that profile (WARC 1.1, section 6.7.3) without the answer.
fn is_unmodified(record: &WarcRecord, head: Option<&ResponseHead>) -> bool {
    let is_of_profile = || {
        let profile = record.uri_field("warc-profile").unwrap_or_default();
        record.record_type() == "revisit" && profile.ends_with("/revisit/server-not-modified")
    };
    head.map_or_else(is_of_profile, |head| head.status == 304)
}

/// The head of the final answer of a stored capture.
fn stored_head(snapshot: &Snapshot) -> Option<ResponseHead> {
    let hop = snapshot.last_hop()?;
    let (status_line, headers) = (hop.status_line.clone(), hop.headers.clone());
    Some(ResponseHead { status: hop.status, status_line, headers, ..ResponseHead::default() })
}
