//! Checks the number of the store's format, which is kept in a file and again inside the database.
//!
//! The file makes it possible to refuse another format before sled opens a file of it.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use crate::store::StoreError;
use crate::store::db::folder::{database_folder, put_aside};

/// The schema that this version reads and writes.
pub(in crate::store) const SCHEMA: u32 = 2;
const SCHEMA_FILE: &str = "schema";
/// How much of the schema file is read, in bytes. A whole one has 25.
const MAX_SCHEMA_FILE: u64 = 1024;

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

/// Checks the schema file, if there is one. Whatever else is in its place is [`StoreError::UnreadableSchema`]:
/// wrong bytes, a folder, a file that the disk cannot read.
pub(in crate::store) fn check_schema_file(dir: &Path) -> Result<(), StoreError> {
    let path = dir.join(SCHEMA_FILE);
    let mut bytes = Vec::new();
    let read = std::fs::File::open(&path).and_then(|file| file.take(MAX_SCHEMA_FILE).read_to_end(&mut bytes));
    match read {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        // A missing permission is no damage.
        Err(source) if source.kind() == ErrorKind::PermissionDenied => {
            return Err(StoreError::Io { path, source });
        }
        Err(error) => return Err(StoreError::UnreadableSchema { path, reason: error.to_string() }),
    }
    let number = std::str::from_utf8(&bytes).ok().and_then(parse_schema);
    let Some(found) = number else {
        let reason = "it does not say `driftline store schema N`".to_owned();
        return Err(StoreError::UnreadableSchema { path, reason });
    };
    check_schema(dir, found)
}

fn parse_schema(text: &str) -> Option<u32> {
    text.trim().strip_prefix("driftline store schema ")?.parse().ok()
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

/// Renames an unreadable schema file to a dated name, which it returns.
pub(in crate::store) fn put_schema_file_aside(dir: &Path) -> Result<PathBuf, StoreError> {
    put_aside(&dir.join(SCHEMA_FILE))
}
