//! Verifies the certificates of servers that leave out the certificate of their issuer.
//!
//! A server has to send every certificate between its own and a root (RFC 8446, section 4.4.2), and some do
//! not. Browsers then fetch the missing one from the address that the certificate below it names (Authority
//! Information Access, `caIssuers`: RFC 5280, section 4.2.2.1), so readers never notice. A fetched certificate
//! is trusted no more than one that the server sent: it only helps where it leads to a root.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::EndEntityCert;

/// The most certificates between that of a server and a root.
const MAX_CHAIN: usize = 8;
/// The most addresses of one certificate that are asked.
const MAX_ADDRESSES: usize = 2;
/// In DER, the object identifier `id-ad-caIssuers` (1.3.6.1.5.5.7.48.2) and the tag of a URI, before which it
/// stands (RFC 5280, section 4.2.2.1).
const CA_ISSUERS_URI: &[u8] = &[0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02, 0x86];
/// The most addresses that are remembered.
const MAX_KNOWN: usize = 10_000;

/// A chain of certificates that ends below a root: the issuer of its last certificate was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server left out the certificate of an issuer")]
pub(super) struct IncompleteChain {
    /// The name of the missing certificate, in DER.
    issuer: Vec<u8>,
    /// Where the last certificate says that it is found.
    pub(super) addresses: Vec<String>,
}

/// The certificates that were fetched, by their addresses; `None` for an address that had none.
#[derive(Debug, Default)]
pub(super) struct FetchedIssuers {
    known: Mutex<HashMap<String, Option<CertificateDer<'static>>>>,
}

impl FetchedIssuers {
    /// Whether the address had a certificate; `None` if it was not asked.
    pub(super) fn find(&self, address: &str) -> Option<bool> {
        self.known().get(address).map(Option::is_some)
    }

    /// Notes what an address answered, and returns whether it is the missing certificate.
    pub(super) fn add(&self, chain: &IncompleteChain, address: &str, answer: Option<&[u8]>) -> bool {
        let certificate = answer.and_then(|bytes| {
            // RFC 5280 asks for DER, and some answer in PEM.
            let from_pem = CertificateDer::from_pem_slice(bytes).ok();
            let certificate = from_pem.unwrap_or_else(|| CertificateDer::from(bytes.to_vec()));
            let fits = CertificateNames::read(&certificate)?.subject == chain.issuer;
            fits.then_some(certificate)
        });
        let is_found = certificate.is_some();
        let mut known = self.known();
        if known.len() < MAX_KNOWN {
            known.insert(address.to_owned(), certificate);
        }
        is_found
    }

    fn certificate_at(&self, addresses: &[String]) -> Option<CertificateDer<'static>> {
        let known = self.known();
        addresses.iter().find_map(|address| known.get(address).cloned().flatten())
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Option<CertificateDer<'static>>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The standard verifier, which is given the fetched certificates of issuers where a chain is incomplete.
#[derive(Debug)]
pub(super) struct ChainVerifier {
    pub(super) inner: Arc<WebPkiServerVerifier>,
    pub(super) issuers: Arc<FetchedIssuers>,
}

impl ServerCertVerifier for ChainVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verify = |intermediates: &[CertificateDer<'_>]| {
            self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        let unknown = Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let first = verify(intermediates);
        if first.as_ref().err() != Some(&unknown) {
            return first;
        }
        let (fetched, missing) = self.follow_issuers(end_entity, intermediates);
        if !fetched.is_empty() {
            let all: Vec<CertificateDer<'_>> = intermediates.iter().cloned().chain(fetched).collect();
            let second = verify(&all);
            if second.as_ref().err() != Some(&unknown) {
                return second;
            }
        }
        Err(missing.map_or(unknown, |chain| {
            Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(chain))))
        }))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

impl ChainVerifier {
    /// Follows a chain from the server's certificate upwards, through those that it sent and those that were
    /// fetched. Returns the fetched ones, and what is missing; a chain that ends at a certificate that signs
    /// itself misses nothing.
    fn follow_issuers(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> (Vec<CertificateDer<'static>>, Option<IncompleteChain>) {
        let mut fetched = Vec::new();
        let Some(mut names) = CertificateNames::read(end_entity) else { return (fetched, None) };
        let sent: Vec<CertificateNames> =
            intermediates.iter().take(MAX_CHAIN).filter_map(|sent| CertificateNames::read(sent)).collect();
        for _ in 0..MAX_CHAIN {
            if names.issuer == names.subject {
                return (fetched, None);
            }
            if let Some(next) = sent.iter().find(|sent| sent.subject == names.issuer) {
                names = next.clone();
                continue;
            }
            let next = self.issuers.certificate_at(&names.addresses);
            let Some(next) = next.and_then(|found| Some((CertificateNames::read(&found)?, found))) else {
                let CertificateNames { issuer, addresses, .. } = names;
                return (fetched, Some(IncompleteChain { issuer, addresses }));
            };
            names = next.0;
            fetched.push(next.1);
        }
        (fetched, None)
    }
}

/// What of a certificate says where it stands in a chain.
#[derive(Clone)]
struct CertificateNames {
    subject: Vec<u8>,
    issuer: Vec<u8>,
    /// Where the certificate of the issuer is found: addresses of plain HTTP, since over TLS the question would
    /// only be asked again.
    addresses: Vec<String>,
}

impl CertificateNames {
    fn read(certificate: &CertificateDer<'_>) -> Option<Self> {
        let names = EndEntityCert::try_from(certificate).ok()?;
        Some(Self {
            subject: names.subject().to_vec(),
            issuer: names.issuer().to_vec(),
            addresses: issuer_addresses(certificate),
        })
    }
}

/// The addresses that a certificate states for that of its issuer. They are looked for by the identifier before
/// them, wherever it stands: a wrong address costs one small request, and what it answers is trusted no more
/// than what the server sent.
fn issuer_addresses(der: &[u8]) -> Vec<String> {
    let addresses = memchr::memmem::find_iter(der, CA_ISSUERS_URI).filter_map(|at| {
        let (length, rest) = match der.get(at + CA_ISSUERS_URI.len()..)? {
            [length @ ..=0x7f, rest @ ..] | [0x81, length, rest @ ..] => (usize::from(*length), rest),
            _ => return None,
        };
        let address = std::str::from_utf8(rest.get(..length)?).ok()?;
        address.starts_with("http://").then(|| address.to_owned())
    });
    addresses.take(MAX_ADDRESSES).collect()
}
