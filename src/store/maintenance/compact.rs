//! Gives space back: sled 0.34.7 hardly ever shrinks its files, so the living trees are copied into a
//! new database, which then takes the old one's place.
//!
//! The copy is made in two passes, for the reason that [`crate::store::db::chunk_slots`] explains: all keys
//! first, with nothing behind them, which settles the pages; then the values, each written once.
//!
//! The swap is two renames. Wherever it is interrupted, [`settle`] finishes or undoes it at the next
//! opening: the old database is only removed when the new one stands in its place.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rayon::prelude::*;
use serde::Serialize;

use super::stats::folder_bytes;
use crate::model::ContentHash;
use crate::store::SnapshotError;
use crate::store::content;
use crate::store::content::manifest::{Kind, Manifest, Packing};
use crate::store::db::codec::{spilled_to, unpack};
use crate::store::db::database::Database;
use crate::store::db::folded_visits::{each_history, parted};
use crate::store::db::folder::{compacted_dir, database_dir, replaced_dir, settle};
use crate::store::db::stored_records::StoredSnapshot;
use crate::store::journal::replay::{MARK_KEY, mark, set_mark};
use crate::store::journal::segment::{io_error, sync_folder};
use crate::store::options::{Compaction, StoreOptions};

/// What a compaction did. All sizes are bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CompactReport {
    /// The database's files before.
    pub before_bytes: u64,
    /// The database's files after.
    pub after_bytes: u64,
    /// Records that were copied.
    pub records: u64,
    /// Contents that nothing refers to, and chunks of no content: left behind.
    pub dropped: u64,
}

/// Bytes that are copied between two flushes: nobody relies on the copy before it is whole.
const FLUSH_EVERY: usize = 8 << 20;
/// Less waste is not worth the trouble.
const WORTH_BYTES: u64 = 256 << 10;
/// Nor is one that is less than this part of the file.
const WORTH_PART: u64 = 50;
/// Of a copy that was just made, sled counts a fifth to two fifths as waste: so much of a file that was
/// never copied is taken for none.
const FRESH_PART: u64 = 4;
/// More than this part is worth it however short the run was, so that many short ones come to no more.
const TOO_MUCH_PART: u64 = 3;
/// Of the time that a run took, no more than this part is spent on it otherwise.
const TIME_PART: u32 = 20;
/// So many bytes of a database are copied in a second, about: 31 to 37 MB took 0.7 to 0.9 s on two cores.
const COPIED_A_SECOND: u64 = 40 << 20;
/// The waste that was left by the last compaction, in `meta`.
const LEFT_KEY: &[u8] = b"waste";

/// The length of the database's file, and how much of it nobody needs. Costs no reading: sled knows
/// how long its pages are.
fn waste(database: &Database) -> Result<(u64, u64), SnapshotError> {
    let (bytes, ratio) = database.file_use()?;
    // Sizes are far below 2^52, and the ratio is at least about 1.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let needed = (bytes as f64 / ratio.max(1.0)) as u64;
    Ok((bytes, bytes.saturating_sub(needed)))
}

/// Whether so much waste has come together since the last compaction that copying the database is
/// worth the time, and whether there is room for it. The store was open for `open_for`: what seconds of
/// crawling left behind is no reason to copy for as long, what hours left is.
pub(in crate::store) fn is_worth_it(
    database: &Database,
    compaction: Compaction,
    open_for: Duration,
) -> Result<bool, SnapshotError> {
    let (bytes, waste) = waste(database)?;
    let left = database.meta.get(LEFT_KEY)?;
    let left = left.and_then(|left| (*left).try_into().ok()).map(u64::from_be_bytes);
    let waste = waste.saturating_sub(left.unwrap_or(bytes / FRESH_PART));
    let Some(part) = least_part(compaction, bytes, open_for) else { return Ok(false) };
    let room = fs4::available_space(&database.dir).unwrap_or(u64::MAX);
    let worth = waste > WORTH_BYTES.max(bytes / part);
    tracing::debug!("of {bytes} bytes {waste} became waste; worth copying: {worth}");
    Ok(worth && room > bytes + (64 << 20))
}

/// The part of a file of so many bytes that must be waste for it to be copied; none where it never is.
fn least_part(compaction: Compaction, bytes: u64, open_for: Duration) -> Option<u64> {
    let copying = Duration::from_millis(bytes.saturating_mul(1000) / COPIED_A_SECOND);
    match compaction {
        Compaction::Never => None,
        Compaction::InProportion if copying > open_for / TIME_PART => Some(TOO_MUCH_PART),
        Compaction::InProportion | Compaction::Always => Some(WORTH_PART),
    }
}

