//! Makes one attempt at a request, and reads the body within the limits on time, bytes and memory.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::{self, HeaderMap};
use tokio::time::{Instant, timeout_at};

use super::body::budget::{BodyBudget, Permit};
use super::body::decoder::BodyDecoder;
use super::headers::response_fields;
use super::route::Route;
use super::transport_error::{TransportError, classify_error};
use super::{FetchFailure, Protocol, Response, Truncation};
use crate::model::Untrusted;

/// The limit on the body of a redirect, which nothing reads.
const MAX_REDIRECT_BODY: u64 = 64 * 1024;
/// The compressed bytes that are decoded before the memory budget is asked again. A few of them may decode
/// to a thousand times as many.
const COMPRESSED_STEP: usize = 1024;

/// How far an attempt came.
#[derive(Default)]
pub(super) struct AttemptStage {
    /// The address of the server, once an answer came.
    pub remote: Option<SocketAddr>,
    /// Whether a connection was made.
    pub connected: bool,
}

/// The limits of one attempt.
#[derive(Clone, Copy)]
pub(super) struct AttemptLimits<'a> {
    pub max_body: u64,
    pub deadline: Instant,
    pub body_budget: &'a BodyBudget,
}

/// Sends the request and reads the answer. `stage` is kept up to date for the case of a failure.
pub(super) async fn attempt_request(
    client: &reqwest::Client,
    route: &Route,
    headers: HeaderMap,
    AttemptLimits { max_body, mut deadline, body_budget }: AttemptLimits<'_>,
    stage: &mut AttemptStage,
) -> Result<Response, TransportError> {
    let mut request = reqwest::Request::new(reqwest::Method::GET, route.url.clone());
    *request.headers_mut() = headers;
    let mut answer = match timeout_at(deadline, client.execute(request)).await {
        Err(_) => {
            // Connecting has a shorter timeout, so this one ended after it.
            stage.connected = true;
            return Err(TransportError::Failure(FetchFailure::Timeout));
        }
        Ok(Err(error)) => {
            stage.connected = !error.is_connect();
            return Err(classify_error(&error));
        }
        Ok(Ok(answer)) => answer,
    };
    *stage = AttemptStage { remote: answer.remote_addr(), connected: true };
    let status = answer.status().as_u16();
    let protocol = match answer.version() {
        reqwest::Version::HTTP_10 | reqwest::Version::HTTP_09 => Protocol::Http10,
        reqwest::Version::HTTP_2 => Protocol::H2,
        _ => Protocol::Http11,
    };
    let reason = answer.extensions().get::<hyper::ext::ReasonPhrase>();
    let reason = reason.map(|reason| String::from_utf8_lossy(reason.as_bytes()).trim().to_owned());
    let status_line = match (protocol, reason) {
        (Protocol::Http10, reason) => {
            let usual = || answer.status().canonical_reason().unwrap_or_default().to_owned();
            Some(format!("HTTP/1.0 {status} {}", reason.unwrap_or_else(usual)).trim_end().to_owned())
        }
        (Protocol::Http11, Some(reason)) => Some(format!("HTTP/1.1 {status} {reason}").trim_end().to_owned()),
        _ => None,
    };
    let fields = std::mem::take(answer.headers_mut());
    let codings: Vec<&str> =
        fields.get_all(header::CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok()).collect();
    let is_redirect = matches!(status, 301..=303 | 307 | 308);
    let max_body = if is_redirect { max_body.min(MAX_REDIRECT_BODY) } else { max_body };
    let (mut body, mut truncated) = BodyDecoder::new(&codings.join(","), max_body, answer.content_length());
    // Without a stated length, the end of the connection is the end of the body (RFC 9112, section 6.3).
    let ends_with_connection = protocol != Protocol::H2
        && !fields.contains_key(header::CONTENT_LENGTH)
        && !fields.contains_key(header::TRANSFER_ENCODING);
    let mut permit = Permit::default();
    loop {
        match timeout_at(deadline, answer.chunk()).await {
            Err(_) => truncated = Some(Truncation::Time),
            Ok(Ok(Some(chunk))) => {
                match decode_within_budget(&mut body, &chunk, body_budget, &mut permit).await {
                    Ok(waited) => {
                        deadline += waited;
                        continue;
                    }
                    Err(reason) => truncated = truncated.or(Some(reason)),
                }
            }
            Ok(Ok(None)) => truncated = truncated.or(body.finish_input().err()),
            Ok(Err(error)) => match classify_error(&error) {
                TransportError::Failure(FetchFailure::Http2) => {
                    return Err(TransportError::Failure(FetchFailure::Http2));
                }
                TransportError::Failure(FetchFailure::Timeout) => truncated = Some(Truncation::Time),
                // The server closed a TLS connection without saying so, which browsers accept.
                TransportError::Failure(FetchFailure::ConnectionClosed) if ends_with_connection => {
                    truncated = truncated.or(body.finish_input().err());
                }
                _ => truncated = Some(Truncation::Disconnect),
            },
        }
        break;
    }
    let decoded = body.has_coding;
    let bytes = body.into_bytes();
    Ok(Response {
        status,
        status_line,
        protocol,
        headers: response_fields(&fields, decoded, bytes.len()),
        body: Untrusted::new(permit.attach_to_body(bytes)),
        truncated,
    })
}

/// Decodes a chunk, and waits where the memory budget has no room for the result; returns how long it waited.
async fn decode_within_budget(
    body: &mut BodyDecoder,
    chunk: &[u8],
    body_budget: &BodyBudget,
    permit: &mut Permit,
) -> Result<Duration, Truncation> {
    let step = if body.has_coding { COMPRESSED_STEP } else { chunk.len().max(1) };
    let mut waited = Duration::ZERO;
    for piece in chunk.chunks(step) {
        body.decode_chunk(piece)?;
        let allowed_any_size = permit.allows_any_size();
        waited += body_budget.acquire_permits(permit, body.decoded_length()).await;
        if permit.allows_any_size() && !allowed_any_size {
            body.reserve_to_limit();
        }
    }
    Ok(waited)
}
