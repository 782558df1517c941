//! Captures in, from the WARC of other tools.
//!
//! A `response` (or a `revisit` whose body is known) becomes a visit with the date that it carries,
//! and a snapshot where it holds a page. Redirects are remembered until the page that they lead to
//! comes, and then become the hops of one capture. What a record states of its digests is checked.
//! Everything else is counted under the reason for which it was skipped. Importing the same again
//! adds nothing.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use url::Url;

use super::super::db::records::milliseconds;
use super::payload;
use super::payload::{MAX_BODY, set_lengths};
use super::redirect_chains;
use super::redirect_chains::{Led, MAX_HOPS, Pending, Redirect};
use super::resync::{Resumed, resumed};
use super::revisit_targets::{Names, Originals};
use crate::fetch::{Exchange, Protocol, Response, Truncation};
use crate::model::ContentHash;
use crate::model::Untrusted;
use crate::model::{CanonicalUrl, UrlKey};
use crate::store::journal::replay::is_damage;
use crate::store::warc::digest::Stated;
use crate::store::warc::http_block;
use crate::store::warc::http_block::Head;
use crate::store::warc::read::{WarcReader, WarcRecord};
use crate::store::{
    Deposit, Hop, JsonText, RunId, SledStore, Snapshot, SnapshotError, SnapshotId, SnapshotStore, VisitRecord,
};

/// Captures that are remembered until the store shows them.
const MAX_TAKEN: usize = 100_000;
/// Faults that are told one by one.
const MAX_FAULTS: usize = 100;

/// What came in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Records that were read.
    pub records: u64,
    /// New snapshots.
    pub captures: u64,
    /// New visits of what is no page: an error, a wall.
    pub visits: u64,
    /// Captures that the store had already.
    pub known: u64,
    /// Digests that could not be checked: their algorithm is not known here.
    pub unchecked: u64,
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
    pub judgement: JsonText,
    /// The judgement over time, for a URL that has no newer visit.
    pub state: JsonText,
    /// Whether the answer is to be kept as a snapshot.
    pub keep: bool,
}

struct Importer<'a, J> {
    store: &'a SledStore,
    run: RunId,
    judge: J,
    report: ImportReport,
    name: String,
    /// Whether the records are our own, whose fields can be restored.
    own: bool,
    pending: Pending,
    originals: Originals<'a>,
    /// What this import has put at a time of a URL: the store shows it a moment later.
    taken: HashMap<(UrlKey, u64), ContentHash>,
}

