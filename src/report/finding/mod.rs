//! Decides which links need attention, in which order, and what is said of each in one line.

mod group;
mod wording;

pub use group::{FindingGroup, Severity, groups_of_link};
pub use wording::{describe_equality, describe_finding, describe_moved_side, link_target};
