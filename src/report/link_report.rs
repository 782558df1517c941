//! Defines what a report says of one link: the record that `--format jsonl` writes as a line.
//!
//! The field names are part of the JSON contract (`docs/schema/driftline-1.schema.json`).

use serde::{Deserialize, Serialize};

use crate::citation::Citation;
use crate::model::Role;
use crate::text_diff::Drift;
use crate::verdict::{Cause, Judgement, LinkRecord, LinkState, Verdict};

/// One link at one place in the archive, with its verdict: a line of `--format jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkReport {
    /// The path of the article.
    pub article: String,
    /// The line of the link, from 1.
    pub line: u32,
    /// The column of the link in characters, from 1.
    pub column: u32,
    /// The role of the link.
    pub role: Role,
    /// Its text.
    pub label: String,
    /// The destination as written, if it was repaired or is invalid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// The repairs that were made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<String>,
    /// The URL; `None` if what is written is not a valid URL.
    pub url: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// The cause of the verdict.
    pub cause: Option<Cause>,
    /// The evidence for the verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// The state of the link over time.
    pub state: LinkState,
    /// Whether several failures, days apart, confirm that the link is dead. A link that was never seen alive is
    /// dead without that.
    #[serde(default)]
    pub confirmed: bool,
    /// The earliest time at which a link that keeps failing is confirmed as dead.
    #[serde(default)]
    pub confirmed_from: Option<jiff::Timestamp>,
    /// The status of the final answer.
    pub status: Option<u16>,
    /// The URL after all redirects.
    pub final_url: Option<String>,
    /// Every redirect.
    pub redirects: Vec<Redirect>,
    /// The number of attempts.
    pub attempts: u32,
    /// When it was requested.
    pub fetched_at: Option<jiff::Timestamp>,
    /// How long the requests took, in milliseconds.
    pub elapsed_ms: Option<u64>,
    /// The media type of the answer.
    pub content_type: Option<String>,
    /// Whether the content equals that of the earlier snapshot.
    pub unchanged: bool,
    /// The snapshot that holds the content.
    pub snapshot: Option<String>,
    /// The number of failures that count.
    pub strikes: u32,
    /// The time of the first of them.
    pub first_failed: Option<jiff::Timestamp>,
    /// The time of the last success.
    pub last_ok: Option<jiff::Timestamp>,
    /// The drift of the text; `None` if there is nothing to compare.
    pub drift: Option<Drift>,
    /// A capture in a public archive, if one is known.
    pub archived: Option<ArchivedCapture>,
    /// What changed since the run before: `newly-dead`, `newly-suspect`, `newly-drifted`, `recovered`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<LinkChange>,
    /// The chain of reposts from this link's page to the first publisher, if the page says that it is a
    /// repost and chains are followed (`crawl.depth`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<String>,
    /// The pages found by following this one: those of the chain, and the sources that they name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<FoundPage>,
}

impl LinkReport {
    /// The report of a link that was not requested: its place and its judgement. The caller adds the
    /// rest for a link that was.
    pub fn from_judgement(
        article: &str,
        citation: Citation,
        url: Option<String>,
        judgement: Judgement,
    ) -> Self {
        Self {
            article: article.to_owned(),
            line: citation.position.line,
            column: citation.position.column,
            role: citation.role,
            label: citation.label,
            written: citation.written,
            repairs: citation.repairs,
            url,
            verdict: judgement.verdict,
            cause: judgement.cause,
            evidence: judgement.evidence,
            state: LinkState::Ok,
            confirmed: false,
            confirmed_from: None,
            status: None,
            final_url: None,
            redirects: Vec::new(),
            attempts: 0,
            fetched_at: None,
            elapsed_ms: None,
            content_type: None,
            unchanged: false,
            snapshot: None,
            strikes: 0,
            first_failed: None,
            last_ok: None,
            drift: None,
            archived: None,
            change: None,
            chain: Vec::new(),
            found: Vec::new(),
        }
    }

    /// Sets what is known of the link over time.
    pub fn set_state(&mut self, record: &LinkRecord) {
        self.state = record.state;
        self.confirmed = record.is_confirmed();
        self.confirmed_from = record.confirmed_from();
        self.strikes = record.strikes;
        self.first_failed = record.first_failed;
        self.last_ok = record.last_ok;
    }

    /// Whether the link was ever seen alive.
    pub fn was_seen_alive(&self) -> bool {
        self.last_ok.is_some()
    }
}

/// A page that was requested because a fetched page names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundPage {
    /// Its URL.
    pub url: String,
    /// `repost` or `source`: its role on the page that names it.
    pub role: Role,
    /// The page that names it.
    pub on: String,
    /// Its verdict; `None` if it was not requested in this run.
    pub verdict: Option<Verdict>,
    /// The cause of the verdict.
    pub cause: Option<Cause>,
    /// The judgement over time.
    pub state: LinkState,
    /// The status of the final answer.
    pub status: Option<u16>,
    /// The snapshot that holds its content.
    pub snapshot: Option<String>,
}

/// One redirect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// The status that redirected.
    pub status: u16,
    /// The URL that it redirected to.
    pub to: String,
}

/// A capture in a public archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedCapture {
    /// Its URL.
    pub url: String,
    /// When it was captured.
    pub at: jiff::Timestamp,
}

/// What changed since the run before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkChange {
    /// Dead now, and was not before: confirmed now, or never seen alive and gone at first sight.
    NewlyDead,
    /// Was seen alive and fails now, for the first time since; not yet confirmed as dead.
    NewlySuspect,
    /// Drifted now, but not in the run before, or with another class.
    NewlyDrifted,
    /// Was dead or suspect, and answers now.
    Recovered,
}
