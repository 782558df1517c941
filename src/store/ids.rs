//! The ids of snapshots and runs. Both contain a time, so that they sort in the order in which they were
//! made.

use std::fmt;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use serde::{Deserialize, Serialize};

use crate::model::UrlKey;

/// The id of a snapshot: the key of the URL and the time, so that the snapshots of a URL sort by time. It is
/// displayed as `<url key>-<milliseconds>` in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SnapshotId {
    /// The key of the URL.
    pub url: UrlKey,
    /// The time at which the final response was requested, in milliseconds since 1970.
    pub at_ms: u64,
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:011x}", HEXLOWER.encode_display(self.url.as_bytes()), self.at_ms)
    }
}

impl std::str::FromStr for SnapshotId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (key, at) = text.split_once('-').ok_or(())?;
        let key = HEXLOWER_PERMISSIVE.decode(key.as_bytes()).map_err(|_| ())?;
        let key = key.try_into().map_err(|_| ())?;
        let at_ms = u64::from_str_radix(at, 16).map_err(|_| ())?;
        Ok(Self { url: UrlKey::from_bytes(key), at_ms })
    }
}

/// The id of a run: the time at which it started, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub u64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
