//! Makes the report of a run from the store alone: its link table joined with the visits.
//!
//! Links are made in pieces of the link table and never held together, so a report of a large
//! archive needs no more memory than what is known of its distinct URLs.

mod link_report;
mod reporter;
mod repost_chain;
mod url_facts;

pub use reporter::{RunLinks, RunReporter};
