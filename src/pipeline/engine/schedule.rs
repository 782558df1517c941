//! Says when queued work is to be sent.

use tokio::time::Instant;

use crate::frontier::Priority;

/// When work is to be sent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Schedule {
    /// A page that was not begun yet, with its priority.
    Fresh(Priority),
    /// Before all other work of its host.
    First {
        /// Whether robots.txt has a say.
        obeys_robots: bool,
    },
    /// After the pages of its host that were not begun yet, and not before a given time.
    Last {
        /// The earliest time.
        due: Instant,
    },
    /// Not before a given time.
    Later {
        /// Whether robots.txt has a say.
        obeys_robots: bool,
        /// The earliest time.
        due: Instant,
    },
}
