//! Exports to WARC and WACZ: what the records hold, and that they import into equal captures.

use std::collections::HashSet;
use std::process::Command;

use super::filled_store::{fill_store, segment_files};
use super::warc_files::{ImportFixture, PAGE, answer_block, import_file, warc_record};
use super::*;

/// The URLs and statuses of a capture's hops, its time, and the hash of its body.
type Capture = (Vec<(String, u16)>, jiff::Timestamp, ContentHash);

/// All captures of a store, sorted.
fn all_captures(store: &SledStore) -> Vec<Capture> {
    let mut found = Vec::new();
    for key in store.database.urls.keys().unwrap() {
        let key = UrlKey::from_bytes(key.as_ref().try_into().unwrap());
        for snapshot in store.read_snapshots(key).unwrap() {
            assert_eq!(ContentHash::of(store.read_body(snapshot.body).unwrap().expose()), snapshot.body);
            let hops = snapshot.hops.iter().map(|hop| (hop.url.clone(), hop.status)).collect();
            found.push((hops, snapshot.at(), snapshot.body));
        }
    }
    found.sort();
    found
}

/// Runs an external validator and returns its output; `None` if it is not installed.
fn run_validator(program: &str, variable: &str, args: &[&str]) -> Option<String> {
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
    let store = SledStore::open(&dir.path().join("one"), &with_journal()).unwrap().0;
    fill_store(&store);
    let path = dir.path().join("all.warc.gz");
    let report = store.export_warc(&ExportFilter::default(), &path).unwrap();
    assert_eq!((report.snapshots, report.records, report.faults.len()), (13, 29, 0));
    assert_eq!(report.bytes, std::fs::metadata(&path).unwrap().len());

    let other = SledStore::open(&dir.path().join("two"), &with_journal()).unwrap().0;
    let report = import_file(&other, &path);
    assert_eq!((report.captures, report.known, report.faults.len()), (14, 0, 0), "{report:?}");
    // A page that was reached by a redirect is also imported under its own URL.
    let mut expected = all_captures(&store);
    expected.push((
        vec![("http://r.example/end".to_owned(), 299)],
        at_second(22),
        ContentHash::of(b"reached"),
    ));
    expected.sort();
    assert_eq!(all_captures(&other), expected);
    let key = url("http://r.example/start").key();
    let visits = other.read_visits(key).unwrap();
    assert_eq!((visits.len(), visits[0].run), (1, RunId(77)));
    assert_eq!(visits[0].judgement, json!({"status": 299}).into());
    let again = import_file(&other, &path);
    assert_eq!((again.captures, again.known), (0, 14));

    // The segments of a journal can be imported like any other WARC file.
    let third = SledStore::open(&dir.path().join("three"), &without_journal()).unwrap().0;
    store.close().unwrap();
    let report = import_file(&third, &segment_files(&dir.path().join("one"))[0]);
    assert_eq!(report.captures, 14, "{report:?}");
    assert_eq!(all_captures(&third), all_captures(&other));
}

#[test]
fn an_export_holds_the_snapshots_that_the_filter_takes() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(&dir.path().join("store"));
    for (address, seconds) in [
        ("http://a.example/1", 0),
        ("http://sub.a.example/2", 10),
        ("http://ba.example/3", 20),
        ("http://a.example/1", 30),
    ] {
        store.write_page(stored_page(address, 1, seconds, address.as_bytes())).unwrap();
    }
    let count =
        |filter: &ExportFilter| store.export_warc(filter, &dir.path().join("out.warc.gz")).unwrap().snapshots;
    assert_eq!(count(&ExportFilter::default()), 4);
    assert_eq!(count(&ExportFilter { hosts: vec!["a.example".to_owned()], ..Default::default() }), 3);
    let urls = Some(HashSet::from([url("http://a.example/1").key()]));
    assert_eq!(count(&ExportFilter { urls, ..Default::default() }), 2);
    assert_eq!(
        count(&ExportFilter { from: Some(at_second(10)), to: Some(at_second(20)), ..Default::default() }),
        2
    );
    let error = store.export_warc(&ExportFilter::default(), Path::new("/nonexistent/x.warc.gz")).unwrap_err();
    assert!(error.to_string().starts_with("/nonexistent/x.warc.gz"), "{error}");
}

