//! Runs the crawl of an archive: plans it, asks for pages, judges and stores them, and reports.
//!
//! This is the only stage that uses all earlier ones. [`run()`] is what commands, a service and tests
//! call. A run has these steps:
//!
//! 1. [`plan`] reads the archive into a link table and the distinct URLs.
//! 2. [`engine`] asks for the URLs, as the frontier allows.
//! 3. [`page`] judges each finished page, compares its text with the local copies and with earlier
//!    snapshots, and hands the result to the store.
//! 4. [`confirm_failures`] counts the failures once it is clear that the network here was up.
//! 5. [`report`] joins the link table with the visits, from the store alone.

mod article_language;
mod clock;
pub mod confirm_failures;
pub mod engine;
mod error;
mod host_state_store;
mod network_fault;
mod observer;
pub mod page;
pub mod plan;
pub mod report;
pub mod role_set;
mod run;
mod shutdown;
pub mod url_filter;

pub use error::RunError;
pub use host_state_store::HostStateStore;
pub use network_fault::NetworkFault;
pub use observer::{CrawlProgress, RunObserver};
pub use run::{RunInputs, RunOutcome, run};
pub use shutdown::StopSignal;