/// Reads a WARC (plain, gzip by record, or gzip whole) into the store.
pub(in crate::store) fn import_warc(
    store: &SledStore,
    path: &Path,
    run: RunId,
    judge: impl FnMut(&ImportedPage<'_>) -> Imported,
) -> Result<ImportReport, SnapshotError> {
    let failed = |source| SnapshotError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut importer = Importer {
        store,
        run,
        judge,
        report: ImportReport::default(),
        name: path.display().to_string(),
        own: false,
        pending: Pending::default(),
        originals: Originals::new(store)?,
        taken: HashMap::new(),
    };
    let mut position = 0;
    loop {
        file.seek(SeekFrom::Start(position)).map_err(failed)?;
        let input = BufReader::with_capacity(1 << 18, &file);
        let mut reader = WarcReader::new(input, position, MAX_BODY).map_err(failed)?;
        let damage = loop {
            match reader.next_record() {
                Ok(Some(record)) => {
                    importer.report.records += 1;
                    importer.record(&record)?;
                }
                Ok(None) => break None,
                Err(error) if is_damage(&error) => break Some(error),
                Err(error) => return Err(failed(error)),
            }
        };
        let Some(damage) = damage else { break };
        let at = reader.offset();
        match resumed(path, &mut file, at).map_err(failed)? {
            Resumed::Ended => break,
            Resumed::Padding(next) => position = next,
            Resumed::Damaged(next) => {
                let rest = next.map_or("the rest was not read".to_owned(), |next| {
                    format!("{} bytes were passed over", next.saturating_sub(at))
                });
                importer.fault(at, &format!("{damage}; {rest}"));
                let Some(next) = next else { break };
                position = next;
            }
        }
    }
    importer.settle()?;
    store.flush()?;
    Ok(importer.report)
}

impl<J: FnMut(&ImportedPage<'_>) -> Imported> Importer<'_, J> {
    fn skip(&mut self, reason: &str) {
        *self.report.skipped.entry(reason.to_owned()).or_default() += 1;
    }

    fn fault(&mut self, offset: u64, reason: &str) {
        if self.report.faults.len() < MAX_FAULTS {
            self.report.faults.push(format!("{}, offset {offset}: {reason}", self.name));
        }
    }

    fn record(&mut self, record: &WarcRecord) -> Result<(), SnapshotError> {
        match record.kind() {
            "response" | "revisit" => {}
            "warcinfo" => {
                let lines = record.block.split(|byte| *byte == b'\n');
                self.own = lines.into_iter().any(|line| line.starts_with(b"software: driftline/"));
                return Ok(());
            }
            "request" | "metadata" => return Ok(()),
            other => {
                let reason = format!("a record of type {other}");
                self.skip(&reason);
                return Ok(());
            }
        }
        match self.exchange(record)? {
            Ok((exchange, names)) => self.take(exchange, &names),
            Err(reason) => {
                self.skip(&reason);
                Ok(())
            }
        }
    }

    /// The exchange that a record holds, its body decoded, and what it may be referred to by; or why
    /// it is skipped.
    fn exchange(&mut self, record: &WarcRecord) -> Result<Result<(Exchange, Names), String>, SnapshotError> {
        if record.oversize {
            return Ok(Err("a body above 256 MiB".to_owned()));
        }
        if record.field("warc-segment-number").is_some() {
            return Ok(Err("a record that goes on in others (WARC-Segment-Number)".to_owned()));
        }
        let Some(url) = record.target().and_then(|target| Url::parse(target).ok()) else {
            return Ok(Err("no URL that can be read".to_owned()));
        };
        if CanonicalUrl::new(url.clone()).is_none() {
            return Ok(Err(format!("the scheme {}", url.scheme())));
        }
        let Some(at) = record.date() else { return Ok(Err("no date that can be read".to_owned())) };
        let head = http_block::read_head(&record.block);
        let found = if record.kind() == "revisit" {
            self.revisit(record, head, &url)?
        } else {
            head.ok_or("no HTTP answer in it".to_owned()).and_then(|head| self.response(record, head))
        };
        let (head, body, truncated, digest) = match found {
            Ok(found) => found,
            Err(reason) => return Ok(Err(reason)),
        };
        let names = Names::of(record, &url, at, digest.as_ref());
        let protocol = match record.field("warc-protocol") {
            Some("h2") => Protocol::H2,
            Some("http/1.0") => Protocol::Http10,
            _ => Protocol::Http11,
        };
        let Head { status, headers, .. } = head;
        let outcome = Ok(Response { status, protocol, headers, body, truncated });
        let ip = record.field("warc-ip-address").and_then(|ip| ip.parse::<IpAddr>().ok());
        let remote = ip.map(|ip| (ip, 0).into());
        let (elapsed, request_headers) = (Duration::ZERO, Vec::new());
        let connected = true;
        Ok(Ok((Exchange { url, at, elapsed, remote, connected, request_headers, outcome }, names)))
    }

    /// Head and body of a `response`.
    fn response(&mut self, record: &WarcRecord, mut head: Head) -> Result<Parts, String> {
        let raw = record.block.get(head.len..).unwrap_or_default();
        let block = record.field("warc-block-digest").map(Stated::read);
        if let Some(false) = block.and_then(|stated| self.checked(&stated, &[&record.block])) {
            self.fault(record.offset, "the block is not what its WARC-Block-Digest says");
            return Err("a block that is not what its WARC-Block-Digest says".to_owned());
        }
        if (200..300).contains(&head.status)
            && raw.is_empty()
            && http_block::content_length(&head.headers) > Some(0)
        {
            return Err("an answer without its body, as to a HEAD request".to_owned());
        }
        let body = if self.own {
            // Decoded when it was written, and the fields with it.
            payload::Body { sent: raw.into(), plain: None, truncated: None }
        } else {
            payload::read(head.status, raw, &head.headers)?
        };
        let stated = record.field("warc-payload-digest").map(Stated::read);
        let plain = body.plain.as_deref().unwrap_or_default();
        let matches = stated.as_ref().and_then(|stated| self.checked(stated, &[raw, &body.sent, plain]));
        if matches == Some(false) {
            self.fault(record.offset, "the payload is not what its WARC-Payload-Digest says");
            return Err("a payload that is not what its WARC-Payload-Digest says".to_owned());
        }
        let truncated = record.field("warc-truncated").map(|reason| match reason {
            // Another tool's limit is not ours: more can be had.
            "length" if self.own => Truncation::Length,
            "length" | "disconnect" => Truncation::Disconnect,
            "time" => Truncation::Time,
            _ => Truncation::Decode,
        });
        let truncated = truncated.or(body.truncated);
        let bytes = body.into_bytes();
        if self.own {
            head.headers = http_block::restored(head.headers);
        } else {
            set_lengths(&mut head.headers, truncated.is_none().then_some(bytes.len()));
        }
        Ok((head, Untrusted::new(bytes), truncated, stated.map(|stated| (stated, matches == Some(true)))))
    }

    /// Whether a digest is that of one of these: tools differ in whether chunks and codings belong to
    /// a payload. None, and counted, where that cannot be computed.
    fn checked(&mut self, stated: &Stated, forms: &[&[u8]]) -> Option<bool> {
        let mut matches = None;
        for (number, form) in forms.iter().enumerate() {
            if forms.iter().take(number).any(|before| before == form) {
                continue;
            }
            matches = stated.is_of(form);
            if matches != Some(false) {
                break;
            }
        }
        self.report.unchecked += u64::from(matches.is_none());
        matches
    }

    /// Head and body of a `revisit`: what it repeats, under its own head where it has one. What it
    /// says of its block (cut short, a digest) is about the body that it leaves out.
    fn revisit(
        &mut self,
        record: &WarcRecord,
        head: Option<Head>,
        url: &Url,
    ) -> Result<Result<Parts, String>, SnapshotError> {
        let digest = record.field("warc-payload-digest").map(|stated| (Stated::read(stated), false));
        let mut head = match head {
            Some(head) if !(200..300).contains(&head.status) => {
                // Bodies of such answers are not kept, so there may be none to be found.
                return Ok(Ok((head, Untrusted::default(), None, digest)));
            }
            other => other,
        };
        let Some(original) = self.originals.find(record, url)? else {
            return Ok(Err("a revisit of what is neither in the file nor in the store".to_owned()));
        };
        match &mut head {
            Some(head) if self.own => head.headers = http_block::restored(std::mem::take(&mut head.headers)),
            Some(head) => set_lengths(&mut head.headers, None),
            None => {}
        }
        let Some(head) = head.or_else(|| head_of(&original)) else {
            return Ok(Err("no HTTP answer in it".to_owned()));
        };
        let body = self.store.body(original.body)?;
        Ok(Ok((head, body, original.truncated, digest)))
    }

    /// Keeps a redirect for its page, and deposits a page with all redirects that led to it.
    fn take(&mut self, exchange: Exchange, names: &Names) -> Result<(), SnapshotError> {
        let Ok(response) = &exchange.outcome else { return Ok(()) };
        if response.status == 304 {
            self.skip("a 304, which has no content of its own");
            return Ok(());
        }
        if let Some(to) = redirect_chains::target(&exchange) {
            if !self.pending.push(Redirect { exchange, to }) {
                self.skip("more redirects at a time than are remembered");
            }
            return Ok(());
        }
        let whole = response.truncated.is_none();
        for (number, chain) in self.pending.chains(exchange).into_iter().enumerate() {
            let id = self.deposit(chain)?;
            if let Some(id) = id.filter(|_| number == 0) {
                self.originals.add(names, id, whole)?;
            }
        }
        Ok(())
    }

    /// What is left of the redirects, against what the store holds: their pages came before them.
    fn settle(&mut self) -> Result<(), SnapshotError> {
        let mut rest = self.pending.rest();
        // A redirect may lead to one that is settled in the same pass.
        for _ in 0..MAX_HOPS {
            self.store.flush()?;
            let before = rest.len();
            let mut left = Vec::new();
            for redirect in rest {
                match redirect_chains::led_to(self.store, &redirect)? {
                    Led::To(chain) => drop(self.deposit(chain)?),
                    Led::Elsewhen | Led::Nowhere => left.push(redirect),
                }
            }
            rest = left;
            if rest.is_empty() || rest.len() == before {
                break;
            }
        }
        for redirect in rest {
            let reason = match redirect_chains::led_to(self.store, &redirect)? {
                Led::Nowhere => "a redirect whose page is not in the file",
                _ => "a redirect whose page was captured at another time",
            };
            self.skip(reason);
        }
        Ok(())
    }

    /// Deposits a chain; says where its page is stored, if it is.
    fn deposit(&mut self, exchanges: Vec<Exchange>) -> Result<Option<SnapshotId>, SnapshotError> {
        let (Some(first), Some(last)) = (exchanges.first(), exchanges.last()) else { return Ok(None) };
        let (Some(url), Ok(response)) = (CanonicalUrl::new(first.url.clone()), &last.outcome) else {
            return Ok(None);
        };
        let at_ms = milliseconds(last.at);
        let body = ContentHash::of(response.body.expose());
        let (mut free_ms, known) = self.place(url.key(), at_ms, body, true)?;
        if known {
            self.report.known += 1;
            return Ok(Some(SnapshotId { url: url.key(), at_ms: free_ms }));
        }
        let Imported { judgement, state, keep } =
            (self.judge)(&ImportedPage { url: &url, exchanges: &exchanges });
        let hop = |exchange: &Exchange| Hop {
            url: exchange.url.as_str().to_owned(),
            status: exchange.outcome.as_ref().ok().map(|response| response.status),
        };
        let hops: Vec<Hop> = exchanges.iter().map(hop).collect();
        let mut own = body;
        if !keep {
            own = trace(&hops);
            let (ms, known) = self.place(url.key(), at_ms, own, false)?;
            if known {
                self.report.known += 1;
                return Ok(None);
            }
            free_ms = ms;
        }
        let snapshot = keep.then_some(SnapshotId { url: url.key(), at_ms: free_ms });
        if self.taken.len() >= MAX_TAKEN {
            self.store.flush()?;
            self.taken.clear();
        }
        self.taken.insert((url.key(), free_ms), own);
        let later = i64::try_from(free_ms.saturating_sub(at_ms)).unwrap_or(0);
        let at = last.at.checked_add(jiff::SignedDuration::from_millis(later)).unwrap_or(last.at);
        let visit = VisitRecord {
            run: self.run,
            at,
            elapsed_ms: 0,
            attempts: 1,
            hops,
            content_type: response.media_type(),
            snapshot,
            unchanged: false,
            judgement,
            url,
        };
        let count = if keep { &mut self.report.captures } else { &mut self.report.visits };
        *count += 1;
        let exchanges = if keep { exchanges } else { Vec::new() };
        self.store.deposit(Deposit {
            exchanges,
            keep_body: keep,
            body_hash: None,
            visit,
            state,
            comparisons: Vec::new(),
        })?;
        Ok(snapshot)
    }

    /// Where a capture goes: the first millisecond from its own on that no other of the URL has, and
    /// whether it stands there already. Most writers' dates are whole seconds, in which a URL may
    /// have answered twice.
    fn place(
        &self,
        url: UrlKey,
        mut at_ms: u64,
        own: ContentHash,
        keep: bool,
    ) -> Result<(u64, bool), SnapshotError> {
        let visits = if keep { Vec::new() } else { self.store.visits(url)? };
        loop {
            let found = match self.taken.get(&(url, at_ms)) {
                Some(found) => Some(*found),
                None if keep => self.store.snapshot(SnapshotId { url, at_ms })?.map(|found| found.body),
                None => {
                    let there = |visit: &&VisitRecord| milliseconds(visit.at) == at_ms;
                    visits.iter().find(there).map(|visit| trace(&visit.hops))
                }
            };
            match found {
                None => return Ok((at_ms, false)),
                Some(found) if found == own => return Ok((at_ms, true)),
                Some(_) => at_ms = at_ms.saturating_add(1),
            }
        }
    }
}

/// Head, body, why that ends early, and what the record states of its payload and whether that was
/// checked.
type Parts = (Head, Untrusted, Option<Truncation>, Option<(Stated, bool)>);

/// What tells visits of one moment apart that kept nothing.
fn trace(hops: &[Hop]) -> ContentHash {
    let of = |hop: &Hop| format!("{} {:?}\n", hop.url, hop.status);
    ContentHash::of(hops.iter().map(of).collect::<String>().as_bytes())
}

/// The head of a stored answer.
fn head_of(snapshot: &Snapshot) -> Option<Head> {
    let hop = snapshot.last_hop()?;
    Some(Head { status: hop.status, headers: hop.headers.clone(), len: 0 })
}
