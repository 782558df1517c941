#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;

/// Sends bytes and reads until the peer closes; returns what was read and the error at the end.
fn raw(server: &Server, bytes: &str) -> (Vec<u8>, Option<io::ErrorKind>) {
    let mut stream = TcpStream::connect(server.http_addr()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    let mut came = Vec::new();
    let end = stream.read_to_end(&mut came).err().map(|error| error.kind());
    (came, end)
}

fn get(server: &Server, host: &str, path: &str) -> (String, Option<io::ErrorKind>) {
    let (came, end) =
        raw(server, &format!("GET {path} HTTP/1.1\r\nHost: {host}:80\r\nConnection: close\r\n\r\n"));
    (String::from_utf8_lossy(&came).into_owned(), end)
}

#[test]
fn one_connection_carries_several_requests() {
    let server =
        Server::start(|request| Reply::text(format!("{} {}", request.host, request.target))).unwrap();
    let (came, end) = raw(
        &server,
        "GET /a?b=1 HTTP/1.1\r\nHost: One.Test\r\nIf-None-Match: \"x\"\r\n\r\n\
         POST /c HTTP/1.1\r\nhost: two.test:99\r\ncontent-length: 3\r\n\r\nxyz\
         GET http://three.test/d HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n",
    );
    let came = String::from_utf8(came).unwrap();
    assert_eq!(end, None);
    assert_eq!(came.matches("HTTP/1.1 200 OK\r\n").count(), 3, "{came}");
    for body in ["\r\n\r\none.test /a?b=1HTTP", "\r\n\r\ntwo.test /cHTTP", "\r\n\r\nthree.test /d"] {
        assert!(came.contains(body), "{body} not in {came}");
    }
    // The end of an answer is recorded after its last byte is sent.
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while server.log().iter().any(|entry| entry.ended.is_none()) && std::time::Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(1));
    }
    let log = server.log();
    assert_eq!(server.hits(), 3);
    assert_eq!(log.iter().map(|entry| entry.conditional).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(log[0].header("if-none-match"), Some("\"x\""));
    assert!(log.iter().all(|entry| entry.ended.is_some_and(|end| end >= entry.at) && !entry.tls));
    server.clear_log();
    assert_eq!(server.hits(), 0);
}

#[test]
fn it_misbehaves_on_demand() {
    let server = Server::start(|request| match request.path.as_str() {
        "/close" => Reply::misbehaving(Conduct::Close),
        "/reset" => Reply::misbehaving(Conduct::Reset),
        "/raw" => Reply::misbehaving(Conduct::Raw).with_body("\u{1}\u{2}no http"),
        "/short" => Reply::html("half").sent(Conduct::Short(100)),
        "/drip" => Reply::html("drip").sent(Conduct::Drip { piece: 1, pause: Duration::from_millis(10) }),
        "/gone" => Reply::status(410),
        "/same" => Reply::status(304).with_header("ETag", "\"1\""),
        _ => Reply::html("late").after(Duration::from_millis(60)),
    })
    .unwrap();
    assert_eq!(get(&server, "h.test", "/close"), (String::new(), None));
    assert_eq!(get(&server, "h.test", "/reset").1, Some(io::ErrorKind::ConnectionReset));
    assert_eq!(get(&server, "h.test", "/raw").0, "\u{1}\u{2}no http");
    let short = get(&server, "h.test", "/short").0;
    assert!(short.contains("Content-Length: 104\r\n") && short.ends_with("\r\n\r\nhalf"), "{short}");
    let started = Instant::now();
    assert!(get(&server, "h.test", "/drip").0.ends_with("\r\n\r\ndrip"));
    assert!(started.elapsed() >= Duration::from_millis(40));
    assert!(get(&server, "h.test", "/gone").0.starts_with("HTTP/1.1 410 Gone\r\n"));
    let same = get(&server, "h.test", "/same").0;
    assert!(same.ends_with("\r\n\r\n") && !same.contains("Content-Length"), "{same}");
    let started = Instant::now();
    assert!(get(&server, "h.test", "/late").0.ends_with("late"));
    assert!(started.elapsed() >= Duration::from_millis(60));
    assert!(raw(&server, "no request at all\r\n\r\n").0.starts_with(b"HTTP/1.1 400"));
}

