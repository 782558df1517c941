//! The HTTP client: it makes one request, within limits on time and bytes.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderValue};
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use super::accept_language::{ANY_LANGUAGE, prefer_language};
use super::attempt::{AttemptLimits, AttemptStage, attempt_request};
use super::body::budget::BodyBudget;
use super::body::decoder::ACCEPT_ENCODING;
use super::build_client::{build_client, connect_timeout};
use super::client_pool::ClientPool;
use super::dns::resolver::{ResolveError, Resolver};
use super::headers::request_fields;
use super::issuers::{FetchedIssuers, IncompleteChain};
use super::proxy::ProxyRules;
use super::route::Route;
use super::tls::build_tls_config;
use super::transport_error::TransportError;
use super::{Exchange, ExchangeRequest, FetchError, FetchFailure, FetchSettings, ResolveMap};
use crate::model::{Clock, mask_userinfo};

/// The `Accept` of every request: what browsers send for a page.
const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
/// How long to wait before another attempt, where this machine has no file descriptor left; doubled up to
/// [`LONGEST_EXHAUSTION_WAIT`].
const EXHAUSTION_WAIT: Duration = Duration::from_millis(50);
const LONGEST_EXHAUSTION_WAIT: Duration = Duration::from_secs(2);

/// The most certificates that are fetched for one request, because servers left them out.
const MAX_MISSING_ISSUERS: u32 = 3;
/// The most bytes of such a certificate. Those of authorities have some two thousand.
const MAX_CERTIFICATE: u64 = 64 * 1024;

/// Makes exchanges. It is cheap to clone, and clones share their connections.
#[derive(Clone)]
pub struct Client {
    direct: Arc<ClientPool>,
    via_proxy: Option<Arc<ClientPool>>,
    shared: Arc<SharedSettings>,
}

struct SharedSettings {
    resolve: ResolveMap,
    resolver: Resolver,
    proxies: ProxyRules,
    allow_private: bool,
    timeout: Duration,
    clock: Clock,
    max_body: u64,
    body_budget: BodyBudget,
    /// The header fields of every request.
    common_headers: HeaderMap,
    /// Whether `Accept-Language` is the same in every request.
    has_fixed_language: bool,
    /// Whether it was said that descriptors are short.
    exhaustion_told: AtomicBool,
    /// The certificates that servers left out.
    issuers: Arc<FetchedIssuers>,
    /// Held while one of them is fetched, so that each is fetched once.
    issuer_turn: tokio::sync::Mutex<()>,
}

impl Client {
    /// Sets up the client. It reads certificates, and opens no connection.
    pub fn new(settings: &FetchSettings) -> Result<Self, FetchError> {
        let issuers = Arc::default();
        let tls = build_tls_config(settings, &issuers)?;
        let proxies = proxy_rules(settings)?;
        let dns_timeout = connect_timeout(settings).mul_f32(0.9);
        let build_resolver = |map: &ResolveMap, filtered| {
            Resolver::new(map.clone(), settings.nameservers.clone(), dns_timeout, filtered)
        };
        let resolver = build_resolver(&settings.resolve, !settings.allow_private);
        let direct = build_pool(settings, &tls, &resolver, None)?;
        let via_proxy = if proxies.is_empty() {
            None
        } else {
            // This resolver sees only the name of the proxy, which the operator has chosen.
            let unfiltered = build_resolver(&ResolveMap::default(), false);
            Some(build_pool(settings, &tls, &unfiltered, Some(&proxies))?)
        };
        let shared = SharedSettings {
            resolve: settings.resolve.clone(),
            resolver,
            proxies,
            allow_private: settings.allow_private,
            timeout: settings.timeout,
            clock: settings.clock,
            max_body: settings.max_body,
            body_budget: BodyBudget::new(settings.timeout),
            common_headers: common_headers(settings)?,
            has_fixed_language: settings.accept_language.is_some(),
            exhaustion_told: AtomicBool::new(false),
            issuers,
            issuer_turn: tokio::sync::Mutex::default(),
        };
        Ok(Self { direct, via_proxy, shared: Arc::new(shared) })
    }

