//! What other tools write and do not say plainly: cut bodies, revisits, digests, dates.

use std::path::PathBuf;

use super::import_export::{gzip, import, judged, record};
use super::*;
use crate::store::warc::digest::sha256_digest;

/// A folder with a store, and files for it.
struct Scene {
    dir: tempfile::TempDir,
    store: SledStore,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = SledStore::open(&dir.path().join("store"), &journaled()).unwrap().0;
        Self { dir, store }
    }

    fn file(&self, records: &[Vec<u8>]) -> PathBuf {
        let path = self.dir.path().join(format!("{}.warc", fastrand::u64(..)));
        std::fs::write(&path, records.concat()).unwrap();
        path
    }

    fn import(&self, records: &[Vec<u8>]) -> ImportReport {
        import(&self.store, &self.file(records))
    }

    fn snapshots(&self, address: &str) -> Vec<Snapshot> {
        self.store.snapshots(url(address).key()).unwrap()
    }

    fn body(&self, snapshot: &Snapshot) -> Vec<u8> {
        self.store.body(snapshot.body).unwrap().expose().to_vec()
    }
}

const PAGE: &str = "http://a.example/page";
const ID: &str = "<urn:uuid:202f89be-68a1-435a-850f-6709e59974ab>";

/// A record with another date than [`record`] gives.
fn dated(date: &str, kind: &str, uri: &str, more: &str, block: &[u8]) -> Vec<u8> {
    let bytes = record(kind, uri, more, block);
    let at = bytes.windows(20).position(|part| part == b"2021-03-04T05:06:07Z").unwrap();
    [&bytes[..at], date.as_bytes(), &bytes[at + 20..]].concat()
}

fn answer_block(fields: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{fields}\r\n").as_bytes(), body].concat()
}

fn skipped(report: &ImportReport) -> Vec<(&str, u64)> {
    report.skipped.iter().map(|(reason, count)| (reason.as_str(), *count)).collect()
}

#[test]
fn a_body_that_came_in_part_says_so_and_gives_no_validators() {
    let part =
        b"HTTP/1.1 206 Partial\r\nETag: \"v\"\r\nContent-Range: bytes 0-2/9\r\nContent-Length: 3\r\n\r\nabc";
    let all =
        b"HTTP/1.1 206 Partial\r\nETag: \"v\"\r\nContent-Range: bytes 0-2/3\r\nContent-Length: 3\r\n\r\nabc";
    let limit = "WARC-Truncated: length\r\n";
    for (more, block, length, cut) in [
        ("", answer_block("ETag: \"v\"\r\nContent-Length: 4504\r\n", &[b'x'; 3500]), "4504", true),
        (limit, answer_block("ETag: \"v\"\r\nContent-Length: 9\r\n", b"abc"), "9", true),
        ("", part.to_vec(), "3", true),
        ("", all.to_vec(), "3", false),
    ] {
        let scene = Scene::new();
        scene.import(&[record("response", PAGE, more, &block)]);
        let snapshot = scene.snapshots(PAGE).pop().unwrap();
        assert_eq!(snapshot.truncated, cut.then_some(Truncation::Disconnect));
        let fields = &snapshot.hops[0].headers;
        assert_eq!(fields.iter().find(|field| field.name == "content-length").unwrap().value, length);
        let record = scene.store.url(url(PAGE).key()).unwrap().unwrap();
        assert_eq!(record.validators, None, "a 304 would freeze the part");
    }
    // The answer to a HEAD request names a length and has no body.
    let scene = Scene::new();
    let report = scene.import(&[record("response", PAGE, "", &answer_block("Content-Length: 9\r\n", b""))]);
    assert_eq!(skipped(&report), [("an answer without its body, as to a HEAD request", 1)]);
}

