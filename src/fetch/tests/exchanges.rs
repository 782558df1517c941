//! What an exchange holds: the page, the failures and the truncations.

use std::io::Write as _;

use super::*;

#[tokio::test]
async fn an_exchange_holds_the_page_and_the_request() {
    let server = Server::start_with_bytes(page_answer("ETag: \"v1\"\r\nX-Raw: 文\r\n", b"<p>hello")).await;
    let mut request = ExchangeRequest::get(Url::parse("http://user:secret@news.example/a?b=1#part").unwrap());
    request.cookies = Some("id=1".to_owned());
    request.validators =
        Some(Validators { etag: Some("\"v0\"".to_owned()), last_modified: Some("yesterday".to_owned()) });
    let exchange = Client::new(&server.settings_for_all_hosts()).unwrap().exchange(request).await;
    let response = exchange.outcome.unwrap();
    assert_eq!((response.status, response.protocol, response.truncated), (200, Protocol::Http11, None));
    assert_eq!(response.body.expose().as_ref(), b"<p>hello");
    assert_eq!((response.header("etag"), response.header("x-raw")), (Some("\"v1\""), Some("文")));
    assert_eq!(exchange.remote, Some(server.address));
    let head = server.last_head();
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
    assert_eq!(exchange.url.as_str(), "http://***@news.example/a?b=1#part");
    let cookie = exchange.request_headers.iter().find(|field| field.name == "cookie").unwrap();
    assert_eq!(cookie.value, "***");
    assert!(!head.contains("secret") && !head.contains("authorization"), "{head}");
}

#[tokio::test]
async fn each_failure_has_its_type() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = closed.local_addr().unwrap();
    drop(closed);
    let exchange = request_page(&settings_with_map(&[("*", &nobody.to_string())]), "http://a.example/").await;
    assert_eq!((exchange.outcome.unwrap_err(), exchange.connected), (FetchFailure::ConnectionRefused, false));

    let reset = Server::start(|stream| async move {
        // With a linger of zero, closing sends a reset.
        stream.set_zero_linger().unwrap();
        drop(stream);
    })
    .await;
    let exchange = request_page(&reset.settings_for_all_hosts(), "http://a.example/").await;
    assert_eq!((exchange.outcome.unwrap_err(), exchange.connected), (FetchFailure::ConnectionReset, true));

    let silent = Server::start(|stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    })
    .await;
    let brief = FetchSettings { timeout: Duration::from_millis(200), ..silent.settings_for_all_hosts() };
    let exchange = request_page(&brief, "http://a.example/").await;
    assert_eq!((exchange.outcome.unwrap_err(), exchange.connected), (FetchFailure::Timeout, true));
    let exchange = request_page(&brief, "https://a.example/").await;
    let outcome = (exchange.outcome.unwrap_err(), exchange.connected);
    assert_eq!(outcome, (FetchFailure::Timeout, false), "in the TLS handshake");

    for (bytes, failure) in [
        (b"".as_slice(), FetchFailure::ConnectionClosed),
        (b"HTTP/1.1 200 OK\r\nContent-", FetchFailure::ConnectionClosed),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", FetchFailure::Protocol),
        (b"\x16\x03\x01\x00\xff\x00\r\n\r\n", FetchFailure::Protocol),
        (b"HTTP/1.1 abc\r\n\r\n", FetchFailure::Protocol),
        (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", FetchFailure::Protocol),
    ] {
        let server = Server::start_with_bytes(bytes).await;
        let exchange = request_page(&server.settings_for_all_hosts(), "http://a.example/").await;
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
    let exchange = request_page(&settings_with_map(&[("*", &plain)]), "https://a.example/").await;
    assert_eq!(exchange.outcome.unwrap_err(), FetchFailure::TlsProtocol, "plain HTTP where TLS was expected");
}

#[tokio::test]
async fn a_truncated_body_has_a_reason_and_keeps_what_came() {
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
        (page_answer("Content-Encoding: gzip\r\n", b"not gzip"), "", Some(Truncation::Decode)),
        (page_answer("Content-Encoding: gbk\r\n", b"no coding"), "no coding", None),
        (page_answer("Bad Header : x\r\n<html junk\r\n", b"read on"), "read on", None),
        (page_answer("", &vec![b'0'; 70_000]), &"0".repeat(50_000), Some(Truncation::Length)),
        (page_answer("Content-Encoding: gzip\r\n", &bomb), &"0".repeat(50_000), Some(Truncation::Length)),
    ] {
        let server = Server::start_with_bytes(bytes.clone()).await;
        let settings = FetchSettings { max_body: 50_000, ..server.settings_for_all_hosts() };
        let response = request_page(&settings, "http://a.example/").await.outcome.unwrap();
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
async fn the_longest_of_several_retry_after_fields_counts() {
    let server = Server::start_with_bytes(page_answer(
        "Retry-After: 2\r\nRetry-After: 7000\r\nRetry-After: soon\r\n",
        b"",
    ))
    .await;
    let exchange = request_page(&server.settings_for_all_hosts(), "http://a.example/").await;
    assert_eq!(exchange.retry_after(), Some(Duration::from_secs(7000)));
}

#[tokio::test]
async fn a_date_in_retry_after_is_read_by_the_clock_of_the_server() {
    let server = Server::start_with_bytes(page_answer(
        "Date: Sun, 06 Nov 1994 08:49:07 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
        b"",
    ))
    .await;
    let exchange = request_page(&server.settings_for_all_hosts(), "http://a.example/").await;
    assert_eq!(exchange.retry_after(), Some(Duration::from_secs(30)));
}

#[tokio::test]
async fn odd_urls_are_sent_or_refused_without_a_panic() {
    let server = Server::start_with_bytes(page_answer("", b"ok")).await;
    for (url, path) in [
        ("http://a.example/a`b|c^d{e}?q=`\"[x]", "get /a%60b|c^d%7be%7d?q=`%22[x] "),
        ("http://a.example/文 章", "get /%e6%96%87%20%e7%ab%a0 "),
    ] {
        let exchange = request_page(&server.settings_for_all_hosts(), url).await;
        assert!(exchange.outcome.is_ok(), "{url}: {:?}", exchange.outcome);
        assert!(server.last_head().starts_with(path), "{}", server.last_head());
    }
    let long = format!("http://a.example/{}", "x".repeat(70_000));
    assert_eq!(
        request_page(&server.settings_for_all_hosts(), &long).await.outcome.unwrap_err(),
        FetchFailure::Protocol
    );
}

#[tokio::test]
async fn a_redirect_target_in_raw_bytes_is_percent_encoded() {
    for (location, target) in [
        (b"/\xd0\xc2\xce\xc5.html".as_slice(), "http://a.example/%D0%C2%CE%C5.html"),
        ("/新闻.html".as_bytes(), "http://a.example/%E6%96%B0%E9%97%BB.html"),
    ] {
        let bytes =
            [b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: ", location, b"\r\n\r\n"].concat();
        let server = Server::start_with_bytes(bytes).await;
        let exchange = request_page(&server.settings_for_all_hosts(), "http://a.example/").await;
        let expected = redirect::RedirectStep::Hop { url: Url::parse(target).unwrap(), permanent: false };
        assert_eq!(redirect::next_step(&[exchange], 10), expected);
    }
}
