//! Decides what each link is for, from the text around it.
//!
//! The rows are read from top to bottom, as a person reads them. A label on its own line opens a section of
//! sources; prose, credits or a disclaimer close it. Inside a row, a label applies to the links behind it.

pub(in crate::citation) mod assign_roles;
mod find_label;
pub(in crate::citation) mod labelled_link;
mod role_reader;
#[cfg(test)]
mod tests;
mod text_length;
