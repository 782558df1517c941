#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::*;

/// Asks the web for a page in plain HTTP; head and body, the body as bytes.
fn ask(web: &Web, host: &str, path: &str, more: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(web.addr()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut came = Vec::new();
    let _ = stream.read_to_end(&mut came);
    let split = memchr::memmem::find(&came, b"\r\n\r\n").map_or(came.len(), |at| at + 4);
    let body = came.split_off(split);
    (String::from_utf8(came).unwrap(), body)
}

fn status(web: &Web, host: &str, path: &str) -> u16 {
    ask(web, host, path, "").0.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}

#[test]
fn every_text_and_every_edit_fits() {
    for site in SITES {
        for row in site.rows {
            let (PageAnswer::Story(text)
            | PageAnswer::Slow(text, _)
            | PageAnswer::SecondTime(text)
            | PageAnswer::Faulty(text, _)) = row.page
            else {
                continue;
            };
            let prose = library::find_prose(text.name).unwrap_or_else(|| panic!("no text {}", text.name));
            assert!(!prose.paragraphs.is_empty(), "{}", text.name);
            for edit in text.edits {
                let (words, count) = match edit {
                    super::super::prose::Edit::Replace(old, _) => {
                        (old, prose.paragraphs.iter().map(|p| p.matches(old).count()).sum::<usize>())
                    }
                    super::super::prose::Edit::CutFrom(start) => {
                        (start, prose.paragraphs.iter().filter(|p| p.starts_with(start)).count())
                    }
                };
                assert_eq!(count, 1, "{}: {words}", text.name);
            }
        }
    }
}

#[test]
fn statuses_are_those_of_the_table() {
    let web = Web::start_now().unwrap();
    for (host, path, right) in [
        ("harbor-daily.example", "/articles/1001", 200),
        ("harbor-daily.example", "/robots.txt", 404),
        ("harbor-daily.example", "/articles/x9", 404),
        ("harbor-daily.example", "/", 200),
        ("old-well.example", "/articles/1013", 200),
        ("old-well.example", "/articles/x9", 200),
        ("radar-maker.test", "/products/mini", 302),
        ("radar-maker.test", "/", 200),
        ("council-minutes.example", "/2023/05", 403),
        ("letters-desk.example", "/p/88", 404),
        ("tea-prices.example", "/spring", 402),
        ("hydro-files.example", "/robots.txt", 503),
        ("grid-data.example", "/robots.txt", 200),
        ("fishery-bulletin.example", "/kelp", 429),
        ("tyre-trade.example", "/reuse", 503),
        ("tyre-trade.example", "/reuse", 200),
        ("maritime-notice.example", "/2023/17", 308),
        ("evening-readers.example", "/letters/204", 0),
        ("charity-list.example", "/wu", 0),
        ("no-such-host.example", "/", 421),
    ] {
        assert_eq!(status(&web, host, path), right, "{host}{path}");
    }
    let (head, _) = ask(&web, "ferry-times.test", "/41", "");
    assert!(head.contains("Location: /42\r\n"), "{head}");
    let (head, body) = ask(&web, "street-files.example", "/shoe", "");
    assert!(head.contains(&format!("Content-Length: {}\r\n", body.len() + 5000)), "{head}");
}

#[test]
fn time_moves_on_by_era_and_an_unchanged_page_is_not_sent_twice() {
    let web = Web::start_now().unwrap();
    let (head, body) = ask(&web, "harbor-daily.example", "/articles/1001", "");
    assert!(String::from_utf8(body).unwrap().contains("首批将有六艘"));
    let etag = head.lines().find_map(|line| line.strip_prefix("ETag: ")).unwrap().to_owned();
    let condition = format!("If-None-Match: {etag}\r\n");
    let (head, body) = ask(&web, "harbor-daily.example", "/articles/1001", &condition);
    assert!(head.starts_with("HTTP/1.1 304 ") && body.is_empty(), "{head}");
    assert!(web.log().last().unwrap().conditional);
    assert_eq!(status(&web, "sakura-shimbun.example", "/articles/310"), 200);
    assert_eq!(status(&web, "balloon-log.example", "/articles/1012"), 404);
    web.set_era(1);
    let (head, body) = ask(&web, "harbor-daily.example", "/articles/1001", &condition);
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(String::from_utf8(body).unwrap().contains("首批将有九艘"));
    assert_eq!(status(&web, "sakura-shimbun.example", "/articles/310"), 410);
    assert_eq!(status(&web, "balloon-log.example", "/articles/1012"), 200);
}

#[test]
fn legacy_charsets_hold_every_character() {
    let web = Web::start_now().unwrap();
    for (host, path, encoding, words) in [
        ("weather-county.test", "/news/1009.html", encoding_rs::GBK, "县气象台从本周起启用新的冰雹预警系统"),
        ("island-post.test", "/story/1010.html", encoding_rs::BIG5, "在離島送信三十五年的郵差洪德旺"),
    ] {
        let (head, body) = ask(&web, host, path, "");
        assert!(head.contains("Content-Type: text/html\r\n"), "{head}");
        assert!(std::str::from_utf8(&body).is_err(), "{host} is not to be UTF-8");
        let text = encoding.decode_without_bom_handling_and_without_replacement(&body).expect(host);
        assert!(text.contains(words) && !text.contains("&#"), "{text}");
    }
}

#[test]
fn every_host_can_be_resolved_by_name_and_nothing_else() {
    let web = Web::start_now().unwrap();
    let entries = web.resolve_entries();
    assert_eq!(entries.len(), Web::host_count());
    assert!(entries.iter().all(|(host, addr)| host != "*" && addr.starts_with("127.0.0.1:")));
    let (_, refusing) = entries.iter().find(|(host, _)| host == REFUSING_HOST).unwrap();
    assert!(TcpStream::connect(refusing).is_err(), "somebody listens on {refusing}");
}

#[test]
fn the_archive_is_written_whole() {
    let dir = tempfile::tempdir().unwrap();
    super::super::write_archive(dir.path()).unwrap();
    for article in library::ARTICLES {
        let written = std::fs::read_to_string(dir.path().join(article.path)).unwrap();
        assert_eq!(written, article.markdown);
    }
    for (path, page) in library::index_pages() {
        let folder = dir.path().join(&path);
        for link in page.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            assert!(folder.parent().unwrap().join(target).is_file(), "{path}: {target}");
        }
    }
    assert!(!dir.path().join("gnews/charts/old-channel.png").exists());
}

#[tokio::test]
async fn a_client_with_the_authority_reads_a_page_over_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let web = Web::start().await.unwrap();
    let ca = reqwest::Certificate::from_pem(web.ca_pem().as_bytes()).unwrap();
    let mut client = reqwest::Client::builder().no_proxy().tls_certs_only([ca]);
    for host in ["quay-paper.test", "the-quay.example", "self-signed.local-history.example"] {
        client = client.resolve(host, web.addr());
    }
    let client = client.build().unwrap();
    let port = web.addr().port();
    let page =
        client.get(format!("https://the-quay.example:{port}/articles/lighthouse")).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("sounded their horns"));
    assert!(client.get(format!("https://self-signed.local-history.example:{port}/")).send().await.is_err());
}
