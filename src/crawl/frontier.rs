//! The frontier: what is left to do, and what is remembered of each host.
//!
//! It stands behind a narrow trait, so that a crawl that outgrows one machine can put a frontier
//! service in its place. Which URLs already have a verdict is *not* decided here: the visits in the
//! snapshot store say that, and the engine reconciles both when it starts. So a crash between the
//! two writes costs nothing.

use serde::{Deserialize, Serialize};

use super::{CrawlError, HostKey};
use crate::citation::{CanonicalUrl, UrlKey};

/// What is asked first: the smaller, the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Priority(pub u8);

/// One URL that is to be visited in this run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrontierEntry {
    /// The URL.
    pub url: CanonicalUrl,
    /// How early.
    pub priority: Priority,
}

/// What is remembered of a host between runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostMemory {
    /// Until when the host asked to be left alone (`Retry-After`, or our own curve), in
    /// milliseconds since 1970.
    pub wait_until_ms: Option<u64>,
    /// How many refusals in a row the curve has seen.
    pub refusals: u32,
    /// When the last of them came, in milliseconds since 1970.
    pub last_refusal_ms: Option<u64>,
    /// The robots files of the host's origins.
    pub robots: Vec<StoredRobots>,
}

/// A robots file as it was answered, kept for at most a day (RFC 9309, section 2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRobots {
    /// The origin that it speaks for.
    pub origin: String,
    /// When it was asked for, in milliseconds since 1970.
    pub at_ms: u64,
    /// What came of it.
    pub access: super::RobotsAccess,
}

/// The frontier's storage. Writes become durable with the next flush of the store it lives in;
/// losing the newest ones is harmless (see the module's opening).
pub trait Frontier: Send + Sync {
    /// Puts URLs into the queue; one that is there already keeps one entry, with the better
    /// priority. Gives the number of new ones.
    fn admit(&self, entries: &mut dyn Iterator<Item = FrontierEntry>) -> Result<u64, CrawlError>;
    /// Calls `each` for every URL that is left.
    fn pending(&self, each: &mut dyn FnMut(UrlKey, FrontierEntry)) -> Result<(), CrawlError>;
    /// Takes a URL out: it has its verdict.
    fn settle(&self, key: UrlKey) -> Result<(), CrawlError>;
    /// Takes all URLs out: a new run begins. Hosts are kept.
    fn clear(&self) -> Result<(), CrawlError>;
    /// What is remembered of a host.
    fn host(&self, host: &HostKey) -> Result<Option<HostMemory>, CrawlError>;
    /// Remembers a host.
    fn put_host(&self, host: &HostKey, memory: &HostMemory) -> Result<(), CrawlError>;
}
