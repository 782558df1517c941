//! Who may be asked, and when: distinct URLs in, tickets to ask out.
//!
//! This stage opens no connection. It keeps the frontier in memory, one queue a host, with its robots
//! rules, and a lane for hosts that are spared together (by default each host has its own): their
//! limiter, their back-off, their budget. On disk it keeps [`HostState`] only: what is left to do is
//! what the archive names and no visit in the store has settled.
//! The engine in `app` takes a [`Next`] from the [`Scheduler`], makes the exchange, and reports
//! back what the host said. A host that waits costs an entry in a table: no task, no thread.

mod host;
mod host_queue;
mod host_state;
mod politeness;
mod priority;
mod rate_limit_group;
mod robots;
mod scheduler;
mod thread_priority;

pub use host::{HostGroups, HostKey, HostUnit, Origin};
pub use host_state::{HostState, StoredRobots};
pub use politeness::{HostPoliteness, Politeness, TokioClock};
pub use priority::Priority;
pub use rate_limit_group::{BackOff, HostBudget};
pub use robots::{RobotsAccess, RobotsRules, robots_url};
pub use scheduler::{Denial, Feedback, Next, Scheduler, Ticket};
pub use thread_priority::lower_thread_priority;

/// What can fail in this stage.
#[derive(Debug, thiserror::Error)]
pub enum FrontierError {
    /// The stored state of a host cannot be decoded or encoded.
    #[error("the stored state of host {host} is damaged: {reason}")]
    DamagedHostState {
        /// The host.
        host: String,
        /// What the decoder reports.
        reason: String,
    },
}
