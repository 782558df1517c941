//! A page whose failure may be caused by an outage of the network here.

use crate::frontier::{HostKey, Rejection};
use crate::pipeline::page::PageJob;

/// A page whose failure is not judged before somebody has answered: it may be our own network's.
pub(super) enum DeferredPage {
    /// It was asked for.
    Requested(Box<PageJob>),
    /// It was not, since its host or its robots file could not be reached.
    Rejected(HostKey, Box<str>, Box<PageJob>, Rejection),
}
