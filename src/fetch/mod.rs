//! Makes one request and returns one [`Exchange`]: the answer, or the reason why no answer
//! came.
//!
//! Redirects are not followed here, since the host of the next hop has its own queue, limiter and robots
//! file: each hop is an exchange of its own, and [`redirect`] says where a chain goes next. Nothing that a
//! server sends is trusted: bodies are [`crate::model::Untrusted`] until a later stage has cleaned them,
//! their decoded bytes are limited, and each failure has a type, so that no message has to be parsed.

mod accept_language;
mod attempt;
pub mod body;
mod build_client;
mod client;
mod client_pool;
pub mod cookies;
pub mod dns;
mod error;
mod exchange;
mod exhaustion;
mod fetch_failure;
mod headers;
mod issuers;
mod meta_refresh;
mod proxy;
pub mod redirect;
mod response;
pub mod retry_after;
mod route;
mod settings;
mod tls;
mod transport_error;

#[cfg(test)]
mod tests;

pub use client::Client;
pub use cookies::CookieJar;
pub use dns::resolve_map::{MappedAddress, ResolveMap, ResolveMapError};
pub use error::FetchError;
pub use exchange::{Exchange, ExchangeRequest};
pub use fetch_failure::FetchFailure;
pub use headers::clean_target;
pub use response::{HeaderField, Protocol, Response, Truncation, Validators};
pub use settings::FetchSettings;
