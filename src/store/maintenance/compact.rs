//! Compacts the database: copies what is in use into a new one, which then takes the old one's place.
//!
//! This gives back disk space, because sled 0.34.7 hardly ever shrinks its files. The copy is made in two
//! passes, for the reason that [`crate::store::db::chunk_slots`] explains: first all keys with empty values,
//! which settles the pages, then the values, each written once.
//!
//! The swap is two renames. If it is interrupted, [`finish_interrupted_compaction`] finishes or undoes it at
//! the next opening. The old database is removed only after the new one is in its place.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use serde::Serialize;

use super::compaction_worth::remember_remaining_waste;
use super::folder_size::folder_bytes;
use super::live_content::find_live_content;
use crate::model::ContentHash;
use crate::store::StoreError;
use crate::store::content;
use crate::store::content::manifest::Manifest;
use crate::store::db::codec::decode_record;
use crate::store::db::database::Database;
use crate::store::db::folded_visits::{fold_visits, for_each_url_with_visits};
use crate::store::db::folder::{
    compacted_folder, database_folder, finish_interrupted_compaction, replaced_folder,
};
use crate::store::journal::applied_position::{
    APPLIED_POSITION_KEY, read_applied_position, write_applied_position,
};
use crate::store::journal::segment::{io_error, sync_folder};
use crate::store::options::StoreOptions;

/// What a compaction did. All sizes are in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CompactReport {
    /// The size of the database's files before.
    pub before_bytes: u64,
    /// The size of the database's files after.
    pub after_bytes: u64,
    /// Records that were copied.
    pub records: u64,
    /// Contents that nothing refers to, and chunks without content, which were left behind.
    pub dropped: u64,
}

/// How many bytes are copied between two flushes. Nothing relies on the copy before it is complete.
const FLUSH_EVERY: usize = 8 << 20;

/// Compacts the database. The caller holds the store's lock and has no other handle on the database.
pub(in crate::store) fn compact(
    database: Database,
    options: &StoreOptions,
) -> Result<CompactReport, StoreError> {
    let dir = database.dir.clone();
    let mut report =
        CompactReport { before_bytes: folder_bytes(&database_folder(&dir))?, ..Default::default() };
    let target_dir = compacted_folder(&dir);
    let live = find_live_content(&database)?;
    let copier = DatabaseCopier::new(&database, &target_dir, options)?;
    report.records = copier.copy_record_trees()?;
    // The records are made durable before the contents: if the end of the new file is damaged later, only
    // contents are lost, and these can be taken from the journal again.
    copier.flush()?;
    let (kept, dropped) = copier.copy_contents(&live)?;
    report.records += kept;
    report.dropped = dropped;
    copier.flush()?;
    let target = copier.target;
    remember_remaining_waste(&target)?;
    // The journal position comes last: if the end of the new file is damaged and sled cuts it off, the
    // position is lost first, and the next opening applies the whole journal.
    write_applied_position(&target, read_applied_position(&database)?)?;
    target.flush()?;
    drop(target);
    drop(database);
    report.after_bytes = folder_bytes(&target_dir)?;
    let (current, old) = (database_folder(&dir), replaced_folder(&dir));
    std::fs::rename(&current, &old).map_err(|error| io_error(&current, error))?;
    std::fs::rename(&target_dir, &current).map_err(|error| io_error(&target_dir, error))?;
    sync_folder(&current)?;
    finish_interrupted_compaction(&dir)?;
    Ok(report)
}

/// Copies trees from one database to another.
struct DatabaseCopier<'a> {
    from: &'a Database,
    target: Database,
    /// Bytes written since the last flush.
    unflushed_bytes: AtomicUsize,
    /// Held during a flush, because two concurrent flushes can deadlock sled 0.34.7.
    flushing: Mutex<()>,
}

/// The trees of visits. Older visits of a URL are joined into one record while they are copied.
const VISIT_TREES: [&[u8]; 2] = [b"visits", b"past"];

/// The trees of contents, of which only the live entries are copied.
const CONTENT_TREES: [&[u8]; 2] = [b"manifests", b"places"];

impl<'a> DatabaseCopier<'a> {
    fn new(from: &'a Database, target_dir: &Path, options: &StoreOptions) -> Result<Self, StoreError> {
        let target = Database::create(&from.dir, target_dir, options.cache_bytes)?;
        Ok(Self { from, target, unflushed_bytes: AtomicUsize::new(0), flushing: Mutex::new(()) })
    }

