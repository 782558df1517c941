//! Defines the errors of opening a file that somebody else may have put there.

use std::io;

/// Why a file was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The name belongs to something else than a file.
    #[error("it is {kind}, not a file")]
    NotAFile {
        /// What it is, with its article: "a device".
        kind: &'static str,
    },
    /// The file is longer than what is read of one.
    #[error("it is larger than {} MiB", limit >> 20)]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
}

impl From<FileError> for io::Error {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Io(error) => error,
            other => Self::new(io::ErrorKind::InvalidInput, other.to_string()),
        }
    }
}
