//! Turns one finished page into what is stored of it: its judgement, its snapshot and its comparisons.
//!
//! A comparison has one shape per border. `text_diff::Comparison` is what two texts say.
//! [`text_diff::Drift`](crate::text_diff::Drift) adds what earlier visits say; reports show it.
//! [`StoredDrift`] adds the normal forms and the lost quotations of all articles; it is the JSON inside
//! `store::ComparisonRecord`, which the store keeps without reading it, since it is an earlier stage.

mod analyst;
pub mod compare;
mod history;
mod html_rows;
mod inputs;
pub mod judge;
mod judged_page;
mod lost_quotes;
mod page_job;
mod persist;
mod shared_bodies;
pub mod snapshot_pair;
mod stored_json;
mod stored_pages;
mod upstream_links;

pub use analyst::Analyst;
pub use inputs::{BodyHash, FetchedPage, LocalCopy, PageContent};
pub use judged_page::{AnalysisOutcome, JudgedPage};
pub use page_job::PageJob;
pub use shared_bodies::SharedBodies;
pub use stored_json::{StoredDrift, StoredJudgement};
pub use upstream_links::{UpstreamLinks, UpstreamRules};