    fn flush(&self) -> Result<(), StoreError> {
        let _guard = self.flushing.lock().unwrap_or_else(PoisonError::into_inner);
        self.unflushed_bytes.store(0, Ordering::Relaxed);
        self.target.flush()
    }

    /// Counts written bytes and flushes now and then.
    fn count_written(&self, bytes: usize) -> Result<(), StoreError> {
        let before = self.unflushed_bytes.fetch_add(bytes, Ordering::Relaxed);
        // Only the thread that crosses the limit flushes.
        if before < FLUSH_EVERY && before + bytes >= FLUSH_EVERY { self.flush() } else { Ok(()) }
    }

    /// Copies all trees except those of contents, in parallel, without the journal position. Returns the number
    /// of records.
    fn copy_record_trees(&self) -> Result<u64, StoreError> {
        let names = self.from.tree_names()?;
        let is_copied_apart = |name: &[u8]| CONTENT_TREES.contains(&name) || VISIT_TREES.contains(&name);
        let names: Vec<_> = names.into_iter().filter(|name| !is_copied_apart(name)).collect();
        let (visits, others) = rayon::join(
            || self.copy_visits(),
            || names.par_iter().map(|name| self.copy_tree(name)).sum::<Result<u64, StoreError>>(),
        );
        Ok(visits? + others?)
    }

    fn copy_tree(&self, name: &[u8]) -> Result<u64, StoreError> {
        let (from, mut records) = (self.from, 0);
        let source = from.tree(name)?;
        let to = self.target.tree(name)?;
        for with_values in [false, true] {
            source.for_each(|key, value| {
                if name == b"meta" && key == APPLIED_POSITION_KEY {
                    return Ok(());
                }
                let value = if with_values { value } else { &[] };
                records += u64::from(with_values);
                to.insert(key, value)?;
                self.count_written(key.len() + value.len())
            })?;
        }
        Ok(records)
    }

    /// Copies the visits and joins the older ones. Returns the number of records.
    fn copy_visits(&self) -> Result<u64, StoreError> {
        let (from, mut records) = (self.from, 0);
        let (visits, past) = (self.target.visits.clone(), self.target.folded_visits.clone());
        for with_values in [false, true] {
            for_each_url_with_visits(from, |url, visits_of_url| {
                let fold_visits = fold_visits(from, url, visits_of_url)?;
                for (tree, entries) in [(&visits, fold_visits.alone), (&past, fold_visits.joined)] {
                    for (key, value) in entries {
                        let value = if with_values { value } else { Vec::new() };
                        self.count_written(key.len() + value.len())?;
                        records += u64::from(with_values);
                        tree.insert(key, value)?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(records)
    }

    /// Copies the live contents, with their chunks in the order in which they were written. Returns the number
    /// of records copied and of those left behind.
    fn copy_contents(&self, live: &HashSet<ContentHash>) -> Result<(u64, u64), StoreError> {
        let from = self.from;
        let (mut contents, mut chunks, mut dropped) = (Vec::new(), 0, 0);
        from.content.manifests.for_each(|key, value| {
            let hash = key.first_chunk::<32>().map(|bytes| ContentHash::from_bytes(*bytes));
            match hash.filter(|hash| live.contains(hash)) {
                Some(hash) => {
                    let manifest: Manifest = decode_record("a manifest", value)?;
                    chunks += manifest.chunk_count();
                    contents.push((manifest, hash));
                    self.target.content.manifests.insert(key, [])?;
                    self.count_written(key.len())?;
                }
                None => dropped += 1,
            }
            Ok(())
        })?;
        let mut all_chunks = 0_u64;
        from.content.slots.tree().for_each(|_, value| {
            all_chunks += u64::from(!value.is_empty());
            Ok(())
        })?;
        let kept = contents.len() as u64;
        contents.sort_unstable_by_key(|(manifest, _)| manifest.first_slot);
        for (manifest, hash) in &mut contents {
            let packed = content::read::read_compressed(&from.content, *hash, manifest)?;
            manifest.first_slot = content::write::write_chunks(&self.target.content, &packed)?;
            self.count_written(packed.len())?;
        }
        // In the order of the keys, so that sled fetches each page once.
        contents.sort_unstable_by_key(|(_, hash)| *hash);
        for (manifest, hash) in &contents {
            content::manifest::write_manifest(&self.target.content, *hash, manifest)?;
        }
        Ok((kept + chunks, dropped + all_chunks.saturating_sub(chunks)))
    }
}
