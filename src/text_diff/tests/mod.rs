//! Tests of the whole comparison: saved pages, and bounds on time.

#[cfg(test)]
pub(in crate::text_diff) mod pages;
#[cfg(test)]
pub(in crate::text_diff) mod time_bounds;
