//! The error of setting up the client. What can go wrong with a single request is a
//! [`super::FetchFailure`].

use std::path::PathBuf;

/// What can fail while the client is set up.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// A certificate file could not be read.
    #[error("network.ca_certs: {path}: {reason}")]
    CaCerts {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The HTTP client could not be built.
    #[error("the HTTP client could not be set up: {0}")]
    Client(String),
}
