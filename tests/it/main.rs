//! The integration tests: the whole program against archives and webs made for the purpose.
//!
//! One binary for all of them, see `Cargo.toml`. What they share is in [`kit`].

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod alarms;
mod architecture;
mod bad_input;
mod cli;
mod demo;
mod kit;
mod kit_itself;
mod over_time;
mod politeness;
mod runs;
mod store;
mod web;
