//! Which address a request goes to: the resolve map, DNS, the address filter and proxies.

use super::*;

/// Every request goes to the mapped address, whatever the form of the host, and its `Host` is the name in
/// the URL.
#[tokio::test]
async fn the_resolve_map_reaches_names_literals_and_ports() {
    let server = Server::start_with_bytes(page_answer("", b"ok")).await;
    for (url, host) in [
        ("http://a.example/", "a.example"),
        ("http://a.example:8080/", "a.example:8080"),
        ("http://198.51.100.7/", "198.51.100.7"),
        ("http://198.51.100.7:81/x", "198.51.100.7:81"),
        ("http://[2001:db8::1]:81/x", "[2001:db8::1]:81"),
        ("http://10.0.0.1/", "10.0.0.1"),
    ] {
        let exchange = request_page(&server.settings_for_all_hosts(), url).await;
        assert!(exchange.outcome.is_ok(), "{url}: {:?}", exchange.outcome);
        assert_eq!(exchange.remote, Some(server.address), "{url}");
        assert!(
            server.last_head().contains(&format!("\r\nhost: {host}\r\n")),
            "{url}: {}",
            server.last_head()
        );
        assert_eq!(
            exchange.url.as_str(),
            Url::parse(url).unwrap().as_str(),
            "the URL that was asked for stays"
        );
    }
    // An entry without a port keeps the URL's.
    let bare = settings_with_map(&[("a.example", "127.0.0.1")]);
    let exchange = request_page(&bare, &format!("http://a.example:{}/", server.address.port())).await;
    assert_eq!(exchange.remote, Some(server.address));
}

#[tokio::test]
async fn private_addresses_are_refused_unless_allowed() {
    let server = Server::start_with_bytes(page_answer("", b"ok")).await;
    let port = server.address.port();
    let guarded = settings_with_map(&[]);
    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
        let exchange = request_page(&guarded, &format!("http://{host}:{port}/")).await;
        assert_eq!(exchange.outcome.unwrap_err(), FetchFailure::ForbiddenAddress, "{host}");
    }
    assert!(server.heads.lock().unwrap().is_empty(), "nothing was sent");
    let open = FetchSettings { allow_private: true, ..guarded };
    let exchange = request_page(&open, &format!("http://127.0.0.1:{port}/")).await;
    assert!(exchange.outcome.is_ok());
}

#[tokio::test]
async fn a_proxy_gets_what_has_no_resolve_entry() {
    let proxy = Server::start_with_bytes(page_answer("", b"by proxy")).await;
    let direct = Server::start_with_bytes(page_answer("", b"direct")).await;
    let settings = FetchSettings {
        proxy: Some(Url::parse(&format!("http://me:secret@{}/", proxy.address)).unwrap()),
        ..settings_with_map(&[("near.example", &direct.address.to_string())])
    };
    let response = request_page(&settings, "http://far.example/x").await.outcome.unwrap();
    assert_eq!(response.body.expose().as_ref(), b"by proxy");
    assert!(proxy.last_head().starts_with("get http://far.example/x http/1.1"), "{}", proxy.last_head());
    assert!(proxy.last_head().contains("\r\nproxy-authorization: basic "), "{}", proxy.last_head());
    let response = request_page(&settings, "http://near.example/x").await.outcome.unwrap();
    assert_eq!(response.body.expose().as_ref(), b"direct");
    assert!(!direct.last_head().contains("proxy-authorization"), "{}", direct.last_head());
    let exchange = request_page(&settings, &format!("http://127.0.0.1:{}/", direct.address.port())).await;
    assert_eq!(exchange.outcome.unwrap_err(), FetchFailure::ForbiddenAddress, "also with a proxy");
}

#[tokio::test]
async fn local_names_are_not_sent_to_a_proxy() {
    let proxy = Server::start_with_bytes(page_answer("", b"by proxy")).await;
    let guarded = FetchSettings {
        proxy: Some(Url::parse(&format!("http://{}/", proxy.address)).unwrap()),
        ..settings_with_map(&[("mapped.internal", &proxy.address.to_string())])
    };
    for url in ["http://localhost/", "http://x.localhost:8080/", "https://metadata.google.internal/"] {
        assert_eq!(
            request_page(&guarded, url).await.outcome.unwrap_err(),
            FetchFailure::ForbiddenAddress,
            "{url}"
        );
    }
    assert!(proxy.heads.lock().unwrap().is_empty(), "nothing was sent");
    assert!(request_page(&guarded, "http://mapped.internal/").await.outcome.is_ok());
    let open = FetchSettings { allow_private: true, ..guarded };
    assert!(request_page(&open, "http://localhost/").await.outcome.is_ok());
}

/// A DNS server that answers every query with this code, and an address where one is given.
async fn start_nameserver(code: u8, address: Option<[u8; 4]>) -> SocketAddr {
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
async fn an_address_from_dns_passes_the_address_filter() {
    let server = Server::start_with_bytes(page_answer("", b"ok")).await;
    let url = format!("http://inner.example:{}/", server.address.port());
    let guarded = FetchSettings {
        nameservers: vec![start_nameserver(0, Some([127, 0, 0, 1])).await],
        ..settings_with_map(&[])
    };
    assert_eq!(request_page(&guarded, &url).await.outcome.unwrap_err(), FetchFailure::ForbiddenAddress);
    assert!(server.heads.lock().unwrap().is_empty(), "nothing was sent");
    let open = FetchSettings { allow_private: true, ..guarded };
    assert!(request_page(&open, &url).await.outcome.is_ok());
}

/// Each response code of a DNS server has its failure.
#[tokio::test]
async fn a_missing_name_differs_from_a_missing_answer() {
    for (code, failure) in
        [(3, FetchFailure::DnsNxdomain), (2, FetchFailure::DnsFailure), (0, FetchFailure::DnsFailure)]
    {
        let settings =
            FetchSettings { nameservers: vec![start_nameserver(code, None).await], ..settings_with_map(&[]) };
        let exchange = request_page(&settings, "http://gone.example/").await;
        assert_eq!(exchange.outcome.unwrap_err(), failure, "response code {code}");
    }
}
