//! The HTTP client: one request out, one answer in, within its bounds of time and bytes.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderValue};
use rustls::ClientConfig;
use tokio::time::Instant;
use url::{Host, Url};

use super::body::budget::{Place, Room};
use super::body::decoder::{ACCEPT_ENCODING, BodyDecoder};
use super::dns::address_filter;
use super::dns::resolver::{MappedAddress, ResolveMap, Resolver};
use super::failure::{Fault, classify};
use super::headers::{received, sent};
use super::proxy::ProxyRules;
use super::tls::tls_config;
use super::{
    Exchange, ExchangeRequest, FetchError, FetchFailure, FetchSettings, Protocol, Response, Truncation,
};
use crate::model::Untrusted;

/// What pages are asked for as.
const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
/// More header fields than this are garbage. (The HTTP/1 head as a whole is capped by hyper at
/// about 400 KiB.)
const MAX_HEADERS: usize = 256;
/// The cap on an HTTP/2 header list.
const MAX_HEADER_LIST: u32 = 256 * 1024;

/// What is kept of a redirect's body: nobody reads it.
const REDIRECT_BODY: u64 = 64 * 1024;

/// How many bytes in a content coding are taken at once.
const UNFOLDED: usize = 1024;

/// How long to wait where this machine has no descriptor left.
const STARVED: Duration = Duration::from_millis(250);
/// What an HTTP/2 server may send before it is read: a stream's worth, and a connection's.
const WINDOWS: (u32, u32) = (1 << 20, 2 << 20);

/// Makes exchanges. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client {
    direct: Pair,
    proxied: Option<Pair>,
    shared: Arc<Shared>,
}

/// One client that may speak HTTP/2, one that does not.
#[derive(Clone)]
struct Pair {
    any: reqwest::Client,
    http1: reqwest::Client,
}

struct Shared {
    resolve: ResolveMap,
    resolver: Resolver,
    proxies: ProxyRules,
    allow_private: bool,
    timeout: Duration,
    max_body: u64,
    room: Room,
    /// Sent with every request.
    common: HeaderMap,
}

/// Where a request goes, and as what.
struct Route {
    url: Url,
    /// The `Host` to send, where the URL was changed to reach a mapped address.
    host: Option<HeaderValue>,
    proxied: bool,
}

