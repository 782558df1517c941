//! TODO folder

pub mod address_filter;
pub(in crate::fetch) mod resolver;
