//! Why a file that a command reads yields no text.

use crate::text::TextError;

/// Why a file yields no text.
#[derive(Debug, thiserror::Error)]
pub enum ReadFileError {
    /// It could not be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It holds no text that could be read.
    #[error("{path}: {source}")]
    Text {
        /// The file.
        path: String,
        /// Why not.
        source: TextError,
    },
}
