//! Resolves links to files of the archive.

pub(in crate::citation) mod archive_files;
mod fragment;
pub(in crate::citation) mod local_target;
