//! Defines the stored form of the records.
//!
//! JSON of later stages is kept as text, because postcard cannot read a self-describing value. Times are
//! nanoseconds since 1970. What the key or another record contains (the URL of a visit and of its first hop,
//! or a state that equals the verdict) is left out, so that an unchanged visit takes little space.
//! [`super::codec`] turns the records into bytes.

use serde::{Deserialize, Serialize};

use crate::fetch::{HeaderField, Truncation, Validators};
use crate::model::ArticleId;
use crate::model::ContentHash;
use crate::model::{CanonicalUrl, UrlKey};
use crate::store::db::keys::{VisitKey, unix_milliseconds};
use crate::store::error::damaged;
use crate::store::{
    CapturedHop, ComparisonRecord, Hop, JsonText, RunId, RunRecord, Snapshot, SnapshotId, StoreError,
    UrlRecord, VisitRecord,
};

fn parse_stored_json(what: &str, text: String) -> Result<JsonText, StoreError> {
    JsonText::from_stored(text).map_err(|error| damaged(what, format!("its JSON cannot be read: {error}")))
}

const NANOSECONDS_PER_MILLISECOND: i128 = 1_000_000;

/// Replaces the time of the visit in stored JSON. JSON itself never contains this character.
const OWN_TIME: &str = "\u{1}";

/// The text of a value with the time of the visit replaced: most verdicts contain that time.
fn replace_own_time(value: &JsonText, at: jiff::Timestamp) -> String {
    value.as_str().replace(&at.to_string(), OWN_TIME)
}

fn restore_own_time(text: String, at: jiff::Timestamp) -> String {
    if text.contains(OWN_TIME) { text.replace(OWN_TIME, &at.to_string()) } else { text }
}

fn parse_timestamp(what: &str, nanoseconds: i128) -> Result<jiff::Timestamp, StoreError> {
    jiff::Timestamp::from_nanosecond(nanoseconds)
        .map_err(|error| damaged(what, format!("its time is out of range: {error}")))
}

/// A URL next to a known one; `None` if they are equal.
fn differing_url(known: &CanonicalUrl, url: &str) -> Option<String> {
    (known.as_str() != url).then(|| url.to_owned())
}

fn url_or(known: &CanonicalUrl, stored: Option<String>) -> String {
    stored.unwrap_or_else(|| known.as_str().to_owned())
}

/// The stored form of [`UrlRecord`]: what does not change at every visit. The newest visit contains the rest.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredUrl {
    pub(in crate::store) url: String,
    pub(in crate::store) first_snapshot: Option<u64>,
    pub(in crate::store) latest_snapshot: Option<u64>,
    pub(in crate::store) latest_body: Option<ContentHash>,
    pub(in crate::store) validators: Option<(Option<String>, Option<String>, Option<String>)>,
    /// Always `None`: a field of the format that no release has written.
    reserved: Option<()>,
}

/// The part of a URL's record that its newest visit contains.
pub(in crate::store) struct NewestVisit {
    pub(in crate::store) run: u64,
    pub(in crate::store) at_ms: u64,
    /// The state after the visit, as JSON.
    pub(in crate::store) state: String,
}

impl StoredUrl {
    pub(in crate::store) fn from_record(record: &UrlRecord) -> Self {
        Self {
            url: record.url.as_str().to_owned(),
            first_snapshot: record.first_snapshot.map(|id| id.at_ms),
            latest_snapshot: record.latest_snapshot.map(|id| id.at_ms),
            latest_body: record.latest_body,
            validators: record.validators.as_ref().map(|(url, validators)| {
                (differing_url(&record.url, url), validators.etag.clone(), validators.last_modified.clone())
            }),
            reserved: None,
        }
    }

    /// The URL of the record.
    pub(in crate::store) fn url(&self, what: &str) -> Result<CanonicalUrl, StoreError> {
        CanonicalUrl::parse(&self.url).ok_or_else(|| damaged(what, "its URL cannot be requested".to_owned()))
    }

    /// The whole record, with the part of the newest visit.
    pub(in crate::store) fn into_record(
        self,
        what: &str,
        last: Option<NewestVisit>,
    ) -> Result<UrlRecord, StoreError> {
        let url = self.url(what)?;
        let id = |at_ms| SnapshotId { url: url.key(), at_ms };
        Ok(UrlRecord {
            last_run: RunId(last.as_ref().map_or(0, |last| last.run)),
            last_visit_ms: last.as_ref().map_or(0, |last| last.at_ms),
            first_snapshot: self.first_snapshot.map(id),
            latest_snapshot: self.latest_snapshot.map(id),
            latest_body: self.latest_body,
            validators: self
                .validators
                .map(|(from, etag, last_modified)| (url_or(&url, from), Validators { etag, last_modified })),
            state: last.map_or(Ok(JsonText::default()), |last| parse_stored_json(what, last.state))?,
            url,
        })
    }
}

