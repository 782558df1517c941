//! What a report says of one link: the record that `--format jsonl` writes as a line.
//!
//! The field names are part of the JSON contract (`docs/schema/driftline-1.schema.json`).

use serde::{Deserialize, Serialize};

use crate::citation::Citation;
use crate::model::Role;
use crate::text_diff::Drift;
use crate::verdict::{Cause, Judgement, LinkState, Verdict};

/// One place in the archive that holds a link, judged: a line of `--format jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkReport {
    /// The article, as a path.
    pub article: String,
    /// The line of the link.
    pub line: u32,
    /// Its column, in characters.
    pub column: u32,
    /// What it is for.
    pub role: Role,
    /// Its text.
    pub label: String,
    /// The destination as written, only where it was repaired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// The repairs that were made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repairs: Vec<String>,
    /// The URL; none where no URL can be made of what is written.
    pub url: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// Its cause.
    pub cause: Option<Cause>,
    /// What the verdict rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// The judgement over time.
    pub state: LinkState,
    /// The status of the final answer.
    pub status: Option<u16>,
    /// Where the redirects led.
    pub final_url: Option<String>,
    /// Every redirect.
    pub redirects: Vec<Redirect>,
    /// How many times it was tried.
    pub attempts: u32,
    /// When it was asked for.
    pub fetched_at: Option<jiff::Timestamp>,
    /// How long that took.
    pub elapsed_ms: Option<u64>,
    /// The media type.
    pub content_type: Option<String>,
    /// Whether the content equals the earlier snapshot's.
    pub unchanged: bool,
    /// The snapshot that holds the content.
    pub snapshot: Option<String>,
    /// Failures that count.
    pub strikes: u32,
    /// The first of them.
    pub first_failed: Option<jiff::Timestamp>,
    /// The last success.
    pub last_ok: Option<jiff::Timestamp>,
    /// What became of the text; none where there is nothing to compare.
    pub drift: Option<Drift>,
    /// A capture in a public archive, where one is known.
    pub archived: Option<ArchivedCapture>,
    /// What changed since the run before: `newly-dead`, `newly-drifted`, `recovered`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<LinkChange>,
    /// The chain of reposts, from this link's page to the first publisher, where the page says that
    /// it is reposted itself and chains are followed (`crawl.depth`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<String>,
    /// The pages behind this one that were found so: the chain's, and the sources that its pages name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<FoundPage>,
}

impl LinkReport {
    /// A link that was not asked for (or what the rest is then added to): its place and what was
    /// judged of it.
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
}

/// A page that a fetched page names, and that was crawled for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundPage {
    /// Its URL.
    pub url: String,
    /// `repost` or `source`: what it is to the page that names it.
    pub role: Role,
    /// The page that names it.
    pub on: String,
    /// Its verdict; none where it was not asked for in this run.
    pub verdict: Option<Verdict>,
    /// The verdict's cause.
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
    /// Where to.
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
    /// Dead now, and was not before.
    NewlyDead,
    /// Drifted now, and had not before (or is another class now).
    NewlyDrifted,
    /// Was dead or failing before, and answers now.
    Recovered,
}
