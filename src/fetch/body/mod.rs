//! Turns the bytes of a body into text: content codings, the memory budget, the charset.

pub(in crate::fetch) mod budget;
pub mod charset;
mod content_coding;
pub(in crate::fetch) mod decoder;
mod gunzip;
