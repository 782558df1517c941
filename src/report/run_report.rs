//! Defines the head of a report: which run it is of, and its counts.
//!
//! The field names are part of the JSON contract (`docs/schema/driftline-1.schema.json`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The head of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// The name of the schema, `driftline/1`.
    pub schema: String,
    /// The id of the run.
    pub id: String,
    /// The command: `run` or `check`.
    pub command: String,
    /// When it started.
    pub started: jiff::Timestamp,
    /// When it ended, or was interrupted.
    pub finished: Option<jiff::Timestamp>,
    /// Whether it was interrupted.
    pub interrupted: bool,
    /// Why it was interrupted, if that was not the user's wish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupted_by: Option<String>,
    /// The normal forms in which texts were compared, in their order.
    #[serde(default)]
    pub normal_forms: Vec<String>,
    /// Counts.
    pub summary: RunSummary,
}

/// Counts of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSummary {
    /// Articles that were read.
    pub articles: u64,
    /// Links in them.
    pub links: u64,
    /// Distinct URLs that were to be checked.
    pub urls: u64,
    /// The hosts of the checked URLs.
    pub hosts: u64,
    /// URLs that got a verdict in this run.
    pub judged: u64,
    /// Links by verdict.
    pub verdicts: BTreeMap<String, u64>,
    /// Links by cause.
    pub causes: BTreeMap<String, u64>,
    /// Compared links by drift class.
    pub drift: BTreeMap<String, u64>,
    /// Links by state over time, where something is wrong: `suspect`, `dead`, `revived`.
    pub states: BTreeMap<String, u64>,
    /// Links by change since the run before.
    pub changes: BTreeMap<String, u64>,
    /// Whether robots.txt was ignored because the settings say so.
    pub robots_ignored: bool,
    /// Files that could not be read, with the reason.
    pub unreadable: Vec<String>,
    /// Pages that were not requested because a host rests or was given up, by host.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub waiting: BTreeMap<String, u64>,
    /// The limits that left pages to the next run, by the names of their settings (`max_pages`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<String>,
}
