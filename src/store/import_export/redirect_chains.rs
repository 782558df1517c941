//! Joins the redirects in a WARC file with the pages that they lead to.
//!
//! A redirect becomes a capture together with its target, if both were requested in the same crawl; a page
//! from years later is not what the redirect led to. Crawlers do not request a page twice, so it may also
//! come before the redirect, or in an earlier file. Many put the target into a queue and request it later;
//! then the page nearest in time counts.

use std::collections::HashMap;

use url::Url;

use super::imported_hop::ImportedHop;
use crate::fetch::Exchange;
use crate::model::CanonicalUrl;
use crate::store::{Snapshot, SnapshotStore, StoreError};

/// The most redirects that are remembered at a time, and the most bytes of their bodies.
const MAX_PENDING: usize = 100_000;
const MAX_BYTES: usize = 256 << 20;
/// The longest chain, in exchanges.
pub(super) const MAX_HOPS: usize = 20;
/// The longest time between a redirect and the next hop that a client follows at once, in milliseconds.
const MAX_GAP_MS: u64 = 5 * 60 * 1000;
/// The longest time between a redirect and the nearest capture of its target, in milliseconds: how long a
/// crawler may keep a URL in its queue.
const MAX_QUEUED_MS: u64 = 24 * 60 * 60 * 1000;

/// A redirect that waits for its page.
#[derive(Debug)]
pub(super) struct PendingRedirect {
    pub hop: ImportedHop,
    /// The URL that it leads to, without a fragment.
    pub to: Url,
}

/// The URL that a redirect leads to; `None` if the exchange is no redirect (RFC 9110, section 15.4).
pub(super) fn redirect_target(exchange: &Exchange) -> Option<Url> {
    let response = exchange.outcome.as_ref().ok()?;
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let mut to = exchange.url.join(response.header("location")?).ok()?;
    to.set_fragment(None);
    Some(to)
}

fn is_near(one: jiff::Timestamp, other: jiff::Timestamp, most_ms: u64) -> bool {
    one.as_millisecond().abs_diff(other.as_millisecond()) <= most_ms
}

/// The redirects that wait for their pages, by target URL.
#[derive(Debug, Default)]
pub(super) struct PendingRedirects {
    redirects: HashMap<String, Vec<PendingRedirect>>,
    count: usize,
    bytes: usize,
}

impl PendingRedirects {
    /// Remembers a redirect; returns false if the limits are reached.
    pub(super) fn push(&mut self, redirect: PendingRedirect) -> bool {
        let len = body_len(&redirect.hop.exchange);
        if self.count >= MAX_PENDING || self.bytes + len > MAX_BYTES {
            return false;
        }
        self.count += 1;
        self.bytes += len;
        self.redirects.entry(redirect.to.as_str().to_owned()).or_default().push(redirect);
        true
    }

    /// Takes out all chains that end with this page. The first one is the page alone.
    pub(super) fn take_chains_to(&mut self, page: ImportedHop) -> Vec<Vec<ImportedHop>> {
        let mut chains: Vec<Vec<ImportedHop>> = Vec::new();
        let mut unfinished = vec![vec![page]];
        while let Some(chain) = unfinished.pop() {
            if let Some(first) = chain.first().filter(|_| chain.len() < MAX_HOPS) {
                for redirect in self.take_redirects_to(&first.exchange) {
                    let mut longer = vec![redirect.hop];
                    longer.extend(chain.iter().cloned());
                    unfinished.push(longer);
                }
            }
            chains.push(chain);
        }
        chains
    }

    /// Takes out the redirects that a client followed at once to an exchange. Those from after it wait: a URL
    /// that is asked for again and again leads to a page of its own each time, which may still come.
    fn take_redirects_to(&mut self, next: &Exchange) -> Vec<PendingRedirect> {
        let mut start = next.url.clone();
        start.set_fragment(None);
        let Some(waiting) = self.redirects.remove(start.as_str()) else { return Vec::new() };
        let (taken, rest): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|redirect| {
            let at = redirect.hop.exchange.at;
            at <= next.at && is_near(at, next.at, MAX_GAP_MS)
        });
        if !rest.is_empty() {
            self.redirects.insert(start.as_str().to_owned(), rest);
        }
        for redirect in &taken {
            self.count = self.count.saturating_sub(1);
            self.bytes = self.bytes.saturating_sub(body_len(&redirect.hop.exchange));
        }
        taken
    }

    /// Takes out all redirects that still wait, oldest first.
    pub(super) fn take_all(&mut self) -> Vec<PendingRedirect> {
        let mut rest: Vec<_> = std::mem::take(&mut self.redirects).into_values().flatten().collect();
        rest.sort_by_key(|redirect| redirect.hop.exchange.at);
        rest
    }
}

fn body_len(exchange: &Exchange) -> usize {
    exchange.outcome.as_ref().map_or(0, |response| response.body.len())
}

/// What the store holds of a redirect's target.
pub(super) enum ChainLookup {
    /// The chain from the redirect to a page of about the same time.
    Complete(Vec<ImportedHop>),
    /// No page of that time.
    NotStored,
}

impl PendingRedirect {
    /// Looks for a stored capture that completes this redirect to a chain.
    pub(super) fn find_stored_chain(&self, store: &dyn SnapshotStore) -> Result<ChainLookup, StoreError> {
        let Some(url) = CanonicalUrl::from_url(self.to.clone()) else { return Ok(ChainLookup::NotStored) };
        let snapshots = store.read_snapshots(url.key())?;
        let at = self.hop.exchange.at;
        let requested_at = |snapshot: &Snapshot| snapshot.hops.first().map_or(snapshot.at(), |hop| hop.at);
        let distance =
            |snapshot: &&Snapshot| requested_at(snapshot).as_millisecond().abs_diff(at.as_millisecond());
        let Some(nearest) = snapshots.iter().min_by_key(distance) else { return Ok(ChainLookup::NotStored) };
        if !is_near(requested_at(nearest), at, MAX_QUEUED_MS) || nearest.hops.len() >= MAX_HOPS {
            return Ok(ChainLookup::NotStored);
        }
        let mut chain = vec![self.hop.clone()];
        let stored = nearest.exchanges(&store.read_body(nearest.body)?)?;
        chain.extend(stored.into_iter().map(|exchange| ImportedHop {
            exchange,
            file: self.hop.file,
            remarks: Vec::new(),
        }));
        Ok(ChainLookup::Complete(chain))
    }
}
