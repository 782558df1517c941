//! Servers that send too much, too slowly, or nonsense.

use std::time::Instant;

use super::*;
use crate::model::Untrusted;

#[tokio::test]
async fn a_slow_and_an_endless_body_end_at_a_limit() {
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
            ..server.settings_for_all_hosts()
        };
        let started = Instant::now();
        let response = request_page(&settings, "http://a.example/").await.outcome.unwrap();
        let expected = if pause == 0 { Truncation::Length } else { Truncation::Time };
        assert_eq!(response.truncated, Some(expected));
        assert!(!response.body.is_empty() && response.body.len() <= 1 << 16);
        assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    }
}

#[tokio::test]
async fn oversized_headers_are_a_protocol_failure() {
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
    let exchange = request_page(&giant.settings_for_all_hosts(), "http://a.example/").await;
    assert_eq!(exchange.outcome.unwrap_err(), FetchFailure::Protocol);

    let fields = |count: usize| (0..count).map(|n| format!("X-{n}: {n}\r\n")).collect::<Vec<_>>().concat();
    let many = fields(3000);
    let many = Server::start_with_bytes(page_answer(&many, b"x")).await;
    let exchange = request_page(&many.settings_for_all_hosts(), "http://a.example/").await;
    assert_eq!(exchange.outcome.unwrap_err(), FetchFailure::Protocol);

    let some = fields(150);
    let some = Server::start_with_bytes(page_answer(&some, b"x")).await;
    assert!(
        request_page(&some.settings_for_all_hosts(), "http://a.example/").await.outcome.is_ok(),
        "150 fields are only odd"
    );
}

proptest::proptest! {
    /// Whatever a server sends, it is read without a panic.
    #[test]
    fn nothing_that_a_server_sends_causes_a_panic(
        body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600),
        value in ".{0,80}",
        markup in "(<meta|<noscript>|http-equiv=|refresh|content=|[0-9.;,'\"= ]|url|[a-z<>/]){0,40}",
        coding in "(gzip|deflate|br|zstd|identity|, |x){0,3}",
    ) {
        let base = Url::parse("http://a.example/d/p").unwrap();
        for (bytes, name) in [(body.clone(), "location"), (markup.into_bytes(), "refresh")] {
            let decoded = crate::fetch::body::charset::decode_text(&bytes, Some(&value));
            proptest::prop_assert!(decoded.text.len() <= bytes.len() * 3 + 3);
            let own = |name: &str, value: &str| HeaderField { name: name.into(), value: value.into() };
            let response = Response {
                status: if name == "location" { 302 } else { 200 },
                status_line: None,
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
            jar.store_cookies(&exchange);
            let header = jar.cookie_header(&base);
            proptest::prop_assert!(header.is_none_or(|text| !text.contains(['\r', '\n'])));
            redirect::next_step(&[exchange], 5);
        }
        retry_after::parse_retry_after(&value, jiff::Timestamp::UNIX_EPOCH);
        let (mut decoder, _) = crate::fetch::body::decoder::BodyDecoder::new(&coding, 10_000, Some(u64::MAX));
        for chunk in body.chunks(7) {
            if decoder.decode_chunk(chunk).is_err() {
                break;
            }
        }
        let _ = decoder.finish_input();
        proptest::prop_assert!(decoder.into_bytes().len() <= 10_000);
    }
}
