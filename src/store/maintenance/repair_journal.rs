//! Makes the journal whole again: what it has lost, and the database holds, is written into it anew.
//!
//! A damaged record in a segment costs a store nothing as long as its database is whole. But a rebuild
//! reads the journal alone, so before the database goes, and whenever the user asks, the journal gets
//! back what it lacks. Only then are damaged places taken out of their segments, which are kept beside
//! as they were, and empty segments put where some are missing. Wherever this is interrupted, it can
//! be done again: nothing is taken away before what it held stands elsewhere.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::missing_records;
use super::missing_records::{Lack, each_lack};
use crate::fetch::Exchange;
use crate::model::Untrusted;
use crate::store::content::read::read_content;
use crate::store::db::batch::Entry;
use crate::store::db::database::Database;
use crate::store::db::folded_visits::visits_under;
use crate::store::db::keys::VisitKey;
use crate::store::db::read;
use crate::store::db::stored_records::StoredVisit;
use crate::store::error::damaged;
use crate::store::journal::inventory::Census;
use crate::store::journal::replay::{mark, named, set_mark};
use crate::store::journal::segment::{last_number, stand_in, take_out};
use crate::store::journal::{JournalWriter, Mark};
use crate::store::options::{Mended, StoreOptions};
use crate::store::write::page_write::{Addition, ValidatorChange};
use crate::store::{Hop, JsonText, RunId, Snapshot, SnapshotError, SnapshotId, VisitRecord};

/// Says what is wrong with the journal.
pub(in crate::store) fn faults(census: &Census) -> Vec<String> {
    let missing = census.missing.iter().map(|(first, last)| named(*first, *last));
    let damage = census.damage.iter().map(|place| format!("{}: {}", place.what, place.reason));
    missing.chain(damage).collect()
}

/// Writes into the journal what it lacks and the database holds.
pub(in crate::store) fn restore(
    database: &Database,
    census: &Census,
    options: &StoreOptions,
) -> Result<Mended, SnapshotError> {
    let mark = mark(database).unwrap_or_default();
    let journal = JournalWriter::new(&database.dir, options.segment_bytes, mark)?.relying_on_nothing();
    let mut mender = Mender { database, options, journal, mended: Mended::default(), waiting: (0, 0) };
    match mender.restore(census) {
        Ok(()) => Ok(mender.mended),
        Err(error) => {
            mender.journal.roll_back();
            Err(error)
        }
    }
}

/// Notes that the database holds all of the journal, so that its segments may become shorter.
pub(in crate::store) fn mark_all(database: &Database) -> Result<(), SnapshotError> {
    let last = last_number(&database.dir, mark(database)?)?;
    set_mark(database, Mark { segment: last.saturating_add(1), offset: 0 })?;
    database.flush()
}

/// Takes what is damaged out of the segments, and fills the places of those that are missing. What
/// they held stands elsewhere in the journal, or is lost.
pub(in crate::store) fn clear(dir: &Path, census: &Census) -> Result<Vec<PathBuf>, SnapshotError> {
    let mut places: BTreeMap<&Path, Vec<(u64, u64)>> = BTreeMap::new();
    for place in &census.damage {
        places.entry(&place.path).or_default().extend(place.range);
    }
    let mut kept = Vec::new();
    for (path, ranges) in places {
        if !ranges.is_empty() {
            kept.push(take_out(path, &ranges)?);
        }
    }
    for number in census.missing.iter().flat_map(|(first, last)| *first..=*last) {
        stand_in(dir, number)?;
    }
    Ok(kept)
}

struct Mender<'a> {
    database: &'a Database,
    options: &'a StoreOptions,
    journal: JournalWriter,
    mended: Mended,
    /// Entries and bytes that wait for their group's end.
    waiting: (usize, usize),
}

