//! Imports of records that other tools write: odd dates and digests, revisits before their originals,
//! redirects alone, ARC and zstd.

use std::path::PathBuf;

use super::warc_files::{
    ImportFixture, PAGE, answer_block, dated_record, gzip, import_file, import_files, keep_every_page,
    skipped_reasons, warc_record,
};
use super::*;
use crate::store::warc::digest::sha256_digest;

fn remarks(report: &ImportReport) -> Vec<(&str, u64)> {
    report.remarks.iter().map(|(remark, count)| (remark.as_str(), *count)).collect()
}

#[test]
fn dates_of_low_precision_are_taken_and_said() {
    let fixture = ImportFixture::new();
    let block = answer_block("", b"page");
    let report = fixture.import(&[
        dated_record("2016", "response", PAGE, "", &block),
        dated_record("2017-05-02T10:00Z", "response", PAGE, "", &block),
        dated_record("2018-05-02T10:00:00.123456789Z", "response", PAGE, "", &block),
        dated_record("20190502100000", "response", PAGE, "", &block),
        dated_record("soon", "response", PAGE, "", &block),
    ]);
    let times: Vec<_> = fixture.snapshots(PAGE).iter().map(|snapshot| snapshot.at().to_string()).collect();
    assert_eq!(
        times,
        [
            "2016-01-01T00:00:00Z",
            "2017-05-02T10:00:00Z",
            "2018-05-02T10:00:00.123456789Z",
            "2019-05-02T10:00:00Z"
        ]
    );
    assert_eq!(
        remarks(&report),
        [("a date without the second, taken as the beginning of the stated time", 2)]
    );
    assert_eq!(skipped_reasons(&report), [("no date that can be read", 1)]);
}

#[test]
fn dates_before_1970_and_at_the_end_of_time_are_kept_apart_and_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let fixture = ImportFixture::new();
    let record =
        |date: &str, body: &str| dated_record(date, "response", PAGE, "", &answer_block("", body.as_bytes()));
    let records = [
        record("1970-01-01T00:00:01Z", "after"),
        record("1969-07-20T20:17:40Z", "landing"),
        record("1969-07-20T20:17:40Z", "the same second"),
        record("1601-01-01T00:00:00Z", "first day of Windows"),
        record("1969-07-20T20:17:39Z", "a second before"),
        record("1969-12-31T23:59:59Z", "last"),
        record("9999-12-31T23:59:59Z", "end"),
    ];
    let report = fixture.import(&records);
    assert_eq!((report.captures, skipped_reasons(&report)), (7, Vec::new()));
    assert_eq!(remarks(&report), [("a date later than can be kept, taken as 9999-12-30", 1)]);
    let expected = [
        ("1601-01-01T00:00:00Z", "first day of Windows"),
        ("1969-07-20T20:17:39Z", "a second before"),
        ("1969-07-20T20:17:40Z", "landing"),
        ("1969-07-20T20:17:41Z", "the same second"),
        ("1969-12-31T23:59:59Z", "last"),
        ("1970-01-01T00:00:01Z", "after"),
        ("9999-12-30T20:00:00Z", "end"),
    ];
    let check = |store: &SledStore| {
        let visits = store.read_visits(url(PAGE).key()).unwrap();
        let times: Vec<_> = visits.iter().map(|visit| visit.at.to_string()).collect();
        assert_eq!(times, expected.map(|(at, _)| at.to_owned()));
        let snapshots = store.read_snapshots(url(PAGE).key()).unwrap();
        let bodies = snapshots.iter().map(|snapshot| store.read_body(snapshot.body).unwrap());
        let bodies: Vec<_> = bodies.map(|body| body.expose().to_vec()).collect();
        assert_eq!(bodies, expected.map(|(_, body)| body.as_bytes().to_vec()));
    };
    check(&fixture.store);
    assert_eq!(fixture.import(&records).known, 7);
    // Compaction and the journal keep all of it.
    let ImportFixture { dir: fixture_dir, store } = fixture;
    store.close().unwrap();
    let path = fixture_dir.path().join("store");
    SledStore::compact(&path, &with_journal()).unwrap();
    check(&SledStore::open(&path, &with_journal()).unwrap().0);
    copy_folder(&path.join("segments"), &dir.path().join("segments"));
    let (rebuilt, _) = SledStore::open(dir.path(), &with_journal()).unwrap();
    check(&rebuilt);
    assert_eq!(rebuilt.verify().unwrap().faults, Vec::new());
}

