//! Redirects of a file, until their pages come.
//!
//! A redirect becomes a capture together with what it leads to, if that was asked for at about the
//! same time: a page of years later is not what the redirect led to. Crawlers do not ask twice for
//! what they have, so the page may also stand before the redirect, or in an earlier file.

use std::collections::HashMap;

use url::Url;

use super::super::db::records::milliseconds;
use crate::fetch::Exchange;
use crate::model::CanonicalUrl;
use crate::store::{SledStore, Snapshot, SnapshotError, SnapshotStore};

/// Redirects that are remembered at a time, and bytes of their bodies.
const MAX_PENDING: usize = 100_000;
const MAX_BYTES: usize = 256 << 20;
/// The longest chain.
pub(super) const MAX_HOPS: usize = 20;
/// What lies further apart does not belong together: no client waits longer for the next hop.
const NEAR_MS: u64 = 5 * 60 * 1000;

/// A redirect that waits for its page.
#[derive(Debug)]
pub(super) struct Redirect {
    pub exchange: Exchange,
    pub to: Url,
}

/// Where a redirect leads; none where the exchange is no redirect (RFC 9110, section 15.4).
pub(super) fn target(exchange: &Exchange) -> Option<Url> {
    let response = exchange.outcome.as_ref().ok()?;
    if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let mut to = exchange.url.join(response.header("location")?).ok()?;
    to.set_fragment(None);
    Some(to)
}

fn near(one: jiff::Timestamp, other: jiff::Timestamp) -> bool {
    milliseconds(one).abs_diff(milliseconds(other)) <= NEAR_MS
}

/// The redirects that wait, by where they lead.
#[derive(Debug, Default)]
pub(super) struct Pending {
    redirects: HashMap<String, Vec<Redirect>>,
    count: usize,
    bytes: usize,
}

impl Pending {
    /// Remembers a redirect; says whether there was room.
    pub(super) fn push(&mut self, redirect: Redirect) -> bool {
        let len = body_len(&redirect.exchange);
        if self.count >= MAX_PENDING || self.bytes + len > MAX_BYTES {
            return false;
        }
        self.count += 1;
        self.bytes += len;
        self.redirects.entry(redirect.to.as_str().to_owned()).or_default().push(redirect);
        true
    }

    /// All chains that end with this page, itself first; their redirects wait no longer.
    pub(super) fn chains(&mut self, page: Exchange) -> Vec<Vec<Exchange>> {
        let mut done: Vec<Vec<Exchange>> = Vec::new();
        let mut open = vec![vec![page]];
        while let Some(chain) = open.pop() {
            if let Some(first) = chain.first().filter(|_| chain.len() < MAX_HOPS) {
                for redirect in self.leading_to(first) {
                    let mut longer = vec![redirect.exchange];
                    longer.extend(chain.iter().cloned());
                    open.push(longer);
                }
            }
            done.push(chain);
        }
        done
    }

    /// The redirects that lead to an exchange, taken out.
    fn leading_to(&mut self, next: &Exchange) -> Vec<Redirect> {
        let mut start = next.url.clone();
        start.set_fragment(None);
        let Some(waiting) = self.redirects.remove(start.as_str()) else { return Vec::new() };
        let (taken, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|redirect| near(redirect.exchange.at, next.at));
        if !rest.is_empty() {
            self.redirects.insert(start.as_str().to_owned(), rest);
        }
        for redirect in &taken {
            self.count = self.count.saturating_sub(1);
            self.bytes = self.bytes.saturating_sub(body_len(&redirect.exchange));
        }
        taken
    }

    /// What waits still, oldest first.
    pub(super) fn rest(&mut self) -> Vec<Redirect> {
        let mut rest: Vec<_> = std::mem::take(&mut self.redirects).into_values().flatten().collect();
        rest.sort_by_key(|redirect| redirect.exchange.at);
        rest
    }
}

fn body_len(exchange: &Exchange) -> usize {
    exchange.outcome.as_ref().map_or(0, |response| response.body.len())
}

/// What the store knows of where a redirect leads.
pub(super) enum Led {
    /// The chain from the redirect to a page of its time.
    To(Vec<Exchange>),
    /// Pages of other times only.
    Elsewhen,
    Nowhere,
}

/// The chain that a redirect makes with a capture that is stored.
pub(super) fn led_to(store: &SledStore, redirect: &Redirect) -> Result<Led, SnapshotError> {
    let Some(url) = CanonicalUrl::new(redirect.to.clone()) else { return Ok(Led::Nowhere) };
    let snapshots = store.snapshots(url.key())?;
    let at = redirect.exchange.at;
    let asked = |snapshot: &Snapshot| snapshot.hops.first().map_or(snapshot.at(), |hop| hop.at);
    let distance = |snapshot: &&Snapshot| milliseconds(asked(snapshot)).abs_diff(milliseconds(at));
    let Some(nearest) = snapshots.iter().min_by_key(distance) else { return Ok(Led::Nowhere) };
    if !near(asked(nearest), at) || nearest.hops.len() >= MAX_HOPS {
        return Ok(Led::Elsewhen);
    }
    let mut chain = vec![redirect.exchange.clone()];
    chain.extend(nearest.exchanges(&store.body(nearest.body)?)?);
    Ok(Led::To(chain))
}
