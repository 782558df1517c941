//! The client against a server of raw bytes on loopback: what hostile and broken servers do.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::future::Future;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::*;

/// A server that gives every connection to `answer`, and keeps the requests' heads.
struct Server {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start<F, A>(answer: A) -> Self
    where
        A: Fn(TcpStream) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        let answer = Arc::new(answer);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (answer, kept) = (Arc::clone(&answer), Arc::clone(&kept));
                tokio::spawn(async move {
                    let head = read_head(&mut stream).await;
                    kept.lock().unwrap().push(head);
                    answer(stream).await;
                });
            }
        });
        Self { address, heads }
    }

    /// Sends the same bytes to everyone, then closes.
    async fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Arc<[u8]> = bytes.into().into();
        Self::start(move |mut stream| {
            let bytes = Arc::clone(&bytes);
            async move {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                // Reading on lets the client see an end, not a reset.
                let _ = stream.read(&mut [0; 64]).await;
            }
        })
        .await
    }

    fn head(&self) -> String {
        self.heads.lock().unwrap().last().cloned().unwrap_or_default()
    }

    fn map_all(&self) -> FetchSettings {
        settings(&[("*", &self.address.to_string())])
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(n) if n > 0 => head.extend_from_slice(&buffer[..n]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&head).to_lowercase()
}

fn settings(map: &[(&str, &str)]) -> FetchSettings {
    FetchSettings {
        timeout: Duration::from_secs(10),
        connect_timeout: Duration::from_secs(8),
        resolve: ResolveMap::new(map.iter().copied()).unwrap(),
        proxy_from_env: false,
        ..FetchSettings::default()
    }
}

async fn ask(settings: &FetchSettings, url: &str) -> Exchange {
    Client::new(settings).unwrap().exchange(ExchangeRequest::get(Url::parse(url).unwrap())).await
}

fn page(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn a_page_comes_with_all_that_is_kept_of_it() {
    let server = Server::bytes(page("ETag: \"v1\"\r\nX-Raw: 文\r\n", b"<p>hello")).await;
    let mut request = ExchangeRequest::get(Url::parse("http://user:secret@news.example/a?b=1#part").unwrap());
    request.cookies = Some("id=1".to_owned());
    request.validators =
        Some(Validators { etag: Some("\"v0\"".to_owned()), last_modified: Some("yesterday".to_owned()) });
    let exchange = Client::new(&server.map_all()).unwrap().exchange(request).await;
    let response = exchange.outcome.unwrap();
    assert_eq!((response.status, response.protocol, response.truncated), (200, Protocol::Http11, None));
    assert_eq!(response.body.expose().as_ref(), b"<p>hello");
    assert_eq!((response.header("etag"), response.header("x-raw")), (Some("\"v1\""), Some("文")));
    assert_eq!(exchange.remote, Some(server.address));
    let head = server.head();
    assert!(head.starts_with("get /a?b=1 http/1.1\r\n"), "{head}");
    for line in [
        "host: news.example\r\n",
        "cookie: id=1\r\n",
        "if-none-match: \"v0\"\r\n",
        "if-modified-since: yesterday\r\n",
        "user-agent: driftline/",
        "accept-encoding: gzip, deflate, br, zstd\r\n",
    ] {
        assert!(head.contains(line), "{line:?} in {head}");
        let (name, _) = line.split_once(':').unwrap();
        assert!(exchange.request_headers.iter().any(|field| field.name == name), "{name} is recorded");
    }
    assert!(!head.contains("secret") && !head.contains("authorization"), "{head}");
}

#[tokio::test]
async fn every_way_to_fail_has_its_type() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = closed.local_addr().unwrap();
    drop(closed);
    let exchange = ask(&settings(&[("*", &nobody.to_string())]), "http://a.example/").await;
    assert_eq!((exchange.outcome.unwrap_err(), exchange.connected), (FetchFailure::ConnectionRefused, false));

    let reset = Server::start(|stream| async move {
        // With a linger of zero, closing sends a reset.
        stream.set_zero_linger().unwrap();
        drop(stream);
    })
    .await;
    let exchange = ask(&reset.map_all(), "http://a.example/").await;
    assert_eq!((exchange.outcome.unwrap_err(), exchange.connected), (FetchFailure::ConnectionReset, true));

    let silent = Server::start(|stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    })
    .await;
    let brief = FetchSettings { timeout: Duration::from_millis(200), ..silent.map_all() };
    let exchange = ask(&brief, "http://a.example/").await;
    assert_eq!((exchange.outcome.unwrap_err(), exchange.connected), (FetchFailure::Timeout, true));
    let exchange = ask(&brief, "https://a.example/").await;
    let told = (exchange.outcome.unwrap_err(), exchange.connected);
    assert_eq!(told, (FetchFailure::Timeout, false), "in the TLS handshake");

    for (bytes, failure) in [
        (b"".as_slice(), FetchFailure::ConnectionClosed),
        (b"HTTP/1.1 200 OK\r\nContent-", FetchFailure::ConnectionClosed),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", FetchFailure::Protocol),
        (b"\x16\x03\x01\x00\xff\x00\r\n\r\n", FetchFailure::Protocol),
        (b"HTTP/1.1 abc\r\n\r\n", FetchFailure::Protocol),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", FetchFailure::Protocol),
    ] {
        let server = Server::bytes(bytes).await;
        let exchange = ask(&server.map_all(), "http://a.example/").await;
        assert_eq!(exchange.outcome.unwrap_err(), failure, "{}", bytes.escape_ascii());
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = stream.read(&mut [0; 64]).await;
    });
    let exchange = ask(&settings(&[("*", &plain)]), "https://a.example/").await;
    assert_eq!(exchange.outcome.unwrap_err(), FetchFailure::TlsProtocol, "plain HTTP where TLS was expected");
}

