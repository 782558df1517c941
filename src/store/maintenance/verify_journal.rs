//! Reads the whole journal, reports damage in it, and compares it with the database.

use std::collections::BTreeSet;
use std::path::Path;

use super::missing_records::{each_url_with_missing, missing_contents, missing_runs};
use super::verify_database::VerifiedDatabase;
use super::verify_report::VerifyReport;
use crate::store::StoreError;
use crate::store::db::database::Database;
use crate::store::journal::applied_position::read_applied_position;
use crate::store::journal::inventory::{Inventory, take_inventory};
use crate::store::journal::segment::{describe_missing, last_segment_number};
use crate::store::journal::segment_seal::{read_seal, seal_of_last};

/// Verifies the journal of the store and adds its counts and faults to the report.
pub(super) fn verify_journal(
    database: &Database,
    verified: &VerifiedDatabase,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let applied = read_applied_position(database).unwrap_or_default();
    let seal = read_seal(database).unwrap_or_default();
    let inventory = take_inventory(&database.dir, applied, seal.as_ref())?;
    (report.segments, report.records) = (inventory.segments, inventory.records);
    report.chain_links = inventory.chain.links;
    report.head = read_head(database)?;
    note_content_in_journal(verified, &inventory, report);
    add_journal_faults(database, &inventory, report)?;
    add_lost_visits(verified, &inventory, report);
    Ok(())
}

/// The seal of the last segment, as a line of text; `None` if there is no segment.
pub(super) fn read_head(database: &Database) -> Result<Option<String>, StoreError> {
    let applied = read_applied_position(database).unwrap_or_default();
    let last = last_segment_number(&database.dir, applied)?;
    let seal = seal_of_last(&database.dir, last, read_seal(database).unwrap_or_default())?;
    Ok(seal.map(|seal| seal.to_string()))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Adds to the fault of each damaged content whether the journal still holds it.
fn note_content_in_journal(verified: &VerifiedDatabase, inventory: &Inventory, report: &mut VerifyReport) {
    for (hash, fault) in &verified.contents {
        let Some(fault) = fault.and_then(|fault| report.faults.get_mut(fault)) else { continue };
        let is_held = inventory.contents.contains(hash);
        fault.reason.push_str(if is_held {
            "; the journal holds it whole"
        } else {
            "; the journal does not hold it either"
        });
    }
}

/// Adds damage in the journal, and what it lacks because of that.
fn add_journal_faults(
    database: &Database,
    inventory: &Inventory,
    report: &mut VerifyReport,
) -> Result<(), StoreError> {
    let mut urls = BTreeSet::new();
    each_url_with_missing(database, inventory, |missing| {
        report.visits_not_in_journal += missing.visits.len() as u64;
        report.captures_not_in_journal += missing.captures.len() as u64;
        urls.insert(missing.url);
        Ok(())
    })?;
    let contents = missing_contents(database, inventory);
    report.contents_not_in_journal = contents.len() as u64;
    let url_count = urls.len();
    let mut affects: Vec<String> = urls.into_iter().collect();
    affects.extend(missing_runs(database, inventory).iter().map(|run| format!("run {}", run.id)));
    affects.extend(contents.iter().map(|hash| format!("content {hash}")));
    add_damage(inventory, report);
    if !inventory.is_undamaged() && !affects.is_empty() {
        let VerifyReport { visits_not_in_journal: visits, captures_not_in_journal: captures, .. } = report;
        let others = affects.len() - url_count;
        let reason = format!(
            "it lacks what the database holds: {visits} visits, {captures} captures, {others} other records"
        );
        report.add_journal_fault("the journal".to_owned(), reason, affects);
    }
    Ok(())
}

/// Adds missing, exchanged and damaged segments.
pub(super) fn add_damage(inventory: &Inventory, report: &mut VerifyReport) {
    for (first, last) in &inventory.missing {
        report.add_journal_fault("the journal".to_owned(), describe_missing(*first, *last), Vec::new());
    }
    for stray in &inventory.stray {
        report.add_journal_fault("the journal".to_owned(), stray.clone(), Vec::new());
    }
    for fault in inventory.exchanged() {
        let what = format!("segment {}", file_name(&fault.path));
        report.add_journal_fault(what, fault.reason.clone(), Vec::new());
    }
    for damaged in &inventory.damage {
        let affects = damaged.urls.iter().cloned().collect();
        report.add_journal_fault(damaged.place.clone(), damaged.reason.clone(), affects);
    }
}

/// Adds the visits that the journal holds and the database lost.
pub(super) fn add_lost_visits(verified: &VerifiedDatabase, inventory: &Inventory, report: &mut VerifyReport) {
    let lost: Vec<&Vec<u8>> = inventory.visits.keys().filter(|key| !verified.visits.contains(*key)).collect();
    if !lost.is_empty() {
        let urls: BTreeSet<String> = lost.iter().map(|key| verified.urls.describe(key)).collect();
        let reason = format!("it lacks {} visits that the journal holds", lost.len());
        report.add_database_fault("the database", reason, urls.into_iter().collect());
    }
}
