//! The client's errors to [`FetchFailure`], by their types.
//!
//! Messages change between versions and languages; types do not lie. The chain of causes is walked
//! from the outside in, and the first error that says something definite decides.

use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;

use super::FetchFailure;
use super::dns::resolver::ResolveFault;

/// What an error of the client comes down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A failure that is reported as it is.
    Is(FetchFailure),
    /// This machine had no descriptor or port left: nothing that the page is to blame for.
    Starved,
}

impl Fault {
    /// The failure to report where no other try is left.
    pub(super) fn failure(self) -> FetchFailure {
        match self {
            Self::Is(failure) => failure,
            Self::Starved => FetchFailure::Unreachable,
        }
    }
}

/// Classifies an error.
pub(super) fn classify(error: &reqwest::Error) -> Fault {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    let mut weak = None;
    // A chain of causes has a handful of links; the bound is against one that bites its tail.
    for _ in 0..32 {
        let Some(cause) = next else { break };
        if let Some(ResolveFault(failure)) = cause.downcast_ref() {
            return Fault::Is(*failure);
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return Fault::Is(of_tls(tls));
        }
        if let Some(http2) = cause.downcast_ref::<h2::Error>() {
            return match http2.get_io() {
                Some(io) => of_io(io).unwrap_or(Fault::Is(FetchFailure::ConnectionClosed)),
                None => Fault::Is(FetchFailure::Http2),
            };
        }
        if let Some(http) = cause.downcast_ref::<hyper::Error>() {
            weak = weak.or_else(|| of_hyper(http));
        }
        next = if let Some(io) = cause.downcast_ref::<io::Error>() {
            if let Some(fault) = of_io(io) {
                return fault;
            }
            // An `io::Error` leaves out what it wraps when it is asked for its source.
            match io.get_ref() {
                Some(inner) => Some(inner as &(dyn StdError + 'static)),
                None => io.source(),
            }
        } else {
            cause.source()
        };
    }
    if let Some(fault) = weak {
        return fault;
    }
    Fault::Is(if error.is_timeout() {
        FetchFailure::Timeout
    } else if error.is_connect() {
        FetchFailure::Unreachable
    } else {
        FetchFailure::Protocol
    })
}

fn of_hyper(error: &hyper::Error) -> Option<Fault> {
    let failure = if error.is_timeout() {
        FetchFailure::Timeout
    } else if error.is_parse() {
        FetchFailure::Protocol
    } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        FetchFailure::ConnectionClosed
    } else {
        return None;
    };
    Some(Fault::Is(failure))
}

fn of_io(error: &io::Error) -> Option<Fault> {
    use io::ErrorKind as Kind;
    // ENFILE and EMFILE have no kind of their own.
    if cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24)) {
        return Some(Fault::Starved);
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
    // An error with a cause of its own (a TLS alert as "unexpected end") is told by the cause.
    if error.get_ref().is_some_and(<dyn StdError + Send + Sync>::is::<rustls::Error>) {
        return None;
    }
    Some(Fault::Is(failure))
}

#[allow(clippy::wildcard_enum_match_arm)] // Both enums are open; what is new is the general case.
fn of_tls(error: &rustls::Error) -> FetchFailure {
    match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => FetchFailure::TlsExpired,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                FetchFailure::TlsHostname
            }
            _ => FetchFailure::TlsUntrusted,
        },
        rustls::Error::NoCertificatesPresented | rustls::Error::UnsupportedNameType => {
            FetchFailure::TlsUntrusted
        }
        _ => FetchFailure::TlsProtocol,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use rustls::AlertDescription;

    #[test]
    fn tls_errors_are_told_apart_by_type() {
        for (error, failure) in [
            (CertificateError::Expired, FetchFailure::TlsExpired),
            (CertificateError::NotValidYet, FetchFailure::TlsExpired),
            (CertificateError::NotValidForName, FetchFailure::TlsHostname),
            (CertificateError::UnknownIssuer, FetchFailure::TlsUntrusted),
            (CertificateError::Revoked, FetchFailure::TlsUntrusted),
        ] {
            assert_eq!(of_tls(&rustls::Error::InvalidCertificate(error)), failure);
        }
        assert_eq!(
            of_tls(&rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)),
            FetchFailure::TlsProtocol
        );
        let wrapped = io::Error::new(io::ErrorKind::UnexpectedEof, rustls::Error::DecryptError);
        assert_eq!(of_io(&wrapped), None, "the cause inside decides");
        assert_eq!(
            of_io(&io::ErrorKind::ConnectionRefused.into()),
            Some(Fault::Is(FetchFailure::ConnectionRefused))
        );
        if cfg!(unix) {
            assert_eq!(of_io(&io::Error::from_raw_os_error(24)), Some(Fault::Starved));
        }
    }
}