#[tokio::test]
async fn a_body_that_ends_early_says_why_and_keeps_what_came() {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![b'0'; 8 << 20]).unwrap();
    let bomb = bomb.finish().unwrap();
    let chunked =
        |rest: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{rest}").into_bytes();
    for (bytes, body, truncated) in [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec(), "half", Some(Truncation::Disconnect)),
        (chunked("4\r\nhalf\r\n"), "half", Some(Truncation::Disconnect)),
        (chunked("4\r\nhalf\r\nzz\r\n"), "half", Some(Truncation::Disconnect)),
        (chunked("4\r\nfull\r\n0\r\n\r\n"), "full", None),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end".to_vec(), "until the end", None),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\n\r\n".to_vec(), "", None),
        (page("Content-Encoding: gzip\r\n", b"not gzip"), "", Some(Truncation::Decode)),
        (page("Content-Encoding: gbk\r\n", b"no coding"), "no coding", None),
        (page("Bad Header : x\r\n<html junk\r\n", b"read on"), "read on", None),
        (page("", &vec![b'0'; 70_000]), &"0".repeat(50_000), Some(Truncation::Length)),
        (page("Content-Encoding: gzip\r\n", &bomb), &"0".repeat(50_000), Some(Truncation::Length)),
    ] {
        let server = Server::bytes(bytes.clone()).await;
        let settings = FetchSettings { max_body: 50_000, ..server.map_all() };
        let response = ask(&settings, "http://a.example/").await.outcome.unwrap();
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(90)]).into_owned();
        assert_eq!(response.truncated, truncated, "{shown}");
        assert!(response.body.expose() == body.as_bytes(), "{shown}");
        assert_eq!(response.header("transfer-encoding"), None, "{shown}");
        if truncated == Some(Truncation::Length) {
            assert_eq!(response.header("content-encoding"), None, "{shown}");
        }
    }
}

#[tokio::test]
async fn a_drip_and_an_endless_body_end_at_the_timeout() {
    for pause in [20, 0] {
        let server = Server::start(move |mut stream| async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            let piece = vec![b'x'; if pause == 0 { 65_536 } else { 1 }];
            while stream.write_all(&piece).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
        })
        .await;
        let settings = FetchSettings {
            max_body: 1 << 16,
            timeout: Duration::from_millis(if pause == 0 { 10_000 } else { 1000 }),
            ..server.map_all()
        };
        let started = Instant::now();
        let response = ask(&settings, "http://a.example/").await.outcome.unwrap();
        let expected = if pause == 0 { Truncation::Length } else { Truncation::Time };
        assert_eq!(response.truncated, Some(expected));
        assert!(!response.body.is_empty() && response.body.len() <= 1 << 16);
        assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    }
}

