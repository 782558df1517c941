//! The integration tests run the whole program against archives and webs made for the purpose.
//!
//! They are one binary, because a crate that links once builds faster. [`kit`] holds what they share.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod architecture;
mod bad_input;
mod beside_a_run;
mod browser;
mod cited_sources;
mod cli;
mod clock;
mod crawl;
mod demo;
mod depth;
mod diff_points;
mod earlier_store;
mod extremes;
mod false_alarms;
mod faults;
mod files_and_links;
mod foreign_store;
mod full_disk;
mod growth;
mod hostile;
mod http2;
mod killed;
mod kit;
mod kit_itself;
mod languages;
mod limits;
mod memory;
mod one_body;
mod outage;
mod over_time;
mod pace;
mod page_versions;
mod partial_responses;
#[cfg(feature = "pdf")]
mod pdf;
mod politeness;
mod runs;
mod secrets;
mod snapshot_pair;
mod states;
mod store;
mod store_folder;
mod table;
mod three_way_diff;
mod trust;
mod turns;
mod verify;
mod web;
