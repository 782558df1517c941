//! A position in the journal, and how much of the journal the database holds.

use serde::{Deserialize, Serialize};

use crate::store::SnapshotError;
use crate::store::db::database::Database;

/// A position in the journal; it stands for everything before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::store) struct JournalPosition {
    /// The segment's number.
    pub segment: u64,
    /// The offset in its file, in bytes.
    pub offset: u64,
}

/// The key in the tree `meta` under which the database keeps how much of the journal it holds.
pub(in crate::store) const APPLIED_POSITION_KEY: &[u8] = b"journal";

impl JournalPosition {
    /// The form in which the database keeps it.
    pub(super) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let (segment, offset) = bytes.split_at_mut(8);
        segment.copy_from_slice(&self.segment.to_be_bytes());
        offset.copy_from_slice(&self.offset.to_be_bytes());
        bytes
    }

    /// Reads that form; `None` if the length is wrong.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let number = u128::from_be_bytes(bytes.try_into().ok()?);
        Some(Self {
            segment: u64::try_from(number >> 64).ok()?,
            offset: u64::try_from(number & u128::from(u64::MAX)).ok()?,
        })
    }
}

/// How much of the journal the database holds.
pub(in crate::store) fn read_applied_position(database: &Database) -> Result<JournalPosition, SnapshotError> {
    let value = database.meta.get(APPLIED_POSITION_KEY)?;
    Ok(value.and_then(|value| JournalPosition::from_bytes(&value)).unwrap_or_default())
}

/// Stores how much of the journal the database holds; durable with the next flush.
pub(in crate::store) fn write_applied_position(
    database: &Database,
    position: JournalPosition,
) -> Result<(), SnapshotError> {
    database.meta.insert(APPLIED_POSITION_KEY, position.to_bytes()).map(|_| ())
}
