//! Imports of files in which the length of a record is wrong, or something stands between records.

use super::warc_files::{ImportFixture, answer_block, gzip, import_file, warc_record};

fn address(number: usize) -> String {
    format!("http://a.example/{number}")
}

fn body(number: usize) -> Vec<u8> {
    format!("<p>The harbour opened on day {number}.</p>").repeat(20 + number).into_bytes()
}

fn record(number: usize) -> Vec<u8> {
    let body = body(number);
    let block = answer_block(&format!("Content-Length: {}\r\n", body.len()), &body);
    warc_record("response", &address(number), "", &block)
}

/// Five records, the third of which states another length: longer or shorter, or what is given as text.
fn records_with_length(change: i64, text: Option<&str>) -> Vec<Vec<u8>> {
    let mut records: Vec<_> = (0..5).map(record).collect();
    let plain = String::from_utf8(records[2].clone()).unwrap();
    let (head, rest) = plain.split_once("msgtype=response\r\nContent-Length: ").unwrap();
    let (length, rest) = rest.split_once("\r\n").unwrap();
    let wrong = text.map_or_else(|| (length.parse::<i64>().unwrap() + change).to_string(), ToOwned::to_owned);
    records[2] = format!("{head}msgtype=response\r\nContent-Length: {wrong}\r\n{rest}").into_bytes();
    records
}

#[test]
fn records_are_read_on_behind_a_wrong_length() {
    let changes = [-1, -2, -40, -200, 1, 2, 3, 4, 5, 9, 40, 700, 2500, 100_000].map(|change| (change, None));
    let texts = ["-1", "many", "18446744073709551616", "900000000000"].map(|text| (0, Some(text)));
    for (change, text) in changes.into_iter().chain(texts) {
        let records = records_with_length(change, text);
        for is_packed in [false, true] {
            let fixture = ImportFixture::new();
            let report =
                if is_packed { fixture.import(&[gzip(&records.concat())]) } else { fixture.import(&records) };
            let case = format!("{change} {text:?} packed: {is_packed} {report:?}");
            assert_eq!(report.faults.len(), 1, "{case}");
            // A block that is said to be longer than any is not kept, so its own end is not found.
            let is_lost = text == Some("900000000000");
            if is_lost && is_packed {
                continue;
            }
            assert_eq!(report.captures, if is_lost { 4 } else { 5 }, "{case}");
            for number in (0..5).filter(|number| !(is_lost && *number == 2)) {
                let snapshot = fixture.snapshots(&address(number)).pop().unwrap();
                assert!(fixture.body(&snapshot) == body(number), "body {number} of {case}");
                assert_eq!(snapshot.truncated, None, "{case}");
            }
        }
    }
}

#[test]
fn the_end_of_the_last_record_is_found_where_the_answer_states_its_length() {
    for change in [2, 4, 9, 3000] {
        let records = records_with_length(change, None);
        let fixture = ImportFixture::new();
        let report = fixture.import(&records[..3]);
        assert_eq!((report.captures, report.faults.len()), (3, 1), "{change} {report:?}");
        let snapshot = fixture.snapshots(&address(2)).pop().unwrap();
        assert!(fixture.body(&snapshot) == body(2), "{change}");
    }
    // A file that ends within a record, whose rest nobody has.
    let mut cut = record(0);
    cut.truncate(cut.len() - 100);
    let report = ImportFixture::new().import(&[cut]);
    assert_eq!((report.captures, report.faults.len()), (0, 1), "{report:?}");
}

#[test]
fn a_page_about_records_is_no_record() {
    let text = "<pre>\r\n\r\nWARC/1.0\r\nWARC-Type: response\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n</pre>";
    let block = answer_block(&format!("Content-Length: {}\r\n", text.len()), text.as_bytes());
    let page = warc_record("response", "http://a.example/format", "", &block);
    let fixture = ImportFixture::new();
    let report = fixture.import(&[record(0), page, record(1)]);
    assert_eq!((report.captures, report.faults.len()), (3, 0), "{report:?}");
    let snapshot = fixture.snapshots("http://a.example/format").pop().unwrap();
    assert_eq!(fixture.body(&snapshot), text.as_bytes());
}

#[test]
fn what_stands_between_records_is_passed_over_and_said() {
    let bare = |number| {
        let mut record = record(number);
        record.truncate(record.len() - 4);
        record
    };
    let junk = b"<p>not a record</p> WARC/1.0 neither\n".to_vec();
    for (records, captures, faults) in [
        (vec![bare(0), bare(1), bare(2)], 3, 0),
        (vec![b"\r\n\r\n\r\n".to_vec(), record(0), vec![0; 70], record(1)], 2, 0),
        (vec![junk.clone(), record(0), junk.clone(), record(1), junk.clone()], 2, 3),
        (vec![record(0), vec![b'x'; 3 << 20], record(1)], 2, 1),
    ] {
        let fixture = ImportFixture::new();
        let report = fixture.import(&records);
        assert_eq!((report.captures, report.faults.len()), (captures, faults), "{report:?}");
        for number in 0..usize::try_from(captures).unwrap() {
            let snapshot = fixture.snapshots(&address(number)).pop().unwrap();
            assert!(fixture.body(&snapshot) == body(number));
        }
    }
}

#[test]
fn fields_are_read_in_any_letter_case_with_any_line_end() {
    let plain = String::from_utf8(record(0)).unwrap();
    let (fields, block) = plain.split_once("\r\n\r\n").unwrap();
    let small = fields.to_ascii_lowercase() + "\r\n\r\n" + block;
    let large = fields.replace("WARC-Type", "WARC-TYPE").replace("Content-Length", "CONTENT-LENGTH")
        + "\r\n\r\n"
        + block;
    let lines = fields.replace("\r\n", "\n") + "\n\n" + &block.replace("\r\n\r\n", "\n\n");
    let folded = fields.replace("WARC-Type: response", "WARC-Type:\r\n response") + "\r\n\r\n" + block;
    let old = fields.replace("WARC/1.0", "WARC/0.18") + "\r\n\r\n" + block;
    for (name, text) in [("small", small), ("large", large), ("folded", folded), ("old", old)] {
        let fixture = ImportFixture::new();
        let path = fixture.file(&[text.into_bytes(), record(1)]);
        let report = import_file(&fixture.store, &path);
        assert_eq!((report.captures, report.faults.len()), (2, 0), "{name} {report:?}");
    }
    let fixture = ImportFixture::new();
    // The head of the answer lost two bytes with its empty line.
    let lines = lines.replace("Content-Length: 7", "Content-Length:  7");
    let report = fixture.import(&[lines.into_bytes(), record(1)]);
    assert_eq!(report.captures, 2, "{report:?}");
}
