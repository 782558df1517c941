//! Opens what an import is given: files, pipes and packages.

pub(super) mod data_package;
pub(super) mod file_part;
pub(super) mod format;
pub(super) mod open;
pub(super) mod package;
