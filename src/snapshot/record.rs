//! The stored form of the small records.
//!
//! A record is one version byte, one byte that says how the rest is packed, and postcard. JSON of
//! the later stages is kept as text, since postcard cannot read a value that describes itself;
//! times are nanoseconds since 1970. What the key or the URL's record already says (the URL of a
//! visit, of its first hop) is left out: an unchanged visit must cost little.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{
    CapturedHop, ComparisonRecord, ContentHash, Hop, RunId, RunRecord, Snapshot, SnapshotError, SnapshotId,
    UrlRecord, VisitRecord,
};
use crate::article::ArticleId;
use crate::citation::{CanonicalUrl, UrlKey};
use crate::fetch::{HeaderField, Truncation, Validators};

/// The version that is written. Older ones stay readable; a newer one is an error.
const VERSION: u8 = 1;
const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
const SPILLED: u8 = 2;
/// Shorter records do not shrink.
const WORTH_PACKING: usize = 256;
/// The longest value that any tree holds. A leaf above 128 KB becomes a file of its own, which sled
/// 0.34.7 leaks; values of at most 7 KB never get there.
pub(super) const MAX_VALUE: usize = 7_000;
/// No record comes near this; a damaged length must not take all memory.
const MAX_RECORD: u64 = 256 << 20;

/// A record's bytes: whole, or where the content lies that holds them.
pub(super) enum Packed {
    /// The value to store.
    Inline(Vec<u8>),
    /// Too long for a tree: to be stored as content, and [`spilled`] in its place.
    Long(Vec<u8>),
}

/// Encodes a record.
pub(super) fn pack<T: Serialize>(what: &str, record: &T) -> Result<Packed, SnapshotError> {
    let plain =
        postcard::to_stdvec(record).map_err(|error| damaged(what, format!("cannot be encoded: {error}")))?;
    let packed = if plain.len() >= WORTH_PACKING {
        zstd::bulk::compress(&plain, 3).ok().filter(|packed| packed.len() < plain.len())
    } else {
        None
    };
    let (packing, bytes) = packed.map_or((PLAIN, plain), |bytes| (ZSTD, bytes));
    let mut value = Vec::with_capacity(bytes.len() + 2);
    value.extend_from_slice(&[VERSION, packing]);
    value.extend_from_slice(&bytes);
    Ok(if value.len() > MAX_VALUE { Packed::Long(value) } else { Packed::Inline(value) })
}

/// The value that stands for a long record whose bytes are stored as content.
pub(super) fn spilled(hash: ContentHash) -> Vec<u8> {
    let mut value = vec![VERSION, SPILLED];
    value.extend_from_slice(hash.as_bytes());
    value
}

/// Where the content of a spilled record lies; none for a record that is whole.
pub(super) fn spilled_to(value: &[u8]) -> Option<ContentHash> {
    let hash = value.strip_prefix(&[VERSION, SPILLED])?;
    Some(ContentHash::from_bytes(hash.try_into().ok()?))
}

/// Decodes a record that is whole.
pub(super) fn unpack<T: DeserializeOwned>(what: &str, value: &[u8]) -> Result<T, SnapshotError> {
    let (version, packing, bytes) = match value {
        [version, packing, bytes @ ..] => (*version, *packing, bytes),
        _ => return Err(damaged(what, "it is cut short".to_owned())),
    };
    if version != VERSION {
        return Err(damaged(what, format!("its version is {version}, this driftline knows {VERSION}")));
    }
    let read = |bytes: &[u8]| {
        postcard::from_bytes(bytes).map_err(|error| damaged(what, format!("cannot be decoded: {error}")))
    };
    match packing {
        PLAIN => read(bytes),
        ZSTD => read(&inflate(bytes, None, MAX_RECORD).map_err(|reason| damaged(what, reason))?),
        other => Err(damaged(what, format!("unknown packing {other}"))),
    }
}

/// Unpacks zstd without trusting any stated length.
pub(super) fn inflate(bytes: &[u8], dictionary: Option<&[u8]>, limit: u64) -> Result<Vec<u8>, String> {
    use std::io::Read;
    let failed = |error: std::io::Error| format!("cannot be unpacked: {error}");
    let mut out = Vec::new();
    let source = std::io::BufReader::new(bytes);
    let mut decoder = match dictionary {
        None => zstd::stream::read::Decoder::with_buffer(source),
        Some(dictionary) => zstd::stream::read::Decoder::with_dictionary(source, dictionary),
    }
    .map_err(failed)?;
    decoder.by_ref().take(limit.saturating_add(1)).read_to_end(&mut out).map_err(failed)?;
    if out.len() as u64 > limit {
        return Err(format!("is longer than the stated {limit} bytes"));
    }
    Ok(out)
}

