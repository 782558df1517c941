//! When queued work is to be asked for.

use tokio::time::Instant;

use crate::frontier::Priority;

/// When something is to be asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Schedule {
    /// A page that was not begun, by its worth.
    Fresh(Priority),
    /// Before all others of its host. `obeys_robots` is false for a robots file's hop.
    First {
        /// Whether robots.txt has a say.
        obeys_robots: bool,
    },
    /// Not before a moment.
    Later {
        /// Whether robots.txt has a say.
        obeys_robots: bool,
        /// The moment.
        due: Instant,
    },
}