#[tokio::test]
async fn giant_and_countless_headers_are_no_http() {
    let giant = Server::start(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX-Big: ").await;
        let piece = vec![b'x'; 65_536];
        for _ in 0..64 {
            if stream.write_all(&piece).await.is_err() {
                return;
            }
        }
    })
    .await;
    let exchange = ask(&giant.map_all(), "http://a.example/").await;
    assert_eq!(exchange.outcome.unwrap_err(), FetchFailure::Protocol);

    let fields = |count: usize| (0..count).map(|n| format!("X-{n}: {n}\r\n")).collect::<Vec<_>>().concat();
    let many = fields(3000);
    let many = Server::bytes(page(&many, b"x")).await;
    let exchange = ask(&many.map_all(), "http://a.example/").await;
    assert_eq!(exchange.outcome.unwrap_err(), FetchFailure::Protocol);

    let some = fields(150);
    let some = Server::bytes(page(&some, b"x")).await;
    assert!(ask(&some.map_all(), "http://a.example/").await.outcome.is_ok(), "150 fields are only odd");
}

/// Everything goes to the mapped address, whatever the URL's host looks like, and the server is
/// told the name that was asked for.
#[tokio::test]
async fn the_resolve_map_reaches_names_literals_and_ports() {
    let server = Server::bytes(page("", b"ok")).await;
    for (url, host) in [
        ("http://a.example/", "a.example"),
        ("http://a.example:8080/", "a.example:8080"),
        ("http://198.51.100.7/", "198.51.100.7"),
        ("http://198.51.100.7:81/x", "198.51.100.7:81"),
        ("http://[2001:db8::1]:81/x", "[2001:db8::1]:81"),
        ("http://10.0.0.1/", "10.0.0.1"),
    ] {
        let exchange = ask(&server.map_all(), url).await;
        assert!(exchange.outcome.is_ok(), "{url}: {:?}", exchange.outcome);
        assert_eq!(exchange.remote, Some(server.address), "{url}");
        assert!(server.head().contains(&format!("\r\nhost: {host}\r\n")), "{url}: {}", server.head());
        assert_eq!(
            exchange.url.as_str(),
            Url::parse(url).unwrap().as_str(),
            "the URL that was asked for stays"
        );
    }
    // An entry without a port keeps the URL's.
    let bare = settings(&[("a.example", "127.0.0.1")]);
    let exchange = ask(&bare, &format!("http://a.example:{}/", server.address.port())).await;
    assert_eq!(exchange.remote, Some(server.address));
}

#[tokio::test]
async fn private_addresses_are_refused_unless_allowed() {
    let server = Server::bytes(page("", b"ok")).await;
    let port = server.address.port();
    let guarded = settings(&[]);
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
        let exchange = ask(&guarded, &format!("http://{host}:{port}/")).await;
        assert_eq!(exchange.outcome.unwrap_err(), FetchFailure::ForbiddenAddress, "{host}");
    }
    assert!(server.heads.lock().unwrap().is_empty(), "nothing was sent");
    let open = FetchSettings { allow_private: true, ..guarded };
    let exchange = ask(&open, &format!("http://127.0.0.1:{port}/")).await;
    assert!(exchange.outcome.is_ok());
}

