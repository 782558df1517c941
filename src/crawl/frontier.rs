//! The frontier: what is left to do, and what is remembered of each host.
//!
//! It stands behind a narrow trait, so that a crawl that outgrows one machine can put a frontier
//! service in its place. Which URLs already have a verdict is *not* decided here: the visits in the
//! snapshot store say that, and the engine reconciles both when it starts. So a crash between the
//! two writes costs nothing.

use serde::{Deserialize, Serialize};

use std::time::Duration;

use tokio::time::Instant;

use super::lane::LONGEST_REST;
use super::{BackOff, CrawlError, HostKey};
use crate::citation::{CanonicalUrl, UrlKey};

/// What is asked first: the smaller, the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Priority {
    /// The kind of page: the most valuable kind is 0.
    pub class: u8,
    /// Within a kind, since when it is due, in milliseconds since 1970; 0 for what was never seen.
    pub due_ms: u64,
}

impl Priority {
    /// Before everything: what is under way already.
    pub const FIRST: Self = Self { class: 0, due_ms: 0 };

    /// A page of this kind that was never seen.
    pub fn unseen(class: u8) -> Self {
        Self { class, due_ms: 0 }
    }
}

/// One URL that is to be visited in this run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrontierEntry {
    /// The URL.
    pub url: CanonicalUrl,
    /// How early.
    pub priority: Priority,
}

/// What is remembered of a host (or of hosts that are spared together) between runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostMemory {
    /// Until when the host asked to be left alone (`Retry-After`, or our own curve), in
    /// milliseconds since 1970.
    pub wait_until_ms: Option<u64>,
    /// How many refusals in a row the curve has seen.
    pub refusals: u32,
    /// When the last of them came, or when the rest that followed it was over, whichever is later,
    /// in milliseconds since 1970: the quiet time begins there.
    pub last_refusal_ms: Option<u64>,
    /// The robots files of the host's origins.
    pub robots: Vec<StoredRobots>,
    /// The status of the last refusal. Stored behind the rest: earlier versions wrote none.
    #[serde(skip)]
    pub status: Option<u16>,
}

impl HostMemory {
    /// Writes a back-off down as times of the calendar: `now` and `now_ms` are the same moment, and
    /// `forgiven_after` is how long the quiet time is.
    pub fn remember(&mut self, back_off: BackOff, forgiven_after: Duration, now: Instant, now_ms: u64) {
        let calendar = |moment: Instant| match moment.checked_duration_since(now) {
            Some(ahead) => now_ms.saturating_add(millis(ahead)),
            None => now_ms.saturating_sub(millis(now.saturating_duration_since(moment))),
        };
        self.wait_until_ms = back_off.wait_until.map(calendar);
        self.refusals = back_off.refusals;
        self.status = back_off.status;
        let quiet_from = back_off.forgiven_at.map(|at| calendar(at).saturating_sub(millis(forgiven_after)));
        self.last_refusal_ms = quiet_from.filter(|_| back_off.refusals > 0);
    }

    /// The back-off that was written down, as moments of this process. A rest longer than any that
    /// is taken (a clock that was wrong) is cut; refusals long past are forgotten.
    pub fn back_off(&self, forgiven_after: Duration, now: Instant, now_ms: u64) -> BackOff {
        let ahead = |at: u64| Duration::from_millis(at.saturating_sub(now_ms)).min(LONGEST_REST);
        let wait_until = self.wait_until_ms.filter(|until| *until > now_ms).map(|until| now + ahead(until));
        let quiet_from = self.last_refusal_ms.max(self.wait_until_ms).unwrap_or_default();
        let forgiven_ms = quiet_from.saturating_add(millis(forgiven_after));
        if self.refusals == 0 || forgiven_ms <= now_ms {
            return BackOff { wait_until, refusals: 0, forgiven_at: None, status: self.status };
        }
        let forgiven_at = Some(now + ahead(forgiven_ms));
        BackOff { wait_until, refusals: self.refusals, forgiven_at, status: self.status }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
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
