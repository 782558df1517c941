//! Keeps an HTTP client for each host, and bounds the idle connections over all hosts.
//!
//! reqwest bounds the idle connections of each host only, so a run over thousands of hosts would hold
//! thousands of them, and each is a file descriptor. Here each host has a client of its own. Dropping a client
//! closes its connections; where there are too many idle ones, the clients that were used the longest ago are
//! dropped.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use url::{Position, Url};

use super::FetchError;

/// Builds a client; the flag says whether it uses HTTP/1.1 only.
type ClientBuilder = dyn Fn(bool) -> Result<reqwest::Client, FetchError> + Send + Sync;

/// Scheme, host and port, and whether only HTTP/1.1 is used.
type PoolKey = (Box<str>, bool);

/// The clients of all hosts that were asked lately.
pub(super) struct ClientPool {
    build: Box<ClientBuilder>,
    /// For a host whose own client cannot be built: one for each value of the flag.
    fallback: [reqwest::Client; 2],
    max_idle: usize,
    state: Mutex<PoolState>,
}

#[derive(Default)]
struct PoolState {
    clients: HashMap<PoolKey, PooledClient>,
    /// The clients that no request uses, by the time of their last use.
    idle: BTreeMap<u64, PoolKey>,
    /// The most connections that these clients may hold.
    idle_connections: usize,
    uses: u64,
}

struct PooledClient {
    client: reqwest::Client,
    requests: usize,
    /// The most requests that it had at once, and so the most connections that it may hold.
    connections: usize,
    last_use: u64,
}

/// A client in use. The connection goes back to the pool when this is dropped.
pub(super) struct CheckedOutClient {
    pub client: reqwest::Client,
    key: PoolKey,
    pool: Arc<ClientPool>,
}

impl Drop for CheckedOutClient {
    fn drop(&mut self) {
        self.pool.check_in(&self.key);
    }
}

impl ClientPool {
    /// Creates a pool that keeps at most `max_idle` idle connections.
    pub(super) fn new(
        max_idle: usize,
        build: impl Fn(bool) -> Result<reqwest::Client, FetchError> + Send + Sync + 'static,
    ) -> Result<Arc<Self>, FetchError> {
        let fallback = [build(false)?, build(true)?];
        Ok(Arc::new(Self { build: Box::new(build), fallback, max_idle, state: Mutex::default() }))
    }

    fn state(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client for a request.
    pub(super) fn check_out(self: &Arc<Self>, url: &Url, http1_only: bool) -> CheckedOutClient {
        let key: PoolKey = (url[..Position::BeforePath].into(), http1_only);
        let mut guard = self.state();
        let state = &mut *guard;
        let entry = state.clients.entry(key.clone()).or_insert_with(|| {
            let client = (self.build)(http1_only).unwrap_or_else(|error| {
                tracing::debug!(%error, "the client of a host could not be built");
                let [any, http1] = &self.fallback;
                if http1_only { http1.clone() } else { any.clone() }
            });
            PooledClient { client, requests: 0, connections: 0, last_use: 0 }
        });
        if state.idle.remove(&entry.last_use).is_some() {
            state.idle_connections -= entry.connections;
        }
        entry.requests += 1;
        entry.connections = entry.connections.max(entry.requests);
        entry.last_use = 0;
        CheckedOutClient { client: entry.client.clone(), key, pool: Arc::clone(self) }
    }

    fn check_in(&self, key: &PoolKey) {
        let mut guard = self.state();
        let state = &mut *guard;
        let Some(entry) = state.clients.get_mut(key) else { return };
        entry.requests -= 1;
        if entry.requests > 0 {
            return;
        }
        state.uses += 1;
        entry.last_use = state.uses;
        state.idle_connections += entry.connections;
        state.idle.insert(entry.last_use, key.clone());
        state.drop_idle_clients(self.max_idle);
    }

    /// Closes every idle connection, to free their descriptors.
    pub(super) fn close_idle_connections(&self) {
        self.state().drop_idle_clients(0);
    }

    #[cfg(test)]
    fn idle_connections(&self) -> usize {
        self.state().idle_connections
    }
}

impl PoolState {
    /// Drops the clients that were used the longest ago, until the others hold no more than this many
    /// connections.
    fn drop_idle_clients(&mut self, max_idle: usize) {
        while self.idle_connections > max_idle {
            let Some((_, key)) = self.idle.pop_first() else { return };
            if let Some(dropped) = self.clients.remove(&key) {
                self.idle_connections -= dropped.connections;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn pool(max_idle: usize) -> (Arc<ClientPool>, Arc<AtomicUsize>) {
        let built = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&built);
        let pool = ClientPool::new(max_idle, move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let tls = rustls::ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth();
            let builder = reqwest::Client::builder().tls_backend_preconfigured(tls);
            builder.build().map_err(|error| FetchError::Client(error.to_string()))
        });
        (pool.unwrap(), built)
    }

    fn page(host: usize) -> Url {
        Url::parse(&format!("http://h{host}.example/page")).unwrap()
    }

    #[test]
    fn idle_connections_are_bounded_over_all_hosts_and_the_oldest_go_first() {
        let (pool, built) = pool(3);
        let before = built.load(Ordering::SeqCst);
        for host in 0..10 {
            drop(pool.check_out(&page(host), false));
            assert!(pool.idle_connections() <= 3);
        }
        assert_eq!(built.load(Ordering::SeqCst) - before, 10);
        for host in 7..10 {
            drop(pool.check_out(&page(host), false));
        }
        assert_eq!(built.load(Ordering::SeqCst) - before, 10, "the newest three are kept");
        drop(pool.check_out(&page(0), false));
        assert_eq!(built.load(Ordering::SeqCst) - before, 11);
    }

    #[test]
    fn a_client_in_use_is_never_dropped_and_counts_each_of_its_connections() {
        let (pool, built) = pool(2);
        let before = built.load(Ordering::SeqCst);
        let together: Vec<_> = (0..3).map(|_| pool.check_out(&page(1), false)).collect();
        for host in 2..6 {
            drop(pool.check_out(&page(host), false));
        }
        assert_eq!(built.load(Ordering::SeqCst) - before, 5);
        drop(together);
        assert!(pool.idle_connections() <= 2, "three idle connections are one too many");
        drop(pool.check_out(&page(1), true));
        assert_eq!(pool.idle_connections(), 1, "HTTP/1.1 has a client of its own");
        pool.close_idle_connections();
        assert_eq!(pool.idle_connections(), 0);
    }
}
