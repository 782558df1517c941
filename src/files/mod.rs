//! Opens and replaces files without being led astray by what lies under their names.
//!
//! An archive comes from somebody else as often as not, and git checks out symbolic links to anywhere. A
//! name that should be a file can be a device that never ends, a pipe that nobody writes into, or a link to
//! a file of the user. What is read from an archive is therefore opened without waiting, is a regular file,
//! and has a limit ([`read_limited`]); what is written outside the store replaces regular files only
//! ([`OutputFile`]).

mod error;
mod ownership;
mod read;
mod replace;

pub use error::FileError;
pub use ownership::{is_trusted_owner, owner_of};
pub use read::{AcceptedKinds, describe_kind, open_without_following, read_limited, read_with_metadata};
pub use replace::{OutputFile, write_whole};
