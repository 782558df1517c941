//! Writes what a run found as text for people, as JSON for programs, and comparisons as pages.
//!
//! A format is one file or folder here, with a function that takes a [`RunReport`] and the
//! [`LinkReport`]s and writes them: [`text`] and [`json`]. The formats of a comparison are in [`diff`].
//! A new format gets a file beside them and a name in `app::cli`, which chooses among them.
//!
//! Everything that came from outside is stripped of control characters before it reaches a
//! terminal ([`sanitize`]), and escaped before it reaches a page.

pub mod diff;
pub mod finding;
pub mod json;
pub mod json_schema;
mod link_report;
mod palette;
mod run_report;
#[cfg(test)]
mod samples;
pub mod sanitize;
pub mod text;

pub use link_report::{ArchivedCapture, FoundPage, LinkChange, LinkReport, Redirect};
pub use run_report::{RunReport, RunSummary};