impl Mender<'_> {
    fn restore(&mut self, census: &Census) -> Result<(), SnapshotError> {
        for hash in missing_records::contents(self.database, census) {
            match read_content(&self.database.content, hash) {
                Ok(bytes) => {
                    self.journal.add_content(hash, &bytes)?;
                    self.mended.contents += 1;
                    self.wrote(bytes.len())?;
                }
                Err(error) => self.mended.lost.push(error.to_string()),
            }
        }
        for run in missing_records::runs(self.database, census) {
            self.journal.add_run(&run)?;
            self.mended.runs += 1;
            self.wrote(0)?;
        }
        each_lack(self.database, census, |lack| self.url(lack))?;
        self.journal.commit()?;
        self.journal.finish()
    }

    fn wrote(&mut self, bytes: usize) -> Result<(), SnapshotError> {
        let (entries, sum) = (self.waiting.0 + 1, self.waiting.1 + bytes);
        self.waiting = (entries, sum);
        if entries >= self.options.group_len || sum >= self.options.group_bytes {
            self.waiting = (0, 0);
            self.journal.commit()?;
        }
        Ok(())
    }

    /// Restores what a URL lacks: its captures with the visits that made them, and its newest visit,
    /// which says what the URL's record is.
    fn url(&mut self, lack: Lack) -> Result<(), SnapshotError> {
        let database = self.database;
        let Ok(all) = visits_under(database, lack.key) else { return Ok(()) };
        let mut wanted: BTreeMap<Vec<u8>, Vec<u8>> = lack.visits.into_iter().collect();
        let mut captures: HashMap<Vec<u8>, SnapshotId> = HashMap::new();
        for id in lack.captures {
            match maker(database, &all, id) {
                Some((key, value)) => {
                    captures.insert(key.clone(), id);
                    wanted.insert(key, value);
                }
                None => self.orphan(id)?,
            }
        }
        let newest = all.last().cloned();
        let newest_key = newest.as_ref().map(|(key, _)| key.clone());
        wanted.extend(newest);
        let mut comparisons = lack.comparisons;
        for (key, value) in wanted {
            let Ok(mut addition) = addition(database, &key, &value) else { continue };
            if Some(&key) == newest_key.as_ref() {
                let record = read::url_record(database, lack.key).ok().flatten();
                addition.validators = ValidatorChange::Set(record.and_then(|record| record.validators));
                addition.comparisons = std::mem::take(&mut comparisons);
            }
            self.add(addition, captures.get(&key).copied())?;
        }
        Ok(())
    }

    fn add(&mut self, mut addition: Addition, capture: Option<SnapshotId>) -> Result<(), SnapshotError> {
        let mut exchanges = Vec::new();
        let mut bytes = 0;
        if let Some(id) = capture {
            match whole(self.database, id) {
                Ok((snapshot, body, found)) => {
                    exchanges = found;
                    bytes = body.len();
                    addition.capture = Some((snapshot, Some(body)));
                    self.mended.captures += 1;
                }
                Err(error) => {
                    let url = &addition.visit.url;
                    self.mended.lost.push(format!("a capture of {url} is lost: {error}"));
                }
            }
        }
        self.journal.add(self.database, &addition, &exchanges, Vec::new())?;
        self.mended.visits += 1;
        self.wrote(bytes)
    }

    /// Restores a capture that no visit names.
    fn orphan(&mut self, id: SnapshotId) -> Result<(), SnapshotError> {
        let Ok(Some(snapshot)) = read::snapshot(self.database, id) else {
            self.mended.lost.push(format!("snapshot {id} is lost"));
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
        self.add(Addition { capture, visit, validators, state, comparisons }, Some(id))
    }
}

/// The visit that made a capture: the first that names it, and did not find it there.
fn maker(database: &Database, visits: &[Entry], id: SnapshotId) -> Option<Entry> {
    let naming = visits.iter().filter_map(|entry| {
        let stored: StoredVisit = database.unsealed("a visit", &entry.1).ok()?;
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

fn addition(database: &Database, key: &[u8], value: &[u8]) -> Result<Addition, SnapshotError> {
    let what = "a visit";
    let visit_key = VisitKey::read(key)?;
    let url = read::stored_url(database, visit_key.url)?
        .ok_or_else(|| damaged(what, "its URL has no record".to_owned()))?
        .url(what)?;
    let visit = database.unsealed::<StoredVisit>(what, value)?.read(what, visit_key, &url)?;
    let last = database.unsealed::<StoredVisit>(what, value)?.last(what, visit_key)?;
    let state = JsonText::stored(last.state).map_err(|error| damaged(what, error.to_string()))?;
    Ok(Addition { capture: None, visit, validators: ValidatorChange::Keep, state, comparisons: Vec::new() })
}

/// A capture, its body, and its hops as exchanges: what the database knows of them.
fn whole(database: &Database, id: SnapshotId) -> Result<(Snapshot, Untrusted, Vec<Exchange>), SnapshotError> {
    let what = format!("snapshot {id}");
    let snapshot = read::snapshot(database, id)?;
    let snapshot = snapshot.ok_or_else(|| damaged(&what, "it is not in the store".to_owned()))?;
    let body = Untrusted::new(read_content(&database.content, snapshot.body)?);
    let exchanges = snapshot.exchanges(&body)?;
    Ok((snapshot, body, exchanges))
}