#[tokio::test]
async fn a_proxy_takes_what_has_no_resolve_entry() {
    let proxy = Server::bytes(page("", b"by proxy")).await;
    let direct = Server::bytes(page("", b"direct")).await;
    let settings = FetchSettings {
        proxy: Some(Url::parse(&format!("http://me:secret@{}/", proxy.address)).unwrap()),
        ..settings(&[("near.example", &direct.address.to_string())])
    };
    let response = ask(&settings, "http://far.example/x").await.outcome.unwrap();
    assert_eq!(response.body.expose().as_ref(), b"by proxy");
    assert!(proxy.head().starts_with("get http://far.example/x http/1.1"), "{}", proxy.head());
    assert!(proxy.head().contains("\r\nproxy-authorization: basic "), "{}", proxy.head());
    let response = ask(&settings, "http://near.example/x").await.outcome.unwrap();
    assert_eq!(response.body.expose().as_ref(), b"direct");
    assert!(!direct.head().contains("proxy-authorization"), "{}", direct.head());
    let exchange = ask(&settings, &format!("http://127.0.0.1:{}/", direct.address.port())).await;
    assert_eq!(exchange.outcome.unwrap_err(), FetchFailure::ForbiddenAddress, "behind a proxy too");
}

#[tokio::test]
async fn names_of_the_own_network_are_not_sent_to_a_proxy() {
    let proxy = Server::bytes(page("", b"by proxy")).await;
    let guarded = FetchSettings {
        proxy: Some(Url::parse(&format!("http://{}/", proxy.address)).unwrap()),
        ..settings(&[("mapped.internal", &proxy.address.to_string())])
    };
    for url in ["http://localhost/", "http://x.localhost:8080/", "https://metadata.google.internal/"] {
        assert_eq!(ask(&guarded, url).await.outcome.unwrap_err(), FetchFailure::ForbiddenAddress, "{url}");
    }
    assert!(proxy.heads.lock().unwrap().is_empty(), "nothing was sent");
    assert!(ask(&guarded, "http://mapped.internal/").await.outcome.is_ok());
    let open = FetchSettings { allow_private: true, ..guarded };
    assert!(ask(&open, "http://localhost/").await.outcome.is_ok());
}

#[tokio::test]
async fn of_several_rests_the_longest_holds() {
    let server =
        Server::bytes(page("Retry-After: 2\r\nRetry-After: 7000\r\nRetry-After: soon\r\n", b"")).await;
    let exchange = ask(&server.map_all(), "http://a.example/").await;
    assert_eq!(exchange.retry_after(exchange.at), Some(Duration::from_secs(7000)));
}

#[tokio::test]
async fn odd_urls_are_sent_or_refused_but_never_panic() {
    let server = Server::bytes(page("", b"ok")).await;
    for (url, path) in [
        ("http://a.example/a`b|c^d{e}?q=`\"[x]", "get /a%60b|c^d%7be%7d?q=`%22[x] "),
        ("http://a.example/文 章", "get /%e6%96%87%20%e7%ab%a0 "),
    ] {
        let exchange = ask(&server.map_all(), url).await;
        assert!(exchange.outcome.is_ok(), "{url}: {:?}", exchange.outcome);
        assert!(server.head().starts_with(path), "{}", server.head());
    }
    let long = format!("http://a.example/{}", "x".repeat(70_000));
    assert_eq!(ask(&server.map_all(), &long).await.outcome.unwrap_err(), FetchFailure::Protocol);
}

/// A DNS server that answers every query with this code, and an address where one is given.
async fn nameserver(code: u8, address: Option<[u8; 4]>) -> SocketAddr {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let own = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut query = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut query).await {
            let mut answer = query[..length].to_vec();
            // Response, recursion available, and the code (RFC 1035, section 4.1.1).
            (answer[2], answer[3]) = (0x81, 0x80 | code);
            // No additional record: the query's EDNS is not echoed.
            (answer[10], answer[11]) = (0, 0);
            let mut end = 12;
            while answer[end] != 0 {
                end += 1 + usize::from(answer[end]);
            }
            answer.truncate(end + 5);
            let asks_for_v4 = answer[end + 2] == 1;
            if let Some(address) = address.filter(|_| asks_for_v4) {
                answer[7] = 1;
                // The name by a pointer, type A, class IN, a minute, four bytes.
                answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
                answer.extend_from_slice(&address);
            }
            let _ = socket.send_to(&answer, from).await;
        }
    });
    own
}