#[test]
fn a_wrong_digest_counts_only_where_no_reading_of_it_is_right() {
    let block = answer_block("", b"as it was");
    let stated = |field: &str, bytes: &[u8]| format!("{field}: {}\r\n", sha256_digest(&[bytes]));
    let (right, wrong) = (stated("WARC-Payload-Digest", b"as it was"), stated("WARC-Payload-Digest", b"?"));
    let (right_block, wrong_block) = (stated("WARC-Block-Digest", &block), stated("WARC-Block-Digest", b"?"));
    let of_payload = stated("WARC-Block-Digest", b"as it was");
    let of_block = stated("WARC-Payload-Digest", &block);
    let cases: [(String, bool, &str); 8] = [
        (right.clone() + &right_block, true, ""),
        (right.clone() + &wrong_block, true, "a wrong WARC-Block-Digest; the WARC-Payload-Digest is right"),
        (right.clone() + &of_payload, true, "a WARC-Block-Digest that is the digest of the payload"),
        (of_payload.clone(), true, "a WARC-Block-Digest that is the digest of the payload"),
        (of_block + &right_block, true, "a WARC-Payload-Digest that is the digest of the whole block"),
        (wrong_block.clone(), false, "a block that is not what its WARC-Block-Digest says"),
        (wrong.clone() + &right_block, false, "a payload that is not what its WARC-Payload-Digest says"),
        (wrong + &wrong_block, false, "a payload that is not what its WARC-Payload-Digest says"),
    ];
    for (more, is_taken, remark) in cases {
        let record = warc_record("response", PAGE, &more, &block);
        let fixture = ImportFixture::new();
        let report = fixture.import(std::slice::from_ref(&record));
        assert_eq!(
            (report.captures, report.faults.len()),
            (u64::from(is_taken), usize::from(!is_taken)),
            "{more}"
        );
        let said = if is_taken { &report.remarks } else { &report.skipped };
        assert_eq!(said.keys().map(String::as_str).collect::<String>(), remark);
        // With the option it is taken, and the judgement is told.
        let fixture = ImportFixture::new();
        let mut told = Vec::new();
        let judge = |page: &ImportedPage<'_>| {
            told.extend_from_slice(page.remarks);
            keep_every_page(page)
        };
        let options = ImportOptions { keep_wrong_digests: true };
        let reports =
            fixture.store.import_files(&[fixture.file(&[record])], RunId(1), options, judge).unwrap();
        assert_eq!((reports[0].captures, reports[0].faults.len()), (1, 0), "{more}");
        assert_eq!(told.concat(), remark);
    }
}

const ID: &str = "<urn:uuid:202f89be-68a1-435a-850f-6709e59974ab>";

