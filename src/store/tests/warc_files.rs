//! WARC files as other tools write them, and stores that import them.

use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

/// A temporary folder with a store and the files that it imports.
pub(super) struct ImportFixture {
    pub(super) dir: tempfile::TempDir,
    pub(super) store: SledStore,
}

impl ImportFixture {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = SledStore::open(&dir.path().join("store"), &with_journal()).unwrap().0;
        Self { dir, store }
    }

    pub(super) fn file(&self, records: &[Vec<u8>]) -> PathBuf {
        let path = self.dir.path().join(format!("{}.warc", fastrand::u64(..)));
        std::fs::write(&path, records.concat()).unwrap();
        path
    }

    pub(super) fn import(&self, records: &[Vec<u8>]) -> ImportReport {
        import_file(&self.store, &self.file(records))
    }

    pub(super) fn snapshots(&self, address: &str) -> Vec<Snapshot> {
        self.store.read_snapshots(url(address).key()).unwrap()
    }

    pub(super) fn body(&self, snapshot: &Snapshot) -> Vec<u8> {
        self.store.read_body(snapshot.body).unwrap().expose().to_vec()
    }
}

pub(super) const PAGE: &str = "http://a.example/page";

/// A WARC/1.0 record. `more` are additional header lines.
pub(super) fn warc_record(record_type: &str, uri: &str, more: &str, block: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "WARC/1.0\r\nWARC-Type: {record_type}\r\nWARC-Record-ID: <urn:uuid:{:032x}>\r\nWARC-Date: 2021-03-04T05:06:07Z\r\nWARC-Target-URI: {uri}\r\n{more}Content-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n",
        fastrand::u128(..),
        block.len()
    )
    .into_bytes();
    bytes.extend_from_slice(block);
    bytes.extend_from_slice(b"\r\n\r\n");
    bytes
}

/// A record like that of [`warc_record`], with another date.
pub(super) fn dated_record(date: &str, record_type: &str, uri: &str, more: &str, block: &[u8]) -> Vec<u8> {
    let bytes = warc_record(record_type, uri, more, block);
    let at = bytes.windows(20).position(|part| part == b"2021-03-04T05:06:07Z").unwrap();
    [&bytes[..at], date.as_bytes(), &bytes[at + 20..]].concat()
}

pub(super) fn answer_block(fields: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{fields}\r\n").as_bytes(), body].concat()
}

pub(super) fn skipped_reasons(report: &ImportReport) -> Vec<(&str, u64)> {
    report.skipped.iter().map(|(reason, count)| (reason.as_str(), *count)).collect()
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A judgement that keeps every page as a snapshot, and no redirect without its page.
pub(super) fn keep_every_page(page: &ImportedPage<'_>) -> ImportJudgement {
    let status = page.exchanges.last().unwrap().outcome.as_ref().unwrap().status;
    ImportJudgement {
        judgement: json!({ "status": status }).into(),
        state: json!({ "state": "ok" }).into(),
        keep: !page.lacks_target,
    }
}

/// Imports a file, and checks that the store is sound afterwards.
pub(super) fn import_file(store: &SledStore, path: &Path) -> ImportReport {
    import_files(store, &[path]).pop().unwrap()
}

/// Imports files with one command, and checks that the store is sound afterwards.
pub(super) fn import_files(store: &SledStore, paths: &[&Path]) -> Vec<ImportReport> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
    let options = ImportOptions::default();
    let reports = store.import_files(&paths, RunId(77), options, keep_every_page).unwrap();
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    for report in &reports {
        assert_eq!(report.accounted(), report.records, "every record is accounted for: {report:?}");
    }
    reports
}
