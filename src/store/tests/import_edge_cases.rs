//! Imports of records whose meaning is not obvious: truncated bodies, revisits, digests, dates, redirects.

use super::warc_files::{
    ImportFixture, PAGE, answer_block, dated_record, gzip, import_file, keep_every_page, skipped_reasons,
    warc_record,
};
use super::*;
use crate::store::warc::digest::sha256_digest;

const ID: &str = "<urn:uuid:202f89be-68a1-435a-850f-6709e59974ab>";

#[test]
fn a_partial_body_is_marked_as_truncated_and_sets_no_validators() {
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
        let fixture = ImportFixture::new();
        fixture.import(&[warc_record("response", PAGE, more, &block)]);
        let snapshot = fixture.snapshots(PAGE).pop().unwrap();
        assert_eq!(snapshot.truncated, cut.then_some(Truncation::Disconnect));
        let fields = &snapshot.hops[0].headers;
        assert_eq!(fields.iter().find(|field| field.name == "content-length").unwrap().value, length);
        let record = fixture.store.read_url(url(PAGE).key()).unwrap().unwrap();
        assert_eq!(record.validators, None, "a 304 would keep the partial body");
    }
    // The answer to a HEAD request states a length and has no body.
    let fixture = ImportFixture::new();
    let report =
        fixture.import(&[warc_record("response", PAGE, "", &answer_block("Content-Length: 9\r\n", b""))]);
    assert_eq!(skipped_reasons(&report), [("an answer without its body, as to a HEAD request", 1)]);
}

#[test]
fn a_revisit_is_resolved_by_record_id_digest_or_url_and_date() {
    let framed = b"4\r\nonce\r\n0\r\n\r\n";
    let chunked = "Transfer-Encoding: chunked\r\n";
    let named = format!("WARC-Record-ID: {ID}\r\nWARC-Payload-Digest: {}\r\n", sha256_digest(&[framed]));
    // The first of two equal fields counts, so this one is put first.
    let first = warc_record("response", PAGE, "", &answer_block(chunked, framed));
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
    let revisit =
        |more: &str, block: &[u8]| dated_record("2022-03-04T05:06:07Z", "revisit", PAGE, more, block);
    for (more, in_two_files) in
        [(wget.as_str(), true), (&by_id, false), (&by_digest, true), (&by_text, true), (by_place, true)]
    {
        for (two, block) in [(false, &head[..]), (in_two_files, &head), (in_two_files, b"")] {
            let fixture = ImportFixture::new();
            let report = if two {
                fixture.import(std::slice::from_ref(&first));
                fixture.import(&[revisit(more, block)])
            } else {
                fixture.import(&[first.clone(), revisit(more, block)])
            };
            assert_eq!(report.captures, if two { 1 } else { 2 }, "{more} {report:?}");
            let again = fixture.snapshots(PAGE).pop().unwrap();
            assert_eq!(again.at().to_string(), "2022-03-04T05:06:07Z");
            assert_eq!((fixture.body(&again), again.truncated), (b"once".to_vec(), None));
            let own = again.hops[0].headers.iter().any(|field| field.name == "x-own");
            assert_eq!(own, !block.is_empty(), "its own head, or else that of the original");
        }
    }
    // Bodies of errors are not stored, so a revisit of one needs no original.
    let fixture = ImportFixture::new();
    let report = fixture.import(&[revisit(&by_digest, b"HTTP/1.1 404 Not Found\r\n\r\n")]);
    assert_eq!(report.captures + report.visits, 1, "{report:?}");
}

