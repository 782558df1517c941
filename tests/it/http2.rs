//! Tests a host whose HTTP/2 fails: it is asked over HTTP/1.1, and no sooner than any other host.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use driftline::app::demo::server::Reply;
use driftline::verdict::Verdict;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls_pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use crate::kit::{self, Bench};

/// Which protocol each request came by, and when.
type Log = Arc<Mutex<Vec<(&'static str, Instant)>>>;

/// Resets every HTTP/2 stream, and answers over HTTP/1.1; gives the authority to trust.
async fn serve(log: Log) -> (SocketAddr, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf =
        CertificateParams::new(vec!["two.test".to_owned()]).unwrap().signed_by(&key, &*issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, log) = (acceptor.clone(), Arc::clone(&log));
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
                    while let Some(Ok((_, mut respond))) = connection.accept().await {
                        log.lock().unwrap().push(("h2", Instant::now()));
                        respond.send_reset(h2::Reason::INTERNAL_ERROR);
                    }
                    return;
                }
                let _ = stream.read(&mut [0; 4096]).await;
                log.lock().unwrap().push(("http/1.1", Instant::now()));
                let body = kit::story_page(1).body;
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
                     Connection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(&[head.as_bytes(), &body].concat()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    (address, issuer.pem())
}

#[test]
fn a_host_whose_http2_fails_is_asked_over_http1_at_its_own_pace() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let log = Log::default();
    let (address, authority) = runtime.block_on(serve(Arc::clone(&log)));
    let mut bench = Bench::new(|_| Reply::status(404));
    bench.write("two.pem", &authority);
    bench.set("network.ca_certs=[\"two.pem\"]").set("politeness.robots=false");
    bench.set(&format!("network.resolve={{\"two.test\"=\"{address}\"}}"));
    bench.set("politeness.requests_per_second=5").set("politeness.per_host_concurrency=1");
    for number in 0..3 {
        bench.repost(&format!("{number}.md"), &format!("https://two.test/{number}"), "题", &["正文一句。"]);
    }
    let report = bench.run(&["run", "--format", "jsonl"]).report();
    assert!(report.links.iter().all(|link| link.verdict == Verdict::Alive), "{:#?}", report.links);
    let log = log.lock().unwrap();
    let protocols: Vec<&str> = log.iter().map(|(protocol, _)| *protocol).collect();
    assert_eq!(protocols, ["h2", "http/1.1", "http/1.1", "http/1.1"], "it is remembered");
    for pair in log.windows(2) {
        let apart = pair[1].1 - pair[0].1;
        // 200 ms when sent; a busy machine may deliver a little earlier or later.
        assert!(apart >= Duration::from_millis(150), "{apart:?} apart");
    }
}
