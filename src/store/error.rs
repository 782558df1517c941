//! What can fail in the store.

use std::path::{Path, PathBuf};

/// What can fail in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the store open.
    #[error("{path}: the store is in use by process {pid}")]
    InUse {
        /// The store's folder.
        path: PathBuf,
        /// The holder's process id, or `?`.
        pid: String,
    },
    /// It was opened for reading.
    #[error("{path}: the store is open for reading only")]
    ReadOnly {
        /// The store's folder.
        path: PathBuf,
    },
    /// The process that holds the store could not answer a reader.
    #[error("the process that holds the store could not answer: {reason}")]
    Holder {
        /// What it said.
        reason: String,
    },
    /// The store was written by a newer version.
    #[error("{path}: the store has schema {found}, this driftline knows {known}")]
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
        "{path}: the store has schema {found}, which only versions before the first release wrote; this driftline reads schema {known}"
    )]
    OlderSchema {
        /// The store's folder.
        path: PathBuf,
        /// The store's schema.
        found: u32,
        /// The schema known here.
        known: u32,
    },
    /// There is no store here.
    #[error("{path}: there is no store here")]
    Missing {
        /// The store's folder.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The embedded database failed.
    #[error("{path}: the store failed: {reason}")]
    Database {
        /// The store's folder.
        path: PathBuf,
        /// What it said.
        reason: String,
    },
    /// It cannot be written, so it cannot be opened where it lies, nor be copied.
    #[error("{why}; nor could its index be copied, to be read elsewhere: {reason}")]
    Unwritable {
        /// Why it cannot be opened.
        why: String,
        /// Why it cannot be copied.
        reason: String,
    },
    /// The database is damaged or gone, and nothing is there to make it anew from.
    #[error(
        "{path}: the database cannot be used ({reason}), and no journal is kept to make it anew from; it was left as it is"
    )]
    NoJournal {
        /// The store's folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A record or a body is not what was stored.
    #[error("{what} is damaged: {reason}")]
    Damaged {
        /// Which record.
        what: String,
        /// How it was seen.
        reason: String,
    },
}

impl StoreError {
    /// The system refused to read or write this file or folder.
    pub(in crate::store) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// A record that is not what was stored.
pub(in crate::store) fn damaged(what: &str, reason: String) -> StoreError {
    StoreError::Damaged { what: what.to_owned(), reason }
}
