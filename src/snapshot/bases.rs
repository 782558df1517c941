//! Packing pages against a page of the same host.
//!
//! The pages of a host share their frame: head, navigation, footer. One page of each host, its
//! *base*, serves zstd as the dictionary for the others. A base is content like any other, so it has
//! a name that never changes (its hash), is stored once, and lives as long as anything is packed
//! against it. A base is packed by itself, never against another: reading costs one more content,
//! not a chain. When pages stop resembling their base (the site was made anew), the next page becomes
//! the base for those to come.
//!
//! Only bodies that the journal holds are packed so: a base is a single place on which many pages
//! depend, and without a journal nothing could make it again.

use std::collections::HashMap;

use zstd::bulk::Compressor;

use super::content::{manifest, read_content};
use super::database::Database;
use super::squeeze;
use super::{ContentHash, SnapshotError};

/// Shorter pages share too little, longer ones cost too much to hold for each page.
const LENGTHS: std::ops::RangeInclusive<usize> = 2 << 10..=192 << 10;
/// Pages in a row that hardly resemble the base, before it is given up.
const MISSES: u32 = 8;
/// Hosts whose bases are held in memory.
const HELD: usize = 64;
/// The first bytes of a trained dictionary; a page that begins so would be taken for one.
const DICTIONARY_MAGIC: [u8; 4] = [0x37, 0xa4, 0x30, 0xec];

/// The bases that are in use.
#[derive(Default)]
pub(super) struct Bases {
    held: HashMap<String, Held>,
}

struct Held {
    base: Option<Base>,
    misses: u32,
}

/// A base, ready to pack against.
struct Base {
    hash: ContentHash,
    compressor: Compressor<'static>,
    /// Its length, and its length packed by itself.
    lens: (usize, usize),
}

impl Base {
    /// How long another page of the host would be, packed by itself: as much shorter as this one.
    fn alone(&self, len: usize) -> usize {
        let (plain, packed) = self.lens;
        len.saturating_mul(packed) / plain.max(1)
    }
}

/// A body, packed.
pub(super) struct PackedBody {
    pub bytes: Vec<u8>,
    /// What it was packed against.
    pub base: Option<ContentHash>,
}

impl Bases {
    /// Packs a new body of a host, by itself or against the host's base, whichever is shorter; none
    /// where it does not shrink. May make it the host's base.
    pub(super) fn pack(
        &mut self,
        database: &Database,
        host: &str,
        hash: ContentHash,
        body: &[u8],
        level: i32,
    ) -> Result<Option<PackedBody>, SnapshotError> {
        let by_itself = || {
            let alone = squeeze::deflated(body, level);
            alone.map(|bytes| PackedBody { bytes, base: None })
        };
        if !LENGTHS.contains(&body.len()) || body.starts_with(&DICTIONARY_MAGIC) {
            return Ok(by_itself());
        }
        let held = self.held(database, host, level)?;
        let mut expected = 0;
        let against = held.base.as_mut().and_then(|base| {
            expected = base.alone(body.len());
            let bytes = base.compressor.compress(body).ok()?;
            Some(PackedBody { bytes, base: Some(base.hash) })
        });
        let resembles = against.as_ref().is_some_and(|packed| packed.bytes.len() <= expected / 3 * 2);
        if resembles {
            held.misses = 0;
            return Ok(against);
        }
        held.misses += 1;
        let alone = by_itself();
        let Some(alone) = alone else { return Ok(None) };
        if held.base.is_none() || held.misses >= MISSES {
            let lens = (body.len(), alone.bytes.len());
            let compressor = Compressor::with_dictionary(level, body).ok();
            let base = compressor.map(|compressor| Base { hash, compressor, lens });
            *held = Held { base, misses: 0 };
            // Noted before the content is written: a base that is not there is as good as none.
            database.guard(|| database.bases.insert(host, hash.as_bytes()))?;
            return Ok(Some(alone));
        }
        Ok(against.filter(|packed| packed.bytes.len() < alone.bytes.len()).or(Some(alone)))
    }

    fn held(&mut self, database: &Database, host: &str, level: i32) -> Result<&mut Held, SnapshotError> {
        if !self.held.contains_key(host) {
            if self.held.len() >= HELD {
                // Which host comes next is not known, so none is worth more than another.
                self.held.clear();
            }
            let known = database.guard(|| database.bases.get(host))?;
            let known = known.and_then(|value| value.as_ref().try_into().ok()).map(ContentHash::from_bytes);
            // A base that cannot be read is given up; what was packed against it is damaged already.
            let base = known.and_then(|hash| {
                let plain = read_content(database, hash).ok()?;
                let packed_len = manifest(database, hash).ok()??.packed_len;
                let lens = (plain.len(), usize::try_from(packed_len).unwrap_or(usize::MAX));
                Some(Base { hash, compressor: Compressor::with_dictionary(level, &plain).ok()?, lens })
            });
            self.held.insert(host.to_owned(), Held { base, misses: 0 });
        }
        Ok(self.held.entry(host.to_owned()).or_insert(Held { base: None, misses: 0 }))
    }
}
