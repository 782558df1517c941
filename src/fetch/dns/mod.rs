//! Resolves host names, and refuses the addresses that must not be connected to.

pub mod address_filter;
pub(in crate::fetch) mod resolve_map;
pub(in crate::fetch) mod resolver;