#[test]
fn a_revisit_before_its_original_waits_for_it() {
    let original = dated_record("2020-06-27T13:51:45Z", "response", PAGE, "", &answer_block("", b"once"));
    let original = String::from_utf8(original).unwrap().replacen(
        "WARC-Record-ID",
        &format!("WARC-Record-ID: {ID}\r\nX"),
        1,
    );
    let head = answer_block("", b"");
    for more in [
        format!("WARC-Refers-To: {ID}\r\n"),
        format!("WARC-Refers-To-Target-URI: {PAGE}\r\nWARC-Refers-To-Date: 2020-06-27T13:51:45Z\r\n"),
        format!("WARC-Payload-Digest: {}\r\n", sha256_digest(&[b"once"])),
    ] {
        let copy = "http://b.example/copy";
        let revisit = |to: &str| dated_record("2020-06-28T13:51:45Z", "revisit", to, &more, &head);
        // The second one refers to the first one, which has the same digest or repeats the same record.
        let records = [revisit(PAGE), revisit(PAGE), original.clone().into_bytes()];
        for are_two_files in [false, true] {
            let fixture = ImportFixture::new();
            let reports = if are_two_files {
                let files: Vec<PathBuf> = records.chunks(2).map(|records| fixture.file(records)).collect();
                import_files(&fixture.store, &files.iter().map(PathBuf::as_path).collect::<Vec<_>>())
            } else {
                vec![fixture.import(&records)]
            };
            let captures: Vec<_> = reports.iter().map(|report| (report.captures, report.known)).collect();
            assert_eq!(captures, if are_two_files { vec![(1, 1), (1, 0)] } else { vec![(2, 1)] }, "{more}");
            let snapshots = fixture.snapshots(PAGE);
            assert_eq!(snapshots.len(), 2);
            assert!(snapshots.iter().all(|snapshot| fixture.body(snapshot) == b"once"));
        }
        // What nobody holds is said in the report of its own file.
        let fixture = ImportFixture::new();
        let (one, two) =
            (fixture.file(&[revisit(copy)]), fixture.file(&[warc_record("metadata", PAGE, "", b"x: y")]));
        let reports = import_files(&fixture.store, &[&one, &two]);
        assert_eq!(
            skipped_reasons(&reports[0]),
            [("a revisit of what is neither in the files nor in the store", 1)]
        );
        assert_eq!(skipped_reasons(&reports[1]), []);
    }
}

#[test]
fn a_redirect_leaves_a_visit_whatever_it_leads_to() {
    let old = "http://a.example/old";
    let redirect = dated_record(
        "2020-01-01T00:00:00Z",
        "response",
        old,
        "",
        b"HTTP/1.1 301 Moved\r\nLocation: /page\r\n\r\n",
    );
    let page = |date: &str| dated_record(date, "response", PAGE, "", &answer_block("", b"page"));
    let gone =
        dated_record("2020-01-01T00:00:01Z", "response", PAGE, "", b"HTTP/1.1 404 Not Found\r\n\r\ngone");
    for (name, records, hops, has_snapshot) in [
        ("alone", vec![redirect.clone()], vec![301], false),
        ("gone", vec![redirect.clone(), gone], vec![301, 404], true),
        ("queued", vec![redirect.clone(), page("2020-01-01T00:10:00Z")], vec![301, 200], true),
        ("queued for hours", vec![page("2020-01-01T09:10:00Z"), redirect.clone()], vec![301, 200], true),
        ("another crawl", vec![redirect.clone(), page("2020-02-01T00:00:00Z")], vec![301], false),
    ] {
        let fixture = ImportFixture::new();
        let report = fixture.import(&records);
        assert_eq!((skipped_reasons(&report), report.faults.len()), (vec![], 0), "{name}");
        let visits = fixture.store.read_visits(url(old).key()).unwrap();
        let statuses: Vec<_> =
            visits.iter().flat_map(|visit| &visit.hops).filter_map(|hop| hop.status).collect();
        assert_eq!((statuses, visits.len(), visits[0].snapshot.is_some()), (hops, 1, has_snapshot), "{name}");
        let again = fixture.import(&records);
        assert_eq!((again.captures, again.visits), (0, 0), "{name}");
    }
}

/// An ARC file of version 1 or 2, as its records.
fn arc_records(version: u8) -> Vec<Vec<u8>> {
    let more = if version == 2 { " 200 - - 0 a.arc" } else { "" };
    let about = format!("{version} 0 Somebody\nURL IP-address Archive-date Content-type Archive-length\n\n");
    let line = |url: &str, date: &str, media_type: &str, length: usize| {
        format!("{url} 192.0.2.7 {date} {media_type}{more} {length}\n").into_bytes()
    };
    let record = |url: &str, date: &str, block: &[u8]| {
        [line(url, date, "text/html", block.len()), block.to_vec(), b"\n".to_vec()].concat()
    };
    let description = format!("filedesc://a.arc 0.0.0.0 20080430204825 text/plain {}\n{about}", about.len());
    vec![
        description.into_bytes(),
        record("http://a.example/1", "20080430204825", &answer_block("", b"one")),
        record("http://a.example/2", "20080430204826", b"HTTP/1.0 301 Moved\r\nLocation: /1\r\n\r\n"),
        record("dns:a.example", "20080430204827", b"20080430204827\na.example. 300 IN A 192.0.2.7\n"),
        record("http://a.example/3", "20080430204828", &answer_block("", b"three\n\nlines\n")),
    ]
}

