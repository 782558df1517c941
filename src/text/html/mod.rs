//! Reads the markup of a page: its tokens, entities, hidden parts, visible text and embedded data, within
//! limits that hold for hostile input.

pub(in crate::text) mod embedded_data;
pub(in crate::text) mod hidden;
pub(in crate::text) mod limits;
pub(in crate::text) mod visible_text;
