//! WARC and WACZ out, WARC in.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::journal::{fill, segments};
use super::*;

/// The hops of a capture with their statuses, its time, its body.
type Capture = (Vec<(String, u16)>, jiff::Timestamp, ContentHash);

/// Every capture, sorted.
fn captures(store: &SledStore) -> Vec<Capture> {
    let mut found = Vec::new();
    for key in store.database.urls.keys().unwrap() {
        let key = UrlKey::from_bytes(key.as_ref().try_into().unwrap());
        for snapshot in store.snapshots(key).unwrap() {
            assert_eq!(ContentHash::of(store.body(snapshot.body).unwrap().expose()), snapshot.body);
            let hops = snapshot.hops.iter().map(|hop| (hop.url.clone(), hop.status)).collect();
            found.push((hops, snapshot.at(), snapshot.body));
        }
    }
    found.sort();
    found
}

pub(super) fn judged(page: &ImportedPage<'_>) -> ImportJudgement {
    let status = page.exchanges.last().unwrap().outcome.as_ref().unwrap().status;
    ImportJudgement {
        judgement: json!({ "status": status }).into(),
        state: json!({ "state": "ok" }).into(),
        keep: true,
    }
}

pub(super) fn import(store: &SledStore, path: &Path) -> ImportReport {
    let report = store.import_warc(path, RunId(77), judged).unwrap();
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    report
}

fn run(program: &str, variable: &str, args: &[&str]) -> Option<String> {
    let program = std::env::var(variable).unwrap_or_else(|_| program.to_owned());
    let Ok(output) = Command::new(&program).args(args).output() else {
        println!("skipped: {program} is not installed");
        return None;
    };
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    Some(text)
}

#[test]
fn an_export_imports_into_equal_captures_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(&dir.path().join("one"), &journaled()).unwrap().0;
    fill(&store);
    let path = dir.path().join("all.warc.gz");
    let report = store.export_warc(&ExportFilter::default(), &path).unwrap();
    assert_eq!((report.snapshots, report.records, report.faults.len()), (13, 29, 0));
    assert_eq!(report.bytes, std::fs::metadata(&path).unwrap().len());

    let other = SledStore::open(&dir.path().join("two"), &journaled()).unwrap().0;
    let report = import(&other, &path);
    assert_eq!((report.captures, report.known, report.faults.len()), (14, 0, 0), "{report:?}");
    // A page that was reached by a redirect also stands under its own URL.
    let mut expected = captures(&store);
    expected.push((vec![("http://r.example/end".to_owned(), 299)], at(22), ContentHash::of(b"reached")));
    expected.sort();
    assert_eq!(captures(&other), expected);
    let key = url("http://r.example/start").key();
    let visits = other.visits(key).unwrap();
    assert_eq!((visits.len(), visits[0].run), (1, RunId(77)));
    assert_eq!(visits[0].judgement, json!({"status": 299}).into());
    let again = import(&other, &path);
    assert_eq!((again.captures, again.known), (0, 14));

    // Our own segments are WARC like any other.
    let third = SledStore::open(&dir.path().join("three"), &plain()).unwrap().0;
    store.close().unwrap();
    let report = import(&third, &segments(&dir.path().join("one"))[0]);
    assert_eq!(report.captures, 14, "{report:?}");
    assert_eq!(captures(&third), captures(&other));
}

#[test]
fn an_export_takes_what_the_filter_says() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir.path().join("store"));
    for (address, seconds) in [
        ("http://a.example/1", 0),
        ("http://sub.a.example/2", 10),
        ("http://ba.example/3", 20),
        ("http://a.example/1", 30),
    ] {
        store.deposit(page(address, 1, seconds, address.as_bytes())).unwrap();
    }
    let count =
        |filter: &ExportFilter| store.export_warc(filter, &dir.path().join("out.warc.gz")).unwrap().snapshots;
    assert_eq!(count(&ExportFilter::default()), 4);
    assert_eq!(count(&ExportFilter { hosts: vec!["a.example".to_owned()], ..Default::default() }), 3);
    let urls = Some(HashSet::from([url("http://a.example/1").key()]));
    assert_eq!(count(&ExportFilter { urls, ..Default::default() }), 2);
    assert_eq!(count(&ExportFilter { from: Some(at(10)), to: Some(at(20)), ..Default::default() }), 2);
    let error = store.export_warc(&ExportFilter::default(), Path::new("/nonexistent/x.warc.gz")).unwrap_err();
    assert!(error.to_string().starts_with("/nonexistent/x.warc.gz"), "{error}");
}