#[test]
fn a_revisit_is_found_by_record_digest_or_place() {
    let framed = b"4\r\nonce\r\n0\r\n\r\n";
    let chunked = "Transfer-Encoding: chunked\r\n";
    let named = format!("WARC-Record-ID: {ID}\r\nWARC-Payload-Digest: {}\r\n", sha256_digest(&[framed]));
    // The field comes first, and so counts.
    let first = record("response", PAGE, "", &answer_block(chunked, framed));
    let first = String::from_utf8(first).unwrap();
    let (version, fields) = first.split_once("\r\n").unwrap();
    let first = format!("{version}\r\n{named}{fields}").into_bytes();
    let wget = format!(
        "WARC-Refers-To: {ID}\r\nWARC-Truncated: length\r\nWARC-Block-Digest: sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ\r\nWARC-Payload-Digest: {}\r\n",
        sha256_digest(&[framed])
    );
    let by_id = format!("WARC-Refers-To: {ID}\r\n");
    let by_digest = format!("WARC-Payload-Digest: {}\r\n", sha256_digest(&[framed]));
    let by_text = format!("WARC-Payload-Digest: {}\r\n", sha256_digest(&[b"once"]));
    let by_place =
        "WARC-Refers-To-Target-URI: <http://a.example/page>\r\nWARC-Refers-To-Date: 2021-03-04T05:06:07Z\r\n";
    let head = answer_block("X-Own: yes\r\n", b"");
    let revisit = |more: &str, block: &[u8]| dated("2022-03-04T05:06:07Z", "revisit", PAGE, more, block);
    for (more, in_two_files) in
        [(wget.as_str(), true), (&by_id, false), (&by_digest, true), (&by_text, true), (by_place, true)]
    {
        for (two, block) in [(false, &head[..]), (in_two_files, &head), (in_two_files, b"")] {
            let scene = Scene::new();
            let report = if two {
                scene.import(std::slice::from_ref(&first));
                scene.import(&[revisit(more, block)])
            } else {
                scene.import(&[first.clone(), revisit(more, block)])
            };
            assert_eq!(report.captures, if two { 1 } else { 2 }, "{more} {report:?}");
            let again = scene.snapshots(PAGE).pop().unwrap();
            assert_eq!(again.at().to_string(), "2022-03-04T05:06:07Z");
            assert_eq!((scene.body(&again), again.truncated), (b"once".to_vec(), None));
            let own = again.hops[0].headers.iter().any(|field| field.name == "x-own");
            assert_eq!(own, !block.is_empty(), "its own head, or that of what it refers to");
        }
    }
    // What an error repeats is not kept, and nothing of it is needed.
    let scene = Scene::new();
    let report = scene.import(&[revisit(&by_digest, b"HTTP/1.1 404 Not Found\r\n\r\n")]);
    assert_eq!(report.captures + report.visits, 1, "{report:?}");
}

#[test]
fn a_record_that_is_not_what_it_says_is_left_out() {
    let stated = |field: &str, bytes: &[u8]| format!("{field}: {}\r\n", sha256_digest(&[bytes]));
    let block = answer_block("", b"altered");
    let good = answer_block("", b"as it was");
    let scene = Scene::new();
    let report = scene.import(&[
        record("response", PAGE, &stated("WARC-Block-Digest", &good), &block),
        record("response", PAGE, &stated("WARC-Payload-Digest", b"as it was"), &block),
        dated("2022-03-04T05:06:07Z", "revisit", PAGE, &stated("WARC-Payload-Digest", b"as it was"), &good),
        record("response", "http://a.example/other", "WARC-Payload-Digest: md5:0\r\n", &block),
    ]);
    assert_eq!((report.captures, report.unchecked, report.faults.len()), (1, 1, 2), "{report:?}");
    assert_eq!(
        skipped(&report),
        [
            ("a block that is not what its WARC-Block-Digest says", 1),
            ("a payload that is not what its WARC-Payload-Digest says", 1),
            ("a revisit of what is neither in the file nor in the store", 1),
        ]
    );
    // Tools differ in what a payload is: with chunks and codings, without chunks, without both.
    let packed = gzip(b"text");
    let framed = [format!("{:x}\r\n", packed.len()).as_bytes(), &packed, b"\r\n0\r\n\r\n"].concat();
    let block = answer_block("Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n", &framed);
    for payload in [&framed[..], &packed, b"text"] {
        let more = stated("WARC-Payload-Digest", payload) + &stated("WARC-Block-Digest", &block);
        assert_eq!(Scene::new().import(&[record("response", PAGE, &more, &block)]).captures, 1);
    }
}

