//! Finds the main text of a page, with the local copy as guide where there is one.

pub(in crate::text) mod blocks;
pub(in crate::text) mod boilerplate;
pub(in crate::text) mod corrections;
pub(in crate::text) mod extractors;
pub(in crate::text) mod guided;
pub(in crate::text) mod inline_boxes;
pub(in crate::text) mod oversized;
pub(in crate::text) mod site_rules;
