//! The entries of a host's queue, in the order in which a heap returns them.

use std::cmp::Ordering;

use tokio::time::Instant;

use super::Priority;

/// A URL that waits to be requested. `W` is what the engine gets back with it.
#[derive(Debug)]
pub(super) struct QueuedUrl<W> {
    pub url: Box<str>,
    pub work: W,
    /// Whether robots.txt applies; it does not to robots.txt itself and its redirects.
    pub needs_robots: bool,
}

/// The position of a new page: its priority, then the sequence number of its arrival.
pub(super) type PagePosition = (Priority, u64);

/// The place in the queue that an entry was taken from.
#[derive(Clone, Copy)]
pub(super) enum QueuePosition {
    /// Among what goes before all new pages.
    Urgent,
    /// Among the new pages.
    NewPage(PagePosition),
    /// Among the retries that go after all new pages: when it was due, and its sequence number.
    Last(Instant, u64),
}

/// A page that no request was made for yet.
pub(super) struct NewPage<W> {
    pub position: PagePosition,
    pub entry: QueuedUrl<W>,
}

/// A URL that may not be requested before a moment: a retry.
pub(super) struct DelayedUrl<W> {
    pub due: Instant,
    pub sequence: u64,
    pub entry: QueuedUrl<W>,
}

// `BinaryHeap` returns the greatest entry first: the comparisons are reversed, so that it returns the
// smallest.
impl<W> Ord for NewPage<W> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.position.cmp(&self.position)
    }
}
impl<W> Ord for DelayedUrl<W> {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.due, other.sequence).cmp(&(self.due, self.sequence))
    }
}
impl<W> PartialOrd for NewPage<W> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<W> PartialOrd for DelayedUrl<W> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<W> PartialEq for NewPage<W> {
    fn eq(&self, other: &Self) -> bool {
        self.position == other.position
    }
}
impl<W> PartialEq for DelayedUrl<W> {
    fn eq(&self, other: &Self) -> bool {
        (self.due, self.sequence) == (other.due, other.sequence)
    }
}
impl<W> Eq for NewPage<W> {}
impl<W> Eq for DelayedUrl<W> {}
