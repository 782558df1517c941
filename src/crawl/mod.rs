//! Who may be asked, and when: distinct URLs in, tickets to ask out.
//!
//! This stage opens no connection. It keeps the [`Frontier`] (what is left to do, on disk), one
//! queue a host in memory, and each host's politeness: its limiter, its robots rules, its back-off.
//! The engine in `app` takes a [`Next`] from the [`Scheduler`], makes the exchange, and reports
//! back what the host said. A host that waits costs an entry in a table: no task, no thread.

mod frontier;
mod frontier_sled;
mod host;
mod host_queue;
mod politeness;
mod robots;
mod scheduler;

pub use frontier::{Frontier, FrontierEntry, HostMemory, Priority, StoredRobots};
pub use frontier_sled::SledFrontier;
pub use host::{HostKey, Origin};
pub use politeness::{HostPoliteness, Politeness, TokioClock};
pub use robots::{RobotsAccess, RobotsRules, robots_url};
pub use scheduler::{Denial, Feedback, Next, Scheduler, Ticket};

/// What can fail in the frontier. Nothing here is about a single host.
#[derive(Debug, thiserror::Error)]
pub enum CrawlError {
    /// The frontier's storage failed.
    #[error("the frontier could not be read or written: {0}")]
    Storage(String),
    /// A record of the frontier is not what was stored.
    #[error("a frontier record is damaged ({what}): {reason}")]
    Damaged {
        /// Which record.
        what: String,
        /// How it was seen.
        reason: String,
    },
}
