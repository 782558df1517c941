//! Builds the HTTP clients of reqwest: those that may use HTTP/2, and those that do not.

use std::time::Duration;

use rustls::ClientConfig;

use super::dns::resolver::Resolver;
use super::proxy::ProxyRules;
use super::{FetchError, FetchSettings};

/// The most header fields of an HTTP/1 answer; more are taken for garbage. (hyper limits the whole header
/// section to about 400 KiB.)
const MAX_HEADERS: usize = 256;
/// The most bytes of an HTTP/2 header list.
const MAX_HEADER_LIST: u32 = 256 * 1024;
/// The bytes that an HTTP/2 server may send before they are read, on one stream and on one connection.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 2 << 20;

/// The time to make a connection. It is shorter than the time of the whole request, so that the timeout
/// that occurs shows whether there was a connection.
pub(super) fn connect_timeout(settings: &FetchSettings) -> Duration {
    settings.connect_timeout.min(settings.timeout.mul_f32(0.9))
}

/// Builds a client.
pub(super) fn build_client(
    settings: &FetchSettings,
    mut tls: ClientConfig,
    resolver: &Resolver,
    proxies: Option<&ProxyRules>,
    http1_only: bool,
) -> Result<reqwest::Client, FetchError> {
    tls.alpn_protocols =
        if http1_only { vec![b"http/1.1".to_vec()] } else { vec![b"h2".to_vec(), b"http/1.1".to_vec()] };
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .dns_resolver(resolver.clone())
        .connect_timeout(connect_timeout(settings))
        .pool_idle_timeout(settings.idle_timeout)
        .pool_max_idle_per_host(settings.max_idle_per_host)
        .http1_max_headers(MAX_HEADERS)
        // As browsers do: a line that is not a field is ignored, and `Name : value` is a field.
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http2_max_header_list_size(MAX_HEADER_LIST)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW);
    if http1_only {
        builder = builder.http1_only();
    }
    if let Some(rules) = proxies {
        let rules = rules.clone();
        builder = builder.proxy(reqwest::Proxy::custom(move |url| rules.proxy_for_scheme(url).cloned()));
    }
    builder.build().map_err(|error| FetchError::Client(error.to_string()))
}
