//! Makes and reads the keys of the trees. Each begins with the URL's key, so that entries of a URL are
//! adjacent.

use crate::model::ArticleId;
use crate::model::UrlKey;
use crate::store::error::damaged;
use crate::store::{RunId, StoreError};

/// A key with a time: the keys of a URL sort by time.
pub(in crate::store) fn timed_key(url: UrlKey, at_ms: u64) -> Vec<u8> {
    let mut key = url.as_bytes().to_vec();
    key.extend_from_slice(&at_ms.to_be_bytes());
    key
}

/// The key of a visit. The run follows the time, so that two runs within one millisecond (an import and a
/// run) do not share a key.
pub(in crate::store) fn visit_key(url: UrlKey, at_ms: u64, run: RunId) -> Vec<u8> {
    let mut key = timed_key(url, at_ms);
    key.extend_from_slice(&run.0.to_be_bytes());
    key
}

/// The parts of a key that [`visit_key`] made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct VisitKey {
    pub(in crate::store) url: UrlKey,
    pub(in crate::store) at_ms: u64,
    pub(in crate::store) run: RunId,
}

impl VisitKey {
    pub(in crate::store) fn from_bytes(key: &[u8]) -> Result<Self, StoreError> {
        let parts = || {
            let url = UrlKey::from_bytes(*key.first_chunk::<16>()?);
            let run = u64::from_be_bytes(key.get(24..)?.try_into().ok()?);
            Some(Self { url, at_ms: time_in_key(key)?, run: RunId(run) })
        };
        parts().ok_or_else(|| damaged("a visit", "its key is cut short".to_owned()))
    }
}

/// The prefix of the comparisons of an article with a URL.
pub(in crate::store) fn comparison_prefix(url: UrlKey, article: &ArticleId) -> Vec<u8> {
    let mut key = url.as_bytes().to_vec();
    key.extend(blake3::hash(article.as_str().as_bytes()).as_bytes().iter().take(16));
    key
}

/// The time in a key that [`timed_key`] made.
pub(in crate::store) fn time_in_key(key: &[u8]) -> Option<u64> {
    key.get(16..)?.first_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}

/// A time in milliseconds since 1970; 0 for times before 1970.
pub(in crate::store) fn unix_milliseconds(at: jiff::Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or(0)
}
