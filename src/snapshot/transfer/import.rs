//! Captures in, from the WARC of other tools.
//!
//! A `response` (or a `revisit` whose body is known) becomes a snapshot with the date that it
//! carries. Redirects are remembered until the page that they lead to comes, and then become the
//! hops of one capture. Everything else is counted under the reason for which it was skipped.
//! Importing the same again adds nothing.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, Read};
use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use url::Url;

use super::super::record::milliseconds;
use crate::citation::CanonicalUrl;
use crate::fetch::{Exchange, HeaderField, Protocol, Response, Truncation, Untrusted};
use crate::snapshot::journal::replay::is_damage;
use crate::snapshot::warc::http::{self, Head};
use crate::snapshot::warc::read::{WarcReader, WarcRecord};
use crate::snapshot::{
    ContentHash, Deposit, Hop, RunId, SledStore, SnapshotError, SnapshotId, SnapshotStore, VisitRecord,
};

/// A longer body is skipped.
const MAX_BODY: u64 = 256 << 20;
/// Redirects that are remembered at a time.
const MAX_PENDING: usize = 100_000;
/// Digests of bodies that are remembered, for revisits.
const MAX_DIGESTS: usize = 4_000_000;
const MAX_HOPS: usize = 20;

/// What came in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Records that were read.
    pub records: u64,
    /// New snapshots.
    pub captures: u64,
    /// Captures that the store had already.
    pub known: u64,
    /// Records that were skipped, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// What is wrong with the file, with the offset.
    pub faults: Vec<String>,
}

/// A page that is about to be imported, for whoever judges it.
pub struct ImportedPage<'a> {
    /// The URL that was asked for first.
    pub url: &'a CanonicalUrl,
    /// The exchanges, the final answer last.
    pub exchanges: &'a [Exchange],
}

/// What was judged of an imported page, as JSON of the verdict stage.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The judgement, for the visit.
    pub judgement: Value,
    /// The judgement over time, for a URL that has no newer visit.
    pub state: Value,
}

/// A redirect that waits for its page.
struct Redirect {
    exchange: Exchange,
    to: Url,
}

struct Importer<'a, J> {
    store: &'a SledStore,
    run: RunId,
    judge: J,
    report: ImportReport,
    /// Redirects by where they lead.
    pending: HashMap<String, Vec<Redirect>>,
    pending_count: usize,
    /// Bodies by the payload digest that the file states.
    digests: HashMap<String, ContentHash>,
    /// Bodies of this file by URL and date, which revisits may refer to.
    places: HashMap<(String, u64), ContentHash>,
}