/// The stored form of [`VisitRecord`].
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredVisit {
    pub(in crate::store) at: VisitTime,
    pub(in crate::store) elapsed_ms: u64,
    pub(in crate::store) attempts: u32,
    pub(in crate::store) hops: Vec<(Option<String>, Option<u16>)>,
    pub(in crate::store) content_type: Option<String>,
    pub(in crate::store) snapshot: Option<VisitSnapshot>,
    pub(in crate::store) unchanged: bool,
    pub(in crate::store) judgement: String,
    /// The state after the visit; `None` if it equals the verdict.
    pub(in crate::store) state: Option<String>,
}

/// The time of a visit. Its key contains the milliseconds.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(in crate::store) enum VisitTime {
    /// Nanoseconds to add to the milliseconds of the key.
    Behind(u32),
    /// Nanoseconds since 1970, for times before 1970.
    Whole(i128),
}

/// The snapshot of a visit: its time, and its URL if that is another one.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(in crate::store) struct VisitSnapshot {
    pub(in crate::store) at_ms: u64,
    pub(in crate::store) url: Option<UrlKey>,
}

impl StoredVisit {
    pub(in crate::store) fn from_record(record: &VisitRecord, state: &JsonText) -> Self {
        let hop = |hop: &Hop| (differing_url(&record.url, &hop.url), hop.status);
        let key = record.url.key();
        let behind = record.at.as_nanosecond()
            - i128::from(unix_milliseconds(record.at)) * NANOSECONDS_PER_MILLISECOND;
        Self {
            at: match u32::try_from(behind) {
                Ok(behind) if i128::from(behind) < NANOSECONDS_PER_MILLISECOND => VisitTime::Behind(behind),
                _ => VisitTime::Whole(record.at.as_nanosecond()),
            },
            elapsed_ms: record.elapsed_ms,
            attempts: record.attempts,
            hops: record.hops.iter().map(hop).collect(),
            content_type: record.content_type.clone(),
            snapshot: record
                .snapshot
                .map(|id| VisitSnapshot { at_ms: id.at_ms, url: (id.url != key).then_some(id.url) }),
            unchanged: record.unchanged,
            judgement: replace_own_time(&record.judgement, record.at),
            state: (*state != record.judgement).then(|| replace_own_time(state, record.at)),
        }
    }

    /// The snapshot of a visit of this URL.
    pub(in crate::store) fn snapshot(&self, url: UrlKey) -> Option<SnapshotId> {
        self.snapshot.map(|named| SnapshotId { url: named.url.unwrap_or(url), at_ms: named.at_ms })
    }

    fn at(&self, what: &str, key: VisitKey) -> Result<jiff::Timestamp, StoreError> {
        let nanoseconds = match self.at {
            VisitTime::Behind(behind) => {
                i128::from(key.at_ms) * NANOSECONDS_PER_MILLISECOND + i128::from(behind)
            }
            VisitTime::Whole(nanoseconds) => nanoseconds,
        };
        parse_timestamp(what, nanoseconds)
    }

    /// The part of a URL's record that this visit contains.
    pub(in crate::store) fn newest_visit(self, what: &str, key: VisitKey) -> Result<NewestVisit, StoreError> {
        let at = self.at(what, key)?;
        let state = restore_own_time(self.state.unwrap_or(self.judgement), at);
        Ok(NewestVisit { run: key.run.0, at_ms: key.at_ms, state })
    }

    pub(in crate::store) fn into_record(
        self,
        what: &str,
        key: VisitKey,
        url: &CanonicalUrl,
    ) -> Result<VisitRecord, StoreError> {
        let snapshot = self.snapshot(url.key());
        let hop = |(from, status)| Hop { url: url_or(url, from), status };
        let at = self.at(what, key)?;
        Ok(VisitRecord {
            url: url.clone(),
            run: key.run,
            at,
            elapsed_ms: self.elapsed_ms,
            attempts: self.attempts,
            hops: self.hops.into_iter().map(hop).collect(),
            content_type: self.content_type,
            snapshot,
            unchanged: self.unchanged,
            judgement: parse_stored_json(what, restore_own_time(self.judgement, at))?,
        })
    }
}

/// The stored form of [`Snapshot`].
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredSnapshot {
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
    /// The header fields, and before them the status line under [`STATUS_LINE`] where it is an unusual one.
    headers: Vec<HeaderField>,
}

/// The name under which an unusual status line is stored among the header fields. No server can send a
/// field with this name, since a colon ends names.
const STATUS_LINE: &str = ":status-line";

impl StoredSnapshot {
    pub(in crate::store) fn from_record(snapshot: &Snapshot) -> Self {
        let hop = |hop: &CapturedHop| StoredHop {
            url: differing_url(&snapshot.url, &hop.url),
            at: hop.at.as_nanosecond(),
            status: hop.status,
            headers: hop
                .status_line
                .iter()
                .map(|line| HeaderField { name: STATUS_LINE.to_owned(), value: line.clone() })
                .chain(hop.headers.iter().cloned())
                .collect(),
        };
        Self {
            hops: snapshot.hops.iter().map(hop).collect(),
            body: snapshot.body,
            body_len: snapshot.body_len,
            truncated: snapshot.truncated,
        }
    }

