//! Reads what a page's markup holds: visible and hidden text, and embedded data, within limits that hold
//! for hostile input.

pub(in crate::text) mod consent;
pub(in crate::text) mod embedded_data;
pub(in crate::text) mod embedded_text;
pub(in crate::text) mod hidden;
pub(in crate::text) mod inert_text;
pub(in crate::text) mod limits;
pub(in crate::text) mod linked_data;
pub(in crate::text) mod script_state;
pub(in crate::text) mod text_line;
pub(in crate::text) mod visible_text;
