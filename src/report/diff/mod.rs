//! Writes a comparison of two texts as a terminal diff, as JSON, or as an HTML page.

pub mod html;
pub mod json;
pub mod labels;
pub(in crate::report) mod merge;
pub(in crate::report) mod rows;
pub mod text;
