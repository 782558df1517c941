//! The rules that are data: walls, notices, parked domains, words of "not found", logins, script shells, and
//! which part of an address names the page.
//!
//! They are in `config/walls.toml`, `parking.toml`, `soft404.toml`, `gates.toml` and `addresses.toml`, and a user's table
//! extends them without a new build. [`document`] is their form as written, [`rules`] the compiled form,
//! [`wall`] and [`phrases`] match them.

mod document;
mod phrases;
mod probe_rules;
mod rules;
mod wall;

pub(super) use phrases::PhraseSet;
pub(super) use probe_rules::ProbeRules;
pub use rules::Signatures;
pub(super) use rules::{LoginRules, ParkingRules, ShellRules};
pub(super) use wall::is_at_or_below;