#[test]
fn a_record_that_does_not_match_its_digests_is_skipped() {
    let stated = |field: &str, bytes: &[u8]| format!("{field}: {}\r\n", sha256_digest(&[bytes]));
    let block = answer_block("", b"altered");
    let good = answer_block("", b"as it was");
    let fixture = ImportFixture::new();
    let report = fixture.import(&[
        warc_record("response", PAGE, &stated("WARC-Block-Digest", &good), &block),
        warc_record("response", PAGE, &stated("WARC-Payload-Digest", b"as it was"), &block),
        dated_record(
            "2022-03-04T05:06:07Z",
            "revisit",
            PAGE,
            &stated("WARC-Payload-Digest", b"as it was"),
            &good,
        ),
        warc_record("response", "http://a.example/other", "WARC-Payload-Digest: crc32:0\r\n", &block),
    ]);
    assert_eq!((report.captures, report.unchecked, report.faults.len()), (1, 1, 2), "{report:?}");
    assert_eq!(
        skipped_reasons(&report),
        [
            ("a block that is not what its WARC-Block-Digest says", 1),
            ("a payload that is not what its WARC-Payload-Digest says", 1),
            ("a revisit of what is neither in the files nor in the store", 1),
        ]
    );
    // Tools differ on what the payload is: with chunks and codings, without chunks, or without both.
    let packed = gzip(b"text");
    let framed = [format!("{:x}\r\n", packed.len()).as_bytes(), &packed, b"\r\n0\r\n\r\n"].concat();
    let block = answer_block("Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n", &framed);
    for payload in [&framed[..], &packed, b"text"] {
        let more = stated("WARC-Payload-Digest", payload) + &stated("WARC-Block-Digest", &block);
        assert_eq!(ImportFixture::new().import(&[warc_record("response", PAGE, &more, &block)]).captures, 1);
    }
}

#[test]
fn unusual_response_heads_are_read_as_they_are_meant() {
    let fixture = ImportFixture::new();
    let short = b"HTTP/1.0 200 OK\nServer: caf\xe9\n\nfirst\r\n\r\nsecond";
    let moved = b"HTTP/1.1 302 Found\r\nLocation: /\xb1\xb1\r\n\r\n";
    fixture.import(&[
        warc_record("response", PAGE, "", short),
        warc_record("response", "http://a.example/old", "", moved),
        warc_record("response", "http://a.example/%B1%B1", "", &answer_block("", b"page")),
    ]);
    let page = fixture.snapshots(PAGE).pop().unwrap();
    assert_eq!(fixture.body(&page), b"first\r\n\r\nsecond");
    assert_eq!(page.hops[0].headers[0].value, "café");
    assert_eq!(fixture.snapshots("http://a.example/old")[0].hops.len(), 2);
    let segment =
        warc_record("response", PAGE, "WARC-Segment-Number: 1\r\n", &answer_block("", b"first part"));
    let report = fixture.import(&[segment, warc_record("continuation", PAGE, "", b"second part")]);
    assert_eq!(report.captures, 0);
    assert_eq!(
        skipped_reasons(&report),
        [("a record of type continuation", 1), ("a record that goes on in others (WARC-Segment-Number)", 1)]
    );
}

#[test]
fn an_answer_that_is_not_kept_becomes_a_visit_without_a_snapshot() {
    let fixture = ImportFixture::new();
    let path = fixture.file(&[
        warc_record("response", PAGE, "", &answer_block("", b"page")),
        dated_record("2022-03-04T05:06:07Z", "response", PAGE, "", b"HTTP/1.1 404 Not Found\r\n\r\ngone"),
    ]);
    let judge = |page: &ImportedPage<'_>| {
        let keep = page.exchanges[0].outcome.as_ref().unwrap().status == 200;
        ImportJudgement { keep, ..keep_every_page(page) }
    };
    for new in [1, 0] {
        let report = fixture
            .store
            .import_files(std::slice::from_ref(&path), RunId(new), ImportOptions::default(), judge)
            .unwrap()
            .remove(0);
        assert_eq!((report.captures, report.visits, report.known), (new, new, 2 - 2 * new));
    }
    assert_eq!(fixture.snapshots(PAGE).len(), 1);
    let visits = fixture.store.read_visits(url(PAGE).key()).unwrap();
    assert_eq!((visits.len(), visits[1].snapshot, visits[1].hops[0].status), (2, None, Some(404)));
    let record = fixture.store.read_url(url(PAGE).key()).unwrap().unwrap();
    assert_eq!(record.latest_snapshot, visits[0].snapshot);
    assert_eq!(fixture.store.verify().unwrap().faults, Vec::new());
}