impl Client {
    /// Sets up the client. Reads certificates; opens no connection.
    pub fn new(settings: &FetchSettings) -> Result<Self, FetchError> {
        let tls = tls_config(settings)?;
        let rules = match &settings.proxy {
            Some(proxy) => ProxyRules::all(proxy).ok_or_else(|| {
                // Without the address: it may hold a password.
                FetchError::Client(format!("network.proxy: {}: is no kind of HTTP proxy", proxy.scheme()))
            })?,
            None if settings.proxy_from_env => ProxyRules::from_env(),
            None => ProxyRules::default(),
        };
        let dns_time = connect_time(settings).mul_f32(0.9);
        let resolver = |map: &ResolveMap, guarded| {
            Resolver::new(map.clone(), settings.nameservers.clone(), dns_time, guarded)
        };
        let own_resolver = resolver(&settings.resolve, !settings.allow_private);
        let direct = pair(settings, &tls, &own_resolver, None)?;
        let proxied = if rules.is_empty() {
            None
        } else {
            // Only the proxy's own name is resolved on this way, and the operator chose it.
            Some(pair(settings, &tls, &resolver(&ResolveMap::default(), false), Some(&rules))?)
        };
        let mut common = HeaderMap::new();
        let value =
            |text: &str| HeaderValue::from_str(text).map_err(|error| FetchError::Client(error.to_string()));
        common.insert(header::USER_AGENT, value(&settings.user_agent)?);
        common.insert(header::ACCEPT, HeaderValue::from_static(ACCEPT));
        common.insert(header::ACCEPT_LANGUAGE, value(&settings.accept_language)?);
        common.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPT_ENCODING));
        let shared = Shared {
            resolve: settings.resolve.clone(),
            resolver: own_resolver,
            proxies: rules,
            allow_private: settings.allow_private,
            timeout: settings.timeout,
            max_body: settings.max_body,
            room: Room::new(settings.timeout),
            common,
        };
        Ok(Self { direct, proxied, shared: Arc::new(shared) })
    }

    /// Asks for a URL, once. Never keeps more than the cap, and never takes longer than the timeout;
    /// that it waited for room in memory is not counted.
    pub async fn exchange(&self, request: ExchangeRequest) -> Exchange {
        let at = jiff::Timestamp::now();
        let started = Instant::now();
        let deadline = started + self.shared.timeout;
        let mut met = Met::default();
        let mut request_headers = Vec::new();
        let outcome = match self.route(&request.url) {
            Err(failure) => Err(failure),
            Ok(route) => {
                let headers = self.headers(&request, &route);
                request_headers = sent(&headers, &request.url);
                let cap = request.max_body.unwrap_or(self.shared.max_body);
                let pair = if route.proxied { self.proxied.as_ref() } else { None }.unwrap_or(&self.direct);
                let bounds = Bounds { cap, deadline, room: &self.shared.room };
                let client = if request.http1 { &pair.http1 } else { &pair.any };
                let mut answer = attempt(client, &route, headers.clone(), bounds, &mut met).await;
                while matches!(answer, Err(Fault::Starved)) && Instant::now() + STARVED < deadline {
                    // Idle connections end meanwhile and give their descriptors back.
                    tokio::time::sleep(STARVED).await;
                    answer = attempt(client, &route, headers.clone(), bounds, &mut met).await;
                }
                answer.map_err(Fault::failure)
            }
        };
        let Met { remote, connected } = met;
        Exchange {
            url: request.url,
            at,
            elapsed: started.elapsed(),
            remote,
            connected,
            request_headers,
            outcome,
        }
    }

    /// Where a URL's host lies, by the same resolver that connections use: the lowest of its
    /// addresses, so that hosts with the same ones agree. None where that cannot be told: through
    /// a proxy, or where the name gives no address that may be connected to.
    pub async fn locate(&self, url: &Url) -> Option<IpAddr> {
        match url.host()? {
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
            Host::Domain(name) => {
                if self.shared.resolve.get(name).is_none() && self.shared.proxies.for_url(url).is_some() {
                    return None;
                }
                let found = self.shared.resolver.addresses(name).await.ok()?;
                found.into_iter().map(|address| address.ip()).min()
            }
        }
    }

    fn route(&self, url: &Url) -> Result<Route, FetchFailure> {
        let mut target = url.clone();
        target.set_fragment(None);
        // A name and password in an archive's link are part of a trick or a leak: never sent.
        let _ = target.set_username("");
        let _ = target.set_password(None);
        let host = target.host_str().unwrap_or_default();
        let mapped = self.shared.resolve.get(host);
        let proxied = mapped.is_none() && self.shared.proxies.for_url(&target).is_some();
        let literal = match target.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(FetchFailure::Protocol),
        };
        let mut authority = None;
        match (mapped, literal) {
            // The client asks no resolver about literal addresses, so they are checked here.
            (None, Some(address)) if !self.shared.allow_private && !address_filter::is_public(address) => {
                return Err(FetchFailure::ForbiddenAddress);
            }
            // What a proxy finds under a name is not seen here.
            (None, None) if proxied && !self.shared.allow_private && address_filter::is_local_name(host) => {
                return Err(FetchFailure::ForbiddenAddress);
            }
            (Some(mapped), Some(_)) => {
                authority = Some(authority_of(&target));
                redirect_literal(&mut target, mapped)?;
            }
            // The resolver's port counts only where the URL states none.
            (Some(MappedAddress { port: Some(_), .. }), None) if target.port().is_some() => {
                authority = Some(authority_of(&target));
                target.set_port(None).map_err(|()| FetchFailure::Protocol)?;
            }
            _ => {}
        }
        let host = authority.and_then(|text| HeaderValue::from_str(&text).ok());
        Ok(Route { url: target, host, proxied })
    }

    fn headers(&self, request: &ExchangeRequest, route: &Route) -> HeaderMap {
        let mut headers = self.shared.common.clone();
        let mut set = |name, value: Option<&str>| {
            if let Some(value) = value.and_then(|text| HeaderValue::from_bytes(text.as_bytes()).ok()) {
                headers.insert(name, value);
            }
        };
        set(header::COOKIE, request.cookies.as_deref());
        if let Some(validators) = &request.validators {
            // RFC 9110, section 13.2.2: with both, the server looks at the tag only.
            set(header::IF_NONE_MATCH, validators.etag.as_deref());
            set(header::IF_MODIFIED_SINCE, validators.last_modified.as_deref());
        }
        if let Some(host) = &route.host {
            headers.insert(header::HOST, host.clone());
        }
        headers
    }
}

fn authority_of(url: &Url) -> String {
    let mut text = url.host_str().unwrap_or_default().to_owned();
    if let Some(port) = url.port() {
        let _ = write!(text, ":{port}");
    }
    text
}

/// A literal address with a resolve entry: the URL is sent to the mapped address itself, with the
/// `Host` it had. (Over TLS the certificate must then be for the mapped address.)
fn redirect_literal(url: &mut Url, mapped: MappedAddress) -> Result<(), FetchFailure> {
    url.set_ip_host(mapped.ip).map_err(|()| FetchFailure::Protocol)?;
    if mapped.port.is_some() {
        url.set_port(mapped.port).map_err(|()| FetchFailure::Protocol)?;
    }
    Ok(())
}

/// How far an attempt came.
#[derive(Default)]
struct Met {
    remote: Option<SocketAddr>,
    connected: bool,
}

/// What one attempt may cost.
#[derive(Clone, Copy)]
struct Bounds<'a> {
    cap: u64,
    deadline: Instant,
    room: &'a Room,
}