#[test]
fn heads_are_read_as_they_are_meant() {
    let scene = Scene::new();
    let short = b"HTTP/1.0 200 OK\nServer: caf\xe9\n\nfirst\r\n\r\nsecond";
    let moved = b"HTTP/1.1 302 Found\r\nLocation: /\xb1\xb1\r\n\r\n";
    scene.import(&[
        record("response", PAGE, "", short),
        record("response", "http://a.example/old", "", moved),
        record("response", "http://a.example/%B1%B1", "", &answer_block("", b"page")),
    ]);
    let page = scene.snapshots(PAGE).pop().unwrap();
    assert_eq!(scene.body(&page), b"first\r\n\r\nsecond");
    assert_eq!(page.hops[0].headers[0].value, "café");
    assert_eq!(scene.snapshots("http://a.example/old")[0].hops.len(), 2);
    let segment = record("response", PAGE, "WARC-Segment-Number: 1\r\n", &answer_block("", b"first part"));
    let report = scene.import(&[segment, record("continuation", PAGE, "", b"second part")]);
    assert_eq!(report.captures, 0);
    assert_eq!(
        skipped(&report),
        [("a record of type continuation", 1), ("a record that goes on in others (WARC-Segment-Number)", 1)]
    );
}

#[test]
fn what_is_no_page_is_a_visit_and_no_snapshot() {
    let scene = Scene::new();
    let path = scene.file(&[
        record("response", PAGE, "", &answer_block("", b"page")),
        dated("2022-03-04T05:06:07Z", "response", PAGE, "", b"HTTP/1.1 404 Not Found\r\n\r\ngone"),
    ]);
    let judge = |page: &ImportedPage<'_>| {
        let keep = page.exchanges[0].outcome.as_ref().unwrap().status == 200;
        ImportJudgement { keep, ..judged(page) }
    };
    for new in [1, 0] {
        let report = scene.store.import_warc(&path, RunId(new), judge).unwrap();
        assert_eq!((report.captures, report.visits, report.known), (new, new, 2 - 2 * new));
    }
    assert_eq!(scene.snapshots(PAGE).len(), 1);
    let visits = scene.store.visits(url(PAGE).key()).unwrap();
    assert_eq!((visits.len(), visits[1].snapshot, visits[1].hops[0].status), (2, None, Some(404)));
    let record = scene.store.url(url(PAGE).key()).unwrap().unwrap();
    assert_eq!(record.latest_snapshot, visits[0].snapshot);
    assert_eq!(scene.store.verify().unwrap().faults, Vec::new());
}

#[test]
fn a_redirect_leads_to_a_page_of_its_own_time() {
    let redirect = |date: &str, from: &str, to: &str| {
        let block = format!("HTTP/1.1 301 Moved\r\nLocation: {to}\r\nContent-Length: 4\r\n\r\nmove");
        dated(date, "response", from, "", block.as_bytes())
    };
    let page = |date: &str| dated(date, "response", PAGE, "", &answer_block("", date.as_bytes()));
    let (old, older) = ("http://a.example/old", "http://a.example/older");
    let scene = Scene::new();
    let report =
        scene.import(&[redirect("2012-03-04T05:06:07Z", old, "/page"), page("2020-03-04T05:06:07Z")]);
    assert_eq!(skipped(&report), [("a redirect whose page was captured at another time", 1)]);
    assert_eq!((scene.snapshots(old).len(), scene.snapshots(PAGE).len()), (0, 1));

    // After its page, and one that leads to it; in one file, and with the page in an earlier one.
    let before = page("2012-03-04T05:04:00Z");
    let after =
        [redirect("2012-03-04T05:06:08Z", older, "/old"), redirect("2012-03-04T05:06:07Z", old, "/page")];
    for together in [true, false] {
        let scene = Scene::new();
        let report = if together {
            scene.import(&[std::slice::from_ref(&before), &after].concat())
        } else {
            scene.import(std::slice::from_ref(&before));
            scene.import(&after)
        };
        assert_eq!(skipped(&report), []);
        let chain = scene.snapshots(older).pop().unwrap();
        let statuses: Vec<_> = chain.hops.iter().map(|hop| hop.status).collect();
        assert_eq!(
            (statuses, chain.at().to_string()),
            (vec![301, 301, 200], "2012-03-04T05:04:00Z".to_owned())
        );
        assert_eq!(scene.snapshots(old)[0].hops.len(), 2);
        assert_eq!(scene.import(&after).captures, 0);
    }
}

