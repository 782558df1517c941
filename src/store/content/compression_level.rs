//! How hard packing tries: as hard as there is time for.
//!
//! A polite crawl brings some pages a second, and what is stored is kept for years: every byte counts and
//! the processor is idle. Where pages come faster than they are written, packing is most of what they
//! wait for. On 181 pages of news (174 KB on average) the quick way took a quarter of the time against a
//! page of the same host and made them a tenth longer; in the journal half of the time for a twelfth.

/// How hard packing tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum CompressionEffort {
    /// As short as is sensible.
    Thorough,
    /// Little time for nearly as short.
    Quick,
}

/// With more pages than this waiting for the writer, they come faster than they are written: it takes
/// what comes in a quarter of a second together.
const BUSY: usize = 64;

impl CompressionEffort {
    /// The effort that there is time for where so many pages wait.
    pub(in crate::store) fn for_queue_length(pages: usize) -> Self {
        if pages > BUSY { Self::Quick } else { Self::Thorough }
    }

    /// The zstd level of a content of so many bytes, where this level was asked for.
    pub(in crate::store) fn zstd_level(self, level: i32, len: usize) -> i32 {
        match self {
            Self::Thorough => level,
            // Up to this length levels from 5 on look a dictionary up where it lies; level 3 copies its
            // tables for every page, which costs more than packing a short one.
            Self::Quick if len <= 32 << 10 => level.min(5),
            Self::Quick => level.min(3),
        }
    }

    /// The level of a gzip member, as libdeflate counts them. The thorough one is as short as zlib's own
    /// choice, within one per cent on pages of news, and a quarter quicker than the next.
    pub(in crate::store) fn gzip_level(self) -> i32 {
        match self {
            Self::Thorough => 5,
            Self::Quick => 1,
        }
    }

    /// A place for what is kept for each effort.
    pub(in crate::store) fn cache_index(self) -> usize {
        match self {
            Self::Thorough => 0,
            Self::Quick => 1,
        }
    }
}
