//! Tests PDF documents as originals and as sources: their text is compared like that of pages.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use driftline::app::demo::server::Reply;
use driftline::text_diff::{DriftClass, MovedSide};
use driftline::verdict::Verdict;

use crate::kit::{Bench, call};

const URL: &str = "http://office.example/report.pdf";
const LINES: [&str; 6] = [
    "The harbour office counted ninety-four ships on the first day of the spring.",
    "Nobody there could remember that so many had come in on one day before.",
    "The pilots worked through the night and brought all but two to the quay.",
    "Two had to wait outside until the tide turned, and came in after that.",
    "The office will ask for three more pilots before the next season begins.",
    "Their pay will come out of the fees, which are to stay as they are now.",
];

/// A document of one page with these lines (ISO 32000-1, annex H.2 and H.3).
fn document(lines: &[&str]) -> Vec<u8> {
    let mut text = String::from("BT /F1 11 Tf 14 TL 50 750 Td\n");
    for line in lines {
        writeln!(text, "({line}) Tj T*").unwrap();
    }
    text.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
        "<< /Title (The harbour report) /Author (Jane Roe) /CreationDate (D:20240309120000Z) >>".to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        places.push(out.len());
        writeln!(out, "{} 0 obj\n{object}\nendobj", at + 1).unwrap();
    }
    let table = out.len();
    writeln!(out, "xref\n0 {}\n0000000000 65535 f ", objects.len() + 1).unwrap();
    for place in places {
        writeln!(out, "{place:010} 00000 n ").unwrap();
    }
    let size = objects.len() + 1;
    write!(out, "trailer\n<< /Size {size} /Root 1 0 R /Info 6 0 R >>\nstartxref\n{table}\n%%EOF\n").unwrap();
    out.into_bytes()
}

fn served(body: &Arc<Mutex<Vec<u8>>>) -> Bench {
    let served = Arc::clone(body);
    Bench::new(move |request| match request.path.as_str() {
        "/report.pdf" => Reply::bytes(200, "application/pdf", served.lock().unwrap().clone()),
        _ => Reply::status(404),
    })
}

#[test]
fn the_text_of_a_document_is_printed_and_never_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.pdf"), document(&LINES)).unwrap();
    let shown = call(folder.path(), &["text", "a.pdf"]).expect_code(0).stdout;
    assert!(shown.contains("title: The harbour report"), "{shown}");
    assert!(shown.contains("author: Jane Roe") && shown.contains("date: 2024-03-09"), "{shown}");
    assert!(shown.contains("brought all but two to the quay. Two had to wait"), "{shown}");
    for (name, bytes, why) in [
        ("broken.pdf", b"%PDF-1.4\nnot much of it".to_vec(), "the text of the PDF could not be read"),
        ("scanned.pdf", document(&[]), "no text"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\x00\x00".to_vec(), "not a text document"),
    ] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        let finished = call(folder.path(), &["text", name]).expect_code(1);
        assert!(finished.stdout.is_empty() && finished.stderr.contains(why), "{name}: {}", finished.stderr);
    }
}

#[test]
fn a_copy_is_held_against_the_text_of_a_document() {
    let body = Arc::new(Mutex::new(document(&LINES)));
    let bench = served(&body);
    bench.repost("a.md", URL, "The harbour report", &LINES);
    let drift =
        |code| bench.run(&["run", "--format", "jsonl"]).expect_code(code).report().link("a.md", URL).clone();
    let first = drift(0);
    assert_eq!(first.verdict, Verdict::Alive);
    assert!(first.drift.clone().is_some_and(|drift| drift.class.is_equal()), "{first:?}");
    *body.lock().unwrap() = document(&LINES.map(|line| {
        if line == LINES[0] {
            "The harbour office counted forty-nine ships on the first day of the spring."
        } else {
            line
        }
    }));
    let changed = drift(2).drift.unwrap();
    assert_eq!((changed.class, changed.moved_side), (DriftClass::MinorEdit, MovedSide::Original));
}

#[test]
fn a_source_that_changed_is_named_even_where_its_text_cannot_be_read() {
    let body = Arc::new(Mutex::new(document(&LINES)));
    let bench = served(&body);
    bench.write(
        "a.md",
        &format!("# Ships\n\nThe harbour office published its figures.\n\nSource: [report]({URL})\n"),
    );
    let drift = || bench.run(&["run", "--format", "jsonl"]).report().link("a.md", URL).drift.clone();
    assert_eq!(drift(), None);
    *body.lock().unwrap() = document(&LINES.map(|line| {
        if line == LINES[4] {
            "The office will ask for nine more pilots before the next season begins."
        } else {
            line
        }
    }));
    assert_eq!(drift().unwrap().class, DriftClass::MinorEdit);
    *body.lock().unwrap() = document(&[]);
    let unread = drift().unwrap();
    assert_eq!((unread.class, unread.moved_side), (DriftClass::Unverifiable, MovedSide::Original));
    assert_eq!(
        unread.reason.as_deref(),
        Some("the document changed, but the PDF holds pictures of its pages and no text")
    );
}
