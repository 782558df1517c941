//! Holds what the connections of one server share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::certificates::Certificates;
use super::reply::Reply;
use super::request::Request;
use super::request_log::RequestLog;

/// What decides about each request.
pub(super) type Handler = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

/// What the connections of one server share.
pub(super) struct SharedState {
    pub handler: Handler,
    pub certificates: Arc<Certificates>,
    pub tls: tokio_rustls::TlsAcceptor,
    pub log: Mutex<RequestLog>,
}

impl SharedState {
    /// Locks the log. A handler that panics holds no lock, and a log is complete after each push, so
    /// that a poisoned lock does no harm.
    pub fn lock_log(&self) -> MutexGuard<'_, RequestLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
