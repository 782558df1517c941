//! Defines the key under which the store keeps a URL.

use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

/// The first 16 bytes of the BLAKE3 digest of a canonical URL: short, of fixed length, and evenly
/// distributed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UrlKey([u8; 16]);

impl UrlKey {
    /// The key of the text of a canonical URL.
    pub(super) fn of_url(url: &str) -> Self {
        let digest = blake3::hash(url.as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&digest.as_bytes()[..16]);
        Self(key)
    }

    /// A key that was stored before.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes of the key.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for UrlKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UrlKey({})", HEXLOWER.encode_display(&self.0))
    }
}
