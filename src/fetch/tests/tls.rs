//! TLS servers with good and bad certificates, and HTTP/2 that works and fails.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use url::Url;

use crate::fetch::{
    Client, Exchange, ExchangeRequest, FetchFailure, FetchSettings, Protocol, ResolveMap, Response,
    Truncation,
};

/// A certificate authority, and the folder that holds its certificate.
struct CertificateAuthority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    _folder: tempfile::TempDir,
    pem: PathBuf,
}

impl CertificateAuthority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let pem = folder.path().join("ca.pem");
        std::fs::write(&pem, issuer.pem()).unwrap();
        Self { issuer, _folder: folder, pem }
    }

    fn issue(&self, name: &str, last_year: i32) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(last_year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &*self.issuer).unwrap();
        (certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into()))
    }
}

/// What a server does after the handshake.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ServerBehavior {
    /// Answers over HTTP/1.1, whatever was negotiated first.
    Http1,
    /// Answers over HTTP/1.0 without a length, and closes the connection without ending TLS.
    Http10,
    /// The same over HTTP/1.1, in the middle of a body with a length.
    Cut,
    /// Answers over HTTP/2.
    Http2,
    /// Resets every HTTP/2 stream; answers over HTTP/1.1.
    ResetsStreams,
    /// Resets every HTTP/2 stream within its body; answers over HTTP/1.1.
    ResetsBodies,
}

async fn start_server(
    (certificate, key): (CertificateDer<'static>, PrivateKeyDer<'static>),
    behavior: ServerBehavior,
) -> SocketAddr {
    start_chain_server(vec![certificate], key, behavior).await
}

/// Starts a server that sends these certificates.
pub(super) async fn start_chain_server(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    behavior: ServerBehavior,
) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if !matches!(behavior, ServerBehavior::Http1 | ServerBehavior::Http10 | ServerBehavior::Cut) {
        config.alpn_protocols.insert(0, b"h2".to_vec());
    }
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    serve_h2(stream, behavior).await;
                } else {
                    serve_h1(stream, behavior).await;
                }
            });
        }
    });
    address
}

async fn serve_h1(mut stream: TlsStream<tokio::net::TcpStream>, behavior: ServerBehavior) {
    let _ = stream.read(&mut [0; 4096]).await;
    let cut: Option<&[u8]> = match behavior {
        ServerBehavior::Http10 => Some(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\nzero"),
        ServerBehavior::Cut => Some(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nzero"),
        _ => None,
    };
    if let Some(bytes) = cut {
        let _ = stream.write_all(bytes).await;
        let _ = stream.flush().await;
        let _ = stream.get_mut().0.shutdown().await;
        return;
    }
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none").await;
    let _ = stream.shutdown().await;
}

async fn serve_h2(stream: TlsStream<tokio::net::TcpStream>, behavior: ServerBehavior) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((_, mut respond))) = connection.accept().await {
        match behavior {
            ServerBehavior::ResetsStreams => respond.send_reset(h2::Reason::INTERNAL_ERROR),
            ServerBehavior::ResetsBodies => {
                let mut body = respond.send_response(http::Response::new(()), false).unwrap();
                body.send_data("ha".into(), false).unwrap();
                body.send_reset(h2::Reason::INTERNAL_ERROR);
            }
            _ => {
                let mut body = respond.send_response(http::Response::new(()), false).unwrap();
                body.send_data("two".into(), true).unwrap();
            }
        }
    }
}

async fn request_response(address: SocketAddr, ca_certs: Vec<PathBuf>) -> Result<Response, FetchFailure> {
    make_exchange(address, ca_certs, false).await.outcome
}

async fn make_exchange(address: SocketAddr, ca_certs: Vec<PathBuf>, http1: bool) -> Exchange {
    let settings = FetchSettings {
        resolve: ResolveMap::new([("*", address.to_string())]).unwrap(),
        ca_certs,
        proxy_from_env: false,
        timeout: Duration::from_secs(10),
        ..FetchSettings::default()
    };
    let mut request = ExchangeRequest::get(Url::parse("https://news.example/a").unwrap());
    request.http1 = http1;
    Client::new(&settings).unwrap().exchange(request).await
}

#[tokio::test]
async fn a_bad_certificate_has_a_failure_of_its_own() {
    let authority = CertificateAuthority::new();
    let stranger = CertificateAuthority::new();
    let trusted = || vec![authority.pem.clone()];
    for (name, last_year, ca_certs, failure) in [
        ("news.example", 2001, trusted(), FetchFailure::TlsExpired),
        ("other.example", 2099, trusted(), FetchFailure::TlsHostname),
        ("news.example", 2099, vec![stranger.pem.clone()], FetchFailure::TlsUntrusted),
    ] {
        let address = start_server(authority.issue(name, last_year), ServerBehavior::Http1).await;
        let exchange = make_exchange(address, ca_certs, false).await;
        assert_eq!(exchange.outcome.unwrap_err(), failure, "{name} until {last_year}");
        assert!(!exchange.connected, "no request was sent");
    }
    let address = start_server(authority.issue("news.example", 2099), ServerBehavior::Http1).await;
    let response = request_response(address, trusted()).await.unwrap();
    assert_eq!((response.protocol, response.body.expose().as_ref()), (Protocol::Http11, b"one".as_slice()));
}

#[tokio::test]
async fn a_body_without_a_length_ends_with_its_connection() {
    let authority = CertificateAuthority::new();
    for (behavior, truncated) in
        [(ServerBehavior::Http10, None), (ServerBehavior::Cut, Some(Truncation::Disconnect))]
    {
        let address = start_server(authority.issue("news.example", 2099), behavior).await;
        let response = request_response(address, vec![authority.pem.clone()]).await.unwrap();
        assert_eq!((response.body.expose().as_ref(), response.truncated), (b"zero".as_slice(), truncated));
    }
}

#[tokio::test]
async fn http2_works_and_its_stream_errors_have_a_failure_of_their_own() {
    let authority = CertificateAuthority::new();
    let trusted = || vec![authority.pem.clone()];
    for (behavior, http1, protocol, body) in [
        (ServerBehavior::Http2, false, Protocol::H2, "two"),
        (ServerBehavior::ResetsStreams, true, Protocol::Http11, "one"),
        (ServerBehavior::ResetsBodies, true, Protocol::Http11, "one"),
    ] {
        let address = start_server(authority.issue("news.example", 2099), behavior).await;
        if http1 {
            // The client makes no second request, which needs a ticket of its own.
            let failed = make_exchange(address, trusted(), false).await;
            assert_eq!((failed.outcome.unwrap_err(), failed.connected), (FetchFailure::Http2, true));
        }
        let response = make_exchange(address, trusted(), http1).await.outcome.unwrap();
        assert_eq!((response.protocol, response.body.expose().as_ref()), (protocol, body.as_bytes()));
        assert_eq!(response.truncated, None);
    }
}
