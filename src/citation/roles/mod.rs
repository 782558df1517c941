//! What each link is for, from the evidence around it.
//!
//! The rows are read from top to bottom as a reader does: a label line opens a section of sources,
//! prose, credits or a disclaimer close it; inside a row a label speaks for the links behind it.

pub(in crate::citation) mod assign_roles;
mod find_label;
pub(in crate::citation) mod labelled_link;
mod role_reader;
#[cfg(test)]
mod tests;
mod text_length;
