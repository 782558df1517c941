//! TODO folder

#[cfg(test)]
pub(in crate::text_diff) mod pages;
#[cfg(test)]
pub(in crate::text_diff) mod time_bounds;