#[test]
fn arc_files_are_imported() {
    for version in [1, 2] {
        let records = arc_records(version);
        let packed: Vec<Vec<u8>> = records.iter().map(|record| gzip(record)).collect();
        for records in [&records, &packed, &vec![gzip(&records.concat())]] {
            let fixture = ImportFixture::new();
            let report = fixture.import(records);
            assert_eq!((report.records, report.captures, report.faults.len()), (5, 3, 0), "{report:?}");
            assert_eq!(skipped_reasons(&report), [("the scheme dns", 1)]);
            let page = fixture.snapshots("http://a.example/3").pop().unwrap();
            assert_eq!(fixture.body(&page), b"three\n\nlines\n");
            assert_eq!(page.at().to_string(), "2008-04-30T20:48:28Z");
            assert_eq!(fixture.snapshots("http://a.example/2")[0].hops.len(), 2);
        }
    }
    // Reading goes on behind a damaged member.
    let mut packed: Vec<Vec<u8>> = arc_records(1).iter().map(|record| gzip(record)).collect();
    let middle = packed[1].len() / 2;
    packed[1][middle] ^= 0x55;
    let report = ImportFixture::new().import(&packed);
    assert_eq!((report.captures, report.faults.len()), (1, 1), "{report:?}");
}

fn zstd_frame(bytes: &[u8], dictionary: &[u8]) -> Vec<u8> {
    zstd::bulk::Compressor::with_dictionary(3, dictionary).unwrap().compress(bytes).unwrap()
}

fn dictionary_frame(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_le_bytes();
    [&[0x5d, 0x2a, 0x4d, 0x18], &length[..], content].concat()
}

#[test]
fn zstd_files_are_imported_with_and_without_a_dictionary() {
    let page = |name: &str| {
        warc_record("response", &format!("http://a.example/{name}"), "", &answer_block("", name.as_bytes()))
    };
    let dictionary = [page("any"), b"words that occur in most pages".repeat(9)].concat();
    let names = ["one", "two", "three"];
    let frames = |dictionary: &[u8]| names.map(|name| zstd_frame(&page(name), dictionary)).to_vec();
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    let whole = zstd_frame(&names.map(page).concat(), &[]);
    for (case, records) in [
        ("by record", frames(&[])),
        ("one frame", vec![whole]),
        ("skippable", [vec![skippable], frames(&[])].concat()),
        ("dictionary", [vec![dictionary_frame(&dictionary)], frames(&dictionary)].concat()),
        ("packed", [vec![dictionary_frame(&zstd_frame(&dictionary, &[]))], frames(&dictionary)].concat()),
    ] {
        let fixture = ImportFixture::new();
        let report = fixture.import(&records);
        assert_eq!((report.captures, report.faults.len()), (3, 0), "{case} {report:?}");
        for name in names {
            let snapshot = fixture.snapshots(&format!("http://a.example/{name}")).pop().unwrap();
            assert_eq!(fixture.body(&snapshot), name.as_bytes());
        }
        if records.len() > 2 {
            let mut bad = records.clone();
            let frame = bad.len() - 2;
            let middle = bad[frame].len() / 2;
            bad[frame].truncate(middle);
            let report = ImportFixture::new().import(&bad);
            assert_eq!((report.captures, report.faults.len()), (2, 1), "{case} {report:?}");
        }
    }
    let huge = dictionary_frame(&[0; 8]).into_iter().take(4).chain(u32::MAX.to_le_bytes()).collect();
    let report = ImportFixture::new().import(&[huge, zstd_frame(&page("one"), &[])]);
    assert!(report.faults[0].contains("the zstd dictionary has"), "{report:?}");
}

