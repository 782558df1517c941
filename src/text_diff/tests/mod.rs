//! Tests of the whole comparison: pages against copies, and bounds on time.

#[cfg(test)]
pub(in crate::text_diff) mod pages;
#[cfg(test)]
pub(in crate::text_diff) mod time_bounds;
