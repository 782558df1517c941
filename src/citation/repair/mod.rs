//! Repairs broken destinations and records each step.
//!
//! The result is what a careful person would follow. A step applies only to text that no working URL looks
//! like; where a correct URL could look the same, the destination stays as it is.

mod cleanup;
pub(in crate::citation) mod destination;
pub(in crate::citation) mod repair_link;
mod scheme;
mod split_urls;
#[cfg(test)]
mod tests;
mod web_url;
