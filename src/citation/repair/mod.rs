//! From what is written to what a careful human would follow, with a record of each step.
//!
//! A step acts only on what no working URL looks like; where a right URL could look the same, the
//! destination stays as it is.

mod cleanup;
pub(in crate::citation) mod destination;
pub(in crate::citation) mod repair_link;
mod scheme;
mod split_urls;
#[cfg(test)]
mod tests;
mod web_url;