/// Copies what lives. The caller holds the lock and has no other handle on the database.
pub(in crate::store) fn compact(
    database: Database,
    options: &StoreOptions,
) -> Result<CompactReport, SnapshotError> {
    let dir = database.dir.clone();
    let mut report = CompactReport { before_bytes: folder_bytes(&database_dir(&dir))?, ..Default::default() };
    let target_dir = compacted_dir(&dir);
    let living = living(&database)?;
    let copier = Copier::new(&database, &target_dir, options)?;
    report.records = copier.trees()?;
    // The small records are on the disk before anything that comes behind them: where the end of the new
    // file is damaged, it is contents that are lost, which are taken from the journal again.
    copier.flush()?;
    let (kept, dropped) = copier.contents(&living)?;
    report.records += kept;
    report.dropped = dropped;
    copier.flush()?;
    let target = copier.target;
    let (_, left) = waste(&target)?;
    target.meta.insert(LEFT_KEY, left.to_be_bytes())?;
    // Last of all: where the end of the new file is damaged and sled cuts it off, the mark goes first,
    // and the next opening takes everything from the journal.
    set_mark(&target, mark(&database)?)?;
    target.flush()?;
    drop(target);
    drop(database);
    report.after_bytes = folder_bytes(&target_dir)?;
    let (current, old) = (database_dir(&dir), replaced_dir(&dir));
    std::fs::rename(&current, &old).map_err(|error| io_error(&current, error))?;
    std::fs::rename(&target_dir, &current).map_err(|error| io_error(&target_dir, error))?;
    sync_folder(&current)?;
    settle(&dir)?;
    Ok(report)
}

/// Copies trees from one database to another.
struct Copier<'a> {
    from: &'a Database,
    target: Database,
    since_flush: AtomicUsize,
    /// Held while the copy is flushed: two flushes at once are what deadlocks sled.
    flushing: Mutex<()>,
}

/// The trees of visits, which are copied joined.
const VISIT_TREES: [&[u8]; 2] = [b"visits", b"past"];

/// The trees of contents, which are copied by what they mean.
const CONTENT_TREES: [&[u8]; 2] = [b"manifests", b"places"];

impl<'a> Copier<'a> {
    fn new(from: &'a Database, target_dir: &Path, options: &StoreOptions) -> Result<Self, SnapshotError> {
        let target = Database::create(&from.dir, target_dir, options.cache_bytes)?;
        Ok(Self { from, target, since_flush: AtomicUsize::new(0), flushing: Mutex::new(()) })
    }

    fn flush(&self) -> Result<(), SnapshotError> {
        let _own = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        self.since_flush.store(0, Ordering::Relaxed);
        self.target.flush()
    }

    fn wrote(&self, bytes: usize) -> Result<(), SnapshotError> {
        let before = self.since_flush.fetch_add(bytes, Ordering::Relaxed);
        // Only whoever goes over the line flushes.
        if before < FLUSH_EVERY && before + bytes >= FLUSH_EVERY { self.flush() } else { Ok(()) }
    }

    /// All trees but those of contents, several at once, and all but the journal's mark. Gives the number
    /// of records.
    fn trees(&self) -> Result<u64, SnapshotError> {
        let names = self.from.tree_names()?;
        let own = |name: &[u8]| CONTENT_TREES.contains(&name) || VISIT_TREES.contains(&name);
        let names: Vec<_> = names.into_iter().filter(|name| !own(name)).collect();
        let (visits, others) = rayon::join(
            || self.visits(),
            || names.par_iter().map(|name| self.tree(name)).sum::<Result<u64, SnapshotError>>(),
        );
        Ok(visits? + others?)
    }

    fn tree(&self, name: &[u8]) -> Result<u64, SnapshotError> {
        let (from, mut records) = (self.from, 0);
        let source = from.tree(name)?;
        let to = self.target.tree(name)?;
        for values in [false, true] {
            source.each(|key, value| {
                if name == b"meta" && key == MARK_KEY {
                    return Ok(());
                }
                let value = if values { value } else { &[] };
                records += u64::from(values);
                to.insert(key, value)?;
                self.wrote(key.len() + value.len())
            })?;
        }
        Ok(records)
    }

