//! Imports of the WARC files of other tools.

use std::io::{Read, Write};
use std::process::Command;

use flate2::Compression;

use super::warc_files::{gzip, import_file, keep_every_page, warc_record};
use super::*;

/// Records as other tools write them: chunked, coded, already decoded, redirects, revisits, and records that
/// hold no page.
fn records_of_other_tools() -> Vec<Vec<u8>> {
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
        warc_record("warcinfo", "", "", b"software: something\r\n"),
        warc_record("response", "dns:a.example", "", b"20210304 a.example. 300 IN A 192.0.2.1"),
        warc_record("request", "http://a.example/chunked", "", b"GET / HTTP/1.1\r\n\r\n"),
        warc_record("response", "<http://a.example/chunked>", "WARC-Payload-Digest: sha1:AAAA\r\n", &chunked),
        warc_record("response", "https://a.example/stated", "", stated),
        warc_record("response", "https://a.example/odd", "", odd),
        warc_record("response", "http://a.example/r1", "", b"HTTP/1.1 301 Moved\r\nLocation: /r2\r\n\r\n"),
        warc_record(
            "response",
            "http://a.example/r2",
            "",
            b"HTTP/1.1 302 Found\r\nLocation: /end#part\r\n\r\nbody",
        ),
        warc_record(
            "response",
            "http://a.example/end",
            "",
            b"HTTP/1.0 200 OK\nContent-Type: text/plain\n\nthe end",
        ),
        warc_record(
            "response",
            "http://a.example/nowhere",
            "",
            b"HTTP/1.1 301 Moved\r\nLocation: http://b.example/\r\n\r\n",
        ),
        warc_record(
            "revisit",
            "http://a.example/again",
            "WARC-Payload-Digest: sha1:AAAA\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n",
        ),
        warc_record(
            "revisit",
            "http://a.example/unknown",
            "WARC-Payload-Digest: sha1:BBBB\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n",
        ),
        warc_record("resource", "http://a.example/shot.png", "", b"no PNG"),
        warc_record("response", "http://a.example/bare", "", b"HTTP/1.1 204 No Content\r\nServer: x"),
        warc_record("response", "http://a.example/none", "", b"<html>no head</html>"),
    ]
}

#[test]
fn records_of_other_tools_are_imported() {
    let dir = tempfile::tempdir().unwrap();
    let records = records_of_other_tools();
    let by_record: Vec<u8> = records.iter().flat_map(|record| gzip(record)).collect();
    let files = [
        ("plain.warc", records.concat()),
        ("records.warc.gz", by_record),
        ("whole.warc.gz", gzip(&records.concat())),
    ];
    for (name, bytes) in files {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let store = open_without_journal(&dir.path().join(format!("store-{name}")));
        let report = import_file(&store, &path);
        assert_eq!(report.faults, Vec::<String>::new(), "{name}");
        assert_eq!(report.records, 15, "{name}");
        let skipped: Vec<_> =
            report.skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        assert_eq!(
            skipped,
            [
                "1 a revisit of what is neither in the files nor in the store",
                "1 no HTTP answer in it",
                "1 the content coding compress",
                "1 the scheme dns",
            ],
            "{name}"
        );
        let page = |address: &str| {
            let snapshot = store.read_snapshots(url(address).key()).unwrap().pop().unwrap();
            let body = store.read_body(snapshot.body).unwrap().expose().to_vec();
            (snapshot, String::from_utf8(body).unwrap())
        };
        let (chunked, text) = page("http://a.example/chunked");
        assert_eq!(text, "压缩");
        assert_eq!(chunked.hops[0].headers, Vec::new(), "fields that describe the transfer are removed");
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
        assert_eq!((report.captures, report.visits), (8, 1));
        assert_eq!(page("http://a.example/shot.png").0.hops[0].status, 200);
        let again = import_file(&store, &path);
        assert_eq!((again.captures, again.visits, again.known), (0, 0, 9), "{name}");
    }
}

/// The text of all bodies of [`coded_bodies`].
const CODED: &str = "压缩的正文, compressed body";