#[test]
fn two_answers_of_one_second_are_both_kept_once() {
    let scene = Scene::new();
    let page = |body: &[u8]| record("response", PAGE, "", &answer_block("", body));
    let path = scene.file(&[page(b"one"), page(b"two"), page(b"one")]);
    for (captures, known) in [(2, 1), (0, 3), (0, 3)] {
        let report = import(&scene.store, &path);
        assert_eq!((report.captures, report.known), (captures, known));
    }
    let bodies: Vec<_> = scene.snapshots(PAGE).iter().map(|snapshot| scene.body(snapshot)).collect();
    assert_eq!(bodies, [b"one", b"two"]);
    let visits = scene.store.visits(url(PAGE).key()).unwrap();
    assert_eq!(visits.iter().filter_map(|visit| visit.snapshot).count(), 2);
}

#[test]
fn reading_goes_on_behind_a_damaged_member_and_behind_zeros() {
    let scene = Scene::new();
    let page = |name: &str| {
        gzip(&record("response", &format!("http://a.example/{name}"), "", &answer_block("", b"text")))
    };
    let mut bad = page("bad");
    let middle = bad.len() / 2;
    bad[middle] ^= 0x55;
    let lost = bad.len();
    let zeros = vec![0; 512];
    let path = scene.file(&[page("one"), bad, page("two"), zeros.clone(), page("three"), zeros]);
    let report = import(&scene.store, &path);
    assert_eq!((report.captures, report.faults.len()), (3, 1), "{report:?}");
    assert!(report.faults[0].ends_with(&format!("{lost} bytes were passed over")), "{report:?}");
    let plain =
        |name: &str| record("response", &format!("http://a.example/{name}"), "", &answer_block("", b"text"));
    let report = scene.import(&[plain("four"), vec![0; 9], plain("five"), vec![0; 9]]);
    assert_eq!((report.captures, report.faults.len()), (2, 0), "{report:?}");
}

#[test]
fn what_is_exported_and_imported_again_and_again_stays_what_it_is() {
    let scene = Scene::new();
    let odd = "Content-Length: 4504\r\nX-Archive-Orig-Server: theirs\r\n";
    scene.import(&[record("response", PAGE, "WARC-Truncated: time\r\n", &answer_block(odd, b"short"))]);
    let before = scene.snapshots(PAGE);
    let mut last = scene.dir.path().join("0.warc.gz");
    scene.store.export_warc(&ExportFilter::default(), &last).unwrap();
    for number in 1..4 {
        let store = open(&scene.dir.path().join(format!("store-{number}")));
        assert_eq!(import(&store, &last).captures, 1);
        assert_eq!(store.snapshots(url(PAGE).key()).unwrap(), before);
        last = scene.dir.path().join(format!("{number}.warc.gz"));
        store.export_warc(&ExportFilter::default(), &last).unwrap();
    }
}

/// Kind, fields in lower case, block.
type Record = (String, Vec<(String, String)>, Vec<u8>);

/// The records of a file.
fn records(path: &Path) -> Vec<Record> {
    let input = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut reader = crate::store::warc::read::WarcReader::new(input, 0, 1 << 20).unwrap();
    let mut found = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        found.push((record.record_type().to_owned(), record.fields.clone(), record.block));
    }
    found
}

fn value<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

