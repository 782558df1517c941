//! The error of this stage.

/// What can fail in this stage.
#[derive(Debug, thiserror::Error)]
pub enum FrontierError {
    /// The stored state of a host cannot be decoded or encoded.
    #[error("the stored state of host {host} is damaged: {reason}")]
    DamagedHostState {
        /// The host.
        host: String,
        /// What the decoder reports.
        reason: String,
    },
}