#[test]
fn external_validators_accept_exported_files() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(&dir.path().join("store"), &with_journal()).unwrap().0;
    fill_store(&store);
    let warc = dir.path().join("all.warc.gz");
    store.export_warc(&ExportFilter::default(), &warc).unwrap();
    let wacz = dir.path().join("all.wacz");
    assert_eq!(
        store
            .export_wacz(&ExportFilter::default(), &wacz, &mut |_| Some(PageDescription::default()))
            .unwrap()
            .snapshots,
        13
    );
    if let Some(text) = run_validator("warcio", "WARCIO", &["check", "-v", warc.to_str().unwrap()]) {
        assert!(text.contains("digest pass") && !text.contains("fail"), "{text}");
    }
    run_validator("wacz", "WACZ", &["validate", "-f", wacz.to_str().unwrap()]);
    run_validator("python3", "PYTHON3", &["-m", "zipfile", "-t", wacz.to_str().unwrap()]);
}

#[test]
fn repeated_export_and_import_changes_nothing() {
    let fixture = ImportFixture::new();
    let odd = "Content-Length: 4504\r\nX-Archive-Orig-Server: theirs\r\n";
    fixture.import(&[warc_record(
        "response",
        PAGE,
        "WARC-Truncated: time\r\n",
        &answer_block(odd, b"short"),
    )]);
    let before = fixture.snapshots(PAGE);
    let mut last = fixture.dir.path().join("0.warc.gz");
    fixture.store.export_warc(&ExportFilter::default(), &last).unwrap();
    for number in 1..4 {
        let store = open_without_journal(&fixture.dir.path().join(format!("store-{number}")));
        assert_eq!(import_file(&store, &last).captures, 1);
        assert_eq!(store.read_snapshots(url(PAGE).key()).unwrap(), before);
        last = fixture.dir.path().join(format!("{number}.warc.gz"));
        store.export_warc(&ExportFilter::default(), &last).unwrap();
    }
}

/// The type of a record, its fields with names in lower case, and its block.
type ReadRecord = (String, Vec<(String, String)>, Vec<u8>);

/// Reads all records of a file.
fn read_records(path: &Path) -> Vec<ReadRecord> {
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
fn an_export_holds_the_requests_and_redirect_bodies_of_the_journal() {
    let fixture = ImportFixture::new();
    let mut page_write = stored_page("http://a.example/end", 1, 2, b"<p>reached</p>");
    let moved = answered_exchange(
        "http://a.example/start",
        1,
        301,
        vec![header_field("location", "/end"), header_field("content-length", "5")],
        b"moved",
    );
    page_write.exchanges.insert(0, moved);
    page_write.exchanges[1].outcome.as_mut().unwrap().protocol = Protocol::H2;
    page_write.exchanges[1].remote = Some("192.0.2.1:443".parse().unwrap());
    page_write.visit.url = url("http://a.example/start");
    page_write.visit.snapshot.as_mut().unwrap().url = page_write.visit.url.key();
    fixture.store.write_page(page_write).unwrap();
    // The request of an imported page is not known, so it is not exported.
    fixture.import(&[warc_record("response", PAGE, "", &answer_block("", b"imported"))]);
    let path = fixture.dir.path().join("out.warc.gz");
    fixture.store.export_warc(&ExportFilter::default(), &path).unwrap();
    let found = read_records(&path);
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

    // Without the journal, the body of the redirect is missing and marked as truncated.
    let dir = fixture.dir.path().join("store");
    fixture.store.close().unwrap();
    std::fs::remove_dir_all(dir.join("segments")).unwrap();
    let store = open_without_journal(&dir);
    store.export_warc(&ExportFilter::default(), &path).unwrap();
    let found = read_records(&path);
    let of_start = |(_, fields, _): &&(String, Vec<_>, _)| {
        value(fields, "warc-target-uri") == Some("http://a.example/start")
    };
    let (_, fields, block) = found.iter().find(of_start).unwrap();
    assert_eq!(value(fields, "warc-truncated"), Some("unspecified"));
    assert!(block.ends_with(b"x-archive-orig-content-length: 5\r\n\r\n"));
}

#[test]
fn an_export_leaves_out_damaged_records_only() {
    let fixture = ImportFixture::new();
    let ImportFixture { dir, store } = &fixture;
    for (name, seconds) in [("a", 0), ("a", 10), ("b", 20), ("c", 30)] {
        let address = format!("http://{name}.example/");
        store.write_page(stored_page(&address, 1, seconds, format!("{name} {seconds}").as_bytes())).unwrap();
    }
    store.flush().unwrap();
    let snapshot = store.read_snapshots(url("http://a.example/").key()).unwrap()[0].id;
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
    // No file is written if the filter takes no snapshot.
    let none = ExportFilter { hosts: vec!["d.example".to_owned()], ..Default::default() };
    let path = dir.path().join("none.warc.gz");
    assert_eq!(store.export_warc(&none, &path).unwrap().snapshots, 0);
    assert!(!path.exists());
}
