//! What an import asks of its caller about each page, and what it reports.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::fetch::Exchange;
use crate::model::CanonicalUrl;
use crate::store::JsonText;

/// The most faults that are reported for a file.
const MAX_FAULTS: usize = 100;
/// The most reasons that are reported for a file. A reason may quote the file.
const MAX_REASONS: usize = 100;

/// What was imported from a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// The file, as it was given.
    pub file: String,
    /// Records that were read.
    pub records: u64,
    /// The number of records by type.
    pub types: BTreeMap<String, u64>,
    /// New snapshots.
    pub captures: u64,
    /// New visits without a snapshot: errors, walls, and redirects without their page.
    pub visits: u64,
    /// New visits at which the server said that the page had not changed (304).
    pub unchanged: u64,
    /// Captures that the store already had.
    pub known: u64,
    /// Records that describe others and are no captures: `warcinfo`, `request` and `metadata`.
    pub describing: u64,
    /// Members of a package that hold no captures, such as its index and its list of pages.
    pub other_members: u64,
    /// Captures that are dated in the future. They keep their dates, and are not taken for the newest.
    pub in_future: u64,
    /// Digests that could not be checked, because their algorithm is not supported.
    pub unchecked: u64,
    /// The number of records that were taken although something about them is odd, by what it is.
    pub remarks: BTreeMap<String, u64>,
    /// The number of records that were skipped, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// What is wrong with the file, with the offset: at most 100 entries.
    pub faults: Vec<String>,
    /// The number of faults beyond those.
    pub further_faults: u64,
    /// Why the file could not be read at all, or not to its end.
    pub failure: Option<String>,
}

impl ImportReport {
    /// The records of which something became: all that were read, since each is stored, known, skipped for a
    /// reason, or describes others.
    pub fn accounted(&self) -> u64 {
        let Self { captures, visits, unchanged, known, describing, .. } = self;
        captures + visits + unchanged + known + describing + self.skipped.values().sum::<u64>()
    }
}

/// How an import takes what it reads.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions {
    /// Whether to take records whose payload is not what their digests say, with a mark.
    pub keep_wrong_digests: bool,
}

/// A page that is about to be imported, for the caller to judge.
pub struct ImportedPage<'a> {
    /// The URL that was requested first.
    pub url: &'a CanonicalUrl,
    /// The exchanges, the final answer last.
    pub exchanges: &'a [Exchange],
    /// What is odd about its records, for the evidence.
    pub remarks: &'a [String],
    /// Whether the last exchange is a redirect whose page is in none of the files.
    pub lacks_target: bool,
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
    /// The name in messages: the file, or a member of a package.
    pub(super) place: String,
}

impl ImportLog {
    pub(super) fn new(path: &Path) -> Self {
        let file = path.display().to_string();
        Self { place: file.clone(), report: ImportReport { file, ..ImportReport::default() } }
    }

    /// Counts a record that is skipped.
    pub(super) fn count_skipped(&mut self, reason: &str) {
        count(&mut self.report.skipped, reason);
    }

    /// Counts a record that is taken although something about it is odd.
    pub(super) fn count_remark(&mut self, remark: &str) {
        count(&mut self.report.remarks, remark);
    }

    /// Counts a record that describes others.
    pub(super) fn count_describing(&mut self) {
        self.report.describing += 1;
    }

    /// Counts a member of a package that holds no captures.
    pub(super) fn count_member_without_captures(&mut self) {
        self.report.other_members += 1;
    }

    /// Counts a record by its type.
    pub(super) fn count_record(&mut self, record_type: &str) {
        self.report.records += 1;
        count(&mut self.report.types, if record_type.is_empty() { "without a type" } else { record_type });
    }

    /// Reports that the file is wrong at an offset.
    pub(super) fn add_fault(&mut self, offset: u64, reason: &str) {
        let fault = format!("{}, offset {offset}: {reason}", self.place);
        self.push_fault(fault);
    }

    /// Reports that the file is wrong as a whole.
    pub(super) fn add_file_fault(&mut self, reason: &str) {
        let fault = format!("{}: {reason}", self.place);
        self.push_fault(fault);
    }

    fn push_fault(&mut self, fault: String) {
        if self.report.faults.len() < MAX_FAULTS {
            self.report.faults.push(fault);
        } else {
            self.report.further_faults += 1;
        }
    }
}

/// Counts what a text from a file names. So many different texts occur only in a file that was made for it.
fn count(counts: &mut BTreeMap<String, u64>, text: &str) {
    let text: String = text.chars().take(200).collect();
    let text =
        if counts.len() < MAX_REASONS || counts.contains_key(&text) { text } else { "others".to_owned() };
    *counts.entry(text).or_default() += 1;
}
