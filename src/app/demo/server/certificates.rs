//! Makes certificates when the server starts: an authority, valid ones for any name, and invalid ones.
//!
//! The keys are no secret. They exist as long as the server, which listens on loopback only.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// The certificate that a host shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificateKind {
    /// For this name, signed by the authority of [`super::Server::ca_pem`].
    Good,
    /// The same, but expired in 2020.
    Expired,
    /// Signed by the authority, but for another name.
    WrongHost,
    /// Self-signed.
    SelfSigned,
}

impl CertificateKind {
    /// The rule of the demo and the tests: the first label of the name chooses the certificate.
    /// `expired…`, `wrong-host…` and `self-signed…` get invalid ones, every other name a valid one.
    pub fn of_name(name: &str) -> Self {
        let label = name.split('.').next().unwrap_or_default();
        if label.starts_with("expired") {
            Self::Expired
        } else if label.starts_with("wrong-host") {
            Self::WrongHost
        } else if label.starts_with("self-signed") {
            Self::SelfSigned
        } else {
            Self::Good
        }
    }
}

/// The authority, and the certificates made so far.
pub(super) struct Certificates {
    kind_of: fn(&str) -> CertificateKind,
    authority: Issuer<'static, KeyPair>,
    ca_pem: String,
    ca_der: CertificateDer<'static>,
    /// One key serves all leaves: making keys costs more than signing.
    leaf_key: KeyPair,
    signer: Arc<dyn SigningKey>,
    made: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").finish_non_exhaustive()
    }
}

/// Why certificates could not be made.
type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Certificates {
    pub(super) fn new(kind_of: fn(&str) -> CertificateKind) -> Result<Self, Failure> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "driftline demo authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let ca = params.self_signed(&key)?;
        let leaf_key = KeyPair::generate()?;
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf_key.serialize_der()));
        Ok(Self {
            kind_of,
            ca_pem: ca.pem(),
            ca_der: ca.der().clone(),
            authority: Issuer::new(params, key),
            signer: ring::sign::any_supported_type(&der)?,
            leaf_key,
            made: Mutex::default(),
        })
    }

    pub(super) fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The TLS configuration of a server that shows these certificates.
    pub(super) fn server_config(self: &Arc<Self>) -> Result<ServerConfig, rustls::Error> {
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    fn make(&self, name: &str) -> Result<CertifiedKey, rcgen::Error> {
        let kind = (self.kind_of)(name);
        let shown = if kind == CertificateKind::WrongHost { "another-name.test" } else { name };
        let mut params = CertificateParams::new(vec![shown.to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, shown);
        if kind == CertificateKind::Expired {
            params.not_before = rcgen::date_time_ymd(2019, 1, 1);
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }
        let chain = if kind == CertificateKind::SelfSigned {
            vec![params.self_signed(&self.leaf_key)?.der().clone()]
        } else {
            vec![params.signed_by(&self.leaf_key, &self.authority)?.der().clone(), self.ca_der.clone()]
        };
        Ok(CertifiedKey::new(chain, Arc::clone(&self.signer)))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // A client that connects to an address sends no server name.
        let name = hello.server_name().unwrap_or("127.0.0.1").to_ascii_lowercase();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(&name) {
            return Some(Arc::clone(known));
        }
        let fresh = Arc::new(self.make(&name).ok()?);
        made.insert(name, Arc::clone(&fresh));
        Some(fresh)
    }
}
