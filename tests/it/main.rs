//! The integration tests: the whole program against archives and webs made for the purpose.
//!
//! One binary for all of them, see `Cargo.toml`. What they share is in [`kit`].

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod alarms;
mod architecture;
mod bad_input;
mod beside_a_run;
mod browser;
mod cited;
mod cli;
mod crawl;
mod demo;
mod depth;
mod extremes;
mod faults;
mod full_disk;
mod hostile;
mod http2;
mod killed;
mod kit;
mod kit_itself;
mod less;
mod outage;
mod over_time;
mod pace;
mod points;
mod politeness;
mod runs;
mod same_part;
mod store;
mod table;
mod three_ways;
mod web;
