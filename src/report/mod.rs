//! Judged links in, reports out: text for people, JSON for programs, pages for reading a diff.
//!
//! Everything that came from outside is stripped of control characters before it reaches a
//! terminal, and escaped before it reaches a page.

pub mod diff;
pub mod finding;
pub mod json;
pub mod json_schema;
#[cfg(test)]
mod samples;
pub mod sanitize;
pub mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::citation::Citation;
use crate::model::Role;
use crate::text_diff::{Comparison, DriftClass, Moved, Side, TellingChange};
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
    pub state: State,
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
    /// Whether the local copy was ever seen to be equal to the original, but for its form: now, at
    /// an earlier visit, or to the first snapshot. None where that cannot be said, and for a
    /// comparison with the previous snapshot.
    #[serde(default)]
    pub was_equal: Option<bool>,
    /// The last time at which it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equal_at: Option<jiff::Timestamp>,
    /// Who changed since the first visit; none where the first visit is the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_since_first: Option<MovedSide>,
    /// The changes that matter most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub telling: Vec<TellingChange>,
    /// What the article quotes, an earlier snapshot of the page held, and the newest does not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotes_lost: Vec<String>,
    /// Why there is no comparable text, for `unverifiable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl DriftReport {
    /// What a comparison found; who moved, and what was before, is for the caller to say.
    pub fn of(comparison: &Comparison, against: &str) -> Self {
        Self {
            missing_from: comparison.missing_from,
            local_in_original: comparison.local_in_original,
            original_in_local: comparison.original_in_local,
            changed_sentences: comparison.changed_sentences,
            noise: comparison.noise,
            title_changed: comparison.title_changed,
            telling: comparison.telling.clone(),
            ..Self::bare(comparison.class, against)
        }
    }

    /// That there is nothing to compare, and why.
    pub fn unverifiable(reason: &str, against: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..Self::bare(DriftClass::Unverifiable, against) }
    }

    /// That the page is what it was at its last snapshot.
    pub fn unchanged() -> Self {
        Self {
            moved_side: MovedSide::Neither,
            local_in_original: 1.0,
            original_in_local: 1.0,
            ..Self::bare(DriftClass::Identical, "previous")
        }
    }

    fn bare(class: DriftClass, against: &str) -> Self {
        Self {
            class,
            against: against.to_owned(),
            moved_side: MovedSide::Unknown,
            missing_from: None,
            local_in_original: 0.0,
            original_in_local: 0.0,
            changed_sentences: 0,
            noise: false,
            title_changed: false,
            was_equal: None,
            equal_at: None,
            moved_since_first: None,
            telling: Vec::new(),
            quotes_lost: Vec::new(),
            reason: None,
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
    /// The first visit, or nothing that could be read to hold it against.
    #[default]
    Unknown,
}

impl From<Moved> for MovedSide {
    fn from(moved: Moved) -> Self {
        match moved {
            Moved::Original => Self::Original,
            Moved::Local => Self::Local,
            Moved::Both => Self::Both,
            Moved::Neither => Self::Neither,
        }
    }
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
    /// The normal forms in which texts were compared: the steps that were on, in their order.
    #[serde(default)]
    pub normal_forms: Vec<String>,
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
