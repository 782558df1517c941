//! Holds a page whose failure may be due to an outage of the network here.

use crate::frontier::{HostKey, Rejection};
use crate::pipeline::page::PageJob;

/// A page whose failure is judged only once another host has answered.
pub(super) enum DeferredPage {
    /// The request was sent and failed.
    Requested(Box<PageJob>),
    /// The request was not sent, since the host or its robots.txt could not be reached.
    Rejected(HostKey, Box<str>, Box<PageJob>, Rejection),
}
