//! The records that the store returns: runs, visits, URLs, snapshots and comparisons.

use serde::{Deserialize, Serialize};

use super::ids::{RunId, SnapshotId};
use super::json_text::JsonText;
use super::run_details::RunDetails;
use crate::fetch::{HeaderField, Truncation, Validators};
use crate::model::{ArticleId, CanonicalUrl, ContentHash};

/// The record of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The id of the run.
    pub id: RunId,
    /// The command: `run` or `check`.
    pub command: String,
    /// The time at which the run started.
    pub started: jiff::Timestamp,
    /// The time at which the run ended; `None` while it is running, or if it was interrupted.
    pub finished: Option<jiff::Timestamp>,
    /// The blobs that contain the run's link table, in path order (see `SnapshotStore::store_blob`).
    pub link_table: Vec<ContentHash>,
    /// The settings and counts of the run.
    #[serde(rename = "detail")]
    pub details: RunDetails,
}

/// One hop of a visit, as reports show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// The URL that was requested.
    pub url: String,
    /// The status; `None` if there was no response.
    pub status: Option<u16>,
}

/// One visit of a URL: what was requested, what was answered and which verdict it got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitRecord {
    /// The URL.
    pub url: CanonicalUrl,
    /// The run that made the visit.
    pub run: RunId,
    /// The time at which the last hop was requested.
    pub at: jiff::Timestamp,
    /// The time of all hops and attempts, in milliseconds.
    pub elapsed_ms: u64,
    /// The number of attempts.
    pub attempts: u32,
    /// Every hop of the last attempt.
    pub hops: Vec<Hop>,
    /// The media type of the final response.
    pub content_type: Option<String>,
    /// The snapshot with the content: a new one, or an earlier one if nothing changed.
    pub snapshot: Option<SnapshotId>,
    /// Whether the content equals that of the earlier snapshot (status 304, or an equal body).
    pub unchanged: bool,
    /// The verdict, as JSON of the verdict stage.
    pub judgement: JsonText,
}

/// What the store keeps of a URL over all its visits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrlRecord {
    /// The URL.
    pub url: CanonicalUrl,
    /// The run of the newest visit.
    pub last_run: RunId,
    /// The time of the newest visit, in milliseconds since 1970.
    pub last_visit_ms: u64,
    /// The oldest snapshot.
    pub first_snapshot: Option<SnapshotId>,
    /// The newest snapshot.
    pub latest_snapshot: Option<SnapshotId>,
    /// The hash of the newest snapshot's body.
    pub latest_body: Option<ContentHash>,
    /// The URL that sent the validators, and the validators themselves.
    pub validators: Option<(String, Validators)>,
    /// The link state over time, as JSON of the verdict stage.
    pub state: JsonText,
}

/// A stored snapshot, without its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The id of the snapshot.
    pub id: SnapshotId,
    /// The URL to which the archive links.
    pub url: CanonicalUrl,
    /// Every hop with its header fields; the final response is the last one.
    pub hops: Vec<CapturedHop>,
    /// The hash of the body of the final response.
    pub body: ContentHash,
    /// The length of the decoded body in bytes.
    pub body_len: u64,
    /// Why the body was cut short, if it was.
    pub truncated: Option<Truncation>,
}

impl Snapshot {
    /// The hop of the final response.
    pub fn last_hop(&self) -> Option<&CapturedHop> {
        self.hops.last()
    }

    /// The time at which the final response was requested.
    pub fn at(&self) -> jiff::Timestamp {
        self.hops.last().map_or(jiff::Timestamp::UNIX_EPOCH, |hop| hop.at)
    }
}

/// One hop of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapturedHop {
    /// The URL that was requested.
    pub url: String,
    /// The time of the request.
    pub at: jiff::Timestamp,
    /// The status of the response.
    pub status: u16,
    /// The status line, where it is not `HTTP/1.1`, the status and its usual reason phrase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_line: Option<String>,
    /// The header fields of the response.
    pub headers: Vec<HeaderField>,
}

impl CapturedHop {
    /// The status line where it is an unusual one; otherwise the status and its reason phrase, because
    /// nothing else is known of the line.
    pub fn describe_status(&self) -> String {
        let reason = || http::StatusCode::from_u16(self.status).ok().and_then(|code| code.canonical_reason());
        let usual = || format!("{} {}", self.status, reason().unwrap_or_default()).trim_end().to_owned();
        self.status_line.clone().unwrap_or_else(usual)
    }
}

/// The result of comparing an article with a URL, which is kept until either text changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparisonRecord {
    /// The article.
    pub article: ArticleId,
    /// The time of the visit, in milliseconds since 1970.
    pub at_ms: u64,
    /// The hash of the compared local text in normal form.
    pub local_text: ContentHash,
    /// The hash of the compared original text in normal form.
    pub original_text: ContentHash,
    /// The hash of the body of the original.
    pub original_body: ContentHash,
    /// The result, as JSON of later stages.
    pub result: JsonText,
}
