//! The order in which pages are requested.

use serde::{Deserialize, Serialize};

/// The order in which pages are requested: the smaller value first.
///
/// The run that visited a page last comes before its kind. So what a run leaves over, because a limit is
/// reached or its host rests, comes first in the next one, and every page has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Priority {
    /// The id of the run that visited the page last; 0 for a page without a visit.
    pub last_run: u64,
    /// Among pages of one run, the kind of page; the most valuable kind is 0.
    pub class: u8,
    /// Within a kind, when the page was visited last, in milliseconds since 1970; 0 for a page without a
    /// visit.
    pub due_ms: u64,
}

impl Priority {
    /// Before everything else: the priority of work that has begun, such as the next hop of a redirect.
    pub const FIRST: Self = Self { last_run: 0, class: 0, due_ms: 0 };

    /// The priority of a page of this kind that no run has visited.
    pub fn of_unvisited(class: u8) -> Self {
        Self { last_run: 0, class, due_ms: 0 }
    }
}
