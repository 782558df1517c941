//! The JSON lines in a group's `metadata` record: visits, runs, contents and forgotten snapshots.
//!
//! Each line is one object, whose `kind` says which. Hashes and snapshot ids are hexadecimal text, times are
//! RFC 3339.

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::fetch::{Truncation, Validators};
use crate::model::ArticleId;
use crate::model::ContentHash;
use crate::model::{CanonicalUrl, UrlKey};
use crate::store::db::keys::unix_milliseconds;
use crate::store::write::page_records::{PageRecords, ValidatorChange};
use crate::store::write::redate::Redating;
use crate::store::{ComparisonRecord, Hop, JsonText, RunDetails, RunId, RunRecord, SnapshotId, VisitRecord};

/// The media type of the record's block.
pub(in crate::store) const MEDIA_TYPE: &str = "application/x-ndjson";

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(in crate::store) enum JournalEntry<'a> {
    /// A visit, with its capture if it made one.
    Visit(Box<VisitEntry<'a>>),
    /// A run's record.
    Run(Box<RunEntry>),
    /// Snapshots that were forgotten.
    Forget {
        /// Their ids.
        snapshots: Vec<String>,
    },
    /// Records of a URL that have other times than they had when they were written.
    Redate {
        /// The key of the URL, in hexadecimal.
        url: String,
        /// The times.
        times: Vec<Redating>,
    },
    /// Content that is no page, such as a link table.
    Content {
        /// Its hash.
        hash: String,
        /// The id of the `resource` record that holds it.
        record: String,
    },
}

/// A visit, without what is in the other records of its group.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct VisitEntry<'a> {
    url: Cow<'a, CanonicalUrl>,
    run: RunId,
    at: jiff::Timestamp,
    elapsed_ms: u64,
    attempts: u32,
    hops: Cow<'a, [Hop]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_type: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unchanged: bool,
    judgement: Cow<'a, JsonText>,
    /// The URL's state after the visit; left out if it equals `judgement`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<Cow<'a, JsonText>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    validators: Option<SetValidators>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    comparisons: Vec<ComparisonEntry<'a>>,
    /// The new capture, if one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<CaptureEntry>,
}

/// The validators that the visit set; empty if it removed them.
#[derive(Debug, Serialize, Deserialize)]
struct SetValidators {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_modified: Option<String>,
}

/// The records that hold the parts of a capture.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct CaptureEntry {
    /// The ids of its hops' `response` or `revisit` records, in order.
    pub records: Vec<String>,
    /// The hash of the final body.
    pub body: String,
    /// The body's length in bytes.
    pub body_len: u64,
    /// Why the body ends early, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<Truncation>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ComparisonEntry<'a> {
    article: Cow<'a, ArticleId>,
    at_ms: u64,
    local_text: String,
    original_text: String,
    original_body: String,
    result: Cow<'a, JsonText>,
}

/// A run's record.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct RunEntry {
    id: RunId,
    command: String,
    started: jiff::Timestamp,
    finished: Option<jiff::Timestamp>,
    link_table: Vec<String>,
    detail: RunDetails,
}

/// The key of a URL in hexadecimal.
pub(in crate::store) fn url_text(url: UrlKey) -> String {
    HEXLOWER.encode(url.as_bytes())
}

/// Parses the key of a URL.
pub(in crate::store) fn parse_url_key(text: &str) -> Option<UrlKey> {
    let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
    Some(UrlKey::from_bytes(bytes.try_into().ok()?))
}

/// Parses a hash in hexadecimal.
pub(in crate::store) fn parse_hash(text: &str) -> Option<ContentHash> {
    blake3::Hash::from_hex(text).ok().map(|hash| ContentHash::from_bytes(*hash.as_bytes()))
}

