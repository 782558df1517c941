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

use zstd::zstd_safe::{CCtx, CDict, compress_bound};

use crate::model::ContentHash;
use crate::store::SnapshotError;
use crate::store::content::compression_level::Effort;
use crate::store::content::manifest::manifest;
use crate::store::content::read::read_content;
use crate::store::content::zstd_contexts;
use crate::store::db::content_trees::ContentTrees;

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
pub(in crate::store) struct Bases {
    held: HashMap<String, Held>,
    /// What packs, against any of them.
    context: Option<CCtx<'static>>,
}

struct Held {
    base: Option<Base>,
    misses: u32,
}

/// A base, ready to pack against.
struct Base {
    hash: ContentHash,
    /// It as zstd reads it, for each level that was asked for.
    dictionaries: Vec<(i32, CDict<'static>)>,
    /// Its length, and its length packed by itself.
    lens: (usize, usize),
}

impl Base {
    fn new(hash: ContentHash, lens: (usize, usize)) -> Self {
        Self { hash, dictionaries: Vec::new(), lens }
    }

    /// What to pack against; none where the base cannot be read.
    fn dictionary(&mut self, trees: &ContentTrees, level: i32) -> Option<&CDict<'static>> {
        if !self.dictionaries.iter().any(|(known, _)| *known == level) {
            let plain = read_content(trees, self.hash).ok()?;
            self.dictionaries.push((level, CDict::try_create(&plain, level)?));
        }
        self.dictionaries.iter().find(|(known, _)| *known == level).map(|(_, dictionary)| dictionary)
    }

    /// How long another page of the host would be, packed by itself: as much shorter as this one.
    fn alone(&self, len: usize) -> usize {
        let (plain, packed) = self.lens;
        len.saturating_mul(packed) / plain.max(1)
    }
}

/// A body, packed.
pub(in crate::store) struct PackedBody {
    pub bytes: Vec<u8>,
    /// What it was packed against.
    pub base: Option<ContentHash>,
}

impl Bases {
    /// Packs a new body of a host, by itself or against the host's base, whichever is shorter; none
    /// where it does not shrink. May make it the host's base.
    pub(in crate::store) fn pack(
        &mut self,
        trees: &ContentTrees,
        host: &str,
        (hash, body): (ContentHash, &[u8]),
        (level, effort): (i32, Effort),
    ) -> Result<Option<PackedBody>, SnapshotError> {
        let level = effort.zstd(level, body.len());
        let by_itself = || {
            let alone = zstd_contexts::deflated(body, level);
            alone.map(|bytes| PackedBody { bytes, base: None })
        };
        if !LENGTHS.contains(&body.len()) || body.starts_with(&DICTIONARY_MAGIC) {
            return Ok(by_itself());
        }
        let (held, context) = self.held(trees, host)?;
        let mut expected = 0;
        let against = held.base.as_mut().and_then(|base| {
            expected = base.alone(body.len());
            let hash = base.hash;
            let dictionary = base.dictionary(trees, level)?;
            let mut bytes = Vec::with_capacity(compress_bound(body.len()));
            context?.compress_using_cdict(&mut bytes, body, dictionary).ok()?;
            bytes.shrink_to_fit();
            Some(PackedBody { bytes, base: Some(hash) })
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
            *held = Held { base: Some(Base::new(hash, lens)), misses: 0 };
            // Noted before the content is written: a base that is not there is as good as none.
            trees.bases.insert(host, hash.as_bytes())?;
            return Ok(Some(alone));
        }
        Ok(against.filter(|packed| packed.bytes.len() < alone.bytes.len()).or(Some(alone)))
    }

    fn held(
        &mut self,
        trees: &ContentTrees,
        host: &str,
    ) -> Result<(&mut Held, Option<&mut CCtx<'static>>), SnapshotError> {
        if !self.held.contains_key(host) {
            if self.held.len() >= HELD {
                // Which host comes next is not known, so none is worth more than another.
                self.held.clear();
            }
            let known = trees.bases.get(host)?;
            let known = known.and_then(|value| (*value).try_into().ok()).map(ContentHash::from_bytes);
            // A base that cannot be read is given up; what was packed against it is damaged already.
            let base = known.and_then(|hash| {
                let found = manifest(trees, hash).ok()??;
                let length = |bytes| usize::try_from(bytes).unwrap_or(usize::MAX);
                Some(Base::new(hash, (length(found.len), length(found.packed_len))))
            });
            self.held.insert(host.to_owned(), Held { base, misses: 0 });
        }
        let held = self.held.entry(host.to_owned()).or_insert(Held { base: None, misses: 0 });
        if self.context.is_none() {
            self.context = CCtx::try_create();
        }
        Ok((held, self.context.as_mut()))
    }
}
