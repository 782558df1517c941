//! Turns the bytes of a body into text: content codings, the memory budget, the charset.

pub(in crate::fetch) mod budget;
pub mod charset;
pub(in crate::fetch) mod decoder;
pub(in crate::fetch) mod gunzip;
