//! A small HTTP/1.1 server on loopback that can misbehave as a handler asks it to.
//!
//! Ready-made servers refuse to send what a crawler must survive (a reset, a body shorter than its
//! stated length, bytes that are not HTTP), so this one writes its own bytes. It speaks plain HTTP
//! and TLS on one port: the first byte of a TLS connection is 0x16 (RFC 8446, section 5.1), which no
//! HTTP request starts with. It runs on its own threads, so that tests without a runtime, and
//! tests whose clock is paused, can use it too.

mod certificates;
mod connection;
mod reply;
mod request;
mod request_log;
#[expect(clippy::module_inception, reason = "the file holds the type of this name")]
mod server;
mod shared;
#[cfg(test)]
mod tests;

pub use certificates::CertificateKind;
pub use reply::{Conduct, Reply};
pub use request::Request;
pub use request_log::LoggedRequest;
pub use server::Server;
