//! Recognises errors that only say that this machine has no file descriptor left.

use std::io;

/// Whether an error is ENFILE or EMFILE: no file descriptor is left in the system or in this process. They
/// have no [`io::ErrorKind`]. Such an error says nothing about a server or a name.
pub(in crate::fetch) fn is_descriptor_exhaustion(error: &io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}
