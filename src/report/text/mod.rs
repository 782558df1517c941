//! Writes the report for people: first what needs attention, then the counts.

mod listing;
mod numbers;
mod summary;
#[cfg(test)]
mod tests;
mod write;

pub use listing::FindingListing;
pub use numbers::{format_count, format_counted, format_duration};
pub use write::write_report;
