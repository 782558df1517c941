//! Chooses the compression level: lower while the write queue is long.
//!
//! A polite crawl brings a few pages a second, and what is stored is kept for years, so size matters and the
//! processor is idle. If pages come faster than they are written, compression is most of the waiting time. On
//! 181 news pages (174 KB on average), the quick level took a quarter of the time against a page of the same
//! host and made them a tenth longer; in the journal it took half of the time and made them a twelfth longer.

/// How much time compression may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum CompressionEffort {
    /// As short as is sensible.
    Thorough,
    /// Much less time, and nearly as short.
    Quick,
}

/// If more pages than this wait for the writer, they come faster than they are written: a group collects what
/// comes in a quarter of a second.
const BUSY: usize = 64;

impl CompressionEffort {
    /// The effort for a queue of this length.
    pub(in crate::store) fn for_queue_length(pages: usize) -> Self {
        if pages > BUSY { Self::Quick } else { Self::Thorough }
    }

    /// The zstd level for content of `len` bytes, given the configured level.
    pub(in crate::store) fn zstd_level(self, level: i32, len: usize) -> i32 {
        match self {
            Self::Thorough => level,
            // Up to this length, levels from 5 on use the dictionary in place; level 3 copies its tables for
            // every page, which costs more than compressing a short one.
            Self::Quick if len <= 32 << 10 => level.min(5),
            Self::Quick => level.min(3),
        }
    }

    /// The level of a gzip member in libdeflate's scale. The thorough one is within one per cent of zlib's
    /// default on news pages, and a quarter faster than the next level.
    pub(in crate::store) fn gzip_level(self) -> i32 {
        match self {
            Self::Thorough => 5,
            Self::Quick => 1,
        }
    }

    /// The index of this effort in an array of caches.
    pub(in crate::store) fn cache_index(self) -> usize {
        match self {
            Self::Thorough => 0,
            Self::Quick => 1,
        }
    }
}
