//! Links to files of the archive: where they lead, and whether something is there.

pub(in crate::citation) mod archive_files;
mod fragment;
pub(in crate::citation) mod local_target;
