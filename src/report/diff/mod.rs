//! TODO folder

pub mod html;
pub mod json;
pub mod labels;
pub(in crate::report) mod merge;
pub(in crate::report) mod rows;
pub mod text;