#[test]
fn validators_find_no_fault_in_exports() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(&dir.path().join("store"), &journaled()).unwrap().0;
    fill(&store);
    let warc = dir.path().join("all.warc.gz");
    store.export_warc(&ExportFilter::default(), &warc).unwrap();
    let wacz = dir.path().join("all.wacz");
    assert_eq!(store.export_wacz(&ExportFilter::default(), &wacz).unwrap().snapshots, 13);
    if let Some(text) = run("warcio", "WARCIO", &["check", "-v", warc.to_str().unwrap()]) {
        assert!(text.contains("digest pass") && !text.contains("fail"), "{text}");
    }
    run("wacz", "WACZ", &["validate", "-f", wacz.to_str().unwrap()]);
    run("python3", "PYTHON3", &["-m", "zipfile", "-t", wacz.to_str().unwrap()]);
}

pub(super) fn record(kind: &str, uri: &str, more: &str, block: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{:032x}>\r\nWARC-Date: 2021-03-04T05:06:07Z\r\nWARC-Target-URI: {uri}\r\n{more}Content-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n",
        fastrand::u128(..),
        block.len()
    )
    .into_bytes();
    bytes.extend_from_slice(block);
    bytes.extend_from_slice(b"\r\n\r\n");
    bytes
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What other tools write: chunks, codings, codings that are only stated, redirects, revisits, and
/// what is no page at all.
fn foreign() -> Vec<Vec<u8>> {
    let packed = gzip("压缩".as_bytes());
    let mut chunked =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n".to_vec();
    let (first, second) = packed.split_at(10);
    for piece in [first, second, b""] {
        chunked.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        chunked.extend_from_slice(piece);
        chunked.extend_from_slice(b"\r\n");
    }
    let stated =
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nplain text <b>already</b>";
    let odd = b"HTTP/1.1 200 OK\r\nContent-Encoding: compress\r\n\r\n\x1f\x9d";
    vec![
        record("warcinfo", "", "", b"software: something\r\n"),
        record("response", "dns:a.example", "", b"20210304 a.example. 300 IN A 192.0.2.1"),
        record("request", "http://a.example/chunked", "", b"GET / HTTP/1.1\r\n\r\n"),
        record("response", "<http://a.example/chunked>", "WARC-Payload-Digest: sha1:AAAA\r\n", &chunked),
        record("response", "https://a.example/stated", "", stated),
        record("response", "https://a.example/odd", "", odd),
        record("response", "http://a.example/r1", "", b"HTTP/1.1 301 Moved\r\nLocation: /r2\r\n\r\n"),
        record(
            "response",
            "http://a.example/r2",
            "",
            b"HTTP/1.1 302 Found\r\nLocation: /end#part\r\n\r\nbody",
        ),
        record(
            "response",
            "http://a.example/end",
            "",
            b"HTTP/1.0 200 OK\nContent-Type: text/plain\n\nthe end",
        ),
        record(
            "response",
            "http://a.example/nowhere",
            "",
            b"HTTP/1.1 301 Moved\r\nLocation: http://b.example/\r\n\r\n",
        ),
        record(
            "revisit",
            "http://a.example/again",
            "WARC-Payload-Digest: sha1:AAAA\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n",
        ),
        record(
            "revisit",
            "http://a.example/unknown",
            "WARC-Payload-Digest: sha1:BBBB\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n",
        ),
        record("resource", "http://a.example/shot.png", "", b"\x89PNG"),
        record("response", "http://a.example/bare", "", b"HTTP/1.1 204 No Content\r\nServer: x"),
        record("response", "http://a.example/none", "", b"<html>no head</html>"),
    ]
}

