//! What can fail while an archive is read.

use std::path::PathBuf;

/// What can fail while reading the archive.
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
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not UTF-8.
    #[error("{path}: not UTF-8 (first bad byte at offset {offset}); convert it, for example with iconv")]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The offset of the first bad byte.
        offset: usize,
    },
    /// An `[archive]` include or exclude pattern is not a glob.
    #[error("archive pattern \"{pattern}\": {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why it is not a glob.
        reason: String,
    },
}
