//! Compresses pages with an earlier page of the same host as the dictionary.
//!
//! The pages of a host have header, navigation and footer in common. One page of each host is the zstd
//! dictionary for the others. A dictionary is content like any other: its name is its hash, it is stored
//! once, and it is kept as long as anything is compressed with it. It is compressed without a dictionary, so
//! reading a page needs at most one other content. If pages stop resembling their dictionary (because the
//! site was redesigned), the next page becomes the dictionary of those to come.
//!
//! Only bodies that the journal contains are compressed in this way: many pages depend on one dictionary, and
//! without a journal nothing could restore it.

use std::collections::HashMap;

use zstd::zstd_safe::{CCtx, CDict, compress_bound};

use crate::model::ContentHash;
use crate::store::StoreError;
use crate::store::content::compress;
use crate::store::content::compression_level::CompressionEffort;
use crate::store::content::manifest::read_manifest;
use crate::store::content::read::read_content;
use crate::store::db::content_trees::ContentTrees;

/// Shorter pages have too little in common, longer ones take too long to prepare for each page.
const DICTIONARY_LENGTHS: std::ops::RangeInclusive<usize> = 2 << 10..=192 << 10;
/// The number of dissimilar pages in a row after which a dictionary is replaced.
const MAX_MISSES: u32 = 8;
/// The number of hosts whose dictionaries are kept in memory.
const MAX_HOSTS_IN_MEMORY: usize = 64;
/// The first bytes of a trained dictionary. zstd would take a page that begins with them for one.
const DICTIONARY_MAGIC: [u8; 4] = [0x37, 0xa4, 0x30, 0xec];

/// The dictionaries in use, by host.
#[derive(Default)]
pub(in crate::store) struct HostDictionaries {
    entries: HashMap<String, HostEntry>,
    /// The zstd context that compresses with any of them.
    context: Option<CCtx<'static>>,
}

struct HostEntry {
    dictionary: Option<HostDictionary>,
    misses: u32,
}

/// A page that is used as a dictionary.
struct HostDictionary {
    hash: ContentHash,
    /// The dictionary as zstd needs it, for each level that was used.
    prepared: Vec<(i32, CDict<'static>)>,
    /// The length of the page, plain and compressed without a dictionary.
    lens: (usize, usize),
}

impl HostDictionary {
    fn new(hash: ContentHash, lens: (usize, usize)) -> Self {
        Self { hash, prepared: Vec::new(), lens }
    }

    /// The dictionary for a level; `None` if it cannot be read.
    fn prepare(&mut self, trees: &ContentTrees, level: i32) -> Option<&CDict<'static>> {
        if !self.prepared.iter().any(|(known, _)| *known == level) {
            let plain = read_content(trees, self.hash).ok()?;
            self.prepared.push((level, CDict::try_create(&plain, level)?));
        }
        self.prepared.iter().find(|(known, _)| *known == level).map(|(_, dictionary)| dictionary)
    }

    /// The expected length of another page of the host without a dictionary, assuming the ratio of this one.
    fn expected_len_alone(&self, len: usize) -> usize {
        let (plain, packed) = self.lens;
        len.saturating_mul(packed) / plain.max(1)
    }
}

/// A compressed body.
pub(in crate::store) struct CompressedBody {
    pub bytes: Vec<u8>,
    /// The content that was used as the dictionary.
    pub dictionary: Option<ContentHash>,
}

impl HostDictionaries {
    /// Compresses a new body of a host, with or without the host's dictionary, whichever is shorter; `None`
    /// if it does not become shorter. The body may become the dictionary of the host.
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
            // The entry is written before the content: one that names missing content is ignored.
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
                // It is unknown which host comes next, so no entry is worth more than another.
                self.entries.clear();
            }
            let known = trees.dictionaries.get(host)?;
            let known = known.and_then(|value| (*value).try_into().ok()).map(ContentHash::from_bytes);
            // A dictionary that cannot be read is replaced; what was compressed with it is damaged already.
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
