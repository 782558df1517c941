//! How much of the journal the database holds, as the database itself keeps it.

use super::position::JournalPosition;
use crate::store::StoreError;
use crate::store::db::database::Database;

/// The key in the tree `meta` under which the database keeps how much of the journal it holds.
pub(in crate::store) const APPLIED_POSITION_KEY: &[u8] = b"journal";

/// How much of the journal the database holds.
pub(in crate::store) fn read_applied_position(database: &Database) -> Result<JournalPosition, StoreError> {
    let value = database.meta.get(APPLIED_POSITION_KEY)?;
    Ok(value.and_then(|value| JournalPosition::from_bytes(&value)).unwrap_or_default())
}

/// Stores how much of the journal the database holds; durable with the next flush.
pub(in crate::store) fn write_applied_position(
    database: &Database,
    position: JournalPosition,
) -> Result<(), StoreError> {
    database.meta.insert(APPLIED_POSITION_KEY, position.to_bytes()).map(|_| ())
}