#[test]
fn an_export_brings_out_what_the_journal_holds() {
    let scene = Scene::new();
    let mut deposit = page("http://a.example/end", 1, 2, b"<p>reached</p>");
    let moved = answer(
        "http://a.example/start",
        1,
        301,
        vec![field("location", "/end"), field("content-length", "5")],
        b"moved",
    );
    deposit.exchanges.insert(0, moved);
    deposit.exchanges[1].outcome.as_mut().unwrap().protocol = Protocol::H2;
    deposit.exchanges[1].remote = Some("192.0.2.1:443".parse().unwrap());
    deposit.visit.url = url("http://a.example/start");
    deposit.visit.snapshot.as_mut().unwrap().url = deposit.visit.url.key();
    scene.store.deposit(deposit).unwrap();
    // What was imported was asked for by somebody else, in words that are not known.
    scene.import(&[record("response", PAGE, "", &answer_block("", b"imported"))]);
    let path = scene.dir.path().join("out.warc.gz");
    scene.store.export_warc(&ExportFilter::default(), &path).unwrap();
    let found = records(&path);
    let kinds: Vec<_> = found.iter().map(|(kind, ..)| kind.as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "request").count(), 2, "{kinds:?}");
    let of = |kind: &str, uri: &str| {
        let own = |(own, fields, _): &&(String, Vec<_>, _)| {
            own == kind && value(fields, "warc-target-uri") == Some(uri)
        };
        found.iter().find(own).unwrap()
    };
    let (_, fields, block) = of("response", "http://a.example/start");
    assert!(block.ends_with(b"\r\n\r\nmoved") && value(fields, "warc-truncated").is_none());
    let (_, fields, _) = of("response", "http://a.example/end");
    assert_eq!(value(fields, "warc-protocol"), Some("h2"));
    assert_eq!(value(fields, "warc-ip-address"), Some("192.0.2.1"));
    let (_, request, block) = of("request", "http://a.example/end");
    assert_eq!(value(request, "warc-concurrent-to"), value(fields, "warc-record-id"));
    assert!(block.starts_with(b"GET /end HTTP/1.1\r\nhost: a.example\r\nuser-agent: test\r\n"));

    // Without its journal, a body that is missing is said to be.
    let dir = scene.dir.path().join("store");
    scene.store.close().unwrap();
    std::fs::remove_dir_all(dir.join("segments")).unwrap();
    let store = open(&dir);
    store.export_warc(&ExportFilter::default(), &path).unwrap();
    let found = records(&path);
    let of_start = |(_, fields, _): &&(String, Vec<_>, _)| {
        value(fields, "warc-target-uri") == Some("http://a.example/start")
    };
    let (_, fields, block) = found.iter().find(of_start).unwrap();
    assert_eq!(value(fields, "warc-truncated"), Some("unspecified"));
    assert!(block.ends_with(b"x-archive-orig-content-length: 5\r\n\r\n"));
}

#[test]
fn a_damaged_record_is_left_out_of_an_export_and_nothing_else() {
    let scene = Scene::new();
    let Scene { dir, store } = &scene;
    for (name, seconds) in [("a", 0), ("a", 10), ("b", 20), ("c", 30)] {
        let address = format!("http://{name}.example/");
        store.deposit(page(&address, 1, seconds, format!("{name} {seconds}").as_bytes())).unwrap();
    }
    store.flush().unwrap();
    let snapshot = store.snapshots(url("http://a.example/").key()).unwrap()[0].id;
    let key = crate::store::db::keys::timed_key(snapshot.url, snapshot.at_ms);
    store.database.snapshots.insert(key, b"\x02\x00no").unwrap();
    store.database.urls.insert(url("http://b.example/").key().as_bytes(), b"\x02\x00no").unwrap();
    let path = dir.path().join("out.warc.gz");
    let report = store.export_warc(&ExportFilter::default(), &path).unwrap();
    assert_eq!((report.snapshots, report.faults.len()), (2, 2), "{report:?}");
    let mut stream = Vec::new();
    assert_eq!(
        store.export_warc_into(&ExportFilter::default(), &mut stream).unwrap().bytes,
        stream.len() as u64
    );
    // Where nothing is taken, no file is made.
    let none = ExportFilter { hosts: vec!["d.example".to_owned()], ..Default::default() };
    let path = dir.path().join("none.warc.gz");
    assert_eq!(store.export_warc(&none, &path).unwrap().snapshots, 0);
    assert!(!path.exists());
}
