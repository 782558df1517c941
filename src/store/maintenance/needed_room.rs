//! Checks that the disk has room for what a command will write, where that is known beforehand.

use std::path::Path;

use super::folder_size::folder_bytes;
use crate::store::content::manifest::{ContentKind, Manifest};
use crate::store::db::codec::decode_record;
use crate::store::db::folder::database_folder;
use crate::store::journal::segment::segments_dir;
use crate::store::options::StoreOptions;
use crate::store::{ExportFilter, SledStore, StoreError};

impl SledStore {
    /// Checks that the store in `dir` can be compacted: the copy takes at most what the database takes.
    ///
    /// # Errors
    /// [`StoreError::LowSpace`] if there is no room.
    pub fn check_room_to_compact(dir: &Path, options: &StoreOptions) -> Result<(), StoreError> {
        let bytes = folder_bytes(&database_folder(dir))?;
        options.space.require_only(dir, "a copy of the database", bytes)
    }

    /// Checks that the database in `dir` can be rebuilt: the new one takes about what the old one takes, which
    /// is kept, or without an old one about half of what the journal takes.
    ///
    /// # Errors
    /// [`StoreError::LowSpace`] if there is no room.
    pub fn check_room_to_rebuild(dir: &Path, options: &StoreOptions) -> Result<(), StoreError> {
        let old = folder_bytes(&database_folder(dir))?;
        let bytes = if old > 0 { old } else { folder_bytes(&segments_dir(dir))? / 2 };
        options.space.require_only(dir, "a new database", bytes)
    }

    /// Checks that an export of everything fits where `path` is. A record takes more than the body in the
    /// database, where it is compressed against others; so what passes may still not fit.
    ///
    /// # Errors
    /// [`StoreError::LowSpace`] if there is no room.
    pub(in crate::store) fn check_room_to_export(
        &self,
        filter: &ExportFilter,
        path: &Path,
    ) -> Result<(), StoreError> {
        if *filter != ExportFilter::default() {
            return Ok(());
        }
        let mut bytes = 0;
        self.database.content.manifests.for_each(|_, value| {
            let manifest: Manifest = decode_record("a manifest", value)?;
            if matches!(manifest.kind, ContentKind::Body(_)) {
                bytes += manifest.compressed_len;
            }
            Ok(())
        })?;
        self.options.space.require_only(path, "the export", bytes)
    }

    /// Checks that the captures of a file can be imported: they take about its length, and `store.min_free`
    /// stays free.
    ///
    /// # Errors
    /// [`StoreError::LowSpace`] if there is no room.
    pub fn check_room_to_import(&self, file: &Path) -> Result<(), StoreError> {
        let bytes =
            std::fs::metadata(file).ok().filter(std::fs::Metadata::is_file).map_or(0, |file| file.len());
        self.options.space.require(self.dir(), "the import", bytes)
    }
}
