//! The journal: WARC segments from which the database can be made again.
//!
//! Every exchange that is kept is appended to a segment and fsynced before sled hears of it. What a
//! WARC has no record for (visits, judgements, strikes, comparisons, runs) goes into one `metadata`
//! record a group, as JSON lines; that record comes last and completes the group: what stands
//! before a missing one was never reported as stored. The database keeps a [`Mark`] of how much of
//! the journal it holds, so opening applies what is missing, be it the last group or everything.
//!
//! Segments are named `NNNNNNNN-TIME.warc.gz`, with `.open` behind while one is written. A segment
//! is never appended to after its writer has ended.

mod append;
pub(super) mod entry;
pub(super) mod inventory;
mod prepared_records;
pub(super) mod replay;
pub(super) mod scan;
pub(super) mod segment;

use serde::{Deserialize, Serialize};

pub(super) use append::JournalWriter;
pub(super) use prepared_records::{Draft, OpenInfo, drafts};

/// A place in the journal: everything before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Mark {
    /// The segment's number.
    pub segment: u64,
    /// The offset in its file.
    pub offset: u64,
}

impl Mark {
    /// As it is kept in the database.
    pub(super) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let (segment, offset) = bytes.split_at_mut(8);
        segment.copy_from_slice(&self.segment.to_be_bytes());
        offset.copy_from_slice(&self.offset.to_be_bytes());
        bytes
    }

    /// Read back; none where these are not such bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let number = u128::from_be_bytes(bytes.try_into().ok()?);
        Some(Self {
            segment: u64::try_from(number >> 64).ok()?,
            offset: u64::try_from(number & u128::from(u64::MAX)).ok()?,
        })
    }
}
