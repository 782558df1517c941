//! Who may be asked, and when: distinct URLs in, tickets to ask out.
//!
//! This stage opens no connection. It keeps the frontier in memory, one queue a host, with its robots
//! rules, and a lane for hosts that are spared together (by default each host has its own): their
//! limiter, their back-off, their budget. On disk it keeps [`HostMemories`] only: what is left to do is
//! what the archive names and no visit in the store has settled.
//! The engine in `app` takes a [`Next`] from the [`Scheduler`], makes the exchange, and reports
//! back what the host said. A host that waits costs an entry in a table: no task, no thread.

mod host;
mod host_queue;
mod host_state;
mod host_state_sled;
mod politeness;
mod priority;
mod rate_limit_group;
mod robots;
mod scheduler;
mod thread_priority;

pub use host::{HostGroups, HostKey, HostUnit, Origin};
pub use host_state::{HostMemories, HostMemory, StoredRobots};
pub use host_state_sled::SledHostMemories;
pub use politeness::{HostPoliteness, Politeness, TokioClock};
pub use priority::Priority;
pub use rate_limit_group::{BackOff, HostBudget};
pub use robots::{RobotsAccess, RobotsRules, robots_url};
pub use scheduler::{Denial, Feedback, Next, Scheduler, Ticket};
pub use thread_priority::lower_thread_priority;

/// What can fail in the memory of hosts. Nothing here is about a single host.
#[derive(Debug, thiserror::Error)]
pub enum CrawlError {
    /// The system refused to read or write: a full disk, say.
    #[error("what is remembered of hosts could not be read or written: {0}")]
    Io(#[source] std::io::Error),
    /// The storage failed.
    #[error("what is remembered of hosts could not be read or written: {0}")]
    Storage(String),
    /// A record is not what was stored.
    #[error("what is remembered of a host is damaged ({what}): {reason}")]
    Damaged {
        /// Which record.
        what: String,
        /// How it was seen.
        reason: String,
    },
}
