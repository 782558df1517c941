//! Judged links in, reports out: text for people, JSON for programs, pages for reading a diff.
//!
//! Everything that came from outside is stripped of control characters before it reaches a
//! terminal, and escaped before it reaches a page.

pub mod clean;
pub mod diff_html;
pub mod diff_json;
pub mod diff_text;
pub mod finding;
pub mod json;
#[cfg(test)]
mod samples;
pub mod schema;
pub mod text_report;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::citation::{Citation, Role};
use crate::text_diff::{Comparison, DriftClass, Side, TellingChange};
use crate::verdict::{Cause, Judgement, State, Verdict};

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
    pub state: State,
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
    pub drift: Option<DriftReport>,
    /// A capture in a public archive, where one is known.
    pub archived: Option<Archived>,
    /// What changed since the run before: `newly-dead`, `newly-drifted`, `recovered`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
}

impl LinkReport {
    /// A link that was not asked for (or what the rest is then added to): its place and what was
    /// judged of it.
    pub fn unasked(article: &str, citation: Citation, url: Option<String>, judgement: Judgement) -> Self {
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
            state: State::Ok,
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
        }
    }
}

/// One redirect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirect {
    /// The status that redirected.
    pub status: u16,
    /// Where to.
    pub to: String,
}

/// What became of the text behind a link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriftReport {
    /// The class.
    pub class: DriftClass,
    /// `local` or `previous`: what it was compared with.
    pub against: String,
    /// Who changed since the last run.
    pub moved_side: MovedSide,
    /// Which side lost the part, for a truncation.
    pub missing_from: Option<Side>,
    /// The share of the local copy found in the original.
    pub local_in_original: f64,
    /// The share of the original found in the local copy.
    pub original_in_local: f64,
    /// How many sentences were changed, added or removed.
    pub changed_sentences: u32,
    /// Whether the original only holds more around an unchanged text.
    pub noise: bool,
    /// Whether the title says something else.
    pub title_changed: bool,
    /// The changes that matter most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub telling: Vec<TellingChange>,
    /// Why there is no comparable text, for `unverifiable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl DriftReport {
    /// What a comparison found; who moved is for the caller to say.
    pub fn of(comparison: &Comparison, against: &str) -> Self {
        Self {
            class: comparison.class,
            against: against.to_owned(),
            moved_side: MovedSide::Unknown,
            missing_from: comparison.missing_from,
            local_in_original: comparison.local_in_original,
            original_in_local: comparison.original_in_local,
            changed_sentences: comparison.changed_sentences,
            noise: comparison.noise,
            title_changed: comparison.title_changed,
            telling: comparison.telling.clone(),
            reason: None,
        }
    }

    /// That there is nothing to compare, and why.
    pub fn unverifiable(reason: &str, against: &str) -> Self {
        Self {
            class: DriftClass::Unverifiable,
            against: against.to_owned(),
            moved_side: MovedSide::Unknown,
            missing_from: None,
            local_in_original: 0.0,
            original_in_local: 0.0,
            changed_sentences: 0,
            noise: false,
            title_changed: false,
            telling: Vec::new(),
            reason: Some(reason.to_owned()),
        }
    }
}

/// Who changed since the last run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MovedSide {
    /// The page on the web.
    Original,
    /// The copy in the archive.
    Local,
    /// Both.
    Both,
    /// Neither.
    Neither,
    /// The first visit: nothing to hold it against.
    #[default]
    Unknown,
}

/// A capture in a public archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {
    /// Its URL.
    pub url: String,
    /// When it was captured.
    pub at: jiff::Timestamp,
}

/// What changed since the run before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Dead now, and was not before.
    NewlyDead,
    /// Drifted now, and had not before (or is another class now).
    NewlyDrifted,
    /// Was dead or failing before, and answers now.
    Recovered,
}

/// The head of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// `driftline/1`.
    pub schema: String,
    /// The run's name.
    pub id: String,
    /// The command: `run` or `check`.
    pub command: String,
    /// When it started.
    pub started: jiff::Timestamp,
    /// When it ended, or was interrupted.
    pub finished: Option<jiff::Timestamp>,
    /// Whether it was interrupted.
    pub interrupted: bool,
    /// Counts.
    pub summary: Summary,
}

/// Counts of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Articles that were read.
    pub articles: u64,
    /// Links in them.
    pub links: u64,
    /// Distinct URLs that were to be judged.
    pub urls: u64,
    /// Hosts they lie on.
    pub hosts: u64,
    /// URLs that have a verdict of this run.
    pub judged: u64,
    /// Links by verdict.
    pub verdicts: BTreeMap<String, u64>,
    /// Links by cause.
    pub causes: BTreeMap<String, u64>,
    /// Compared links by drift class.
    pub drift: BTreeMap<String, u64>,
    /// Links by change since the run before.
    pub changes: BTreeMap<String, u64>,
    /// Whether robots.txt was ignored by explicit setting.
    pub robots_ignored: bool,
    /// Files that could not be read, with the reason.
    pub unreadable: Vec<String>,
}