    /// Makes one request. It never keeps more bytes than the limit, and never takes longer than the
    /// timeout, not counting the time that it waits for the memory budget of bodies, or for a file
    /// descriptor.
    pub async fn exchange(&self, request: ExchangeRequest) -> Exchange {
        let mut at = self.shared.clock.now();
        let mut started = Instant::now();
        let mut stage = AttemptStage::default();
        let mut request_headers = Vec::new();
        let outcome = match self.find_route(&request.url) {
            Err(failure) => Err(failure),
            Ok(route) => {
                let headers = self.request_headers(&request, &route);
                request_headers = request_fields(&headers, &request.url);
                let max_body = request.max_body.unwrap_or(self.shared.max_body);
                let mut wait = EXHAUSTION_WAIT;
                let mut issuers_left = MAX_MISSING_ISSUERS;
                loop {
                    let deadline = started + self.shared.timeout;
                    let limits = AttemptLimits { max_body, deadline, body_budget: &self.shared.body_budget };
                    let pool = self.pool_of(&route);
                    let used = pool.check_out(&route.url, request.http1);
                    let answer =
                        attempt_request(&used.client, &route, headers.clone(), limits, &mut stage).await;
                    drop(used);
                    match answer {
                        Ok(response) => break Ok(response),
                        Err(TransportError::Failure(failure)) => break Err(failure),
                        Err(TransportError::IncompleteChain(chain)) => {
                            if issuers_left == 0 || !self.fetch_issuer(&chain, deadline).await {
                                break Err(FetchFailure::TlsIncompleteChain);
                            }
                            issuers_left -= 1;
                        }
                        Err(TransportError::Exhausted) => {
                            self.wait_for_descriptors(&mut wait).await;
                            // Nothing reached the server, so its time begins now.
                            (at, started) = (self.shared.clock.now(), Instant::now());
                        }
                    }
                    stage = AttemptStage::default();
                }
            }
        };
        let AttemptStage { remote, connected } = stage;
        let mut url = request.url;
        mask_userinfo(&mut url);
        Exchange { url, at, elapsed: started.elapsed(), remote, connected, request_headers, outcome }
    }

    /// The address of the host of a URL, by the resolver that connections use: the lowest one of several,
    /// so that hosts with the same addresses agree. `None` where it is unknown: behind a proxy, or where
    /// the name has no address that may be connected to.
    pub async fn lookup_address(&self, url: &Url) -> Option<IpAddr> {
        match url.host()? {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain(name) => {
                if self.shared.resolve.get(name).is_none() && self.shared.proxies.proxy_for_url(url).is_some()
                {
                    return None;
                }
                let mut wait = EXHAUSTION_WAIT;
                let addresses = loop {
                    match self.shared.resolver.resolve_host(name).await {
                        Ok(addresses) => break addresses,
                        Err(ResolveError::Failure(_)) => return None,
                        Err(ResolveError::Exhausted) => self.wait_for_descriptors(&mut wait).await,
                    }
                };
                addresses.into_iter().map(|address| address.ip()).min()
            }
        }
    }

