//! TODO folder

pub(in crate::archive) mod byline;
pub(in crate::archive) mod repost;
pub(in crate::archive) mod row_roles;
#[cfg(test)]
pub(in crate::archive) mod row_roles_tests;
