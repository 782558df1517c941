//! The rules that are data: walls, notices, parked domains, words of "not found", logins, script shells.
//!
//! They are in `config/walls.toml`, `parking.toml`, `soft404.toml` and `gates.toml`, and a user's table
//! extends them without a new build. [`document`] is their form as written, [`rules`] the compiled form,
//! [`wall`] and [`phrases`] match them.

mod document;
mod phrases;
mod rules;
mod wall;

pub(super) use phrases::PhraseSet;
pub use rules::Signatures;
pub(super) use rules::{LoginRules, ParkingRules, ShellRules};
pub(super) use wall::is_at_or_below;
