//! The report of a verification: what was read, and each fault with what it affects.

use serde::Serialize;

use super::verify_scope::VerifyCoverage;

use crate::store::StoreError;

/// What was read and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// URLs' records.
    pub urls: u64,
    /// Visits.
    pub visits: u64,
    /// Snapshots.
    pub snapshots: u64,
    /// Comparisons.
    pub comparisons: u64,
    /// Runs.
    pub runs: u64,
    /// Contents (bodies, link tables, long records), each read and checked against its hash.
    pub contents: u64,
    /// Their uncompressed size in bytes.
    pub content_bytes: u64,
    /// Chunks that belong to no content. An interruption leaves them; they are harmless, and a compaction removes
    /// them.
    pub orphan_chunks: u64,
    /// Segments of the journal.
    pub segments: u64,
    /// Records in them.
    pub records: u64,
    /// Segments that name the one before with its digest. Versions without this chain wrote the others.
    pub chain_links: u64,
    /// The last segment: its name, its length and its digest. Kept elsewhere, it also shows that the whole
    /// store was set back or made anew.
    pub head: Option<String>,
    /// Visits that only the database holds. This is no fault if the journal was switched off.
    pub visits_not_in_journal: u64,
    /// Captures that only the database holds.
    pub captures_not_in_journal: u64,
    /// Link tables that only the database holds.
    pub contents_not_in_journal: u64,
    /// How much was looked at; `None` if it was everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<VerifyCoverage>,
    /// All faults.
    pub faults: Vec<VerifyFault>,
}

/// Which part of the store has a fault, which decides what repairs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultPlace {
    /// The database: a rebuild makes it again from the journal.
    Database,
    /// The journal: a repair writes what it lacks from the database.
    Journal,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifyFault {
    /// The part of the store that has it.
    pub place: FaultPlace,
    /// What is damaged: a record, a content, or a place in a segment.
    pub what: String,
    /// What is wrong with it.
    pub reason: String,
    /// What it affects: URLs, with the snapshot or the visit if known. Empty if nothing refers to it.
    pub affects: Vec<String>,
}

impl VerifyReport {
    /// Adds a fault of the database.
    pub(super) fn add_database_fault(
        &mut self,
        what: impl Into<String>,
        reason: impl Into<String>,
        affects: Vec<String>,
    ) {
        let (place, what, reason) = (FaultPlace::Database, what.into(), reason.into());
        self.faults.push(VerifyFault { place, what, reason, affects });
    }

    /// Adds an error of reading the database as a fault of `what`.
    pub(super) fn add_error(&mut self, what: &str, error: &StoreError, affects: Vec<String>) {
        match error {
            StoreError::Damaged { what, reason } => {
                self.add_database_fault(what.clone(), reason.clone(), affects);
            }
            other => self.add_database_fault(what, other.to_string(), affects),
        }
    }

    /// Adds a fault of the journal.
    pub(super) fn add_journal_fault(&mut self, what: String, reason: String, affects: Vec<String>) {
        self.faults.push(VerifyFault { place: FaultPlace::Journal, what, reason, affects });
    }
}
