//! Repairs the journal: writes again what it has lost and the database still holds.
//!
//! A damaged record in a segment does no harm while the database is whole. But a rebuild reads only the
//! journal, so the journal is repaired before one, and when the user asks for it. After that, damaged ranges
//! are removed from their segments, whose originals are kept beside, and empty segments replace missing ones.
//! An interrupted repair can be run again, because nothing is removed before its content is written elsewhere.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::missing_records::{MissingRecords, each_url_with_missing, missing_contents, missing_runs};
use crate::fetch::Exchange;
use crate::model::Untrusted;
use crate::store::content::read::read_content;
use crate::store::db::batch::Entry;
use crate::store::db::database::Database;
use crate::store::db::folded_visits::visits_of_url;
use crate::store::db::keys::VisitKey;
use crate::store::db::read_records;
use crate::store::db::stored_records::StoredVisit;
use crate::store::error::damaged;
use crate::store::journal::applied_position::{read_applied_position, write_applied_position};
use crate::store::journal::chain::ChainLinks;
use crate::store::journal::inventory::Inventory;
use crate::store::journal::segment::{describe_missing, last_segment_number, list_segments};
use crate::store::journal::segment_repair::{Replacement, make_empty_segment, make_without_ranges};
use crate::store::journal::segment_seal::{SegmentSeal, read_seal, seal_of_last};
use crate::store::journal::{JournalPosition, JournalWriter};
use crate::store::options::{RepairReport, StoreOptions};
use crate::store::write::page_records::{PageRecords, ValidatorChange};
use crate::store::{Hop, JsonText, RunId, Snapshot, SnapshotId, StoreError, VisitRecord};

/// Describes what is wrong with the journal.
pub(in crate::store) fn describe_faults(inventory: &Inventory) -> Vec<String> {
    let missing = inventory.missing.iter().map(|(first, last)| describe_missing(*first, *last));
    let damage = inventory.damage.iter().map(|damaged| format!("{}: {}", damaged.place, damaged.reason));
    let stray = inventory.stray.iter().cloned();
    missing.chain(stray).chain(damage).chain(inventory.exchanged().map(ToString::to_string)).collect()
}

/// Writes to the journal what it lacks and the database holds.
pub(in crate::store) fn write_missing_records(
    database: &Database,
    inventory: &Inventory,
    options: &StoreOptions,
) -> Result<RepairReport, StoreError> {
    let applied = read_applied_position(database).unwrap_or_default();
    let seal = read_seal(database).unwrap_or_default();
    let journal =
        JournalWriter::new(&database.dir, options.segment_bytes, applied, seal)?.without_references();
    let report = RepairReport::default();
    let mut repairer = JournalRepairer { database, options, journal, report, uncommitted: (0, 0) };
    match repairer.write_missing(inventory) {
        Ok(()) => Ok(repairer.report),
        Err(error) => {
            repairer.journal.roll_back();
            Err(error)
        }
    }
}

/// Stores that the database holds the whole journal, so that segments may become shorter.
pub(in crate::store) fn mark_all_applied(database: &Database) -> Result<(), StoreError> {
    let last = last_segment_number(&database.dir, read_applied_position(database)?)?;
    write_applied_position(database, JournalPosition { segment: last.saturating_add(1), offset: 0 })?;
    database.flush()
}