#[test]
fn what_cannot_be_imported_is_named() {
    let fixture = ImportFixture::new();
    let tar = [vec![b'x'; 257], b"ustar\0".to_vec(), vec![0; 600]].concat();
    for (start, named) in [
        (&[0x04, 0x22, 0x4d, 0x18, 0, 0][..], "lz4"),
        (b"BZh91AY&SY", "bzip2"),
        (&[0xfd, b'7', b'z', b'X', b'Z', 0], "xz"),
        (b" CDX N b a m s k r M S V g", "CDX"),
        (b"example,a)/ 20200101000000 {\"url\": \"http://a.example/\"}", "CDX"),
        (b"{\"log\": {\"version\": \"1.2\"}}", "HAR"),
        (&gzip(&tar), "tar"),
        (&tar, "tar"),
    ] {
        let report = import_file(&fixture.store, &fixture.file(&[start.to_vec()]));
        assert!(report.failure.as_deref().unwrap_or_default().contains(named), "{named}: {report:?}");
    }
    let page = fixture.file(&[warc_record("response", PAGE, "", &answer_block("", b"page"))]);
    let missing = fixture.dir.path().join("missing.warc");
    let reports = import_files(&fixture.store, &[&missing, fixture.dir.path(), &page]);
    assert!(reports[0].failure.as_deref().unwrap().contains("no such file"));
    assert!(reports[1].failure.is_some(), "a folder");
    assert_eq!(reports[2].captures, 1);
}

#[test]
fn status_lines_and_protocols_stay_as_they_were() {
    let block = |line: &str| format!("{line}\r\nContent-Type: text/html\r\n\r\npage").into_bytes();
    let cases = [
        ("HTTP/1.0 200 OK", "", "HTTP/1.0 200 OK", None),
        ("HTTP/1.1 200 Alles gut", "", "HTTP/1.1 200 Alles gut", None),
        ("HTTP/1.1 200", "", "HTTP/1.1 200", None),
        ("HTTP/1.1 200 OK", "", "HTTP/1.1 200 OK", None),
        ("HTTP/1.1 200 OK", "WARC-Protocol: http/1.1\r\n", "HTTP/1.1 200 OK", Some("http/1.1")),
        ("HTTP/1.1 200 OK", "WARC-Protocol: tls/1.3\r\nWARC-Protocol: h2\r\n", "HTTP/1.1 200 OK", Some("h2")),
        ("HTTP/2 200", "", "HTTP/1.1 200 OK", Some("h2")),
    ];
    let fixture = ImportFixture::new();
    let address = |number: usize| format!("http://a.example/{number}");
    let records: Vec<_> = cases
        .iter()
        .enumerate()
        .map(|(number, (line, more, ..))| warc_record("response", &address(number), more, &block(line)))
        .collect();
    assert_eq!(fixture.import(&records).captures, 7);
    let out = fixture.dir.path().join("out.warc.gz");
    fixture.store.export_warc(&ExportFilter::default(), &out).unwrap();
    let mut plain = String::new();
    let file = std::fs::File::open(&out).unwrap();
    std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(file), &mut plain).unwrap();
    for (number, (_, _, line, protocol)) in cases.into_iter().enumerate() {
        let snapshot = fixture.snapshots(&address(number)).pop().unwrap();
        let is_usual = line == "HTTP/1.1 200 OK";
        assert_eq!(snapshot.hops[0].status_line.as_deref(), Some(line).filter(|_| !is_usual));
        assert_eq!(snapshot.hops[0].describe_status(), if is_usual { "200 OK" } else { line });
        let uri = format!("WARC-Target-URI: {}\r\n", address(number));
        let record = plain.split("WARC/1.1\r\n").find(|record| record.contains(&uri)).unwrap();
        assert!(record.contains(&format!("\r\n\r\n{line}\r\n")), "{record}");
        let stated = record.lines().find_map(|line| line.strip_prefix("WARC-Protocol: "));
        assert_eq!(stated, protocol, "{record}");
    }
    // What is exported is imported as the same.
    let other = ImportFixture::new();
    import_file(&other.store, &out);
    assert_eq!(
        other.snapshots(&address(1))[0].hops[0].status_line.as_deref(),
        Some("HTTP/1.1 200 Alles gut")
    );
}