#[test]
fn a_redirect_is_joined_with_a_page_of_about_the_same_time() {
    let redirect = |date: &str, from: &str, to: &str| {
        let block = format!("HTTP/1.1 301 Moved\r\nLocation: {to}\r\nContent-Length: 4\r\n\r\nmove");
        dated_record(date, "response", from, "", block.as_bytes())
    };
    let page = |date: &str| dated_record(date, "response", PAGE, "", &answer_block("", date.as_bytes()));
    let (old, older) = ("http://a.example/old", "http://a.example/older");
    let fixture = ImportFixture::new();
    let report =
        fixture.import(&[redirect("2012-03-04T05:06:07Z", old, "/page"), page("2020-03-04T05:06:07Z")]);
    assert_eq!((skipped_reasons(&report), report.visits), (vec![], 1), "the redirect is a visit of its own");
    assert_eq!((fixture.snapshots(old).len(), fixture.snapshots(PAGE).len()), (0, 1));
    let visits = fixture.store.read_visits(url(old).key()).unwrap();
    assert_eq!((visits.len(), visits[0].hops.len(), visits[0].hops[0].status), (1, 1, Some(301)));

    // Two redirects after their page, in one file, and with the page in an earlier file.
    let before = page("2012-03-04T05:04:00Z");
    let after =
        [redirect("2012-03-04T05:06:08Z", older, "/old"), redirect("2012-03-04T05:06:07Z", old, "/page")];
    for together in [true, false] {
        let fixture = ImportFixture::new();
        let report = if together {
            fixture.import(&[std::slice::from_ref(&before), &after].concat())
        } else {
            fixture.import(std::slice::from_ref(&before));
            fixture.import(&after)
        };
        assert_eq!(skipped_reasons(&report), []);
        let chain = fixture.snapshots(older).pop().unwrap();
        let statuses: Vec<_> = chain.hops.iter().map(|hop| hop.status).collect();
        assert_eq!(
            (statuses, chain.at().to_string()),
            (vec![301, 301, 200], "2012-03-04T05:04:00Z".to_owned())
        );
        assert_eq!(fixture.snapshots(old)[0].hops.len(), 2);
        assert_eq!(fixture.import(&after).captures, 0);
    }
}

#[test]
fn a_redirect_that_is_requested_every_few_seconds_keeps_each_page_that_it_led_to() {
    let old = "http://a.example/old";
    let date = |second: usize| format!("2012-03-04T05:06:{second:02}Z");
    let redirect = |second: usize| {
        let block = b"HTTP/1.1 302 Found\r\nLocation: /page\r\nContent-Length: 0\r\n\r\n";
        dated_record(&date(second), "response", old, "", block)
    };
    let page = |second: usize| dated_record(&date(second), "response", PAGE, "", &answer_block("", b"same"));
    // All redirects, then all pages, as revisits are that wait for what they repeat.
    let seconds = [20, 30, 58];
    let records = [seconds.map(redirect), seconds.map(page)].concat();
    let fixture = ImportFixture::new();
    let report = fixture.import(&records);
    assert_eq!((report.captures, report.known), (6, 0));
    let stored: Vec<_> = fixture.snapshots(old).iter().map(|snapshot| snapshot.at().to_string()).collect();
    assert_eq!(stored, seconds.map(date));
    assert_eq!(fixture.import(&records).captures, 0);
}

#[test]
fn a_redirect_is_stored_without_password_and_control_characters() {
    let block = b"HTTP/1.1 302 Found\r\nLocation: \x01 http://user:secret@a.example/page?\x1b[2J\xc2\x9bz \r\nContent-Length: 0\r\n\r\n";
    let target = "http://user:secret@a.example/page?%1B[2J%C2%9Bz";
    let fixture = ImportFixture::new();
    let report = fixture.import(&[
        warc_record("response", "http://a.example/old", "", block),
        warc_record("response", target, "", &answer_block("Content-Location: //u:p@a.example/\r\n", b"page")),
    ]);
    assert_eq!((report.captures, report.visits), (2, 0), "they belong together: {report:?}");
    let capture = fixture.snapshots("http://a.example/old").pop().unwrap();
    let field = |hop: usize, name: &str| {
        capture.hops[hop].headers.iter().find(|field| field.name == name).unwrap().value.clone()
    };
    assert_eq!(field(0, "location"), "http://***@a.example/page?%1B[2J%C2%9Bz");
    assert_eq!(field(1, "content-location"), "//***@a.example/");
    let exported = fixture.dir.path().join("all.warc");
    let out = std::fs::File::create(&exported).unwrap();
    fixture.store.export_warc_into(&ExportFilter::default(), out).unwrap();
    let mut text = Vec::new();
    let bytes = std::fs::read(&exported).unwrap();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(&bytes[..]), &mut text).unwrap();
    assert!(!text.windows(6).any(|part| part == b"secret") && !text.contains(&0x1b));
}

