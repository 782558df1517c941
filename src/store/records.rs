//! The records that the store hands out: runs, visits, URLs, snapshots and comparisons.

use serde::{Deserialize, Serialize};

use super::ids::{RunId, SnapshotId};
use super::json_text::JsonText;
use super::run_details::RunDetails;
use crate::fetch::{HeaderField, Truncation, Validators};
use crate::model::{ArticleId, CanonicalUrl, ContentHash};

/// What one run was and did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Its name.
    pub id: RunId,
    /// The command: `run` or `check`.
    pub command: String,
    /// When it started.
    pub started: jiff::Timestamp,
    /// When it ended; none while it is under way, or where it was interrupted.
    pub finished: Option<jiff::Timestamp>,
    /// The blobs that hold the run's link table, in path order (see [`SnapshotStore::put_blob`]).
    pub link_table: Vec<ContentHash>,
    /// The settings and counts of the run.
    #[serde(rename = "detail")]
    pub details: RunDetails,
}

/// One hop of a visit, as reports show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// The URL that was asked for.
    pub url: String,
    /// Its status, where there was an answer.
    pub status: Option<u16>,
}

/// One visit of a URL: that we asked, what came, and what was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitRecord {
    /// The URL.
    pub url: CanonicalUrl,
    /// The run.
    pub run: RunId,
    /// When the last hop was asked for.
    pub at: jiff::Timestamp,
    /// Milliseconds over all hops and attempts.
    pub elapsed_ms: u64,
    /// How many times the URL was tried.
    pub attempts: u32,
    /// Every hop of the last attempt.
    pub hops: Vec<Hop>,
    /// The media type of the final answer.
    pub content_type: Option<String>,
    /// The snapshot that holds the content: a new one, or the earlier one where nothing changed.
    pub snapshot: Option<SnapshotId>,
    /// Whether the content equals the earlier snapshot's (304, or an equal body).
    pub unchanged: bool,
    /// What was judged, as JSON of the verdict stage.
    pub judgement: JsonText,
}

/// What the store keeps of a URL over all visits.
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
    /// The judgement over time, as JSON of the verdict stage.
    pub state: JsonText,
}

/// A stored capture, without its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its name.
    pub id: SnapshotId,
    /// The URL that the archive links to.
    pub url: CanonicalUrl,
    /// Every hop with its header fields, the final answer last.
    pub hops: Vec<CapturedHop>,
    /// The hash of the final body.
    pub body: ContentHash,
    /// The body's length in bytes, decoded.
    pub body_len: u64,
    /// Why the body ends early, if it does.
    pub truncated: Option<Truncation>,
}

impl Snapshot {
    /// The final answer.
    pub fn last_hop(&self) -> Option<&CapturedHop> {
        self.hops.last()
    }

    /// When the final answer was asked for.
    pub fn at(&self) -> jiff::Timestamp {
        self.hops.last().map_or(jiff::Timestamp::UNIX_EPOCH, |hop| hop.at)
    }
}

/// One hop of a stored capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapturedHop {
    /// The URL that was asked for.
    pub url: String,
    /// When.
    pub at: jiff::Timestamp,
    /// The status.
    pub status: u16,
    /// The answer's header fields.
    pub headers: Vec<HeaderField>,
}

/// What a comparison of an article with a URL found, kept until either side changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparisonRecord {
    /// The article.
    pub article: ArticleId,
    /// When (milliseconds since 1970): the visit's time.
    pub at_ms: u64,
    /// The hash of the local text that was compared, in normal form.
    pub local_text: ContentHash,
    /// The hash of the original's text that was compared, in normal form.
    pub original_text: ContentHash,
    /// The hash of the original's body.
    pub original_body: ContentHash,
    /// What was found, as JSON of the later stages.
    pub result: JsonText,
}
