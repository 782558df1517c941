//! What the operator sets about the network.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::dns::resolver::ResolveMap;

/// The network settings of a [`super::Client`].
#[derive(Clone, Debug)]
pub struct FetchSettings {
    /// `User-Agent`.
    pub user_agent: String,
    /// `Accept-Language`: a page that comes in several languages is wanted in the archive's.
    pub accept_language: String,
    /// The time for one whole exchange, connecting and body included.
    pub timeout: Duration,
    /// The time for DNS, TCP and TLS together, within `timeout`.
    pub connect_timeout: Duration,
    /// The cap on decoded body bytes.
    pub max_body: u64,
    /// Hosts whose address is set by hand.
    pub resolve: ResolveMap,
    /// DNS servers instead of the system's.
    pub nameservers: Vec<SocketAddr>,
    /// PEM files whose certificates are trusted besides the system's.
    pub ca_certs: Vec<PathBuf>,
    /// Whether private and reserved addresses may be connected to.
    pub allow_private: bool,
    /// The proxy for everything; where none, see `proxy_from_env`.
    pub proxy: Option<Url>,
    /// Whether `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are heeded.
    pub proxy_from_env: bool,
    /// Idle connections kept a host; there are never more than it has requests at once.
    pub max_idle_per_host: usize,
    /// How long an idle connection is kept. Below the five seconds after which common servers close
    /// theirs: a request that meets the closing would look like a fault of the page.
    pub idle_timeout: Duration,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            user_agent: concat!("driftline/", env!("CARGO_PKG_VERSION")).to_owned(),
            accept_language: "zh-CN, zh;q=0.9, en;q=0.7, *;q=0.5".to_owned(),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            max_body: 16 << 20,
            resolve: ResolveMap::default(),
            nameservers: Vec::new(),
            ca_certs: Vec::new(),
            allow_private: false,
            proxy: None,
            proxy_from_env: true,
            max_idle_per_host: 64,
            idle_timeout: Duration::from_secs(4),
        }
    }
}
