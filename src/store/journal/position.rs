//! A position in the journal.

/// A position in the journal; it means everything before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct JournalPosition {
    /// The segment's number.
    pub segment: u64,
    /// The offset in its file, in bytes.
    pub offset: u64,
}

impl JournalPosition {
    /// The form in which the database keeps it.
    pub(in crate::store) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let (segment, offset) = bytes.split_at_mut(8);
        segment.copy_from_slice(&self.segment.to_be_bytes());
        offset.copy_from_slice(&self.offset.to_be_bytes());
        bytes
    }

    /// Reads that form; `None` if the length is wrong.
    pub(in crate::store) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let number = u128::from_be_bytes(bytes.try_into().ok()?);
        Some(Self {
            segment: u64::try_from(number >> 64).ok()?,
            offset: u64::try_from(number & u128::from(u64::MAX)).ok()?,
        })
    }
}