/// A record that is not what was stored.
pub(super) fn damaged(what: &str, reason: String) -> SnapshotError {
    SnapshotError::Damaged { what: what.to_owned(), reason }
}

fn json_text(value: &serde_json::Value) -> String {
    value.to_string()
}

fn json_value(what: &str, text: &str) -> Result<serde_json::Value, SnapshotError> {
    serde_json::from_str(text).map_err(|error| damaged(what, format!("its JSON cannot be read: {error}")))
}

fn time(what: &str, nanoseconds: i128) -> Result<jiff::Timestamp, SnapshotError> {
    jiff::Timestamp::from_nanosecond(nanoseconds)
        .map_err(|error| damaged(what, format!("its time is out of range: {error}")))
}

/// A URL as it is stored beside a URL that is known: none where they are equal.
fn beside(known: &CanonicalUrl, url: &str) -> Option<String> {
    (known.as_str() != url).then(|| url.to_owned())
}

fn restored(known: &CanonicalUrl, stored: Option<String>) -> String {
    stored.unwrap_or_else(|| known.as_str().to_owned())
}

/// [`UrlRecord`], stored.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredUrl {
    url: String,
    last_run: u64,
    last_visit_ms: u64,
    first_snapshot: Option<u64>,
    latest_snapshot: Option<u64>,
    latest_body: Option<ContentHash>,
    validators: Option<(Option<String>, Option<String>, Option<String>)>,
    state: String,
}

impl StoredUrl {
    pub(super) fn of(record: &UrlRecord) -> Self {
        Self {
            url: record.url.as_str().to_owned(),
            last_run: record.last_run.0,
            last_visit_ms: record.last_visit_ms,
            first_snapshot: record.first_snapshot.map(|id| id.at_ms),
            latest_snapshot: record.latest_snapshot.map(|id| id.at_ms),
            latest_body: record.latest_body,
            validators: record.validators.as_ref().map(|(url, validators)| {
                (beside(&record.url, url), validators.etag.clone(), validators.last_modified.clone())
            }),
            state: json_text(&record.state),
        }
    }

    pub(super) fn read(self, what: &str) -> Result<UrlRecord, SnapshotError> {
        let url = CanonicalUrl::parse(&self.url)
            .ok_or_else(|| damaged(what, "it holds no URL that can be asked for".to_owned()))?;
        let id = |at_ms| SnapshotId { url: url.key(), at_ms };
        Ok(UrlRecord {
            last_run: RunId(self.last_run),
            last_visit_ms: self.last_visit_ms,
            first_snapshot: self.first_snapshot.map(id),
            latest_snapshot: self.latest_snapshot.map(id),
            latest_body: self.latest_body,
            validators: self.validators.map(|(from, etag, last_modified)| {
                (restored(&url, from), Validators { etag, last_modified })
            }),
            state: json_value(what, &self.state)?,
            url,
        })
    }
}

/// [`VisitRecord`], stored.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredVisit {
    run: u64,
    at: i128,
    elapsed_ms: u64,
    attempts: u32,
    hops: Vec<(Option<String>, Option<u16>)>,
    content_type: Option<String>,
    snapshot: Option<SnapshotId>,
    unchanged: bool,
    judgement: String,
}

impl StoredVisit {
    pub(super) fn of(record: &VisitRecord) -> Self {
        let hop = |hop: &Hop| (beside(&record.url, &hop.url), hop.status);
        Self {
            run: record.run.0,
            at: record.at.as_nanosecond(),
            elapsed_ms: record.elapsed_ms,
            attempts: record.attempts,
            hops: record.hops.iter().map(hop).collect(),
            content_type: record.content_type.clone(),
            snapshot: record.snapshot,
            unchanged: record.unchanged,
            judgement: json_text(&record.judgement),
        }
    }

    pub(super) fn snapshot(&self) -> Option<SnapshotId> {
        self.snapshot
    }

    pub(super) fn run(&self) -> RunId {
        RunId(self.run)
    }

    pub(super) fn read(self, what: &str, url: &CanonicalUrl) -> Result<VisitRecord, SnapshotError> {
        let hop = |(from, status)| Hop { url: restored(url, from), status };
        Ok(VisitRecord {
            url: url.clone(),
            run: RunId(self.run),
            at: time(what, self.at)?,
            elapsed_ms: self.elapsed_ms,
            attempts: self.attempts,
            hops: self.hops.into_iter().map(hop).collect(),
            content_type: self.content_type,
            snapshot: self.snapshot,
            unchanged: self.unchanged,
            judgement: json_value(what, &self.judgement)?,
        })
    }
}

