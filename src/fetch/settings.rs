//! The network settings of the client.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::ResolveMap;
use crate::model::Clock;

/// The network settings of a [`super::Client`].
#[derive(Clone, Debug)]
pub struct FetchSettings {
    /// The `User-Agent` of every request.
    pub user_agent: String,
    /// The `Accept-Language` of every request; `None` to prefer the language that each request names.
    pub accept_language: Option<String>,
    /// The time for one whole exchange, from connecting to the end of the body.
    pub timeout: Duration,
    /// The time for DNS, TCP and TLS together, within `timeout`.
    pub connect_timeout: Duration,
    /// The limit on the decoded bytes of a body.
    pub max_body: u64,
    /// Hosts with a fixed address.
    pub resolve: ResolveMap,
    /// DNS servers to use instead of those of the system.
    pub nameservers: Vec<SocketAddr>,
    /// PEM files with certificates to trust in addition to those of the system.
    pub ca_certs: Vec<PathBuf>,
    /// Whether private and reserved addresses may be connected to.
    pub allow_private: bool,
    /// The proxy for every request; where it is `None`, `proxy_from_env` applies.
    pub proxy: Option<Url>,
    /// Whether `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are used.
    pub proxy_from_env: bool,
    /// The most idle connections that are kept for each host.
    pub max_idle_per_host: usize,
    /// The most idle connections that are kept over all hosts.
    pub max_idle: usize,
    /// How long an idle connection is kept. It is less than the five seconds after which common servers
    /// close one, since a request that is sent at that moment fails as if the page were at fault.
    pub idle_timeout: Duration,
    /// The clock by which exchanges are dated.
    pub clock: Clock,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            user_agent: concat!("driftline/", env!("CARGO_PKG_VERSION")).to_owned(),
            accept_language: None,
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
            max_idle: 256,
            idle_timeout: Duration::from_secs(4),
            clock: Clock::default(),
        }
    }
}
