//! Asks for the pages of the plan, as the scheduler allows, and hands finished pages to the analysis
//! threads.
//!
//! [`Engine`] is one crawl; `main_loop` drives it. Its parts are in files of their own: `enqueue`,
//! `requests`, `answers`, `probes`, `robots`, `rejections`, `outage`, `follow`, `host_states`,
//! `enforce_budget`.

mod analysis_threads;
mod answers;
mod awaiting_address;
mod budget;
mod crawl_outcome;
mod crawl_state;
mod deferred_page;
mod enforce_budget;
mod enqueue;
mod event;
mod follow;
mod host_states;
mod host_stats;
mod main_loop;
mod network_monitor;
mod outage;
mod probe_registry;
mod probes;
mod rejections;
mod repost_chains;
mod requests;
mod retry;
mod robots;
mod schedule;
mod settings;
mod space_watch;
mod witnesses;
mod work_item;

pub use budget::Budget;
pub use crawl_outcome::{CrawlEnd, CrawlOutcome};
pub use crawl_state::Engine;
pub use host_stats::HostStats;
pub use repost_chains::FollowSettings;
pub use settings::EngineSettings;
