//! How much of the store a verification looks at, and up to where an earlier one found everything whole.

use serde::Serialize;

use crate::store::StoreError;
use crate::store::db::database::Database;
use crate::store::journal::JournalPosition;

/// The key in the tree `meta` of the place up to which a verification found everything whole.
const VERIFIED_KEY: &[u8] = b"verified";

/// What a verification looks at. `Default` is everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerifyScope {
    /// A sample of the pages and of the journal instead of all.
    pub sample: Option<Sample>,
    /// What was written since the last verification that found everything whole; with a sample, in addition
    /// to it. If there was none, or no journal is kept, everything.
    pub since_last: bool,
}

/// A random sample that can be drawn again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How much of a million is drawn.
    pub of_million: u32,
    /// Draws the same again from the same store.
    pub seed: u64,
}

impl Sample {
    /// Draws from what `keys` name: this part of them, rounded up. The result is sorted.
    pub(super) fn draw<T: AsRef<[u8]> + Ord>(self, keys: Vec<T>) -> Vec<T> {
        let count = u128::from(self.of_million) * keys.len() as u128;
        let count = usize::try_from(count.div_ceil(1_000_000)).unwrap_or(usize::MAX).min(keys.len());
        let mut ranked: Vec<([u8; 32], T)> =
            keys.into_iter().map(|key| (self.rank(key.as_ref()), key)).collect();
        ranked.sort_unstable();
        let mut drawn: Vec<T> = ranked.into_iter().take(count).map(|(_, key)| key).collect();
        drawn.sort_unstable();
        drawn
    }

    fn rank(self, key: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.seed.to_be_bytes());
        hasher.update(key);
        *hasher.finalize().as_bytes()
    }
}

/// How much a verification looked at that did not read everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerifyCoverage {
    /// The seed of the sample, if one was drawn.
    pub seed: Option<u64>,
    /// When the verification ended after which everything was read, if that was asked for.
    pub since: Option<jiff::Timestamp>,
    /// URLs whose records were read, with the bodies of their snapshots; of those that were only visited since
    /// the last verification, the new bodies.
    pub pages: u64,
    /// All URLs in the store.
    pub all_pages: u64,
    /// Bytes of the journal that were read.
    pub journal_bytes: u64,
    /// All bytes of the journal.
    pub all_journal_bytes: u64,
}

/// The place up to which a verification found everything whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct VerifiedUpTo {
    pub(super) position: JournalPosition,
    pub(super) at: jiff::Timestamp,
}

/// Reads that place; `None` if there was no such verification, or a repair has changed the journal since.
pub(super) fn read_verified(database: &Database) -> Result<Option<VerifiedUpTo>, StoreError> {
    let value = database.meta.get(VERIFIED_KEY)?;
    Ok(value.and_then(|value| {
        let (position, at) = value.split_at_checked(16)?;
        let at = jiff::Timestamp::from_millisecond(i64::from_be_bytes(at.try_into().ok()?)).ok()?;
        Some(VerifiedUpTo { position: JournalPosition::from_bytes(position)?, at })
    }))
}

/// Stores that place, durably. The caller sees to it that nobody else flushes.
pub(super) fn write_verified(database: &Database, position: JournalPosition) -> Result<(), StoreError> {
    let mut value = position.to_bytes().to_vec();
    value.extend_from_slice(&jiff::Timestamp::now().as_millisecond().to_be_bytes());
    database.meta.insert(VERIFIED_KEY, value)?;
    database.flush()
}

/// Forgets that place, because the journal was changed.
pub(in crate::store) fn forget_verified(database: &Database) -> Result<(), StoreError> {
    database.meta.insert(VERIFIED_KEY, []).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_its_size_and_can_be_drawn_again() {
        let keys: Vec<[u8; 4]> = (0_u32..1_000).map(u32::to_be_bytes).collect();
        let drawn = |of_million, seed| Sample { of_million, seed }.draw(keys.clone());
        assert_eq!(drawn(50_000, 1).len(), 50);
        assert_eq!(drawn(50_000, 1), drawn(50_000, 1));
        assert_ne!(drawn(50_000, 1), drawn(50_000, 2));
        assert_eq!(drawn(1, 1).len(), 1, "rounded up");
        assert_eq!(drawn(1_000_000, 1), keys);
        // Each key is as likely as any other.
        let mut seen = std::collections::BTreeSet::new();
        (0..200).for_each(|seed| seen.extend(drawn(50_000, seed)));
        assert_eq!(seen.len(), 1_000);
    }
}