/// Removes damaged ranges from the segments, and puts placeholders where segments are missing. What they held
/// is elsewhere in the journal or lost. `seal` is what the database keeps of the last segment. Returns the
/// paths of the original segments that were kept.
///
/// A further segment says what each of them is from now on, and what exchanged ones are, so that the chain
/// holds again. It is written first: until all is in its place, either state is what was meant.
pub(in crate::store) fn remove_damage(
    dir: &Path,
    inventory: &Inventory,
    seal: Option<SegmentSeal>,
) -> Result<Vec<PathBuf>, StoreError> {
    let mut ranges_of: BTreeMap<&Path, Vec<(u64, u64)>> = BTreeMap::new();
    for damaged in &inventory.damage {
        ranges_of.entry(&damaged.path).or_default().extend(damaged.range);
    }
    ranges_of.retain(|_, ranges| !ranges.is_empty());
    let replaced: Vec<Replacement> =
        ranges_of.iter().map(|(path, ranges)| make_without_ranges(path, ranges)).collect::<Result<_, _>>()?;
    let mut changed: BTreeMap<u64, SegmentSeal> =
        replaced.iter().map(|replacement| (replacement.seal.number(), replacement.seal.clone())).collect();
    let segments = list_segments(dir)?;
    for fault in &inventory.chain.faults {
        let segment = segments.iter().find(|segment| segment.path == fault.path);
        if let (Some(segment), false) = (segment, changed.contains_key(&fault.number)) {
            changed.insert(fault.number, SegmentSeal::of_file(segment, None)?);
        }
    }
    let mut added = Vec::new();
    let ranges = inventory.missing.iter().filter(|(first, last)| last - first < MAX_PLACEHOLDERS);
    for number in ranges.flat_map(|(first, last)| *first..=*last) {
        let before = number.saturating_sub(1);
        let previous = match changed.get(&before) {
            Some(seal) => Some(seal.clone()),
            None => seal_of_last(dir, before, None)?,
        };
        let links = ChainLinks { previous, changed: Vec::new() };
        let placeholder = make_empty_segment(dir, number, PLACEHOLDER, &links)?;
        changed.insert(number, placeholder.seal.clone());
        added.push(placeholder);
    }
    if !changed.is_empty() {
        let last = segments.last().map_or(0, |segment| segment.number);
        let last = changed.keys().next_back().map_or(last, |number| last.max(*number));
        let previous = seal_of_last(dir, last, seal)?;
        let links = ChainLinks { previous, changed: changed.into_values().collect() };
        make_empty_segment(dir, last.saturating_add(1), CHANGES, &links)?.add_segment()?;
    }
    for placeholder in added {
        placeholder.add_segment()?;
    }
    replaced.into_iter().map(Replacement::replace_segment).collect()
}

/// The most missing segments in a row that are replaced. More of them were not lost but moved away, or the number
/// after them is wrong; they stay named as missing.
const MAX_PLACEHOLDERS: u64 = 10_000;
/// The description of a segment that stands for a lost one.
const PLACEHOLDER: &str =
    "replaces a segment that was lost; what the database held of it is in later segments";
/// The description of a segment that says what a repair changed.
const CHANGES: &str = "names the segments that a repair changed, and what they are since";

struct JournalRepairer<'a> {
    database: &'a Database,
    options: &'a StoreOptions,
    journal: JournalWriter,
    report: RepairReport,
    /// Entries and bytes in the current group.
    uncommitted: (usize, usize),
}

