//! Tests the test server under load, and the demo's web as a client sees it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

use driftline::app::demo::server::{Reply, Server};
use driftline::app::demo::{Web, expect::EXPECTATIONS};

use crate::kit;

/// Sends one request on a kept connection; the status and the body's length.
fn exchange(stream: &mut BufReader<TcpStream>, host: &str, path: &str) -> (u16, usize) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.get_mut().write_all(request.as_bytes()).unwrap();
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (status, length)
}

fn connect(addr: SocketAddr) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_nodelay(true).unwrap();
    BufReader::new(stream)
}

#[test]
fn thousands_of_requests_are_answered_and_logged() {
    const CONNECTIONS: usize = 8;
    const EACH: usize = 1_000;
    let body = "x".repeat(20_000);
    let server = Server::start(move |_| Reply::html(body.clone())).unwrap();
    let addr = server.http_addr();
    let started = Instant::now();
    std::thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            scope.spawn(move || {
                let mut stream = connect(addr);
                for number in 0..EACH {
                    let answer = exchange(&mut stream, &format!("h{connection}.test"), &format!("/{number}"));
                    assert_eq!(answer, (200, 20_000));
                }
            });
        }
    });
    let seconds = started.elapsed().as_secs_f64();
    println!("{:.0} requests a second of 20 KB each", (CONNECTIONS * EACH) as f64 / seconds);
    let log = server.log();
    assert_eq!(log.len(), CONNECTIONS * EACH);
    kit::eventually("the last answer is noted as sent", || {
        server.log().iter().all(|entry| entry.ended.is_some())
    });
    let distinct: BTreeSet<_> = log.iter().map(|entry| (&entry.host, &entry.path)).collect();
    assert_eq!(distinct.len(), CONNECTIONS * EACH);
}

/// For a client that knows nothing of drift, pages that the table calls alive answer at their address or
/// behind redirects, and pages that it calls gone do not.
#[tokio::test]
async fn the_demo_web_serves_what_its_table_says() {
    use driftline::verdict::{Cause, Verdict};
    let _ = rustls::crypto::ring::default_provider().install_default();
    let web = Web::start().await.unwrap();
    let ca = reqwest::Certificate::from_pem(web.ca_pem().as_bytes()).unwrap();
    let mut client = reqwest::Client::builder().no_proxy().tls_certs_only([ca]);
    for (host, addr) in web.resolve_entries() {
        client = client.resolve(&host, addr.parse().unwrap());
    }
    let client = client.build().unwrap();
    for era in [0, 1] {
        web.set_era(u32::try_from(era).unwrap());
        for row in EXPECTATIONS.iter().filter(|row| row.url.contains("://") && !row.url.contains("127.0.0.1"))
        {
            let right = row.eras[era];
            let host_is_known = !row.url.contains(".invalid/");
            // This client has no limit on bodies, and decodes none.
            if !host_is_known || matches!(right.cause, Some(Cause::BodyTooLarge | Cause::DecodeError)) {
                continue;
            }
            // Asked for by name: the port of the resolve entry is the one that counts.
            let answer = client.get(row.url).send().await;
            let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
            let read = match answer {
                Ok(answer) => answer.text().await.is_ok(),
                Err(_) => false,
            };
            let told = format!("{} in era {era}: {status:?}, the table says {right:?}", row.url);
            match (right.verdict, right.cause) {
                (Verdict::Alive | Verdict::Moved, _) if row.url.ends_with("/reuse") && era == 0 => {
                    assert_eq!(status, Some(503), "{told}");
                }
                (Verdict::Alive | Verdict::Moved, _) => assert!(status == Some(200) && read, "{told}"),
                (Verdict::Dead, Some(Cause::Http404)) => assert_eq!(status, Some(404), "{told}"),
                (Verdict::Dead, Some(Cause::Http410)) => assert_eq!(status, Some(410), "{told}"),
                (Verdict::Dead, _) | (Verdict::Skipped, Some(Cause::Excluded)) => {
                    assert_eq!(status, Some(200), "{told}");
                }
                (Verdict::Failing, Some(Cause::Http429)) => assert_eq!(status, Some(429), "{told}"),
                (Verdict::Failing, Some(Cause::Http5xx)) => assert_eq!(status, Some(500), "{told}"),
                (Verdict::Failing, Some(Cause::Http4xx)) => assert_eq!(status, Some(400), "{told}"),
                (Verdict::Failing, Some(Cause::BadRedirect)) => assert_ne!(status, Some(200), "{told}"),
                (Verdict::Failing, _) => assert!(status.is_none() || !read, "{told}"),
                (Verdict::Blocked, Some(Cause::Http401)) => assert_eq!(status, Some(401), "{told}"),
                (Verdict::Blocked, Some(Cause::Http402)) => assert_eq!(status, Some(402), "{told}"),
                (Verdict::Blocked, Some(Cause::Http403)) => assert_eq!(status, Some(403), "{told}"),
                (Verdict::Blocked, Some(Cause::Http451)) => assert_eq!(status, Some(451), "{told}"),
                (Verdict::Blocked, _) => assert!(status.is_some(), "{told}"),
                (Verdict::Skipped | Verdict::Invalid, _) => panic!("{told}"),
            }
        }
    }
}
