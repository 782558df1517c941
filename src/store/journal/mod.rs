//! The journal: WARC segments from which the database can be rebuilt.
//!
//! Every exchange that is kept is appended to a segment and made durable before the database gets it. What
//! WARC has no record type for (visits, judgements, comparisons, runs) goes into one `metadata` record per
//! group, as JSON lines. That record comes last and completes the group; records without one were never
//! reported as stored. The database keeps the [`JournalPosition`] up to which it holds the journal, and
//! opening the store applies the rest, whether that is the last group or everything.
//!
//! Segments are named `NNNNNNNN-TIME.warc.gz`, with `.open` appended while one is written. A segment is
//! never appended to after its writer has finished it, and each names the one before with its digest
//! ([`chain`]).

mod append;
pub(super) mod applied_position;
pub(super) mod chain;
pub(super) mod entry;
pub(super) mod inventory;
pub(super) mod position;
mod prepared_records;
mod record_content;
pub(super) mod replay;
pub(super) mod scan;
pub(super) mod segment;
pub(super) mod segment_repair;
pub(super) mod segment_seal;
mod torn_end;

pub(super) use append::JournalWriter;
pub(super) use position::JournalPosition;
pub(super) use prepared_records::{OpenWarcinfo, PreparedRecords, prepare_records};
