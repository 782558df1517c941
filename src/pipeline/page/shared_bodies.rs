//! Remembers which addresses of a host have one and the same body: a free hint that the body is not that of a page.
//!
//! The hint proves nothing. It raises the probe of `verdict::soft_404`, which decides.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::frontier::HostKey;
use crate::model::ContentHash;
use crate::pipeline::plan::Plan;

/// How many bodies are remembered of one host.
const MAX_BODIES: usize = 64;

/// The bodies of hosts of which the archive cites several pages, each with the first page that had it.
#[derive(Debug, Default)]
pub struct SharedBodies(HashMap<HostKey, Mutex<Vec<(ContentHash, u32)>>>);

impl SharedBodies {
    /// Prepares the hosts of a plan.
    pub fn for_plan(plan: &Plan) -> Self {
        let mut counts: HashMap<HostKey, usize> = HashMap::new();
        for planned in &plan.urls {
            *counts.entry(HostKey::from_url(planned.url.as_url())).or_default() += 1;
        }
        let several = counts.into_iter().filter(|(_, pages)| *pages > 1);
        Self(several.map(|(host, _)| (host, Mutex::default())).collect())
    }

    /// Notes the body of a page, whose hash is computed only where it is needed. Returns another page of the host
    /// that has the same body.
    pub(super) fn note_body(
        &self,
        host: &HostKey,
        index: u32,
        hash: impl FnOnce() -> ContentHash,
    ) -> Option<u32> {
        let bodies = self.0.get(host)?;
        let hash = hash();
        let mut bodies = bodies.lock().unwrap_or_else(PoisonError::into_inner);
        // A page that shares its body is remembered, too, so that the first one has another beside it.
        let twin =
            bodies.iter().find(|(known, page)| *known == hash && *page != index).map(|(_, page)| *page);
        if bodies.len() < MAX_BODIES && !bodies.contains(&(hash, index)) {
            bodies.push((hash, index));
        }
        twin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_with_one_body_find_each_other() {
        let hosts = HashMap::from([(HostKey::from("a.test"), Mutex::default())]);
        let shared = SharedBodies(hosts);
        let note = |host: &str, index, body: &[u8]| {
            shared.note_body(&HostKey::from(host), index, || ContentHash::of(body))
        };
        assert_eq!(note("a.test", 1, b"x"), None);
        assert_eq!(note("a.test", 1, b"x"), None, "a page is no other page");
        assert_eq!(note("a.test", 2, b"y"), None);
        assert_eq!(note("a.test", 3, b"x"), Some(1));
        assert_eq!(note("a.test", 1, b"x"), Some(3));
        assert_eq!(note("b.test", 4, b"x"), None);
    }
}