/// A body in every supported content coding, as browser-based crawlers write them.
fn coded_bodies() -> Vec<(&'static str, Vec<u8>)> {
    use flate2::write::{DeflateEncoder, ZlibEncoder};
    let text = CODED.as_bytes();
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(text).unwrap();
    let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
    raw.write_all(text).unwrap();
    // Brotli's stored form (RFC 7932): a header, the uncompressed bytes, the end.
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
fn bodies_in_every_content_coding_are_imported() {
    let dir = tempfile::tempdir().unwrap();
    let mut bytes = Vec::new();
    for (number, (coding, body)) in coded_bodies().into_iter().enumerate() {
        // Browsertrix writes an HTTP/2 status line.
        let mut block =
            format!("HTTP/2 200\r\ncontent-encoding: {coding}\r\ncontent-length: {}\r\n\r\n", body.len())
                .into_bytes();
        block.extend(body);
        let more = "WARC-Protocol: h2\r\nWARC-Protocol: tls/1.3\r\nWARC-JSON-Metadata: {}\r\n";
        bytes.extend(gzip(&warc_record("response", &format!("https://a.example/{number}"), more, &block)));
    }
    let path = dir.path().join("coded.warc.gz");
    std::fs::write(&path, bytes).unwrap();
    let store = open_without_journal(&dir.path().join("store"));
    let report = import_file(&store, &path);
    assert_eq!((report.captures, report.skipped.len(), report.faults.len()), (8, 0, 0), "{report:?}");
    for number in 0..8 {
        let snapshot =
            store.read_snapshots(url(&format!("https://a.example/{number}")).key()).unwrap().pop().unwrap();
        let body = store.read_body(snapshot.body).unwrap();
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
fn a_revisit_is_resolved_by_url_and_date() {
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
    let first = write("first.warc", &[warc_record("response", "http://a.example/page", "", answer)]);
    // In another file: the page that it refers to is in the store already.
    let second = write(
        "second.warc",
        &[
            warc_record("revisit", "http://b.example/copy", refers, head),
            warc_record("revisit", "http://a.example/page", profile, not_modified),
            warc_record("metadata", "http://a.example/page", "", b"fetchTimeMs: 12\r\n"),
            warc_record("conversion", "http://a.example/page", "", b"text"),
        ],
    );
    let store = open_without_journal(&dir.path().join("store"));
    assert_eq!(import_file(&store, &first).captures, 1);
    let report = import_file(&store, &second);
    assert_eq!((report.captures, report.faults.len()), (1, 0), "{report:?}");
    assert_eq!((report.skipped.values().sum::<u64>(), report.unchanged), (1, 1), "{report:?}");
    let copy = store.read_snapshots(url("http://b.example/copy").key()).unwrap().pop().unwrap();
    assert_eq!(store.read_body(copy.body).unwrap().expose().as_ref(), b"<p>once</p>");
    // A revisit of a page that is not known is skipped with a reason.
    let other = open_without_journal(&dir.path().join("other"));
    let report = import_file(&other, &second);
    assert_eq!(report.captures, 0);
    assert!(
        report.skipped.keys().any(|reason| reason.contains("a revisit of what is neither")),
        "{report:?}"
    );
}

#[test]
fn what_holds_no_record_is_said_with_what_can_be_imported() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(&dir.path().join("store"));
    for (name, bytes) in
        [("empty.warc", Vec::new()), ("packed.warc.gz", gzip(b"")), ("a.txt", b"some text\n".to_vec())]
    {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let failure = import_file(&store, &path).failure.unwrap_or_default();
        assert!(failure.starts_with("it holds no record; WARC, ARC and WACZ files"), "{name}: {failure}");
    }
}

#[test]
fn records_before_the_damage_in_a_file_are_imported() {
    let dir = tempfile::tempdir().unwrap();
    let records = records_of_other_tools();
    let mut bytes: Vec<u8> = records.iter().take(4).flat_map(|record| gzip(record)).collect();
    let whole = bytes.len();
    bytes.extend(&gzip(&records[4])[..40]);
    let path = dir.path().join("cut.warc.gz");
    std::fs::write(&path, bytes).unwrap();
    let store = open_without_journal(&dir.path().join("store"));
    let report = import_file(&store, &path);
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
        // Whatever the file holds, importing it does not panic, and the store stays sound.
        let paths = std::slice::from_ref(&path);
        let _ = store.import_files(paths, RunId(1), ImportOptions::default(), keep_every_page).unwrap();
    }
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    for (name, content) in [("page.html", &b"<html>"[..]), ("empty.warc", b"")] {
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        let report = import_file(&store, &path);
        assert_eq!((report.records, report.faults.len()), (0, usize::from(!content.is_empty())), "{name}");
    }
}

/// Answers requests on loopback until the listener is dropped.
fn serve_pages() -> (String, std::net::TcpListener) {
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
fn a_file_that_wget_writes_is_imported() {
    let dir = tempfile::tempdir().unwrap();
    let (base, _listener) = serve_pages();
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
    let store = open_without_journal(&dir.path().join("store"));
    let report = import_file(&store, &path);
    assert_eq!(report.faults, Vec::<String>::new());
    let page = |path: &str| {
        let snapshot = store.read_snapshots(url(&format!("{base}{path}")).key()).unwrap().pop().unwrap();
        let body = store.read_body(snapshot.body).unwrap().expose().to_vec();
        (snapshot.hops.len(), snapshot.last_hop().unwrap().status, String::from_utf8(body).unwrap())
    };
    assert_eq!(page("/moved"), (2, 200, "<p>one</p>".to_owned()));
    assert_eq!(page("/missing"), (1, 404, "none".to_owned()));
}