#[test]
fn what_other_tools_write_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let records = foreign();
    let by_record: Vec<u8> = records.iter().flat_map(|record| gzip(record)).collect();
    let files = [
        ("plain.warc", records.concat()),
        ("records.warc.gz", by_record),
        ("whole.warc.gz", gzip(&records.concat())),
    ];
    for (name, bytes) in files {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let store = open(&dir.path().join(format!("store-{name}")));
        let report = import(&store, &path);
        assert_eq!(report.faults, Vec::<String>::new(), "{name}");
        assert_eq!(report.records, 15, "{name}");
        let skipped: Vec<_> =
            report.skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        assert_eq!(
            skipped,
            [
                "1 a record of type resource",
                "1 a redirect whose page is not in the file",
                "1 a revisit of what is neither in the file nor in the store",
                "1 no HTTP answer in it",
                "1 the content coding compress",
                "1 the scheme dns",
            ],
            "{name}"
        );
        let page = |address: &str| {
            let snapshot = store.snapshots(url(address).key()).unwrap().pop().unwrap();
            let body = store.body(snapshot.body).unwrap().expose().to_vec();
            (snapshot, String::from_utf8(body).unwrap())
        };
        let (chunked, text) = page("http://a.example/chunked");
        assert_eq!(text, "压缩");
        assert_eq!(chunked.hops[0].headers, Vec::new(), "fields of the transfer are gone with it");
        assert_eq!(chunked.at().to_string(), "2021-03-04T05:06:07Z");
        assert_eq!(page("https://a.example/stated").1, "plain text <b>already</b>");
        assert_eq!(page("http://a.example/again").1, "压缩");
        assert_eq!(page("http://a.example/bare").1, "");
        let (chain, text) = page("http://a.example/r1");
        assert_eq!(text, "the end");
        let hops: Vec<_> = chain.hops.iter().map(|hop| (hop.url.as_str(), hop.status)).collect();
        let expected =
            [("http://a.example/r1", 301), ("http://a.example/r2", 302), ("http://a.example/end", 200)];
        assert_eq!(hops, expected);
        assert_eq!(page("http://a.example/r2").0.hops.len(), 2);
        assert_eq!(page("http://a.example/end").0.hops.len(), 1);
        assert_eq!(report.captures, 7);
        let again = import(&store, &path);
        assert_eq!((again.captures, again.known), (0, 7), "{name}");
    }
}

/// The text of [`coded`]'s bodies.
const CODED: &str = "压缩的正文, compressed body";

/// Bodies under every content coding that is read, as crawlers with a browser write them.
fn coded() -> Vec<(&'static str, Vec<u8>)> {
    use flate2::write::{DeflateEncoder, ZlibEncoder};
    let text = CODED.as_bytes();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(text).unwrap();
    let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
    raw.write_all(text).unwrap();
    // Brotli's stored form (RFC 7932): a header, the bytes as they are, the end.
    let brotli = [&[139, 15, 128], text, &[3]].concat();
    vec![
        ("gzip", gzip(text)),
        ("x-gzip", [gzip(&text[..9]), gzip(&text[9..])].concat()),
        ("deflate", zlib.finish().unwrap()),
        ("deflate", raw.finish().unwrap()),
        ("br", brotli.clone()),
        ("zstd", zstd::bulk::compress(text, 3).unwrap()),
        ("br, gzip", gzip(&brotli)),
        ("identity", text.to_vec()),
    ]
}

#[test]
fn every_coding_of_a_body_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut bytes = Vec::new();
    for (number, (coding, body)) in coded().into_iter().enumerate() {
        // Browsertrix says of HTTP/2 what it was.
        let mut block =
            format!("HTTP/2 200\r\ncontent-encoding: {coding}\r\ncontent-length: {}\r\n\r\n", body.len())
                .into_bytes();
        block.extend(body);
        let more = "WARC-Protocol: h2\r\nWARC-Protocol: tls/1.3\r\nWARC-JSON-Metadata: {}\r\n";
        bytes.extend(gzip(&record("response", &format!("https://a.example/{number}"), more, &block)));
    }
    let path = dir.path().join("coded.warc.gz");
    std::fs::write(&path, bytes).unwrap();
    let store = open(&dir.path().join("store"));
    let report = import(&store, &path);
    assert_eq!((report.captures, report.skipped.len(), report.faults.len()), (8, 0, 0), "{report:?}");
    for number in 0..8 {
        let snapshot =
            store.snapshots(url(&format!("https://a.example/{number}")).key()).unwrap().pop().unwrap();
        let body = store.body(snapshot.body).unwrap();
        assert_eq!(body.expose().as_ref(), CODED.as_bytes(), "body {number}");
        let fields = &snapshot.last_hop().unwrap().headers;
        assert!(fields.iter().all(|field| field.name != "content-encoding"));
        assert_eq!(
            fields.iter().find(|field| field.name == "content-length").unwrap().value,
            CODED.len().to_string()
        );
    }
}