    /// Waits until descriptors may be free: idle connections are closed, and other requests end meanwhile.
    async fn wait_for_descriptors(&self, wait: &mut Duration) {
        self.direct.close_idle_connections();
        if let Some(pool) = &self.via_proxy {
            pool.close_idle_connections();
        }
        if !self.shared.exhaustion_told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "this machine has no file descriptor left for more connections, so the run is slower; raise \
                 the limit of open files (`ulimit -n`), or lower politeness.concurrency"
            );
        }
        tokio::time::sleep(*wait).await;
        *wait = (*wait * 2).min(LONGEST_EXHAUSTION_WAIT);
    }

    /// Fetches the certificate that a server left out, over plain HTTP and through the address filter, and
    /// returns whether there is one to try with. Each address is asked once in a run.
    async fn fetch_issuer(&self, chain: &IncompleteChain, deadline: Instant) -> bool {
        let issuers = &self.shared.issuers;
        let Ok(_turn) = timeout_at(deadline, self.shared.issuer_turn.lock()).await else { return false };
        for address in &chain.addresses {
            let is_found = if let Some(is_found) = issuers.find(address) {
                is_found
            } else {
                let answer = self.download_certificate(address, deadline).await;
                issuers.add(chain, address, answer.as_deref())
            };
            if is_found {
                return true;
            }
        }
        false
    }

    async fn download_certificate(&self, address: &str, deadline: Instant) -> Option<Vec<u8>> {
        let url = Url::parse(address).ok()?;
        let route = self.find_route(&url).ok()?;
        let headers = self.request_headers(&ExchangeRequest::get(url), &route);
        let limits =
            AttemptLimits { max_body: MAX_CERTIFICATE, deadline, body_budget: &self.shared.body_budget };
        let used = self.pool_of(&route).check_out(&route.url, true);
        let stage = &mut AttemptStage::default();
        let response = attempt_request(&used.client, &route, headers, limits, stage).await.ok()?;
        let is_whole = response.status == 200 && response.truncated.is_none();
        is_whole.then(|| response.body.expose().to_vec())
    }

    fn pool_of(&self, route: &Route) -> &Arc<ClientPool> {
        self.via_proxy.as_ref().filter(|_| route.via_proxy).unwrap_or(&self.direct)
    }

    fn find_route(&self, url: &Url) -> Result<Route, FetchFailure> {
        let shared = &*self.shared;
        Route::for_request(url, &shared.resolve, &shared.proxies, shared.allow_private)
    }

    fn request_headers(&self, request: &ExchangeRequest, route: &Route) -> HeaderMap {
        let mut headers = self.shared.common_headers.clone();
        let mut set = |name, value: Option<&str>| {
            if let Some(value) = value.and_then(|text| HeaderValue::from_bytes(text.as_bytes()).ok()) {
                headers.insert(name, value);
            }
        };
        set(header::COOKIE, request.cookies.as_deref());
        let language = request.language.as_deref().filter(|_| !self.shared.has_fixed_language);
        set(header::ACCEPT_LANGUAGE, language.map(prefer_language).as_deref());
        if let Some(validators) = &request.validators {
            // A server that receives both uses the tag only (RFC 9110, section 13.2.2).
            set(header::IF_NONE_MATCH, validators.etag.as_deref());
            set(header::IF_MODIFIED_SINCE, validators.last_modified.as_deref());
        }
        if let Some(host) = &route.host {
            headers.insert(header::HOST, host.clone());
        }
        headers
    }
}

fn build_pool(
    settings: &FetchSettings,
    tls: &rustls::ClientConfig,
    resolver: &Resolver,
    proxies: Option<&ProxyRules>,
) -> Result<Arc<ClientPool>, FetchError> {
    let (settings, tls, resolver, proxies) =
        (settings.clone(), tls.clone(), resolver.clone(), proxies.cloned());
    ClientPool::new(settings.max_idle, move |http1_only| {
        build_client(&settings, tls.clone(), &resolver, proxies.as_ref(), http1_only)
    })
}

fn proxy_rules(settings: &FetchSettings) -> Result<ProxyRules, FetchError> {
    match &settings.proxy {
        Some(proxy) => ProxyRules::for_everything(proxy).ok_or_else(|| {
            // The message leaves out the address, which may hold a password.
            let scheme = proxy.scheme();
            FetchError::Client(format!(
                "network.proxy: the scheme {scheme} is not supported; use http or https"
            ))
        }),
        None if settings.proxy_from_env => Ok(ProxyRules::from_env()),
        None => Ok(ProxyRules::default()),
    }
}

fn common_headers(settings: &FetchSettings) -> Result<HeaderMap, FetchError> {
    let value =
        |text: &str| HeaderValue::from_str(text).map_err(|error| FetchError::Client(error.to_string()));
    let mut headers = HeaderMap::new();
    headers.insert(header::USER_AGENT, value(&settings.user_agent)?);
    headers.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
    let language = settings.accept_language.as_deref().unwrap_or(ANY_LANGUAGE);
    headers.insert(header::ACCEPT_LANGUAGE, value(language)?);
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPT_ENCODING));
    Ok(headers)
}
