//! Turns one finished page into what is stored of it: its text, its comparisons, its judgement.

pub mod compare;
pub(in crate::pipeline) mod history;
pub(in crate::pipeline) mod html_rows;
pub mod judge;
pub(in crate::pipeline) mod lost_quotes;
pub mod persist;
pub mod snapshot_pair;
pub mod stored_json;
pub mod upstream_links;
