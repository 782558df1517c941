//! TLS servers that leave out the certificate of their issuer, and the place from which it is fetched.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, IsCa, KeyPair};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use super::tls::{ServerBehavior, start_chain_server};
use crate::fetch::{Client, ExchangeRequest, FetchFailure, FetchSettings, ResolveMap};

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// A root, an authority between it and the server, and the file that holds the root.
struct Authorities {
    root: Issuer,
    between: Issuer,
    _folder: tempfile::TempDir,
    pem: PathBuf,
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(name: &str, above: Option<&Issuer>) -> Issuer {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    match above {
        Some(above) => CertifiedIssuer::signed_by(params, key, above).unwrap(),
        None => CertifiedIssuer::self_signed(params, key).unwrap(),
    }
}

/// The extension Authority Information Access with one address of the issuer's certificate (RFC 5280, section
/// 4.2.2.1).
fn issuer_address(address: &str) -> CustomExtension {
    let ca_issuers = [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];
    let nest = |tag: u8, content: &[u8]| {
        let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
        assert!(content.len() < 0x80, "the short form of a length");
        out.extend(content);
        out
    };
    let entry = nest(0x30, &[&ca_issuers[..], &nest(0x86, address.as_bytes())].concat());
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], nest(0x30, &entry))
}

impl Authorities {
    fn new() -> Self {
        let root = authority("root", None);
        let between = authority("between", Some(&root));
        let folder = tempfile::tempdir().unwrap();
        let pem = folder.path().join("root.pem");
        std::fs::write(&pem, root.pem()).unwrap();
        Self { root, between, _folder: folder, pem }
    }

    /// A certificate of the authority between, which says where that one's certificate is found.
    fn issue(&self, host: &str, address: Option<&str>) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, host);
        params.custom_extensions.extend(address.map(issuer_address));
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &*self.between).unwrap();
        (certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into()))
    }
}

/// A server that answers every request with this status and body, and counts them.
async fn start_file_server(status: u16, body: Vec<u8>) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4096]).await;
            let head =
                format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body).await;
            let _ = stream.shutdown().await;
        }
    });
    (address, asked)
}

const ADDRESS: &str = "http://authority.example/between.crt";

/// Requests a page twice, from two hosts whose certificates name the same address. Returns both results, and how
/// often that address was asked.
async fn ask_twice(
    authorities: &Authorities,
    address: Option<&str>,
    (status, body): (u16, Vec<u8>),
) -> ([Result<u16, FetchFailure>; 2], usize) {
    let (files, asked) = start_file_server(status, body).await;
    let address = address.map(|address| address.replace("PORT", &files.port().to_string()));
    let mut entries = vec![("authority.example", files.to_string())];
    for host in ["one.example", "two.example"] {
        let (certificate, key) = authorities.issue(host, address.as_deref());
        entries.push((
            host,
            start_chain_server(vec![certificate], key, ServerBehavior::Http1).await.to_string(),
        ));
    }
    let settings = FetchSettings {
        resolve: ResolveMap::new(entries).unwrap(),
        ca_certs: vec![authorities.pem.clone()],
        proxy_from_env: false,
        timeout: Duration::from_secs(10),
        ..FetchSettings::default()
    };
    let client = Client::new(&settings).unwrap();
    let ask = async |host: &str| {
        let url = Url::parse(&format!("https://{host}/a")).unwrap();
        client.exchange(ExchangeRequest::get(url)).await.outcome.map(|response| response.status)
    };
    let results = [ask("one.example").await, ask("two.example").await];
    (results, asked.load(Ordering::SeqCst))
}

#[tokio::test]
async fn a_certificate_that_a_server_leaves_out_is_fetched_once_from_where_its_own_says() {
    let authorities = Authorities::new();
    for file in [authorities.between.der().to_vec(), authorities.between.pem().into_bytes()] {
        let got = ask_twice(&authorities, Some(ADDRESS), (200, file)).await;
        assert_eq!(got, ([Ok(200), Ok(200)], 1));
    }
}

#[tokio::test]
async fn what_is_not_the_missing_certificate_helps_nothing_and_is_asked_for_once() {
    let authorities = Authorities::new();
    let between = authorities.between.der().to_vec();
    let failed = [Err(FetchFailure::TlsIncompleteChain), Err(FetchFailure::TlsIncompleteChain)];
    for (address, status, body, asked) in [
        (Some(ADDRESS), 404, between.clone(), 1),
        (Some(ADDRESS), 200, b"no certificate".to_vec(), 1),
        (Some(ADDRESS), 200, authorities.root.der().to_vec(), 1),
        (Some(ADDRESS), 200, vec![0x30; 200 << 10], 1),
        // The address filter, and a scheme that would need a certificate itself.
        (Some("http://127.0.0.1:PORT/between.crt"), 200, between.clone(), 0),
        (Some("https://authority.example/between.crt"), 200, between.clone(), 0),
        (None, 200, between, 0),
    ] {
        let got = ask_twice(&authorities, address, (status, body)).await;
        assert_eq!(got, (failed, asked), "{address:?}, status {status}");
    }
}

#[tokio::test]
async fn a_fetched_certificate_of_a_stranger_is_not_trusted() {
    let authorities = Authorities::new();
    // The stranger's root has the name of the missing certificate, and signs itself.
    let stranger = Authorities { between: authority("between", None), ..Authorities::new() };
    let stranger = Authorities { pem: authorities.pem.clone(), ..stranger };
    let file = stranger.between.der().to_vec();
    let got = ask_twice(&stranger, Some(ADDRESS), (200, file)).await;
    assert_eq!(got, ([Err(FetchFailure::TlsUntrusted), Err(FetchFailure::TlsUntrusted)], 1));
}

#[tokio::test]
async fn a_whole_chain_to_an_unknown_root_is_untrusted() {
    let (trusted, stranger) = (Authorities::new(), Authorities::new());
    let (certificate, key) = stranger.issue("one.example", None);
    let chain = vec![certificate, stranger.between.der().clone(), stranger.root.der().clone()];
    let address = start_chain_server(chain, key, ServerBehavior::Http1).await;
    let settings = FetchSettings {
        resolve: ResolveMap::new([("one.example", address.to_string())]).unwrap(),
        ca_certs: vec![trusted.pem.clone()],
        proxy_from_env: false,
        ..FetchSettings::default()
    };
    let request = ExchangeRequest::get(Url::parse("https://one.example/a").unwrap());
    let exchange = Client::new(&settings).unwrap().exchange(request).await;
    assert_eq!(exchange.outcome.unwrap_err(), FetchFailure::TlsUntrusted);
}
