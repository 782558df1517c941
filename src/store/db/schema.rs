//! Checks the number of the store's format, which is kept in a file and again inside the database.
//!
//! The file makes it possible to refuse another format before sled opens a file of it.

use std::path::Path;

use crate::store::StoreError;
use crate::store::db::folder::database_folder;
use crate::store::error::damaged;

/// The schema that this version reads and writes.
pub(in crate::store) const SCHEMA: u32 = 2;
const SCHEMA_FILE: &str = "schema";

/// Whether there is a store in this folder.
pub(in crate::store) fn store_exists(dir: &Path) -> bool {
    has_schema_file(dir) || database_folder(dir).is_dir() || dir.join("segments").is_dir()
}

/// Whether the folder contains a schema file.
pub(in crate::store) fn has_schema_file(dir: &Path) -> bool {
    dir.join(SCHEMA_FILE).is_file()
}

/// Refuses every other schema.
pub(in crate::store) fn check_schema(dir: &Path, found: u32) -> Result<(), StoreError> {
    let path = dir.to_owned();
    match found.cmp(&SCHEMA) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(StoreError::NewerSchema { path, found, known: SCHEMA }),
        std::cmp::Ordering::Less => Err(StoreError::OlderSchema { path, found, known: SCHEMA }),
    }
}

/// Checks the schema file, if there is one.
pub(in crate::store) fn check_schema_file(dir: &Path) -> Result<(), StoreError> {
    let path = dir.join(SCHEMA_FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(StoreError::Io { path, source }),
    };
    let found = text.split_whitespace().last().and_then(|word| word.parse().ok()).ok_or_else(|| {
        let reason = "it does not say `driftline store schema N`; if nothing else is damaged, remove it";
        damaged(&path.display().to_string(), reason.to_owned())
    })?;
    check_schema(dir, found)
}

/// Writes the schema file, in one piece or not at all.
pub(in crate::store) fn write_schema_file(dir: &Path) -> Result<(), StoreError> {
    let path = dir.join(SCHEMA_FILE);
    let text = format!("driftline store schema {SCHEMA}\n");
    if std::fs::read_to_string(&path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let failed = |source| StoreError::io(&path, source);
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Removes the schema file after the database that it describes was put aside.
pub(in crate::store) fn remove_schema_file(dir: &Path) -> Result<(), StoreError> {
    let path = dir.join(SCHEMA_FILE);
    std::fs::remove_file(&path).map_err(|source| StoreError::Io { path, source })
}
