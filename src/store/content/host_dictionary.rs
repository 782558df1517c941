//! Compression pages against a page of the same host.
//!
//! The pages of a host share their frame: head, navigation, footer. One page of each host, its
//! *dictionary*, serves zstd as the dictionary for the others. A dictionary is content like any other, so it has
//! a name that never changes (its hash), is stored once, and lives as long as anything is packed
//! against it. A dictionary is packed by itself, never against another: reading costs one more content,
//! not a chain. When pages stop resembling their dictionary (the site was made anew), the next page becomes
//! the dictionary for those to come.
//!
//! Only bodies that the journal holds are packed so: a dictionary is a single place on which many pages
//! depend, and without a journal nothing could make it again.

use std::collections::HashMap;

use zstd::zstd_safe::{CCtx, CDict, compress_bound};

use crate::model::ContentHash;
use crate::store::StoreError;
use crate::store::content::compress;
use crate::store::content::compression_level::CompressionEffort;
use crate::store::content::manifest::read_manifest;
use crate::store::content::read::read_content;
use crate::store::db::content_trees::ContentTrees;

/// Shorter pages share too little, longer ones cost too much to hold for each page.
const DICTIONARY_LENGTHS: std::ops::RangeInclusive<usize> = 2 << 10..=192 << 10;
/// Pages in a row that hardly resemble the dictionary, before it is given up.
const MAX_MISSES: u32 = 8;
/// Hosts whose bases are entry in memory.
const MAX_HOSTS_IN_MEMORY: usize = 64;
/// The first bytes of a trained dictionary; a page that begins so would be taken for one.
const DICTIONARY_MAGIC: [u8; 4] = [0x37, 0xa4, 0x30, 0xec];

/// The bases that are in use.
#[derive(Default)]
pub(in crate::store) struct HostDictionaries {
    entries: HashMap<String, HostEntry>,
    /// What packs, against any of them.
    context: Option<CCtx<'static>>,
}

struct HostEntry {
    dictionary: Option<HostDictionary>,
    misses: u32,
}

/// A dictionary, ready to pack against.
struct HostDictionary {
    hash: ContentHash,
    /// It as zstd reads it, for each level that was asked for.
    prepared: Vec<(i32, CDict<'static>)>,
    /// Its length, and its length packed by itself.
    lens: (usize, usize),
}

impl HostDictionary {
    fn new(hash: ContentHash, lens: (usize, usize)) -> Self {
        Self { hash, prepared: Vec::new(), lens }
    }

    /// What to pack against; none where the dictionary cannot be read.
    fn prepare(&mut self, trees: &ContentTrees, level: i32) -> Option<&CDict<'static>> {
        if !self.prepared.iter().any(|(known, _)| *known == level) {
            let plain = read_content(trees, self.hash).ok()?;
            self.prepared.push((level, CDict::try_create(&plain, level)?));
        }
        self.prepared.iter().find(|(known, _)| *known == level).map(|(_, dictionary)| dictionary)
    }

    /// How long another page of the host would be, packed by itself: as much shorter as this one.
    fn expected_len_alone(&self, len: usize) -> usize {
        let (plain, packed) = self.lens;
        len.saturating_mul(packed) / plain.max(1)
    }
}

/// A body, packed.
pub(in crate::store) struct CompressedBody {
    pub bytes: Vec<u8>,
    /// What it was packed against.
    pub dictionary: Option<ContentHash>,
}

impl HostDictionaries {
    /// Packs a new body of a host, by itself or against the host's dictionary, whichever is shorter; none
    /// where it does not shrink. May make it the host's dictionary.
    pub(in crate::store) fn compress_body(
        &mut self,
        trees: &ContentTrees,
        host: &str,
        (hash, body): (ContentHash, &[u8]),
        (level, effort): (i32, CompressionEffort),
    ) -> Result<Option<CompressedBody>, StoreError> {
        let level = effort.zstd_level(level, body.len());
        let compress_alone = || {
            let alone = compress::compress(body, level);
            alone.map(|bytes| CompressedBody { bytes, dictionary: None })
        };
        if !DICTIONARY_LENGTHS.contains(&body.len()) || body.starts_with(&DICTIONARY_MAGIC) {
            return Ok(compress_alone());
        }
        let (entry, context) = self.host_entry(trees, host)?;
        let mut expected = 0;
        let against = entry.dictionary.as_mut().and_then(|dictionary| {
            expected = dictionary.expected_len_alone(body.len());
            let hash = dictionary.hash;
            let dictionary = dictionary.prepare(trees, level)?;
            let mut bytes = Vec::with_capacity(compress_bound(body.len()));
            context?.compress_using_cdict(&mut bytes, body, dictionary).ok()?;
            bytes.shrink_to_fit();
            Some(CompressedBody { bytes, dictionary: Some(hash) })
        });
        let is_similar = against.as_ref().is_some_and(|packed| packed.bytes.len() <= expected / 3 * 2);
        if is_similar {
            entry.misses = 0;
            return Ok(against);
        }
        entry.misses += 1;
        let alone = compress_alone();
        let Some(alone) = alone else { return Ok(None) };
        if entry.dictionary.is_none() || entry.misses >= MAX_MISSES {
            let lens = (body.len(), alone.bytes.len());
            *entry = HostEntry { dictionary: Some(HostDictionary::new(hash, lens)), misses: 0 };
            // Noted before the content is written: a dictionary that is not there is as good as none.
            trees.dictionaries.insert(host, hash.as_bytes())?;
            return Ok(Some(alone));
        }
        Ok(against.filter(|packed| packed.bytes.len() < alone.bytes.len()).or(Some(alone)))
    }

    fn host_entry(
        &mut self,
        trees: &ContentTrees,
        host: &str,
    ) -> Result<(&mut HostEntry, Option<&mut CCtx<'static>>), StoreError> {
        if !self.entries.contains_key(host) {
            if self.entries.len() >= MAX_HOSTS_IN_MEMORY {
                // Which host comes next is not known, so none is worth more than another.
                self.entries.clear();
            }
            let known = trees.dictionaries.get(host)?;
            let known = known.and_then(|value| (*value).try_into().ok()).map(ContentHash::from_bytes);
            // A dictionary that cannot be read is given up; what was packed against it is damaged already.
            let dictionary = known.and_then(|hash| {
                let found = read_manifest(trees, hash).ok()??;
                let length = |bytes| usize::try_from(bytes).unwrap_or(usize::MAX);
                Some(HostDictionary::new(hash, (length(found.len), length(found.compressed_len))))
            });
            self.entries.insert(host.to_owned(), HostEntry { dictionary, misses: 0 });
        }
        let entry = self.entries.entry(host.to_owned()).or_insert(HostEntry { dictionary: None, misses: 0 });
        if self.context.is_none() {
            self.context = CCtx::try_create();
        }
        Ok((entry, self.context.as_mut()))
    }
}
