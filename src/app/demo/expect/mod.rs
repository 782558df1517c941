//! Holds the right result for each link of the bundled archive: its verdict, cause and drift, in both
//! eras.
//!
//! The demo compares its own report with this table, and so does the integration test. A row says what
//! follows from what the web serves, by the rules of `docs/verdicts.md`; it is not a recording of what
//! the program said.

mod check;
mod expectation;
mod rows;
#[cfg(test)]
mod tests;

pub use check::{check_report, link_counts};
pub use expectation::{Expectation, Outcome};
pub use rows::EXPECTATIONS;