#[tokio::test]
async fn an_address_from_dns_is_guarded_too() {
    let server = Server::bytes(page("", b"ok")).await;
    let url = format!("http://inner.example:{}/", server.address.port());
    let guarded =
        FetchSettings { nameservers: vec![nameserver(0, Some([127, 0, 0, 1])).await], ..settings(&[]) };
    assert_eq!(ask(&guarded, &url).await.outcome.unwrap_err(), FetchFailure::ForbiddenAddress);
    assert!(server.heads.lock().unwrap().is_empty(), "nothing was sent");
    let open = FetchSettings { allow_private: true, ..guarded };
    assert!(ask(&open, &url).await.outcome.is_ok());
}

#[tokio::test]
async fn a_redirect_in_raw_bytes_keeps_its_bytes() {
    for (location, target) in [
        (b"/\xd0\xc2\xce\xc5.html".as_slice(), "http://a.example/%D0%C2%CE%C5.html"),
        ("/新闻.html".as_bytes(), "http://a.example/%E6%96%B0%E9%97%BB.html"),
    ] {
        let bytes =
            [b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: ", location, b"\r\n\r\n"].concat();
        let server = Server::bytes(bytes).await;
        let exchange = ask(&server.map_all(), "http://a.example/").await;
        let expected = redirect::Next::Hop { url: Url::parse(target).unwrap(), permanent: false };
        assert_eq!(redirect::next(&[exchange], 10), expected);
    }
}

/// Names with no DNS behind them: a server of our own that says what it knows.
#[tokio::test]
async fn dns_tells_a_missing_name_from_a_missing_answer() {
    for (code, failure) in
        [(3, FetchFailure::DnsNxdomain), (2, FetchFailure::DnsFailure), (0, FetchFailure::DnsFailure)]
    {
        let settings = FetchSettings { nameservers: vec![nameserver(code, None).await], ..settings(&[]) };
        let exchange = ask(&settings, "http://gone.example/").await;
        assert_eq!(exchange.outcome.unwrap_err(), failure, "response code {code}");
    }
}

proptest::proptest! {
    /// Whatever a server sends, it is read without a panic.
    #[test]
    fn nothing_that_a_server_sends_panics(
        body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600),
        value in ".{0,80}",
        markup in "(<meta|<noscript>|http-equiv=|refresh|content=|[0-9.;,'\"= ]|url|[a-z<>/]){0,40}",
        coding in "(gzip|deflate|br|zstd|identity|, |x){0,3}",
    ) {
        let base = Url::parse("http://a.example/d/p").unwrap();
        for (bytes, name) in [(body.clone(), "location"), (markup.into_bytes(), "refresh")] {
            let decoded = crate::fetch::body::charset::decode(&bytes, Some(&value));
            proptest::prop_assert!(decoded.text.len() <= bytes.len() * 3 + 3);
            let own = |name: &str, value: &str| HeaderField { name: name.into(), value: value.into() };
            let response = Response {
                status: if name == "location" { 302 } else { 200 },
                protocol: Protocol::Http11,
                headers: vec![own(name, &value), own("set-cookie", &value)],
                body: Untrusted::new(bytes),
                truncated: None,
            };
            let exchange = Exchange {
                url: base.clone(),
                at: jiff::Timestamp::UNIX_EPOCH,
                elapsed: Duration::ZERO,
                remote: None,
                connected: true,
                request_headers: Vec::new(),
                outcome: Ok(response),
            };
            let mut jar = CookieJar::new();
            jar.absorb(&exchange);
            let header = jar.header_for(&base);
            proptest::prop_assert!(header.is_none_or(|text| !text.contains(['\r', '\n'])));
            redirect::next(&[exchange], 5);
        }
        retry_after::parse(&value, jiff::Timestamp::UNIX_EPOCH);
        let (mut decoder, _) = crate::fetch::body::decoder::BodyDecoder::new(&coding, 10_000, Some(u64::MAX));
        for chunk in body.chunks(7) {
            if decoder.push(chunk).is_err() {
                break;
            }
        }
        let _ = decoder.finish();
        proptest::prop_assert!(decoder.into_bytes().len() <= 10_000);
    }
}
