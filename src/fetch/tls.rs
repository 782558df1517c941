//! Builds the TLS settings: the root certificates of the system, and those that the operator adds.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::issuers::{ChainVerifier, FetchedIssuers};
use super::{FetchError, FetchSettings};

/// Builds the TLS settings. Missing system certificates cause a warning, since plain HTTP still works and
/// every other page is then judged as untrusted. A file that the operator named and that cannot be used is
/// an error. `issuers` are the certificates that are fetched for chains that servers send incomplete.
pub(super) fn build_tls_config(
    settings: &FetchSettings,
    issuers: &Arc<FetchedIssuers>,
) -> Result<ClientConfig, FetchError> {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::warn!(%error, "a certificate store of the system could not be read");
    }
    let (added, _) = roots.add_parsable_certificates(native.certs);
    if added == 0 && settings.ca_certs.is_empty() {
        tracing::warn!(
            "the system has no certificates, so every https page will be judged tls-untrusted; \
             install ca-certificates or set network.ca_certs"
        );
    }
    for path in &settings.ca_certs {
        add_certificate_file(&mut roots, path)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = Arc::new(roots);
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| FetchError::Client(error.to_string()))?;
    let builder = match WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), provider).build() {
        Ok(inner) => {
            let verifier = ChainVerifier { inner, issuers: Arc::clone(issuers) };
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
        // Without a root no chain can be completed.
        Err(_) => builder.with_root_certificates(roots),
    };
    Ok(builder.with_no_client_auth())
}

fn add_certificate_file(roots: &mut RootCertStore, path: &Path) -> Result<(), FetchError> {
    let failed = |reason: String| FetchError::CaCerts { path: path.to_owned(), reason };
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| failed(error.to_string()))?;
    let mut added = 0_usize;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| failed(error.to_string()))?;
        roots.add(certificate).map_err(|error| failed(error.to_string()))?;
        added += 1;
    }
    if added == 0 {
        return Err(failed(
            "the file contains no certificate; expected a PEM file with BEGIN CERTIFICATE".to_owned(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn the_error_names_a_certificate_file_that_cannot_be_used() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty.pem");
        std::fs::write(&empty, "no certificate here\n").unwrap();
        for path in [empty, folder.path().join("missing.pem")] {
            let settings = FetchSettings { ca_certs: vec![path.clone()], ..FetchSettings::default() };
            let error = build_tls_config(&settings, &Arc::default()).unwrap_err().to_string();
            assert!(error.contains(path.to_str().unwrap()), "{error}");
        }
    }
}