impl JournalRepairer<'_> {
    fn write_missing(&mut self, inventory: &Inventory) -> Result<(), StoreError> {
        for hash in missing_contents(self.database, inventory) {
            match read_content(&self.database.content, hash) {
                Ok(bytes) => {
                    self.journal.add_content(hash, &bytes)?;
                    self.report.contents += 1;
                    self.count_written(bytes.len())?;
                }
                Err(error) => self.report.lost.push(error.to_string()),
            }
        }
        for run in missing_runs(self.database, inventory) {
            self.journal.add_run(&run)?;
            self.report.runs += 1;
            self.count_written(0)?;
        }
        each_url_with_missing(self.database, inventory, |missing| self.write_url(missing))?;
        self.journal.commit()?;
        self.journal.finish_current()
    }

    /// Counts an entry and completes the group when it is large enough.
    fn count_written(&mut self, bytes: usize) -> Result<(), StoreError> {
        let (entries, sum) = (self.uncommitted.0 + 1, self.uncommitted.1 + bytes);
        self.uncommitted = (entries, sum);
        if entries >= self.options.group_len || sum >= self.options.group_bytes {
            self.uncommitted = (0, 0);
            self.journal.commit()?;
        }
        Ok(())
    }

    /// Writes what the journal lacks of a URL: its captures with the visits that made them, and its newest
    /// visit, from which a rebuild makes the URL's record.
    fn write_url(&mut self, missing: MissingRecords) -> Result<(), StoreError> {
        let database = self.database;
        let Ok(all) = visits_of_url(database, missing.key) else { return Ok(()) };
        let mut wanted: BTreeMap<Vec<u8>, Vec<u8>> = missing.visits.into_iter().collect();
        let mut captures: HashMap<Vec<u8>, SnapshotId> = HashMap::new();
        for id in missing.captures {
            match visit_that_made(database, &all, id) {
                Some((key, value)) => {
                    captures.insert(key.clone(), id);
                    wanted.insert(key, value);
                }
                None => self.write_unnamed_capture(id)?,
            }
        }
        let newest = all.last().cloned();
        let newest_key = newest.as_ref().map(|(key, _)| key.clone());
        wanted.extend(newest);
        let mut comparisons = missing.comparisons;
        for (key, value) in wanted {
            let Ok(mut page_records) = read_addition(database, &key, &value) else { continue };
            if Some(&key) == newest_key.as_ref() {
                let record = read_records::read_url(database, missing.key).ok().flatten();
                page_records.validators = ValidatorChange::Set(record.and_then(|record| record.validators));
                page_records.comparisons = std::mem::take(&mut comparisons);
            }
            self.write_visit(page_records, captures.get(&key).copied())?;
        }
        Ok(())
    }

    fn write_visit(
        &mut self,
        mut page_records: PageRecords,
        capture: Option<SnapshotId>,
    ) -> Result<(), StoreError> {
        let mut exchanges = Vec::new();
        let mut bytes = 0;
        if let Some(id) = capture {
            match read_capture(self.database, id) {
                Ok((snapshot, body, found)) => {
                    exchanges = found;
                    bytes = body.len();
                    page_records.capture = Some((snapshot, Some(body)));
                    self.report.captures += 1;
                }
                Err(error) => {
                    let url = &page_records.visit.url;
                    self.report.lost.push(format!("a capture of {url} is lost: {error}"));
                }
            }
        }
        self.journal.add_visit(self.database, &page_records, &exchanges, Vec::new())?;
        self.report.visits += 1;
        self.count_written(bytes)
    }

    /// Writes a capture that no visit names, with a visit made for it.
    fn write_unnamed_capture(&mut self, id: SnapshotId) -> Result<(), StoreError> {
        let Ok(Some(snapshot)) = read_records::read_snapshot(self.database, id) else {
            self.report.lost.push(format!("snapshot {id} is lost"));
            return Ok(());
        };
        let hops = snapshot.hops.iter().map(|hop| Hop { url: hop.url.clone(), status: Some(hop.status) });
        let visit = VisitRecord {
            run: RunId(0),
            at: snapshot.at(),
            elapsed_ms: 0,
            attempts: 1,
            hops: hops.collect(),
            content_type: None,
            snapshot: Some(id),
            unchanged: false,
            judgement: JsonText::default(),
            url: snapshot.url,
        };
        let (capture, validators) = (None, ValidatorChange::Keep);
        let (state, comparisons) = (JsonText::default(), Vec::new());
        self.write_visit(PageRecords { capture, visit, validators, state, comparisons }, Some(id))
    }
}

/// The visit that made a capture: the first one that names it and did not find it unchanged.
fn visit_that_made(database: &Database, visits: &[Entry], id: SnapshotId) -> Option<Entry> {
    let naming = visits.iter().filter_map(|entry| {
        let stored: StoredVisit = database.decode_value("a visit", &entry.1).ok()?;
        (stored.snapshot(id.url) == Some(id)).then_some((entry, stored.unchanged))
    });
    let mut found = None;
    for (entry, unchanged) in naming {
        if !unchanged {
            return Some(entry.clone());
        }
        found = found.or(Some(entry));
    }
    found.cloned()
}

/// Reads a stored visit back as what it added, without its capture.
fn read_addition(database: &Database, key: &[u8], value: &[u8]) -> Result<PageRecords, StoreError> {
    let what = "a visit";
    let visit_key = VisitKey::from_bytes(key)?;
    let url = read_records::read_stored_url(database, visit_key.url)?
        .ok_or_else(|| damaged(what, "its URL has no record".to_owned()))?
        .url(what)?;
    let visit = database.decode_value::<StoredVisit>(what, value)?.into_record(what, visit_key, &url)?;
    let last = database.decode_value::<StoredVisit>(what, value)?.newest_visit(what, visit_key)?;
    let state = JsonText::from_stored(last.state).map_err(|error| damaged(what, error.to_string()))?;
    Ok(PageRecords {
        capture: None,
        visit,
        validators: ValidatorChange::Keep,
        state,
        comparisons: Vec::new(),
    })
}

/// Reads a capture, its body, and its hops as exchanges, as far as the database holds them.
fn read_capture(
    database: &Database,
    id: SnapshotId,
) -> Result<(Snapshot, Untrusted, Vec<Exchange>), StoreError> {
    let what = format!("snapshot {id}");
    let snapshot = read_records::read_snapshot(database, id)?;
    let snapshot = snapshot.ok_or_else(|| damaged(&what, "it is not in the store".to_owned()))?;
    let body = Untrusted::new(read_content(&database.content, snapshot.body)?);
    let exchanges = snapshot.exchanges(&body)?;
    Ok((snapshot, body, exchanges))
}
