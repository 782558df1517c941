//! Imports of WACZ and other zip files.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::warc_files::{ImportFixture, answer_block, gzip, warc_record};
use super::*;
use crate::store::warc::digest::sha256_digest;

fn page(name: &str) -> Vec<u8> {
    warc_record("response", &format!("http://a.example/{name}"), "", &answer_block("", name.as_bytes()))
}

/// A zip file of members: name, data, and whether it is compressed.
fn zip(members: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let mut out = ZipArchiveWriter::new(Cursor::new(Vec::new()));
    for (name, data, is_packed) in members {
        let method = if *is_packed { CompressionMethod::DEFLATE } else { CompressionMethod::STORE };
        let (mut entry, config) = out
            .new_file(rawzip::path::EntryPath::verbatim(name.as_bytes().to_vec()))
            .compression_method(method)
            .start()
            .unwrap();
        let descriptor = if *is_packed {
            let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
            writer.write_all(data).unwrap();
            let (encoder, descriptor) = writer.finish().unwrap();
            encoder.finish().unwrap();
            descriptor
        } else {
            let mut writer = config.wrap(&mut entry);
            writer.write_all(data).unwrap();
            writer.finish().unwrap().1
        };
        entry.finish(descriptor).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn package_json(path: &str, data: &[u8]) -> Vec<u8> {
    let resources = json!([{"name": "x", "path": path, "hash": sha256_digest(&[data]), "bytes": data.len()}]);
    json!({"profile": "data-package", "wacz_version": "1.1.1", "resources": resources})
        .to_string()
        .into_bytes()
}

fn wacz(data: &[u8]) -> Vec<u8> {
    let package = package_json("archive/data.warc.gz", data);
    let digest = json!({"path": "datapackage.json", "hash": sha256_digest(&[&package])}).to_string();
    zip(&[
        ("archive/data.warc.gz", data, false),
        ("indexes/index.cdx.gz", &gzip(b"example,a)/ 20200101000000 {}\n"), true),
        ("pages/pages.jsonl", b"{\"format\": \"json-pages-1.0\"}\n", true),
        ("datapackage.json", &package, true),
        ("datapackage-digest.json", digest.as_bytes(), true),
    ])
}

#[test]
fn wacz_files_are_imported_wrapped_or_not() {
    let records = [gzip(&page("one")), gzip(&page("two"))].concat();
    let inner = wacz(&records);
    let other = wacz(&gzip(&page("three")));
    for (case, bytes, captures) in [
        ("wacz", inner.clone(), 2),
        ("stored in a zip", zip(&[("a.wacz", &inner, false)]), 2),
        ("packed in a zip", zip(&[("a.wacz", &inner, true)]), 2),
        ("collection", zip(&[("one.wacz", &inner, false), ("sub/two.wacz", &other, true)]), 3),
        ("two deep", zip(&[("b.zip", &zip(&[("a.wacz", &inner, true)]), true)]), 2),
        ("plain zip", zip(&[("x.warc", &page("one"), true), ("../../y.warc.gz", &records, false)]), 2),
        ("other names", zip(&[("x.bin", &page("one"), true), ("read.me", b"text", false)]), 1),
        ("behind other bytes", [b"#!/bin/sh\n".to_vec(), inner.clone()].concat(), 2),
    ] {
        let fixture = ImportFixture::new();
        let report = fixture.import(&[bytes]);
        assert_eq!((report.captures, report.faults.len()), (captures, 0), "{case} {report:?}");
        assert_eq!(report.failure, None);
    }
}

#[test]
fn what_a_package_states_of_its_files_is_checked() {
    let data = gzip(&page("one"));
    let missing = package_json("archive/other.warc.gz", &data);
    let wrong = package_json("archive/data.warc.gz", b"other data of another length");
    let same_length = package_json("archive/data.warc.gz", &vec![7; data.len()]);
    let digest = json!({"hash": sha256_digest(&[b"another package"])}).to_string();
    for (package, digest, fault) in [
        (&missing, "", "datapackage.json names it, but the zip file does not hold it"),
        (&wrong, "", "datapackage.json says 28"),
        (&same_length, "", "not what its digest in datapackage.json says"),
        (
            &package_json("archive/data.warc.gz", &data),
            digest.as_str(),
            "not what datapackage-digest.json says",
        ),
        (&b"{".to_vec(), "", "datapackage.json: EOF"),
    ] {
        let members = [
            ("archive/data.warc.gz", &data[..], false),
            ("datapackage.json", package, true),
            ("datapackage-digest.json", digest.as_bytes(), false),
        ];
        let report = ImportFixture::new().import(&[zip(&members)]);
        assert_eq!((report.captures, report.faults.len()), (1, 1), "{fault} {report:?}");
        assert!(report.faults[0].contains(fault), "{report:?}");
    }
}

#[test]
fn damaged_and_hostile_packages_are_named() {
    let data = [gzip(&page("one")), gzip(&page("two"))].concat();
    let whole = wacz(&data);
    // Cut short: the directory is gone, the records are found all the same.
    let report = ImportFixture::new().import(&[whole[..whole.len() - 400].to_vec()]);
    assert_eq!(report.captures, 2, "{report:?}");
    assert!(report.faults[0].contains("directory"), "{report:?}");
    // A flipped bit in the data.
    let mut flipped = whole.clone();
    flipped[120] ^= 1;
    let report = ImportFixture::new().import(&[flipped]);
    assert!(report.captures >= 1 && !report.faults.is_empty(), "{report:?}");
    // An encrypted member: bit 0 of the flags, in the directory and before the data.
    let mut encrypted = zip(&[("a.warc", &page("one"), false), ("b.warc", &page("two"), false)]);
    let at = encrypted.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    encrypted[at + 8] |= 1;
    let report = ImportFixture::new().import(&[encrypted]);
    assert_eq!(report.captures, 1, "{report:?}");
    assert!(report.faults[0].contains("a.warc: it is encrypted"), "{report:?}");
    // A bomb: more than a GiB of zeros would be unpacked, and more than 200 times the length.
    let mut file = ZipArchiveWriter::new(Cursor::new(Vec::new()));
    let method = CompressionMethod::DEFLATE;
    let (mut entry, config) = file.new_file("bomb.warc").compression_method(method).start().unwrap();
    let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
    writer.write_all(&page("one")).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..1100 {
        writer.write_all(&zeros).unwrap();
    }
    let (encoder, descriptor) = writer.finish().unwrap();
    encoder.finish().unwrap();
    entry.finish(descriptor).unwrap();
    let report = ImportFixture::new().import(&[file.finish().unwrap().into_inner()]);
    assert!(report.faults.iter().any(|fault| fault.contains("zip bomb")), "{report:?}");
}

#[test]
fn members_that_overlap_are_not_read_again_and_again() {
    let data = page("one").repeat(8);
    let mut bytes = zip(&[("a.warc", &data, false), ("b.warc", &data, false), ("c.warc", b"", false)]);
    // Both members are said to lie where the first one does.
    let places: Vec<usize> =
        (0..bytes.len() - 4).filter(|at| bytes[*at..].starts_with(b"PK\x01\x02")).collect();
    let (first, second) = (places[0], places[1]);
    let length = u32::try_from(bytes.len()).unwrap();
    for at in [first, second] {
        bytes.copy_within(first + 42..first + 46, at + 42);
        bytes[at + 20..at + 24].copy_from_slice(&(length * 3 / 5).to_le_bytes());
        bytes[at + 24..at + 28].copy_from_slice(&(length * 3 / 5).to_le_bytes());
    }
    let report = ImportFixture::new().import(&[bytes]);
    assert!(report.faults.iter().any(|fault| fault.contains("overlap")), "{report:?}");
    assert_eq!(report.captures, 1);
}

#[test]
fn an_exported_package_is_imported_again() {
    let fixture = ImportFixture::new();
    fixture.import(&[page("one"), page("two")]);
    let path = fixture.dir.path().join("out.wacz");
    let mut describe = |page: &ExportedPage<'_>| {
        let title = String::from_utf8_lossy(page.body).into_owned();
        (title != "two").then(|| PageDescription { title, text: String::new() })
    };
    fixture.store.export_wacz(&ExportFilter::default(), &path, &mut describe).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let written = String::from_utf8_lossy(&bytes);
    let pages: Vec<_> = written.lines().filter(|line| line.contains("\"ts\":")).collect();
    assert!(
        pages.len() == 1 && pages[0].contains("\"title\":\"one\"") && !pages[0].contains("\"text\""),
        "{pages:?}"
    );
    let other = ImportFixture::new();
    let report = super::warc_files::import_file(&other.store, &path);
    assert_eq!((report.captures, report.faults.len(), report.other_members), (2, 0, 4), "{report:?}");
    assert_eq!(other.snapshots("http://a.example/one").len(), 1);
}

/// Whatever a file holds, importing it ends without a panic, accounts for every record, and leaves the store
/// sound. `DRIFTLINE_MUTANTS` makes more of them.
#[test]
fn mutated_files_end_no_import() {
    let count = std::env::var("DRIFTLINE_MUTANTS").ok().and_then(|text| text.parse().ok()).unwrap_or(25);
    let records = [page("one"), page("two"), page("three")];
    let packed: Vec<u8> = records.iter().flat_map(|record| gzip(record)).collect();
    let frames: Vec<u8> =
        records.iter().flat_map(|record| zstd::bulk::compress(record, 3).unwrap()).collect();
    let arc = b"filedesc://a.arc 0.0.0.0 20080430204825 text/plain 5\n1 0 A\n\nhttp://a.example/4 192.0.2.7 20080430204826 text/html 19\nHTTP/1.0 200 OK\r\n\r\n\nhttp://a.example/5 192.0.2.7 20080430204827 text/html 21\nHTTP/1.0 200 OK\r\n\r\nab\n".to_vec();
    let inner = wacz(&packed);
    let files = [
        ("warc", records.concat()),
        ("gzip", packed),
        ("zstd", frames),
        ("arc", arc.clone()),
        ("arc.gz", gzip(&arc)),
        ("wacz", inner.clone()),
        ("zip in zip", zip(&[("a.wacz", &inner, true), ("b.warc", &page("six"), false)])),
    ];
    let mut random = fastrand::Rng::with_seed(16);
    let fixture = ImportFixture::new();
    let path = fixture.dir.path().join("mutant");
    for (name, whole) in files {
        for _ in 0..count {
            let mut bytes = whole.clone();
            for _ in 0..random.usize(1..5) {
                let at = random.usize(..bytes.len());
                match random.u8(..5) {
                    0 => bytes[at] ^= 1 << random.u8(..8),
                    1 => bytes[at] = [0, 0xff, b'\n', b'9', b' '][random.usize(..5)],
                    2 => bytes.truncate(at.max(1)),
                    3 => drop(bytes.drain(at..bytes.len().min(at + random.usize(1..40)))),
                    _ => {
                        let piece = bytes[at..bytes.len().min(at + 60)].to_vec();
                        bytes.splice(at..at, piece);
                    }
                }
                if bytes.is_empty() {
                    bytes.push(b'P');
                }
            }
            std::fs::write(&path, &bytes).unwrap();
            let paths = std::slice::from_ref(&path);
            let judge = super::warc_files::keep_every_page;
            let report = fixture
                .store
                .import_files(paths, RunId(1), ImportOptions::default(), judge)
                .unwrap()
                .remove(0);
            assert_eq!(report.records, report.types.values().sum::<u64>(), "{name}");
            let settled =
                report.captures + report.visits + report.known + report.skipped.values().sum::<u64>();
            let describing: u64 =
                ["warcinfo", "request", "metadata"].iter().filter_map(|name| report.types.get(*name)).sum();
            assert_eq!(report.records, settled + describing, "{name}: {report:?}");
        }
    }
    assert_eq!(fixture.store.verify().unwrap().faults, Vec::new());
}
