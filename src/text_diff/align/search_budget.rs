//! Bounds the search for the best alignment by a count of steps.
//!
//! The bound is work and never time: the class of a comparison must not depend on how fast or how busy the
//! machine is.

/// The steps that one comparison may take. A step is about one comparison of two tokens, some nanoseconds.
pub const SEARCH_STEPS: u64 = 100_000_000;

/// Myers' algorithm in `imara-diff` gives up the shortest difference where it would cost more than this many
/// changes, or the square root of the length if that is more.
const MAX_COST: u64 = 256;

/// How much a comparison may still search. What comes when it is spent counts as replaced without a
/// search, which is coarser and the same on every machine.
#[derive(Debug)]
pub struct SearchBudget {
    steps: u64,
}

impl SearchBudget {
    /// The budget of one comparison.
    pub fn of_comparison() -> Self {
        Self::of_steps(SEARCH_STEPS)
    }

    /// A budget of this many steps.
    pub fn of_steps(steps: u64) -> Self {
        Self { steps }
    }

    /// The steps that are left.
    #[cfg(test)]
    pub(in crate::text_diff) fn steps_left(&self) -> u64 {
        self.steps
    }

    /// Whether a search may begin.
    pub(in crate::text_diff) fn is_left(&self) -> bool {
        self.steps > 0
    }

    /// Takes off what a search cost: about as many steps as both sequences together are long, and for
    /// each change as many as there are changes, up to the algorithm's own limit.
    pub(in crate::text_diff) fn charge_search(&mut self, length: usize, changes: usize) {
        let (length, changes) = (length as u64, changes as u64);
        let each = changes.min(length.isqrt().max(MAX_COST));
        self.steps = self.steps.saturating_sub(length.saturating_add(changes.saturating_mul(each)));
    }
}
