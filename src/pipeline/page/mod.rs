//! Turns one finished page into what is stored of it: its text, its comparisons, its judgement.

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
pub mod snapshot_pair;
mod stored_json;
mod stored_pages;
mod upstream_links;

pub use analyst::Analyst;
pub use inputs::{BodyHash, FetchedPage, LocalCopy, PageContent};
pub use judged_page::{AnalysisOutcome, JudgedPage};
pub use page_job::PageJob;
pub use stored_json::{StoredDrift, StoredJudgement};
pub use upstream_links::{UpstreamLinks, UpstreamRules};