#[test]
fn revisits_are_found_by_what_they_refer_to() {
    let dir = tempfile::tempdir().unwrap();
    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>once</p>";
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n";
    let not_modified = b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n";
    let refers =
        "WARC-Refers-To-Target-URI: http://a.example/page\r\nWARC-Refers-To-Date: 2021-03-04T05:06:07Z\r\n";
    let profile = "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/server-not-modified\r\n";
    let write = |name: &str, records: &[Vec<u8>]| {
        let path = dir.path().join(name);
        std::fs::write(&path, records.concat()).unwrap();
        path
    };
    let first = write("first.warc", &[record("response", "http://a.example/page", "", answer)]);
    // In a file of its own: the page that it refers to is in the store already.
    let second = write(
        "second.warc",
        &[
            record("revisit", "http://b.example/copy", refers, head),
            record("revisit", "http://a.example/page", profile, not_modified),
            record("metadata", "http://a.example/page", "", b"fetchTimeMs: 12\r\n"),
            record("conversion", "http://a.example/page", "", b"text"),
        ],
    );
    let store = open(&dir.path().join("store"));
    assert_eq!(import(&store, &first).captures, 1);
    let report = import(&store, &second);
    assert_eq!((report.captures, report.faults.len()), (1, 0), "{report:?}");
    assert_eq!(report.skipped.values().sum::<u64>(), 2, "{report:?}");
    let copy = store.snapshots(url("http://b.example/copy").key()).unwrap().pop().unwrap();
    assert_eq!(store.body(copy.body).unwrap().expose().as_ref(), b"<p>once</p>");
    // Before its page is known, a revisit is skipped and says why.
    let other = open(&dir.path().join("other"));
    let report = import(&other, &second);
    assert_eq!(report.captures, 0);
    assert!(
        report.skipped.keys().any(|reason| reason.contains("a revisit of what is neither")),
        "{report:?}"
    );
}

#[test]
fn a_damaged_file_gives_what_stands_before_the_damage() {
    let dir = tempfile::tempdir().unwrap();
    let records = foreign();
    let mut bytes: Vec<u8> = records.iter().take(4).flat_map(|record| gzip(record)).collect();
    let whole = bytes.len();
    bytes.extend(&gzip(&records[4])[..40]);
    let path = dir.path().join("cut.warc.gz");
    std::fs::write(&path, bytes).unwrap();
    let store = open(&dir.path().join("store"));
    let report = import(&store, &path);
    assert_eq!(report.captures, 1);
    assert_eq!(report.faults.len(), 1);
    assert!(report.faults[0].contains(&format!("offset {whole}:")), "{:?}", report.faults);

    let mut random = fastrand::Rng::with_seed(3);
    let plain = records.concat();
    for _ in 0..60 {
        let mut bad = plain.clone();
        for _ in 0..3 {
            let at = random.usize(..bad.len());
            bad[at] = random.u8(..);
        }
        bad.truncate(random.usize(..=bad.len()));
        std::fs::write(&path, &bad).unwrap();
        // Whatever it holds, it is read or refused, and the store stays sound.
        let _ = store.import_warc(&path, RunId(1), judged).unwrap();
    }
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    for (name, content) in [("page.html", &b"<html>"[..]), ("empty.warc", b"")] {
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        let report = import(&store, &path);
        assert_eq!((report.records, report.faults.len()), (0, usize::from(!content.is_empty())), "{name}");
    }
}

/// Answers every request on loopback until it is dropped.
fn serve() -> (String, std::net::TcpListener) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let served = listener.try_clone().unwrap();
    std::thread::spawn(move || {
        for stream in served.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4096];
            let count = stream.read(&mut request).unwrap_or(0);
            let head = String::from_utf8_lossy(&request[..count]).into_owned();
            let answer = match head.split(' ').nth(1) {
                Some("/moved") => {
                    "HTTP/1.1 301 Moved\r\nLocation: /page\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                }
                Some("/page") => {
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n6\r\n<p>one\r\n4\r\n</p>\r\n0\r\n\r\n"
                }
                _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone",
            };
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (format!("http://{address}"), listener)
}

#[test]
fn what_wget_writes_imports_and_reads_back() {
    let dir = tempfile::tempdir().unwrap();
    let (base, _listener) = serve();
    let warc = dir.path().join("out");
    let wget = Command::new("wget")
        .current_dir(dir.path())
        .env_remove("http_proxy")
        .args(["-q", "--no-config", "--no-proxy", "--tries=1", "--timeout=10", "--warc-file"])
        .arg(&warc)
        .args([format!("{base}/moved"), format!("{base}/missing")])
        .output();
    let Ok(output) = wget else {
        println!("skipped: wget is not installed");
        return;
    };
    let path = dir.path().join("out.warc.gz");
    assert!(path.exists(), "{}", String::from_utf8_lossy(&output.stderr));
    let store = open(&dir.path().join("store"));
    let report = import(&store, &path);
    assert_eq!(report.faults, Vec::<String>::new());
    let page = |path: &str| {
        let snapshot = store.snapshots(url(&format!("{base}{path}")).key()).unwrap().pop().unwrap();
        let body = store.body(snapshot.body).unwrap().expose().to_vec();
        (snapshot.hops.len(), snapshot.last_hop().unwrap().status, String::from_utf8(body).unwrap())
    };
    assert_eq!(page("/moved"), (2, 200, "<p>one</p>".to_owned()));
    assert_eq!(page("/missing"), (1, 404, "none".to_owned()));
}
