//! The permission to make one request, and what the request showed about its host.

use std::time::Duration;

use tokio::time::Instant;

use super::{HostKey, Origin};

/// The permission to make one request. It must be given back with [`super::Scheduler::release_ticket`].
#[derive(Debug)]
#[must_use]
pub struct Ticket {
    pub(super) host: HostKey,
    /// The index of the host in the scheduler's table.
    pub(super) host_index: u32,
    /// The origin that is asked; `None` for a request outside the queue.
    pub(super) origin: Option<Origin>,
    /// A hash of the URL that is asked for; 0 for a request outside the queue.
    pub(super) page: u64,
    pub(super) issued_at: Instant,
}

impl Ticket {
    /// The host that is asked.
    pub fn host(&self) -> &HostKey {
        &self.host
    }

    /// When the ticket was issued; the request began no earlier.
    pub fn issued_at(&self) -> Instant {
        self.issued_at
    }
}

/// What a request showed about its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostFeedback {
    /// There was an answer.
    Answered,
    /// The host refused: with 429 or 503, or with a `Retry-After`.
    Refused {
        /// The stated pause, if there is one.
        retry_after: Option<Duration>,
        /// The status of the answer.
        status: u16,
    },
    /// A connection was made, and the time was over before the answer was complete.
    Hung,
    /// No connection to the origin could be made.
    Unreachable,
    /// The name of the host could not be resolved, for a reason that may pass.
    Unresolved,
    /// The name of the host does not exist.
    NameGone,
    /// The request was cancelled by this program, and shows nothing.
    Cancelled,
}
