//! Defines the errors of reading an archive.

use std::path::PathBuf;

/// An error of reading the archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A path that was named does not exist.
    #[error("{path}: no such file or folder")]
    NotFound {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A file or folder could not be read.
    #[error("{path}: cannot be read: {source}")]
    Read {
        /// The path of the file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// Something in the archive is not read because of what it is: a device, a pipe, or a huge file.
    #[error("{path}: skipped, since {reason}")]
    Skipped {
        /// The path.
        path: PathBuf,
        /// What it is.
        reason: String,
    },
    /// A file is not UTF-8.
    #[error("{path}: not UTF-8 (first invalid byte at offset {offset}); convert it, for example with iconv")]
    NotUtf8 {
        /// The path of the file.
        path: PathBuf,
        /// The byte offset of the first invalid byte.
        offset: usize,
    },
    /// An `[archive]` include or exclude pattern is not a glob.
    #[error("archive pattern \"{pattern}\": {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
}
