//! [`StoreException`]: what is refused of a store unless the user allows it.

/// A store that is refused unless the user allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoreException {
    /// One that is a symbolic link, lies behind one in the archive, or has some in its folder.
    Links,
    /// One that belongs to another user, or has files of another user.
    OtherOwner,
    /// One on a network file system on which other hosts do not see its lock.
    UnseenLock,
}

impl StoreException {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Links, Self::OtherOwner, Self::UnseenLock];

    /// The name in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Links => "links",
            Self::OtherOwner => "other-owner",
            Self::UnseenLock => "unseen-lock",
        }
    }
}