#[test]
fn two_answers_within_one_second_are_both_stored_once() {
    let fixture = ImportFixture::new();
    let page = |body: &[u8]| warc_record("response", PAGE, "", &answer_block("", body));
    let path = fixture.file(&[page(b"one"), page(b"two"), page(b"one")]);
    for (captures, known) in [(2, 1), (0, 3), (0, 3)] {
        let report = import_file(&fixture.store, &path);
        assert_eq!((report.captures, report.known), (captures, known));
    }
    let bodies: Vec<_> = fixture.snapshots(PAGE).iter().map(|snapshot| fixture.body(snapshot)).collect();
    assert_eq!(bodies, [b"one", b"two"]);
    let visits = fixture.store.read_visits(url(PAGE).key()).unwrap();
    assert_eq!(visits.iter().filter_map(|visit| visit.snapshot).count(), 2);
}

#[test]
fn reading_goes_on_after_a_damaged_member_and_after_zeros() {
    let fixture = ImportFixture::new();
    let page = |name: &str| {
        gzip(&warc_record("response", &format!("http://a.example/{name}"), "", &answer_block("", b"text")))
    };
    let mut bad = page("bad");
    let middle = bad.len() / 2;
    bad[middle] ^= 0x55;
    let lost = bad.len();
    let zeros = vec![0; 512];
    let path = fixture.file(&[page("one"), bad, page("two"), zeros.clone(), page("three"), zeros]);
    let report = import_file(&fixture.store, &path);
    assert_eq!((report.captures, report.faults.len()), (3, 1), "{report:?}");
    assert!(report.faults[0].ends_with(&format!("{lost} bytes were passed over")), "{report:?}");
    let plain = |name: &str| {
        warc_record("response", &format!("http://a.example/{name}"), "", &answer_block("", b"text"))
    };
    let report = fixture.import(&[plain("four"), vec![0; 9], plain("five"), vec![0; 9]]);
    assert_eq!((report.captures, report.faults.len()), (2, 0), "{report:?}");
}

#[test]
fn an_error_and_a_page_within_one_second_are_both_stored_once() {
    let fixture = ImportFixture::new();
    let error = warc_record("response", PAGE, "", b"HTTP/1.1 503 Busy\r\n\r\n");
    let page = warc_record("response", PAGE, "", &answer_block("", b"one"));
    let keep_pages = |imported: &ImportedPage<'_>| {
        let judged = keep_every_page(imported);
        let status = imported.exchanges.last().unwrap().outcome.as_ref().unwrap().status;
        ImportJudgement { keep: status == 200, ..judged }
    };
    for records in [[error.clone(), page.clone()], [page, error]] {
        let path = [fixture.file(&records)];
        for run in [1, 2] {
            fixture.store.import_files(&path, RunId(run), ImportOptions::default(), keep_pages).unwrap();
        }
    }
    let visits = fixture.store.read_visits(url(PAGE).key()).unwrap();
    let statuses: Vec<_> = visits.iter().map(|visit| visit.hops[0].status.unwrap()).collect();
    assert_eq!(statuses, [503, 200]);
    assert_eq!(fixture.snapshots(PAGE).len(), 1);
}

#[test]
fn thousands_of_answers_within_one_second_are_stored_once() {
    let fixture = ImportFixture::new();
    let page = |number: u32| warc_record("response", PAGE, "", &answer_block("", &number.to_be_bytes()));
    let path = fixture.file(&(0..3_000).map(page).collect::<Vec<_>>());
    for (captures, known) in [(3_000, 0), (0, 3_000)] {
        let report = import_file(&fixture.store, &path);
        assert_eq!((report.captures, report.known), (captures, known));
    }
    let first = fixture.snapshots(PAGE)[0].id.at_ms;
    let shifts: Vec<_> = fixture.snapshots(PAGE).iter().map(|snapshot| snapshot.id.at_ms - first).collect();
    assert!(shifts.into_iter().eq(0..3_000));
}