    /// Moves the times of the hops as the snapshot's own time moves, in milliseconds since 1970.
    pub(in crate::store) fn move_by(&mut self, from_ms: u64, to_ms: u64) {
        let moved = (i128::from(to_ms) - i128::from(from_ms)) * NANOSECONDS_PER_MILLISECOND;
        for hop in &mut self.hops {
            hop.at += moved;
        }
    }

    pub(in crate::store) fn body(&self) -> (ContentHash, u64) {
        (self.body, self.body_len)
    }

    /// The time at which the final response was requested.
    pub(in crate::store) fn at(&self, what: &str) -> Result<jiff::Timestamp, StoreError> {
        self.hops.last().map_or(Ok(jiff::Timestamp::UNIX_EPOCH), |hop| parse_timestamp(what, hop.at))
    }

    pub(in crate::store) fn into_record(
        self,
        what: &str,
        id: SnapshotId,
        url: &CanonicalUrl,
    ) -> Result<Snapshot, StoreError> {
        let mut hops = Vec::with_capacity(self.hops.len());
        for mut hop in self.hops {
            let has_line = hop.headers.first().is_some_and(|field| field.name == STATUS_LINE);
            let status_line = has_line.then(|| hop.headers.remove(0).value);
            hops.push(CapturedHop {
                url: url_or(url, hop.url),
                at: parse_timestamp(what, hop.at)?,
                status: hop.status,
                status_line,
                headers: hop.headers,
            });
        }
        let url = url.clone();
        Ok(Snapshot { id, url, hops, body: self.body, body_len: self.body_len, truncated: self.truncated })
    }
}

/// The stored form of [`ComparisonRecord`].
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredComparison {
    article: String,
    at_ms: u64,
    local_text: ContentHash,
    original_text: ContentHash,
    original_body: ContentHash,
    result: String,
}

impl StoredComparison {
    pub(in crate::store) fn set_time(&mut self, at_ms: u64) {
        self.at_ms = at_ms;
    }

    pub(in crate::store) fn from_record(record: &ComparisonRecord) -> Self {
        Self {
            article: record.article.as_str().to_owned(),
            at_ms: record.at_ms,
            local_text: record.local_text,
            original_text: record.original_text,
            original_body: record.original_body,
            result: record.result.as_str().to_owned(),
        }
    }

    pub(in crate::store) fn into_record(self, what: &str) -> Result<ComparisonRecord, StoreError> {
        Ok(ComparisonRecord {
            article: ArticleId::new(self.article),
            at_ms: self.at_ms,
            local_text: self.local_text,
            original_text: self.original_text,
            original_body: self.original_body,
            result: parse_stored_json(what, self.result)?,
        })
    }
}

/// The stored form of [`RunRecord`].
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredRun {
    id: u64,
    command: String,
    started: i128,
    finished: Option<i128>,
    link_table: Vec<ContentHash>,
    detail: String,
}

impl StoredRun {
    pub(in crate::store) fn from_record(record: &RunRecord) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: record.id.0,
            command: record.command.clone(),
            started: record.started.as_nanosecond(),
            finished: record.finished.map(jiff::Timestamp::as_nanosecond),
            link_table: record.link_table.clone(),
            detail: serde_json::to_string(&record.details)?,
        })
    }

    pub(in crate::store) fn into_record(self, what: &str) -> Result<RunRecord, StoreError> {
        Ok(RunRecord {
            id: RunId(self.id),
            command: self.command,
            started: parse_timestamp(what, self.started)?,
            finished: self.finished.map(|at| parse_timestamp(what, at)).transpose()?,
            link_table: self.link_table,
            details: serde_json::from_str(&self.detail)
                .map_err(|error| damaged(what, format!("its details cannot be read: {error}")))?,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_run_whose_details_lack_a_count_is_an_error_that_names_the_run() {
        let stored = |detail: &str| StoredRun {
            id: 7,
            command: "run".to_owned(),
            started: 0,
            finished: None,
            link_table: Vec::new(),
            detail: detail.to_owned(),
        };
        let whole = r#"{"articles":3,"links":12,"urls":9,"roles":["repost"],"exclude":[],"robots_ignored":false,"unreadable":[],"normal_forms":["nfkc"],"max_chain":0}"#;
        let record = stored(whole).into_record("the record of run 7").unwrap();
        assert_eq!((record.details.links, &record.details.spent), (12, &None));
        assert_eq!(StoredRun::from_record(&record).unwrap().detail, whole);
        let cut = whole.replace(r#""links":12,"#, "");
        let error = stored(&cut).into_record("the record of run 7").unwrap_err().to_string();
        assert!(error.contains("the record of run 7") && error.contains("missing field `links`"), "{error}");
    }
}
