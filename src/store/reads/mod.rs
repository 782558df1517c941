//! Reads the store while another process writes it: over a socket to that process, or from a copy.

#[cfg(unix)]
pub(in crate::store) mod protocol;
pub(in crate::store) mod reader;
#[cfg(unix)]
pub(in crate::store) mod server;
pub(in crate::store) mod temporary_copy;