#[test]
fn a_head_request_gets_no_body_and_an_endless_one_never_stops() {
    let server = Server::start(|request| match request.path.as_str() {
        "/endless" => Reply::html("more and more ").sent(Conduct::Endless),
        "/silent" => Reply::misbehaving(Conduct::Silent),
        _ => Reply::html("body"),
    })
    .unwrap();
    let (head, _) = raw(&server, "HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    let head = String::from_utf8(head).unwrap();
    assert!(head.contains("Content-Length: 4\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    let mut stream = TcpStream::connect(server.http_addr()).unwrap();
    stream.write_all(b"GET /endless HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    let mut much = vec![0; 1_000_000];
    stream.read_exact(&mut much).unwrap();
    drop(stream);
    let mut stream = TcpStream::connect(server.http_addr()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    stream.write_all(b"GET /silent HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    let kind = stream.read(&mut [0; 1]).unwrap_err().kind();
    assert!(matches!(kind, io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut), "{kind:?}");
}

#[test]
fn several_loopback_addresses_are_one_server_and_no_other_address_is() {
    let addrs = ["127.0.0.2:0", "127.0.0.3:0"].map(|addr| addr.parse().unwrap());
    let server = Server::start_on(&addrs, |_| Reply::text("here")).unwrap();
    for addr in server.addrs() {
        let mut stream = TcpStream::connect(addr).unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        let mut came = String::new();
        stream.read_to_string(&mut came).unwrap();
        assert!(came.ends_with("here"), "{came}");
    }
    assert_eq!(server.log().iter().map(|entry| entry.local).collect::<Vec<_>>(), server.addrs());
    let outside = ["0.0.0.0:0".parse().unwrap()];
    let error = Server::start_on(&outside, |_| Reply::text("")).err().expect("not loopback");
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

/// Makes a TLS handshake with a client that trusts the server's authority, and sends one request.
async fn tls_get(server: &Server, name: &str) -> io::Result<String> {
    use rustls_pki_types::pem::PemObject as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut roots = rustls::RootCertStore::empty();
    let ca = rustls_pki_types::CertificateDer::from_pem_slice(server.ca_pem().as_bytes()).unwrap();
    roots.add(ca).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = tokio::net::TcpStream::connect(server.https_addr()).await?;
    let name = rustls_pki_types::ServerName::try_from(name.to_owned()).unwrap();
    let mut stream = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name.clone(), stream).await?;
    let host = name.to_str().into_owned();
    stream.write_all(format!("GET / HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes()).await?;
    let mut came = String::new();
    stream.read_to_string(&mut came).await?;
    Ok(came)
}

#[tokio::test]
async fn each_name_shows_its_certificate_on_the_same_port() {
    use rustls::CertificateError as Wrong;
    let server =
        Server::start(|request| Reply::text(format!("tls={} {}", request.tls, request.host))).unwrap();
    for name in ["good.test", "other.example", "127.0.0.1"] {
        let came = tls_get(&server, name).await.unwrap();
        assert!(came.ends_with(&format!("tls=true {name}")), "{came}");
    }
    assert!(get(&server, "good.test", "/").0.ends_with("tls=false good.test"));
    for (name, expired, wrong_host, untrusted) in [
        ("expired.test", true, false, false),
        ("wrong-host.test", false, true, false),
        ("self-signed.test", false, false, true),
    ] {
        let error = tls_get(&server, name).await.expect_err(name);
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let Some(rustls::Error::InvalidCertificate(wrong)) = inner else { panic!("{name}: {error:?}") };
        assert_eq!(matches!(wrong, Wrong::Expired | Wrong::ExpiredContext { .. }), expired, "{wrong:?}");
        let of_name = matches!(wrong, Wrong::NotValidForName | Wrong::NotValidForNameContext { .. });
        assert_eq!(of_name, wrong_host, "{wrong:?}");
        assert_eq!(matches!(wrong, Wrong::UnknownIssuer), untrusted, "{wrong:?}");
    }
}
