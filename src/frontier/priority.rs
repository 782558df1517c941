//! What is asked first.

use serde::{Deserialize, Serialize};

/// What is asked first: the smaller, the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Priority {
    /// The kind of page: the most valuable kind is 0.
    pub class: u8,
    /// Within a kind, since when it is due, in milliseconds since 1970; 0 for what was never seen.
    pub due_ms: u64,
}

impl Priority {
    /// Before everything: what is under way already.
    pub const FIRST: Self = Self { class: 0, due_ms: 0 };

    /// A page of this kind that was never seen.
    pub fn unseen(class: u8) -> Self {
        Self { class, due_ms: 0 }
    }
}
