//! Tells whether a file belongs to the user who runs the program.

use std::fs::Metadata;

/// The user id of a file's owner; `None` where the system has no such ids.
#[cfg(unix)]
pub fn owner_of(metadata: &Metadata) -> Option<u32> {
    Some(std::os::unix::fs::MetadataExt::uid(metadata))
}

/// The user id of a file's owner; `None` where the system has no such ids.
#[cfg(not(unix))]
pub fn owner_of(_: &Metadata) -> Option<u32> {
    None
}

/// Whether a file belongs to the user who runs the program, or to root, who can do everything anyway. `ssh`
/// has the same rule for its files.
#[cfg(unix)]
pub fn is_trusted_owner(metadata: &Metadata) -> bool {
    let own = rustix::process::geteuid().as_raw();
    owner_of(metadata).is_none_or(|owner| owner == own || owner == 0)
}

/// Whether a file belongs to the user who runs the program.
#[cfg(not(unix))]
pub fn is_trusted_owner(_: &Metadata) -> bool {
    true
}
