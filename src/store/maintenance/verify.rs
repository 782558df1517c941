//! Verifies the store: reads everything, and reports what is wrong and what that affects.
//!
//! The database is read record by record and content by content, each content checked against its hash. The
//! journal is read record by record, each checked against its CRC and digest. Then the two are compared,
//! which finds what sled lost without noticing.

use super::verify_database::verify_database;
use super::verify_journal::verify_journal;
use super::verify_part::verify_part;
use super::verify_report::VerifyReport;
use super::verify_scope::{VerifyScope, read_verified, write_verified};
use crate::store::StoreError;
use crate::store::db::database::Database;
use crate::store::journal::applied_position::read_applied_position;

/// Verifies the database and the journal, all of them or the part in `scope`. If all was found whole, now or by
/// an earlier verification, the next one can begin here. `has_journal` says whether everything that is written
/// goes into the journal. The caller sees to it that nobody writes.
///
/// # Errors
/// The journal's files cannot be read. Faults of the database and damage in the journal are in the report.
pub(in crate::store) fn verify_store(
    database: &Database,
    scope: &VerifyScope,
    has_journal: bool,
) -> Result<VerifyReport, StoreError> {
    // What a store without a journal got since cannot be found.
    let since = if scope.since_last && has_journal { read_verified(database)? } else { None };
    let asked_for_part = since.is_some() || (scope.sample.is_some() && !scope.since_last);
    let report = if asked_for_part {
        verify_part(database, since, scope.sample)?
    } else {
        let mut report = VerifyReport::default();
        let verified = verify_database(database, &mut report);
        verify_journal(database, &verified, &mut report)?;
        report
    };
    let is_all_known = since.is_some() || !asked_for_part;
    if report.faults.is_empty() && is_all_known {
        write_verified(database, read_applied_position(database)?)?;
    }
    Ok(report)
}
