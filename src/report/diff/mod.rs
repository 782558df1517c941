//! Writes a comparison of two texts: for a terminal ([`text`]), as JSON ([`json`]), or as an HTML page
//! ([`html`]). [`labels`] names the two sides.

pub mod html;
pub mod json;
pub mod labels;
pub(in crate::report) mod merge;
pub(in crate::report) mod rows;
pub mod text;