/// [`Snapshot`], stored.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredSnapshot {
    hops: Vec<StoredHop>,
    body: ContentHash,
    body_len: u64,
    truncated: Option<Truncation>,
}

#[derive(Serialize, Deserialize)]
struct StoredHop {
    url: Option<String>,
    at: i128,
    status: u16,
    headers: Vec<HeaderField>,
}

impl StoredSnapshot {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let hop = |hop: &CapturedHop| StoredHop {
            url: beside(&snapshot.url, &hop.url),
            at: hop.at.as_nanosecond(),
            status: hop.status,
            headers: hop.headers.clone(),
        };
        Self {
            hops: snapshot.hops.iter().map(hop).collect(),
            body: snapshot.body,
            body_len: snapshot.body_len,
            truncated: snapshot.truncated,
        }
    }

    pub(super) fn body(&self) -> (ContentHash, u64) {
        (self.body, self.body_len)
    }

    pub(super) fn read(
        self,
        what: &str,
        id: SnapshotId,
        url: &CanonicalUrl,
    ) -> Result<Snapshot, SnapshotError> {
        let mut hops = Vec::with_capacity(self.hops.len());
        for hop in self.hops {
            hops.push(CapturedHop {
                url: restored(url, hop.url),
                at: time(what, hop.at)?,
                status: hop.status,
                headers: hop.headers,
            });
        }
        let url = url.clone();
        Ok(Snapshot { id, url, hops, body: self.body, body_len: self.body_len, truncated: self.truncated })
    }
}

/// [`ComparisonRecord`], stored.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredComparison {
    article: String,
    at_ms: u64,
    local_text: ContentHash,
    original_text: ContentHash,
    original_body: ContentHash,
    result: String,
}

impl StoredComparison {
    pub(super) fn of(record: &ComparisonRecord) -> Self {
        Self {
            article: record.article.as_str().to_owned(),
            at_ms: record.at_ms,
            local_text: record.local_text,
            original_text: record.original_text,
            original_body: record.original_body,
            result: json_text(&record.result),
        }
    }

    pub(super) fn read(self, what: &str) -> Result<ComparisonRecord, SnapshotError> {
        Ok(ComparisonRecord {
            article: ArticleId::new(self.article),
            at_ms: self.at_ms,
            local_text: self.local_text,
            original_text: self.original_text,
            original_body: self.original_body,
            result: json_value(what, &self.result)?,
        })
    }
}

/// [`RunRecord`], stored.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredRun {
    id: u64,
    command: String,
    started: i128,
    finished: Option<i128>,
    link_table: Vec<ContentHash>,
    detail: String,
}

impl StoredRun {
    pub(super) fn of(record: &RunRecord) -> Self {
        Self {
            id: record.id.0,
            command: record.command.clone(),
            started: record.started.as_nanosecond(),
            finished: record.finished.map(jiff::Timestamp::as_nanosecond),
            link_table: record.link_table.clone(),
            detail: json_text(&record.detail),
        }
    }

    pub(super) fn read(self, what: &str) -> Result<RunRecord, SnapshotError> {
        Ok(RunRecord {
            id: RunId(self.id),
            command: self.command,
            started: time(what, self.started)?,
            finished: self.finished.map(|at| time(what, at)).transpose()?,
            link_table: self.link_table,
            detail: json_value(what, &self.detail)?,
        })
    }
}

/// The key of what a URL has at a time: keys of one URL sort by time.
pub(super) fn timed_key(url: UrlKey, at_ms: u64) -> Vec<u8> {
    let mut key = url.as_bytes().to_vec();
    key.extend_from_slice(&at_ms.to_be_bytes());
    key
}

/// The key of a visit. The run stands behind the time, so that two runs within one millisecond (an
/// import and a run, say) do not share a key.
pub(super) fn visit_key(url: UrlKey, at_ms: u64, run: RunId) -> Vec<u8> {
    let mut key = timed_key(url, at_ms);
    key.extend_from_slice(&run.0.to_be_bytes());
    key
}

/// The prefix of an article's comparisons with a URL.
pub(super) fn comparison_prefix(url: UrlKey, article: &ArticleId) -> Vec<u8> {
    let mut key = url.as_bytes().to_vec();
    key.extend(blake3::hash(article.as_str().as_bytes()).as_bytes().iter().take(16));
    key
}

/// The time in a key made by [`timed_key`].
pub(super) fn time_of_key(key: &[u8]) -> Option<u64> {
    key.get(16..)?.first_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}

/// Milliseconds since 1970 of a time; those before 1970 are 0.
pub(super) fn milliseconds(at: jiff::Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or(0)
}
