//! What an import asks of its caller about each page, and what it reports.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::fetch::Exchange;
use crate::model::CanonicalUrl;
use crate::store::JsonText;

/// The most faults that are reported.
const MAX_FAULTS: usize = 100;

/// What was imported from a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Records that were read.
    pub records: u64,
    /// New snapshots.
    pub captures: u64,
    /// New visits without a snapshot: errors and walls.
    pub visits: u64,
    /// Captures that the store already had.
    pub known: u64,
    /// Digests that could not be checked, because their algorithm is not supported.
    pub unchecked: u64,
    /// The number of records that were skipped, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// What is wrong with the file, with the offset: at most 100 entries.
    pub faults: Vec<String>,
}

/// A page that is about to be imported, for the caller to judge.
pub struct ImportedPage<'a> {
    /// The URL that was requested first.
    pub url: &'a CanonicalUrl,
    /// The exchanges, the final answer last.
    pub exchanges: &'a [Exchange],
}

/// The caller's judgement of an imported page, as JSON of the verdict stage.
#[derive(Clone, Debug, Default)]
pub struct ImportJudgement {
    /// The judgement, for the visit.
    pub judgement: JsonText,
    /// The state of the URL over time, used if it has no newer visit.
    pub state: JsonText,
    /// Whether to store the answer as a snapshot.
    pub keep: bool,
}

/// Collects the report of one file.
pub(super) struct ImportLog {
    pub(super) report: ImportReport,
    file_name: String,
}

impl ImportLog {
    pub(super) fn new(path: &Path) -> Self {
        Self { report: ImportReport::default(), file_name: path.display().to_string() }
    }

    /// Counts a record that is skipped.
    pub(super) fn count_skipped(&mut self, reason: &str) {
        *self.report.skipped.entry(reason.to_owned()).or_default() += 1;
    }

    /// Reports that the file is wrong at an offset.
    pub(super) fn add_fault(&mut self, offset: u64, reason: &str) {
        if self.report.faults.len() < MAX_FAULTS {
            self.report.faults.push(format!("{}, offset {offset}: {reason}", self.file_name));
        }
    }
}
