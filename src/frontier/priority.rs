//! The order in which pages are requested.

use serde::{Deserialize, Serialize};

/// The order in which pages are requested: the smaller value first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Priority {
    /// The kind of page; the most valuable kind is 0.
    pub class: u8,
    /// Within a kind, since when the page is due, in milliseconds since 1970; 0 for a page without a visit.
    pub due_ms: u64,
}

impl Priority {
    /// Before everything else: the priority of work that has begun, such as the next hop of a redirect.
    pub const FIRST: Self = Self { class: 0, due_ms: 0 };

    /// The priority of a page of this kind that no run has visited.
    pub fn of_unvisited(class: u8) -> Self {
        Self { class, due_ms: 0 }
    }
}
