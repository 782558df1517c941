//! The embedded frontier: two sled trees in the store's database.

use super::{CrawlError, Frontier, FrontierEntry, HostKey, HostMemory};
use crate::citation::UrlKey;

/// A frontier in two sled trees. Flushing is left to the database's one writer: concurrent flushes
/// can deadlock in sled 0.34 (issues 1308 and 1357).
pub struct SledFrontier {
    queue: sled::Tree,
    hosts: sled::Tree,
}

impl SledFrontier {
    /// A frontier in these trees, which nothing else writes.
    pub fn new(queue: sled::Tree, hosts: sled::Tree) -> Self {
        Self { queue, hosts }
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

fn decode<T: serde::de::DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, CrawlError> {
    postcard::from_bytes(bytes)
        .map_err(|error| CrawlError::Damaged { what: what.to_owned(), reason: error.to_string() })
}

impl Frontier for SledFrontier {
    fn admit(&self, entries: &mut dyn Iterator<Item = FrontierEntry>) -> Result<u64, CrawlError> {
        let mut new = 0;
        for mut entry in entries {
            let key = entry.url.key();
            match self.queue.get(key.as_bytes()).map_err(storage)? {
                Some(bytes) => {
                    // An entry that an earlier version wrote in another form is written anew.
                    if let Ok(kept) = decode::<FrontierEntry>("queue", &bytes) {
                        if kept.priority <= entry.priority {
                            continue;
                        }
                        entry.url = kept.url;
                    }
                }
                None => new += 1,
            }
            self.queue.insert(key.as_bytes(), encode("queue", &entry)?).map_err(storage)?;
        }
        Ok(new)
    }

    fn pending(&self, each: &mut dyn FnMut(UrlKey, FrontierEntry)) -> Result<(), CrawlError> {
        for item in &self.queue {
            let (key, value) = item.map_err(storage)?;
            let key: [u8; 16] = key.as_ref().try_into().map_err(|_| CrawlError::Damaged {
                what: "queue".to_owned(),
                reason: format!("a key of {} bytes", key.len()),
            })?;
            each(UrlKey::from_bytes(key), decode("queue", &value)?);
        }
        Ok(())
    }

    fn settle(&self, key: UrlKey) -> Result<(), CrawlError> {
        self.queue.remove(key.as_bytes()).map(drop).map_err(storage)
    }

    fn clear(&self) -> Result<(), CrawlError> {
        self.queue.clear().map_err(storage)
    }

    fn host(&self, host: &HostKey) -> Result<Option<HostMemory>, CrawlError> {
        let Some(bytes) = self.hosts.get(host.as_str().as_bytes()).map_err(storage)? else { return Ok(None) };
        let (mut memory, rest) = postcard::take_from_bytes::<HostMemory>(&bytes)
            .map_err(|error| CrawlError::Damaged { what: host.to_string(), reason: error.to_string() })?;
        memory.status = postcard::from_bytes(rest).unwrap_or_default();
        Ok(Some(memory))
    }

    fn put_host(&self, host: &HostKey, memory: &HostMemory) -> Result<(), CrawlError> {
        let mut bytes = encode(host.as_str(), memory)?;
        bytes.extend(encode(host.as_str(), &memory.status)?);
        self.hosts.insert(host.as_str().as_bytes(), bytes).map(drop).map_err(storage)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::citation::CanonicalUrl;
    use crate::crawl::{Priority, RobotsAccess, StoredRobots};

    fn frontier() -> (tempfile::TempDir, SledFrontier) {
        let dir = tempfile::tempdir().unwrap();
        let db = sled::Config::new().path(dir.path()).cache_capacity(1 << 20).open().unwrap();
        let frontier = SledFrontier::new(db.open_tree("queue").unwrap(), db.open_tree("hosts").unwrap());
        (dir, frontier)
    }

    fn entry(url: &str, priority: u8) -> FrontierEntry {
        FrontierEntry { url: CanonicalUrl::parse(url).unwrap(), priority: Priority::unseen(priority) }
    }

    #[test]
    fn a_url_is_queued_once_with_its_best_priority() {
        let (_dir, frontier) = frontier();
        let entries = [
            entry("http://a.example/", 3),
            entry("http://a.example/#part", 1),
            entry("http://b.example/", 2),
            entry("http://a.example/", 2),
        ];
        assert_eq!(frontier.admit(&mut entries.into_iter()).unwrap(), 2);
        let mut left = Vec::new();
        frontier.pending(&mut |_, entry| left.push((entry.url.to_string(), entry.priority.class))).unwrap();
        left.sort();
        assert_eq!(left, [("http://a.example/".to_owned(), 1), ("http://b.example/".to_owned(), 2)]);

        frontier.settle(CanonicalUrl::parse("http://a.example/").unwrap().key()).unwrap();
        let mut count = 0;
        frontier.pending(&mut |_, _| count += 1).unwrap();
        assert_eq!(count, 1);
        frontier.clear().unwrap();
        frontier.pending(&mut |_, _| count += 1).unwrap();
        assert_eq!(count, 1);
    }

    #[test]
    fn a_host_is_remembered_whole() {
        let (_dir, frontier) = frontier();
        let host = HostKey::from("a.example");
        assert_eq!(frontier.host(&host).unwrap(), None);
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
        frontier.put_host(&host, &memory).unwrap();
        assert_eq!(frontier.host(&host).unwrap(), Some(memory.clone()));
        // As an earlier version wrote it.
        frontier.hosts.insert(host.as_str().as_bytes(), encode("host", &memory).unwrap()).unwrap();
        assert_eq!(frontier.host(&host).unwrap(), Some(HostMemory { status: None, ..memory }));
    }
}