/// Reads a WARC (plain, gzip by record, or gzip whole) into the store.
pub(in crate::snapshot) fn import_warc(
    store: &SledStore,
    input: impl BufRead,
    name: &str,
    run: RunId,
    judge: impl FnMut(&ImportedPage<'_>) -> Imported,
) -> Result<ImportReport, SnapshotError> {
    let failed = |source| SnapshotError::Io { path: name.into(), source };
    let mut importer = Importer {
        store,
        run,
        judge,
        report: ImportReport::default(),
        pending: HashMap::new(),
        pending_count: 0,
        digests: HashMap::new(),
        places: HashMap::new(),
    };
    let mut reader = WarcReader::new(input, 0, MAX_BODY).map_err(failed)?;
    loop {
        match reader.next_record() {
            Ok(Some(record)) => {
                importer.report.records += 1;
                importer.record(&record)?;
            }
            Ok(None) => break,
            Err(error) if is_damage(&error) => {
                let at = reader.offset();
                importer.report.faults.push(format!("{name}, offset {at}: {error}; the rest was not read"));
                break;
            }
            Err(error) => return Err(failed(error)),
        }
    }
    for _ in 0..importer.pending_count {
        importer.skip("a redirect whose page is not in the file");
    }
    store.flush()?;
    Ok(importer.report)
}

impl<J: FnMut(&ImportedPage<'_>) -> Imported> Importer<'_, J> {
    fn skip(&mut self, reason: &str) {
        *self.report.skipped.entry(reason.to_owned()).or_default() += 1;
    }

    fn record(&mut self, record: &WarcRecord) -> Result<(), SnapshotError> {
        match record.kind() {
            "response" | "revisit" => {}
            "warcinfo" | "request" | "metadata" => return Ok(()),
            other => {
                let reason = format!("a record of type {other}");
                self.skip(&reason);
                return Ok(());
            }
        }
        if record.oversize {
            self.skip("a body above 256 MiB");
            return Ok(());
        }
        let Some(url) = record.target().and_then(|target| Url::parse(target).ok()) else {
            self.skip("no URL that can be read");
            return Ok(());
        };
        if CanonicalUrl::new(url.clone()).is_none() {
            let reason = format!("the scheme {}", url.scheme());
            self.skip(&reason);
            return Ok(());
        }
        let Some(at) = record.date() else {
            self.skip("no date that can be read");
            return Ok(());
        };
        let Some(head) = http::read_head(&record.block) else {
            self.skip("no HTTP answer in it");
            return Ok(());
        };
        match self.exchange(record, url, at, head)? {
            Ok(exchange) => self.take(exchange),
            Err(reason) => {
                self.skip(&reason);
                Ok(())
            }
        }
    }

    /// The exchange that a record holds, its body decoded; or why not.
    fn exchange(
        &mut self,
        record: &WarcRecord,
        url: Url,
        at: jiff::Timestamp,
        head: Head,
    ) -> Result<Result<Exchange, String>, SnapshotError> {
        let stated = record.field("warc-payload-digest").map(ToOwned::to_owned);
        let mut headers = head.headers;
        let body = if record.kind() == "revisit" {
            let Some(hash) = self.revisited(record, stated.as_deref())? else {
                return Ok(Err("a revisit of what is neither in the file nor in the store".to_owned()));
            };
            set_lengths(&mut headers, None);
            if let Ok(body) = self.store.body(hash) {
                body
            } else {
                // It was deposited a moment ago.
                self.store.flush()?;
                self.store.body(hash)?
            }
        } else {
            let raw = record.block.get(head.len..).unwrap_or_default();
            match decoded(raw, &headers) {
                Ok(body) => {
                    set_lengths(&mut headers, Some(body.len()));
                    Untrusted::new(body)
                }
                Err(reason) => return Ok(Err(reason)),
            }
        };
        let hash = ContentHash::of(body.expose());
        if self.digests.len() < MAX_DIGESTS {
            self.digests.extend(stated.map(|stated| (stated, hash)));
            self.places.insert((url.as_str().to_owned(), seconds(at)), hash);
        }
        let truncated = record.field("warc-truncated").map(|reason| match reason {
            "length" => Truncation::Length,
            "time" => Truncation::Time,
            "disconnect" => Truncation::Disconnect,
            _ => Truncation::Decode,
        });
        let protocol = match record.field("warc-protocol") {
            Some("h2") => Protocol::H2,
            Some("http/1.0") => Protocol::Http10,
            _ => Protocol::Http11,
        };
        let outcome = Ok(Response { status: head.status, protocol, headers, body, truncated });
        let ip = record.field("warc-ip-address").and_then(|ip| ip.parse::<IpAddr>().ok());
        let remote = ip.map(|ip| (ip, 0).into());
        let (elapsed, request_headers) = (Duration::ZERO, Vec::new());
        Ok(Ok(Exchange { url, at, elapsed, remote, connected: true, request_headers, outcome }))
    }

    fn revisited(
        &self,
        record: &WarcRecord,
        stated: Option<&str>,
    ) -> Result<Option<ContentHash>, SnapshotError> {
        let uri = record.field("warc-refers-to-target-uri").or_else(|| record.target());
        let date = record.field("warc-refers-to-date").and_then(|date| date.parse::<jiff::Timestamp>().ok());
        let url = uri.and_then(|uri| Url::parse(uri).ok());
        if let Some((url, date)) = url.as_ref().zip(date)
            && let Some(hash) = self.places.get(&(url.as_str().to_owned(), seconds(date)))
        {
            return Ok(Some(*hash));
        }
        if let Some(hash) = stated.and_then(|stated| self.digests.get(stated)) {
            return Ok(Some(*hash));
        }
        // It may refer to an earlier file, which was imported before.
        let (Some(url), Some(date)) = (url.and_then(CanonicalUrl::new), date) else { return Ok(None) };
        let snapshots = self.store.snapshots(url.key())?;
        let found = snapshots.iter().find(|snapshot| seconds(snapshot.at()) == seconds(date));
        Ok(found.map(|snapshot| snapshot.body))
    }

    /// Keeps a redirect for its page, and deposits a page with all redirects that led to it.
    fn take(&mut self, exchange: Exchange) -> Result<(), SnapshotError> {
        let Ok(response) = &exchange.outcome else { return Ok(()) };
        let status = response.status;
        if status == 304 {
            self.skip("a 304, which has no content of its own");
            return Ok(());
        }
        let location = response.header("location").and_then(|to| exchange.url.join(to).ok());
        if let (301 | 302 | 303 | 307 | 308, Some(mut to)) = (status, location) {
            to.set_fragment(None);
            if self.pending_count >= MAX_PENDING {
                self.skip("more redirects at a time than are remembered");
                return Ok(());
            }
            self.pending_count += 1;
            self.pending.entry(to.as_str().to_owned()).or_default().push(Redirect { exchange, to });
            return Ok(());
        }
        let mut chains = vec![vec![exchange]];
        while let Some(chain) = chains.pop() {
            let Some(first) = chain.first() else { continue };
            let mut start = first.url.clone();
            start.set_fragment(None);
            if chain.len() < MAX_HOPS {
                for redirect in self.pending.remove(start.as_str()).unwrap_or_default() {
                    self.pending_count = self.pending_count.saturating_sub(1);
                    debug_assert_eq!(redirect.to, start);
                    let mut longer = vec![redirect.exchange];
                    longer.extend(chain.iter().cloned());
                    chains.push(longer);
                }
            }
            self.deposit(chain)?;
        }
        Ok(())
    }

    fn deposit(&mut self, exchanges: Vec<Exchange>) -> Result<(), SnapshotError> {
        let (Some(first), Some(last)) = (exchanges.first(), exchanges.last()) else { return Ok(()) };
        let (Some(url), Ok(response)) = (CanonicalUrl::new(first.url.clone()), &last.outcome) else {
            return Ok(());
        };
        let id = SnapshotId { url: url.key(), at_ms: milliseconds(last.at) };
        let hash = ContentHash::of(response.body.expose());
        if self.store.snapshot(id)?.is_some_and(|known| known.body == hash) {
            self.report.known += 1;
            return Ok(());
        }
        let Imported { judgement, state } = (self.judge)(&ImportedPage { url: &url, exchanges: &exchanges });
        let hop = |exchange: &Exchange| Hop {
            url: exchange.url.as_str().to_owned(),
            status: exchange.outcome.as_ref().ok().map(|response| response.status),
        };
        let visit = VisitRecord {
            run: self.run,
            at: last.at,
            elapsed_ms: 0,
            attempts: 1,
            hops: exchanges.iter().map(hop).collect(),
            content_type: response.media_type(),
            snapshot: Some(id),
            unchanged: false,
            judgement,
            url,
        };
        self.report.captures += 1;
        self.store.deposit(Deposit { exchanges, keep_body: true, visit, state, comparisons: Vec::new() })
    }
}

fn seconds(at: jiff::Timestamp) -> u64 {
    milliseconds(at) / 1000
}

fn values<'a>(headers: &'a [HeaderField], name: &'a str) -> impl DoubleEndedIterator<Item = String> {
    let own: Vec<String> = headers
        .iter()
        .filter(|field| field.name == name)
        .flat_map(|field| field.value.split(','))
        .map(|value| value.trim().to_ascii_lowercase())
        .filter(|value| !value.is_empty())
        .collect();
    own.into_iter()
}

/// A body without chunks and content codings. Many writers keep the field and decode the body, so
/// what does not begin like the coding that is stated is taken as decoded.
fn decoded(raw: &[u8], headers: &[HeaderField]) -> Result<Vec<u8>, String> {
    let mut body = raw.to_vec();
    if values(headers, "transfer-encoding").any(|coding| coding == "chunked")
        && let Some(whole) = without_chunks(&body)
    {
        body = whole;
    }
    for coding in values(headers, "content-encoding").rev() {
        let unpacked = match coding.as_str() {
            "gzip" | "x-gzip" if body.starts_with(&[0x1f, 0x8b]) => {
                read_all(flate2::read::MultiGzDecoder::new(body.as_slice()))
            }
            "deflate" => read_all(flate2::read::ZlibDecoder::new(body.as_slice()))
                .or_else(|_| read_all(flate2::read::DeflateDecoder::new(body.as_slice()))),
            "br" => read_all(brotli_decompressor::Decompressor::new(body.as_slice(), 4096)),
            "zstd" if body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) => {
                zstd::stream::read::Decoder::new(body.as_slice())
                    .map_err(|error| error.to_string())
                    .and_then(read_all)
            }
            "gzip" | "x-gzip" | "zstd" | "identity" => continue,
            other => return Err(format!("the content coding {other}")),
        };
        match unpacked {
            Ok(plain) => body = plain,
            // Text that is text already says so.
            Err(_) if std::str::from_utf8(&body).is_ok() => {}
            Err(_) => return Err(format!("a body that is not what its coding {coding} says")),
        }
    }
    Ok(body)
}

fn read_all(input: impl Read) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    input.take(MAX_BODY + 1).read_to_end(&mut out).map_err(|error| error.to_string())?;
    if out.len() as u64 > MAX_BODY { Err("it is too long".to_owned()) } else { Ok(out) }
}

/// The content of a chunked body (RFC 9112, section 7.1); none where it is not chunked.
fn without_chunks(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    loop {
        let end = memchr::memchr(b'\n', rest)?;
        let line = std::str::from_utf8(rest.get(..end)?).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        rest = rest.get(end + 1..)?;
        if size == 0 {
            return Some(out);
        }
        out.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?;
        rest = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"))?;
    }
}

/// Makes the fields speak of the body as it is kept: decoded, without chunks.
fn set_lengths(headers: &mut Vec<HeaderField>, len: Option<usize>) {
    headers.retain(|field| !matches!(field.name.as_str(), "transfer-encoding" | "content-encoding"));
    if let Some(len) = len {
        for field in headers.iter_mut().filter(|field| field.name == "content-length") {
            field.value = len.to_string();
        }
    }
}