async fn attempt(
    client: &reqwest::Client,
    route: &Route,
    headers: HeaderMap,
    Bounds { cap, mut deadline, room }: Bounds<'_>,
    met: &mut Met,
) -> Result<Response, Fault> {
    let mut request = reqwest::Request::new(reqwest::Method::GET, route.url.clone());
    *request.headers_mut() = headers;
    let mut answer = match tokio::time::timeout_at(deadline, client.execute(request)).await {
        Err(_) => {
            // Connecting has a shorter time of its own.
            met.connected = true;
            return Err(Fault::Is(FetchFailure::Timeout));
        }
        Ok(Err(error)) => {
            met.connected = !error.is_connect();
            return Err(classify(&error));
        }
        Ok(Ok(answer)) => answer,
    };
    *met = Met { remote: answer.remote_addr(), connected: true };
    let status = answer.status().as_u16();
    let protocol = match answer.version() {
        reqwest::Version::HTTP_10 | reqwest::Version::HTTP_09 => Protocol::Http10,
        reqwest::Version::HTTP_2 => Protocol::H2,
        _ => Protocol::Http11,
    };
    let fields = std::mem::take(answer.headers_mut());
    let codings: Vec<&str> =
        fields.get_all(header::CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok()).collect();
    let cap = if matches!(status, 301..=303 | 307 | 308) { cap.min(REDIRECT_BODY) } else { cap };
    let (mut body, mut truncated) = BodyDecoder::new(&codings.join(","), cap, answer.content_length());
    let mut place = Place::default();
    loop {
        match tokio::time::timeout_at(deadline, answer.chunk()).await {
            Err(_) => truncated = Some(Truncation::Time),
            Ok(Ok(Some(chunk))) => match take(&mut body, &chunk, room, &mut place).await {
                Ok(waited) => {
                    deadline += waited;
                    continue;
                }
                Err(why) => truncated = truncated.or(Some(why)),
            },
            Ok(Ok(None)) => truncated = truncated.or(body.finish().err()),
            Ok(Err(error)) => match classify(&error) {
                Fault::Is(FetchFailure::Http2) => return Err(Fault::Is(FetchFailure::Http2)),
                Fault::Is(FetchFailure::Timeout) => truncated = Some(Truncation::Time),
                _ => truncated = Some(Truncation::Disconnect),
            },
        }
        break;
    }
    let decodes = body.decodes;
    let bytes = body.into_bytes();
    Ok(Response {
        status,
        protocol,
        headers: received(&fields, decodes, bytes.len()),
        body: Untrusted::new(place.hold(bytes)),
        truncated,
    })
}

/// Takes a chunk, and waits where there is no room for what it unfolds to; says how long.
async fn take(
    body: &mut BodyDecoder,
    chunk: &[u8],
    room: &Room,
    place: &mut Place,
) -> Result<Duration, Truncation> {
    // A few bytes may unfold to a thousand times as many.
    let step = if body.decodes { UNFOLDED } else { chunk.len().max(1) };
    let mut waited = Duration::ZERO;
    for piece in chunk.chunks(step) {
        body.push(piece)?;
        let was_large = place.is_large();
        waited += room.make(place, body.kept()).await;
        if place.is_large() && !was_large {
            body.expect_all();
        }
    }
    Ok(waited)
}

/// The time for making a connection: shorter than that of the whole request, so that which of the two
/// was over tells whether there was one.
fn connect_time(settings: &FetchSettings) -> Duration {
    settings.connect_timeout.min(settings.timeout.mul_f32(0.9))
}

fn pair(
    settings: &FetchSettings,
    tls: &ClientConfig,
    resolver: &Resolver,
    proxies: Option<&ProxyRules>,
) -> Result<Pair, FetchError> {
    let build = |http1_only: bool| {
        let mut tls = tls.clone();
        tls.alpn_protocols =
            if http1_only { vec![b"http/1.1".to_vec()] } else { vec![b"h2".to_vec(), b"http/1.1".to_vec()] };
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .dns_resolver(resolver.clone())
            .connect_timeout(connect_time(settings))
            .pool_idle_timeout(settings.idle_timeout)
            .pool_max_idle_per_host(settings.max_idle_per_host)
            .http1_max_headers(MAX_HEADERS)
            // As browsers do: a line that is no field says nothing, and `Name : value` is one.
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http2_max_header_list_size(MAX_HEADER_LIST)
            .http2_initial_stream_window_size(WINDOWS.0)
            .http2_initial_connection_window_size(WINDOWS.1);
        if http1_only {
            builder = builder.http1_only();
        }
        if let Some(rules) = proxies {
            let rules = rules.clone();
            builder = builder.proxy(reqwest::Proxy::custom(move |url| rules.by_scheme(url).cloned()));
        }
        builder.build().map_err(|error| FetchError::Client(error.to_string()))
    };
    Ok(Pair { any: build(false)?, http1: build(true)? })
}
