//! Classifies the rows around an article's own text: title, byline, repost line, credits, disclaimer.

pub(in crate::archive) mod byline;
pub(in crate::archive) mod linked_title;
pub(in crate::archive) mod original_forms;
pub(in crate::archive) mod original_link;
pub(in crate::archive) mod row_roles;
#[cfg(test)]
pub(in crate::archive) mod row_roles_tests;
