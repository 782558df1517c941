//! Classifies the errors of the HTTP client as [`FetchFailure`], by their types.
//!
//! Messages change between versions and languages, types do not. The chain of causes is walked from the
//! outside in, and the first error with a definite meaning decides.

use std::error::Error as StdError;
use std::io;

use rustls::{AlertDescription, CertificateError};

use super::FetchFailure;
use super::dns::resolver::ResolveError;
use super::exhaustion::is_descriptor_exhaustion;
use super::issuers::IncompleteChain;

/// What an error of the HTTP client means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TransportError {
    /// The request failed for this reason.
    Failure(FetchFailure),
    /// This machine had no file descriptor left, which says nothing about the server.
    Exhausted,
    /// The server left out a certificate, which may be fetched elsewhere.
    IncompleteChain(IncompleteChain),
}

/// Classifies an error of the HTTP client.
pub(super) fn classify_error(error: &reqwest::Error) -> TransportError {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    let mut fallback = None;
    // A chain has a handful of causes; the bound guards against a cyclic one.
    for _ in 0..32 {
        let Some(cause) = next else { break };
        match cause.downcast_ref() {
            Some(ResolveError::Failure(failure)) => return TransportError::Failure(*failure),
            Some(ResolveError::Exhausted) => return TransportError::Exhausted,
            None => {}
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return classify_tls(tls);
        }
        if let Some(http2) = cause.downcast_ref::<h2::Error>() {
            return match http2.get_io() {
                Some(io) => {
                    classify_io(io).unwrap_or(TransportError::Failure(FetchFailure::ConnectionClosed))
                }
                None => TransportError::Failure(FetchFailure::Http2),
            };
        }
        if let Some(http) = cause.downcast_ref::<hyper::Error>() {
            fallback = fallback.or_else(|| classify_hyper(http));
        }
        next = if let Some(io) = cause.downcast_ref::<io::Error>() {
            if let Some(error) = classify_io(io) {
                return error;
            }
            // `io::Error::source` skips the error that it wraps.
            match io.get_ref() {
                Some(inner) => Some(inner as &(dyn StdError + 'static)),
                None => io.source(),
            }
        } else {
            cause.source()
        };
    }
    if let Some(error) = fallback {
        return error;
    }
    TransportError::Failure(if error.is_timeout() {
        FetchFailure::Timeout
    } else if error.is_connect() {
        FetchFailure::Unreachable
    } else {
        FetchFailure::Protocol
    })
}

fn classify_hyper(error: &hyper::Error) -> Option<TransportError> {
    let failure = if error.is_timeout() {
        FetchFailure::Timeout
    } else if error.is_parse() {
        FetchFailure::Protocol
    } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        FetchFailure::ConnectionClosed
    } else {
        return None;
    };
    Some(TransportError::Failure(failure))
}

fn classify_io(error: &io::Error) -> Option<TransportError> {
    use io::ErrorKind as Kind;
    if is_descriptor_exhaustion(error) {
        return Some(TransportError::Exhausted);
    }
    let failure = match error.kind() {
        Kind::ConnectionRefused => FetchFailure::ConnectionRefused,
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => FetchFailure::ConnectionReset,
        Kind::UnexpectedEof | Kind::NotConnected => FetchFailure::ConnectionClosed,
        Kind::TimedOut => FetchFailure::Timeout,
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown | Kind::AddrNotAvailable => {
            FetchFailure::Unreachable
        }
        _ => return None,
    };
    // For an error that wraps a TLS error (an alert as "unexpected end"), the wrapped error decides.
    if error.get_ref().is_some_and(<dyn StdError + Send + Sync>::is::<rustls::Error>) {
        return None;
    }
    Some(TransportError::Failure(failure))
}

#[allow(clippy::wildcard_enum_match_arm)] // Both enums may grow; new variants are the general case.
fn classify_tls(error: &rustls::Error) -> TransportError {
    TransportError::Failure(match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::Other(other) => match other.0.downcast_ref::<IncompleteChain>() {
                Some(chain) => return TransportError::IncompleteChain(chain.clone()),
                None => FetchFailure::TlsUntrusted,
            },
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => FetchFailure::TlsExpired,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                FetchFailure::TlsHostname
            }
            CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                FetchFailure::TlsUnsupported
            }
            _ => FetchFailure::TlsUntrusted,
        },
        rustls::Error::NoCertificatesPresented | rustls::Error::UnsupportedNameType => {
            FetchFailure::TlsUntrusted
        }
        // rustls has no suites without forward secrecy or with CBC, which browsers still have.
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            AlertDescription::HandshakeFailure
            | AlertDescription::ProtocolVersion
            | AlertDescription::InsufficientSecurity,
        ) => FetchFailure::TlsUnsupported,
        _ => FetchFailure::TlsProtocol,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn tls_and_io_errors_are_classified_by_type() {
        for (error, failure) in [
            (CertificateError::Expired, FetchFailure::TlsExpired),
            (CertificateError::NotValidYet, FetchFailure::TlsExpired),
            (CertificateError::NotValidForName, FetchFailure::TlsHostname),
            (CertificateError::UnknownIssuer, FetchFailure::TlsUntrusted),
            (CertificateError::Revoked, FetchFailure::TlsUntrusted),
        ] {
            let failure = TransportError::Failure(failure);
            assert_eq!(classify_tls(&rustls::Error::InvalidCertificate(error)), failure);
        }
        for (alert, failure) in [
            (AlertDescription::ProtocolVersion, FetchFailure::TlsUnsupported),
            (AlertDescription::HandshakeFailure, FetchFailure::TlsUnsupported),
            (AlertDescription::InternalError, FetchFailure::TlsProtocol),
        ] {
            let failure = TransportError::Failure(failure);
            assert_eq!(classify_tls(&rustls::Error::AlertReceived(alert)), failure);
        }
        let wrapped = io::Error::new(io::ErrorKind::UnexpectedEof, rustls::Error::DecryptError);
        assert_eq!(classify_io(&wrapped), None, "the wrapped error decides");
        assert_eq!(
            classify_io(&io::ErrorKind::ConnectionRefused.into()),
            Some(TransportError::Failure(FetchFailure::ConnectionRefused))
        );
        if cfg!(unix) {
            assert_eq!(classify_io(&io::Error::from_raw_os_error(24)), Some(TransportError::Exhausted));
        }
    }
}
