//! Decides which URL may be requested, and when, without opening a connection.
//!
//! The frontier lies in memory: one queue for each host (`host_queue`), with the host's robots rules and
//! circuit breakers, and one `rate_limit_group` for hosts that share a limiter, a back-off and a budget (by
//! default each host has its own). Only [`HostState`] is kept on disk. The work that is left is never stored:
//! it is every URL that the archive names, less those that a visit in the store has settled.
//!
//! The engine in the pipeline takes a [`NextAction`] from the [`Scheduler`], makes the exchange, and
//! reports the host's answer back. A host that waits costs an entry in a table, not a task or a thread.
//!
//! | question | file |
//! |---|---|
//! | how long a 429, a 503 or a `Retry-After` pauses a host | `back_off.rs` |
//! | when failed connections end the requests to a host | `circuit_breaker.rs` |
//! | when a host that hangs or refuses is given up for a run | `patience.rs` |
//! | the distance between two requests to a host | `rate_limit_group.rs`, `rate_limiter.rs` |
//! | what robots.txt forbids | `robots.rs`, `robots_file.rs` |
//! | which settings a host has | `politeness.rs` |
//! | what is known of a host in the next run | `host_state.rs` |

mod back_off;
mod circuit_breaker;
mod error;
mod host_budget;
mod host_groups;
mod host_key;
mod host_queue;
mod host_state;
mod origin;
mod origin_state;
mod patience;
mod politeness;
mod priority;
mod queued_url;
mod rate_limit_group;
mod rate_limiter;
mod rejection;
mod robots;
mod robots_file;
mod scheduler;
mod thread_priority;
mod ticket;

#[cfg(test)]
mod tests;

pub use back_off::BackOff;
pub use error::FrontierError;
pub use host_budget::HostBudget;
pub use host_groups::{GroupBy, HostGroups};
pub use host_key::HostKey;
pub use host_state::{HostState, StoredRobots};
pub use origin::Origin;
pub use politeness::{HostPoliteness, Politeness};
pub use priority::Priority;
pub use rejection::{PatienceLimit, Rejection, WaitLimit};
pub use robots::{RobotsAccess, RobotsRules, robots_url};
pub use scheduler::{NextAction, Scheduler};
pub use thread_priority::lower_thread_priority;
pub use ticket::{HostFeedback, Ticket};