impl<'a> VisitEntry<'a> {
    /// The entry of a visit whose hops are in the records with these ids.
    pub(in crate::store) fn from_addition(page_records: &'a PageRecords, records: Vec<String>) -> Self {
        let visit = &page_records.visit;
        let validators = match &page_records.validators {
            ValidatorChange::Keep => None,
            ValidatorChange::Set(set) => {
                let (url, set) = set.clone().map_or_else(Default::default, |(url, set)| (Some(url), set));
                Some(SetValidators { url, etag: set.etag, last_modified: set.last_modified })
            }
        };
        let comparison = |record: &'a ComparisonRecord| ComparisonEntry {
            article: Cow::Borrowed(&record.article),
            at_ms: record.at_ms,
            local_text: record.local_text.to_string(),
            original_text: record.original_text.to_string(),
            original_body: record.original_body.to_string(),
            result: Cow::Borrowed(&record.result),
        };
        Self {
            url: Cow::Borrowed(&visit.url),
            run: visit.run,
            at: visit.at,
            elapsed_ms: visit.elapsed_ms,
            attempts: visit.attempts,
            hops: Cow::Borrowed(&visit.hops),
            content_type: visit.content_type.as_deref().map(Cow::Borrowed),
            snapshot: visit.snapshot.map(|id| id.to_string()),
            unchanged: visit.unchanged,
            state: (page_records.state != visit.judgement).then_some(Cow::Borrowed(&page_records.state)),
            judgement: Cow::Borrowed(&visit.judgement),
            validators,
            comparisons: page_records.comparisons.iter().map(comparison).collect(),
            capture: page_records.capture.as_ref().map(|(snapshot, _)| CaptureEntry {
                records,
                body: snapshot.body.to_string(),
                body_len: snapshot.body_len,
                truncated: snapshot.truncated,
            }),
        }
    }

    /// The id of the snapshot that the visit names; an error if it is malformed.
    pub(in crate::store) fn snapshot_id(&self) -> Result<Option<SnapshotId>, String> {
        let read = |text: &String| text.parse().map_err(|()| format!("\"{text}\" is not a snapshot id"));
        self.snapshot.as_ref().map(read).transpose()
    }

    /// The parts of the visit's key in the database: URL, milliseconds since 1970, and run.
    pub(in crate::store) fn key_parts(&self) -> (UrlKey, u64, RunId) {
        (self.url.key(), unix_milliseconds(self.at), self.run)
    }

    /// The URL.
    pub(in crate::store) fn url(&self) -> &CanonicalUrl {
        &self.url
    }

    /// The articles of its comparisons, and their times in milliseconds since 1970.
    pub(in crate::store) fn compared_articles(&self) -> impl Iterator<Item = (&ArticleId, u64)> {
        self.comparisons.iter().map(|entry| (entry.article.as_ref(), entry.at_ms))
    }

    /// Turns the entry back into what the database takes, without the capture.
    pub(in crate::store) fn into_addition(self) -> Result<PageRecords, String> {
        let snapshot = self.snapshot_id()?;
        let parse = |text: &str| parse_hash(text).ok_or_else(|| format!("\"{text}\" is not a hash"));
        let mut comparisons = Vec::with_capacity(self.comparisons.len());
        for entry in self.comparisons {
            comparisons.push(ComparisonRecord {
                article: entry.article.into_owned(),
                at_ms: entry.at_ms,
                local_text: parse(&entry.local_text)?,
                original_text: parse(&entry.original_text)?,
                original_body: parse(&entry.original_body)?,
                result: entry.result.into_owned(),
            });
        }
        let validators = match self.validators {
            None => ValidatorChange::Keep,
            Some(set) => {
                let SetValidators { url, etag, last_modified } = set;
                ValidatorChange::Set(url.map(|url| (url, Validators { etag, last_modified })))
            }
        };
        let visit = VisitRecord {
            url: self.url.into_owned(),
            run: self.run,
            at: self.at,
            elapsed_ms: self.elapsed_ms,
            attempts: self.attempts,
            hops: self.hops.into_owned(),
            content_type: self.content_type.map(Cow::into_owned),
            snapshot,
            unchanged: self.unchanged,
            judgement: self.judgement.into_owned(),
        };
        let state = self.state.map_or_else(|| visit.judgement.clone(), Cow::into_owned);
        Ok(PageRecords { capture: None, visit, validators, state, comparisons })
    }
}

impl RunEntry {
    pub(in crate::store) fn from_run(run: &RunRecord) -> Self {
        Self {
            id: run.id,
            command: run.command.clone(),
            started: run.started,
            finished: run.finished,
            link_table: run.link_table.iter().map(ToString::to_string).collect(),
            detail: run.details.clone(),
        }
    }

    /// Turns the entry back into the record; an error if a hash is malformed.
    pub(in crate::store) fn into_run(self) -> Result<RunRecord, String> {
        let parse = |text: &String| parse_hash(text).ok_or_else(|| format!("\"{text}\" is not a hash"));
        Ok(RunRecord {
            id: self.id,
            command: self.command,
            started: self.started,
            finished: self.finished,
            link_table: self.link_table.iter().map(parse).collect::<Result<_, _>>()?,
            details: self.detail,
        })
    }
}
