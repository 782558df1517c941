//! Verifies the store: reads everything, and reports what is wrong and what that affects.
//!
//! The database is read record by record and content by content, each content checked against its hash. The
//! journal is read record by record, each checked against its CRC and digest. Then the two are compared,
//! which finds what sled lost without noticing.

use super::verify_database::verify_database;
use super::verify_journal::verify_journal;
use super::verify_report::VerifyReport;
use crate::store::StoreError;
use crate::store::db::database::Database;

/// Verifies the database and the journal.
///
/// # Errors
/// The journal's files cannot be read. Faults of the database and damage in the journal are in the report.
pub(in crate::store) fn verify_store(database: &Database) -> Result<VerifyReport, StoreError> {
    let mut report = VerifyReport::default();
    let verified = verify_database(database, &mut report);
    verify_journal(database, &verified, &mut report)?;
    Ok(report)
}