    /// The visits, those of the past joined. Gives the number of records.
    fn visits(&self) -> Result<u64, SnapshotError> {
        let (from, mut records) = (self.from, 0);
        let (visits, past) = (self.target.visits.clone(), self.target.past.clone());
        for values in [false, true] {
            each_history(from, |url, visits_of_url| {
                let parted = parted(from, url, visits_of_url)?;
                for (tree, entries) in [(&visits, parted.alone), (&past, parted.joined)] {
                    for (key, value) in entries {
                        let value = if values { value } else { Vec::new() };
                        self.wrote(key.len() + value.len())?;
                        records += u64::from(values);
                        tree.insert(key, value)?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(records)
    }

    /// The living contents, their chunks in the order in which they were written. Gives how many were
    /// copied, and how many were left behind.
    fn contents(&self, living: &HashSet<ContentHash>) -> Result<(u64, u64), SnapshotError> {
        let from = self.from;
        let (mut order, mut chunks, mut dropped) = (Vec::new(), 0, 0);
        from.content.manifests.each(|key, value| {
            let hash = key.first_chunk::<32>().map(|bytes| ContentHash::from_bytes(*bytes));
            match hash.filter(|hash| living.contains(hash)) {
                Some(hash) => {
                    let manifest: Manifest = unpack("a manifest", value)?;
                    chunks += manifest.chunks();
                    order.push((manifest, hash));
                    self.target.content.manifests.insert(key, [])?;
                    self.wrote(key.len())?;
                }
                None => dropped += 1,
            }
            Ok(())
        })?;
        let mut all = 0_u64;
        from.content.places.tree().each(|_, value| {
            all += u64::from(!value.is_empty());
            Ok(())
        })?;
        let kept = order.len() as u64;
        order.sort_unstable_by_key(|(manifest, _)| manifest.first);
        for (manifest, hash) in &mut order {
            let packed = content::read::read_packed(&from.content, *hash, manifest)?;
            manifest.first = content::write::put_chunks(&self.target.content, &packed)?;
            self.wrote(packed.len())?;
        }
        // In the order of their keys, so that each page is fetched once.
        order.sort_unstable_by_key(|(_, hash)| *hash);
        for (manifest, hash) in &order {
            content::manifest::put_manifest(&self.target.content, *hash, manifest)?;
        }
        Ok((kept + chunks, dropped + all.saturating_sub(chunks)))
    }
}

/// All content that something refers to, and all blobs: only a later stage knows who needs those.
fn living(database: &Database) -> Result<HashSet<ContentHash>, SnapshotError> {
    let mut bodies = HashSet::new();
    let mut records = HashSet::new();
    let trees =
        [&database.urls, &database.visits, &database.comparisons, &database.runs, &database.snapshots];
    for tree in trees {
        tree.each(|_, value| {
            records.extend(spilled_to(value));
            Ok(())
        })?;
    }
    database.snapshots.each(|_, value| {
        bodies.insert(database.unsealed::<StoredSnapshot>("a snapshot", value)?.body().0);
        Ok(())
    })?;
    let mut living = HashSet::new();
    let mut bases = HashMap::new();
    database.content.manifests.each(|key, value| {
        let manifest: Manifest = unpack("a manifest", value)?;
        let hash = key.first_chunk::<32>().map(|bytes| ContentHash::from_bytes(*bytes));
        living.extend(hash.filter(|hash| match manifest.kind {
            Kind::Blob | Kind::JournaledBlob => true,
            Kind::Body(_) | Kind::Record => bodies.contains(hash) || records.contains(hash),
        }));
        if let (Packing::ZstdOn(base), Some(hash)) = (manifest.packing, hash) {
            bases.insert(hash, base);
        }
        Ok(())
    })?;
    // What the living are packed against lives too; so does what the next pages will be.
    let needed: Vec<_> =
        bases.iter().filter(|(hash, _)| living.contains(*hash)).map(|(_, base)| *base).collect();
    living.extend(needed);
    database.content.bases.each(|_, value| {
        living.extend(value.first_chunk::<32>().map(|bytes| ContentHash::from_bytes(*bytes)));
        Ok(())
    })?;
    Ok(living)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_run_ends_without_a_long_copy_and_a_long_one_gives_back_what_it_can() {
        let part = |compaction, megabytes: u64, seconds| {
            least_part(compaction, megabytes << 20, Duration::from_secs(seconds))
        };
        let (always, in_proportion) = (Compaction::Always, Compaction::InProportion);
        // A second of copying beside ten seconds, and beside twenty.
        assert_eq!(part(in_proportion, 40, 10), Some(TOO_MUCH_PART));
        assert_eq!(part(in_proportion, 40, 20), Some(WORTH_PART));
        // Twelve hours are worth minutes.
        assert_eq!(part(in_proportion, 10 << 10, 12 * 3600), Some(WORTH_PART));
        assert_eq!(part(always, 10 << 10, 0), Some(WORTH_PART));
        assert_eq!(part(Compaction::Never, 0, 12 * 3600), None);
    }
}
