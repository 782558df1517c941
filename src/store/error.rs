//! [`StoreError`]: the ways in which the store can fail.

use std::path::{Path, PathBuf};

use super::exception::StoreException;
use crate::model::format_size;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the store.
    #[error("{path}: the store is in use by process {pid}")]
    InUse {
        /// The store's folder.
        path: PathBuf,
        /// The process id of the holder, or `?` if it is unknown.
        pid: String,
    },
    /// The store was opened for reading, and a write was tried.
    #[error("{path}: the store is open for reading only")]
    ReadOnly {
        /// The store's folder.
        path: PathBuf,
    },
    /// The process that holds the store could not answer a reader.
    #[error("the process that holds the store could not answer: {reason}")]
    Holder {
        /// What the holder said.
        reason: String,
    },
    /// The store was written by a newer version.
    #[error("{path}: the store has schema {found}; this version of driftline reads schema {known}")]
    NewerSchema {
        /// The store's folder.
        path: PathBuf,
        /// The store's schema.
        found: u32,
        /// The newest schema known here.
        known: u32,
    },
    /// The store was written by a version before the first release.
    #[error(
        "{path}: the store has schema {found}, which only versions before the first release wrote; this version of driftline reads schema {known}"
    )]
    OlderSchema {
        /// The store's folder.
        path: PathBuf,
        /// The schema of the store.
        found: u32,
        /// The schema that this version reads.
        known: u32,
    },
    /// The file that names the schema is damaged.
    #[error("{path}: the schema of the store cannot be read: {reason}; the store was left as it is")]
    UnreadableSchema {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no store in this folder.
    #[error("{path}: there is no store here")]
    Missing {
        /// The store's folder.
        path: PathBuf,
    },
    /// What lies in the place of the store, or of one of its files, could lead elsewhere.
    #[error("{path}: {reason}")]
    Refused {
        /// The file or folder.
        path: PathBuf,
        /// Why it is not opened.
        reason: String,
        /// What the user can allow, if anything.
        exception: Option<StoreException>,
    },
    /// The operating system refused to read or write a file.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The embedded database failed.
    #[error("{path}: the store failed: {reason}")]
    Database {
        /// The store's folder.
        path: PathBuf,
        /// What the database said.
        reason: String,
    },
    /// Too little of the disk is free.
    #[error(
        "{path}: {} are free on this disk, and {purpose} needs {}",
        format_size(*free),
        format_size(*needed)
    )]
    LowSpace {
        /// The folder on that disk.
        path: PathBuf,
        /// How many bytes are free.
        free: u64,
        /// How many are needed.
        needed: u64,
        /// What needs them.
        purpose: String,
    },
    /// The journal of a store that came from elsewhere is too long to be copied.
    #[error("{path}: the journal has {}, and of others no more than {} are copied", format_size(*length), format_size(*most))]
    LargeJournal {
        /// The folder of the journal.
        path: PathBuf,
        /// The length of its files, in bytes.
        length: u64,
        /// The most that is copied, in bytes.
        most: u64,
    },
    /// The journal of a store is not the one that a copy was made of.
    #[error("{path}: its journal is no longer the one that {copy} was made of", copy = copy.display())]
    OtherJournal {
        /// The store's folder.
        path: PathBuf,
        /// The folder of the copy.
        copy: PathBuf,
    },
    /// The store cannot be written, so it cannot be opened in its place, and copying it failed too.
    #[error("{why}; its database could not be copied to be read elsewhere: {reason}")]
    Unwritable {
        /// Why the store cannot be opened.
        why: String,
        /// Why the store cannot be copied.
        reason: String,
    },
    /// The database is damaged or missing, and there is no journal from which it could be rebuilt.
    #[error(
        "{path}: the database cannot be used ({reason}), and there is no journal to rebuild it from; it was left as it is"
    )]
    NoJournal {
        /// The store's folder.
        path: PathBuf,
        /// What is wrong with the database.
        reason: String,
    },
    /// A rebuild was asked for, and there is no journal.
    #[error("{path}: there is no journal to rebuild the database from; the database was left as it is")]
    NothingToRebuildFrom {
        /// The store's folder.
        path: PathBuf,
    },
    /// A record or a content differs from what was stored.
    #[error("{what} is damaged: {reason}")]
    Damaged {
        /// The record or content.
        what: String,
        /// How the damage was detected.
        reason: String,
    },
}

impl StoreError {
    /// Whether something could not be written because there is no room for it.
    pub fn is_disk_full(&self) -> bool {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        matches!(self, Self::Io { source, .. } if matches!(source.kind(), FileTooLarge | QuotaExceeded | StorageFull))
    }

    /// An error of the operating system on this file or folder.
    pub(in crate::store) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// The error for a record or a content that is not what was stored.
pub(in crate::store) fn damaged(what: &str, reason: String) -> StoreError {
    StoreError::Damaged { what: what.to_owned(), reason }
}
