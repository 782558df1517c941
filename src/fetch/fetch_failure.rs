//! Why a request got no answer.

use serde::{Deserialize, Serialize};

/// Why a request got no answer. It is derived from the types of errors, never from their messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum FetchFailure {
    /// The time was over.
    #[error("timed out")]
    Timeout,
    /// The name does not exist (NXDOMAIN).
    #[error("the name does not exist")]
    DnsNxdomain,
    /// The name could not be resolved for another reason: SERVFAIL, a timeout, no address.
    #[error("the name could not be resolved")]
    DnsFailure,
    /// The connection was refused.
    #[error("connection refused")]
    ConnectionRefused,
    /// The connection was reset.
    #[error("connection reset")]
    ConnectionReset,
    /// The connection was closed before an answer.
    #[error("connection closed before an answer")]
    ConnectionClosed,
    /// There is no route, or the network is down.
    #[error("network unreachable")]
    Unreachable,
    /// The certificate has expired or is not yet valid.
    #[error("the certificate is expired")]
    TlsExpired,
    /// The certificate is for another name.
    #[error("the certificate is for another name")]
    TlsHostname,
    /// The issuer of the certificate is not trusted.
    #[error("the certificate's issuer is not trusted")]
    TlsUntrusted,
    /// The server left out the certificate of an issuer, and it could not be fetched either.
    #[error("the server left out the certificate of its issuer")]
    TlsIncompleteChain,
    /// The server and this client have no version, cipher or kind of signature in common.
    #[error("no TLS version or cipher in common")]
    TlsUnsupported,
    /// TLS failed for another reason.
    #[error("TLS failed")]
    TlsProtocol,
    /// The address is private or reserved, and the address filter refused it.
    #[error("a private or reserved address")]
    ForbiddenAddress,
    /// The answer is not HTTP.
    #[error("the answer is not HTTP")]
    Protocol,
    /// HTTP/2 failed on a connection that works; a request over HTTP/1.1 may succeed.
    #[error("HTTP/2 failed")]
    Http2,
}

impl FetchFailure {
    /// Whether the failure may pass by itself. A missing name, a bad certificate, a refused address or an
    /// answer that is not HTTP does not.
    pub fn is_transient(self) -> bool {
        match self {
            Self::Timeout
            | Self::DnsFailure
            | Self::ConnectionRefused
            | Self::ConnectionReset
            | Self::ConnectionClosed
            | Self::Unreachable => true,
            Self::DnsNxdomain
            | Self::TlsExpired
            | Self::TlsHostname
            | Self::TlsUntrusted
            | Self::TlsIncompleteChain
            | Self::TlsUnsupported
            | Self::TlsProtocol
            | Self::ForbiddenAddress
            | Self::Protocol
            | Self::Http2 => false,
        }
    }
}
