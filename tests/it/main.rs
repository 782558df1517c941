//! The integration tests: the whole program against archives and webs made for the purpose.
//!
//! One binary for all of them, see `Cargo.toml`. What they share is in [`kit`].

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod architecture;
mod bad_input;
mod beside_a_run;
mod browser;
mod cited_sources;
mod cli;
mod crawl;
mod demo;
mod depth;
mod diff_points;
mod extremes;
mod false_alarms;
mod faults;
mod full_disk;
mod hostile;
mod http2;
mod killed;
mod kit;
mod kit_itself;
mod outage;
mod over_time;
mod pace;
mod partial_responses;
mod politeness;
mod runs;
mod snapshot_pair;
mod store;
mod table;
mod three_way_diff;
mod web;
