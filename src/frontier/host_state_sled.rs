//! Hosts in a sled tree.

use super::{CrawlError, HostKey, HostMemories, HostMemory};

/// Remembers hosts in a sled tree. Flushing is left to the database's one writer: concurrent flushes
/// can deadlock in sled 0.34 (issues 1308 and 1357).
pub struct SledHostMemories(sled::Tree);

impl SledHostMemories {
    /// Hosts in this tree, which nothing else writes.
    pub fn new(tree: sled::Tree) -> Self {
        Self(tree)
    }
}

fn storage(error: sled::Error) -> CrawlError {
    match error {
        sled::Error::Io(source) => CrawlError::Io(source),
        other => CrawlError::Storage(other.to_string()),
    }
}

fn encode<T: serde::Serialize>(what: &str, value: &T) -> Result<Vec<u8>, CrawlError> {
    postcard::to_stdvec(value)
        .map_err(|error| CrawlError::Damaged { what: what.to_owned(), reason: error.to_string() })
}

impl HostMemories for SledHostMemories {
    fn host(&self, host: &HostKey) -> Result<Option<HostMemory>, CrawlError> {
        let Some(bytes) = self.0.get(host.as_str().as_bytes()).map_err(storage)? else { return Ok(None) };
        let (mut memory, rest) = postcard::take_from_bytes::<HostMemory>(&bytes)
            .map_err(|error| CrawlError::Damaged { what: host.to_string(), reason: error.to_string() })?;
        memory.status = postcard::from_bytes(rest).unwrap_or_default();
        Ok(Some(memory))
    }

    fn put_host(&self, host: &HostKey, memory: &HostMemory) -> Result<(), CrawlError> {
        let mut bytes = encode(host.as_str(), memory)?;
        bytes.extend(encode(host.as_str(), &memory.status)?);
        self.0.insert(host.as_str().as_bytes(), bytes).map(drop).map_err(storage)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::frontier::{RobotsAccess, StoredRobots};

    #[test]
    fn a_host_is_remembered_whole() {
        let dir = tempfile::tempdir().unwrap();
        let db = sled::Config::new().path(dir.path()).cache_capacity(1 << 20).open().unwrap();
        let memories = SledHostMemories::new(db.open_tree("hosts").unwrap());
        let host = HostKey::from("a.example");
        assert_eq!(memories.host(&host).unwrap(), None);
        let memory = HostMemory {
            wait_until_ms: Some(12),
            refusals: 2,
            last_refusal_ms: Some(11),
            robots: vec![StoredRobots {
                origin: "http://a.example".to_owned(),
                at_ms: 10,
                access: RobotsAccess::Found(b"User-agent: *\nDisallow: /x".to_vec()),
            }],
            status: Some(503),
        };
        memories.put_host(&host, &memory).unwrap();
        assert_eq!(memories.host(&host).unwrap(), Some(memory.clone()));
        // As an earlier version wrote it.
        memories.0.insert(host.as_str().as_bytes(), encode("host", &memory).unwrap()).unwrap();
        assert_eq!(memories.host(&host).unwrap(), Some(HostMemory { status: None, ..memory }));
    }
}
