//! Verifies a part of the store: a sample, what was written since the last verification, or both.
//!
//! The time is that of what is read, besides one pass over the keys of the URLs. What costs little is always
//! checked: the numbers and lengths of all segments, and the records of all runs.

use std::collections::BTreeSet;

use super::verify_database::verify_pages;
use super::verify_journal::{add_damage, add_lost_visits, read_head};
use super::verify_report::VerifyReport;
use super::verify_scope::{Sample, VerifiedUpTo, VerifyCoverage};
use crate::model::UrlKey;
use crate::store::StoreError;
use crate::store::db::database::Database;
use crate::store::journal::JournalPosition;
use crate::store::journal::applied_position::read_applied_position;
use crate::store::journal::chain::check_chain;
use crate::store::journal::inventory::Inventory;
use crate::store::journal::scan::JournalPart;
use crate::store::journal::segment::{
    Segment, describe_stray_segments, io_error, list_segments, missing_segments,
};
use crate::store::journal::segment_seal::read_seal;

/// The journal is sampled in pieces of this many bytes.
const WINDOW_BYTES: u64 = 256 << 10;

/// Verifies what was written after `since`, and a sample of the rest.
pub(super) fn verify_part(
    database: &Database,
    since: Option<VerifiedUpTo>,
    sample: Option<Sample>,
) -> Result<VerifyReport, StoreError> {
    let mut report = VerifyReport::default();
    let mut coverage = VerifyCoverage {
        seed: sample.map(|sample| sample.seed),
        since: since.map(|since| since.at),
        ..VerifyCoverage::default()
    };
    let segments = measure_segments(&database.dir)?;
    coverage.all_journal_bytes = segments.iter().map(|(_, length)| length).sum();
    let from = since.map(|since| since.position);
    if let Some(since) = since {
        add_lost_end(&segments, since, &mut report);
    }
    let (new, drawn) = choose_parts(&segments, from, sample);
    let length_of = |part: &JournalPart| {
        let found = segments.iter().find(|(segment, _)| segment.path == part.segment.path);
        found.map_or(0, |(_, length)| part.end.min(*length).saturating_sub(part.start))
    };
    coverage.journal_bytes = new.iter().chain(&drawn).map(length_of).sum();

    let applied = read_applied_position(database).unwrap_or_default();
    let seal = read_seal(database).unwrap_or_default();
    let mut written = Inventory {
        missing: missing_segments(&database.dir, applied)?,
        stray: describe_stray_segments(&database.dir)?,
        chain: check_chain(&database.dir, seal.as_ref(), first_unread_segment(&segments, from))?,
        ..Inventory::default()
    };
    written.read_parts(&new)?;
    // What a drawn piece names was not necessarily written since, so it is only read.
    let mut pieces = Inventory::default();
    pieces.read_parts(&drawn)?;
    if !pieces.damage.is_empty() {
        // What looked like the beginning of a record may have been a part of one.
        let is_suspect = |segment: &Segment| pieces.damage.iter().any(|damaged| damaged.path == segment.path);
        let suspects = segments.iter().filter(|(segment, _)| is_suspect(segment));
        let whole: Vec<JournalPart> =
            suspects.map(|(segment, _)| JournalPart::whole(segment.clone())).collect();
        pieces = Inventory::default();
        pieces.read_parts(&whole)?;
    }
    report.segments = segments.len() as u64;
    report.records = written.records + pieces.records;
    report.chain_links = written.chain.links;
    report.head = read_head(database)?;

    let urls = url_keys(database)?;
    coverage.all_pages = urls.len() as u64;
    let sampled: BTreeSet<UrlKey> =
        sample.map(|sample| sample.draw(urls)).into_iter().flatten().map(UrlKey::from_bytes).collect();
    let verified = verify_pages(database, &sampled, &written, &mut report);
    coverage.pages = verified.page_count();
    add_damage(&written, &mut report);
    add_damage(&pieces, &mut report);
    add_lost_visits(&verified, &written, &mut report);
    report.coverage = Some(coverage);
    Ok(report)
}

/// The segments with their lengths in bytes.
fn measure_segments(dir: &std::path::Path) -> Result<Vec<(Segment, u64)>, StoreError> {
    let length = |segment: Segment| {
        let metadata = std::fs::metadata(&segment.path).map_err(|error| io_error(&segment.path, error))?;
        Ok((segment, metadata.len()))
    };
    list_segments(dir)?.into_iter().map(length).collect()
}

/// Adds a fault if the journal ends before what the last verification read.
fn add_lost_end(segments: &[(Segment, u64)], since: VerifiedUpTo, report: &mut VerifyReport) {
    let JournalPosition { segment: number, offset } = since.position;
    let length =
        segments.iter().rfind(|(segment, _)| segment.number == number).map_or(0, |(_, length)| *length);
    if length < offset {
        let reason = format!(
            "segment {number} has {length} bytes, and the verification of {} read {offset}",
            since.at
        );
        report.add_journal_fault("the journal".to_owned(), reason, Vec::new());
    }
}

/// The number of the first segment that was not read whole up to a position; none without a position.
fn first_unread_segment(segments: &[(Segment, u64)], from: Option<JournalPosition>) -> u64 {
    let Some(from) = from else { return u64::MAX };
    let is_read =
        |(segment, length): &&(Segment, u64)| segment.number == from.segment && *length <= from.offset;
    from.segment + u64::from(segments.iter().any(|entry| is_read(&entry)))
}

/// What is read of the journal: everything after `from`, if there is one, and a sample of what is before.
fn choose_parts(
    segments: &[(Segment, u64)],
    from: Option<JournalPosition>,
    sample: Option<Sample>,
) -> (Vec<JournalPart>, Vec<JournalPart>) {
    let (mut new, mut pieces) = (Vec::new(), Vec::new());
    let mut windows: Vec<[u8; 16]> = Vec::new();
    for (segment, length) in segments {
        // The end of what is left to the sample.
        let end = match from {
            Some(from) if segment.number > from.segment => 0,
            Some(from) if segment.number == from.segment => from.offset.min(*length),
            _ => *length,
        };
        if from.is_some() && end < *length {
            new.push(JournalPart { segment: segment.clone(), start: end, end: u64::MAX, is_at_record: true });
        }
        let starts = (0..end).step_by(usize::try_from(WINDOW_BYTES).unwrap_or(usize::MAX));
        windows.extend(
            starts.map(|start| JournalPosition { segment: segment.number, offset: start }.to_bytes()),
        );
    }
    let drawn = sample.map(|sample| sample.draw(windows)).unwrap_or_default();
    for JournalPosition { segment: number, offset } in
        drawn.iter().filter_map(|bytes| JournalPosition::from_bytes(bytes))
    {
        let Some((segment, length)) = segments.iter().find(|(segment, _)| segment.number == number) else {
            continue;
        };
        let end = (offset + WINDOW_BYTES).min(*length);
        let segment = segment.clone();
        pieces.push(JournalPart { segment, start: offset, end, is_at_record: offset == 0 });
    }
    (new, pieces)
}

/// The keys of all URLs.
fn url_keys(database: &Database) -> Result<Vec<[u8; 16]>, StoreError> {
    let mut keys = Vec::new();
    database.urls.for_each(|key, _| {
        keys.extend(key.first_chunk::<16>().copied());
        Ok(())
    })?;
    Ok(keys)
}
