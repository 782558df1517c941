//! Who may be asked, and when: distinct URLs in, tickets to ask out.
//!
//! This stage opens no connection. It keeps the [`Frontier`] (what is left to do, on disk), one
//! queue a host in memory, its robots rules, and a lane for hosts that are spared together (by
//! default each host has its own): their limiter, their back-off, their budget.
//! The engine in `app` takes a [`Next`] from the [`Scheduler`], makes the exchange, and reports
//! back what the host said. A host that waits costs an entry in a table: no task, no thread.

mod frontier;
mod frontier_sled;
mod host;
mod host_queue;
mod lane;
mod politeness;
mod robots;
mod scheduler;

pub use frontier::{Frontier, FrontierEntry, HostMemory, Priority, StoredRobots};
pub use frontier_sled::SledFrontier;
pub use host::{HostGroups, HostKey, HostUnit, Origin};
pub use lane::{BackOff, HostBudget};
pub use politeness::{HostPoliteness, Politeness, TokioClock};
pub use robots::{RobotsAccess, RobotsRules, robots_url};
pub use scheduler::{Denial, Feedback, Next, Scheduler, Ticket};

/// What can fail in the frontier. Nothing here is about a single host.
#[derive(Debug, thiserror::Error)]
pub enum CrawlError {
    /// The system refused to read or write: a full disk, say.
    #[error("the queue of pages could not be read or written: {0}")]
    Io(#[source] std::io::Error),
    /// The frontier's storage failed.
    #[error("the queue of pages could not be read or written: {0}")]
    Storage(String),
    /// A record of the frontier is not what was stored.
    #[error("a record of the queue of pages is damaged ({what}): {reason}")]
    Damaged {
        /// Which record.
        what: String,
        /// How it was seen.
        reason: String,
    },
}
