//! Imports of records that refer to others: answers without change, and thousands of revisits.

use std::sync::atomic::{AtomicU64, Ordering};

use super::warc_files::{ImportFixture, answer_block, dated_record, keep_every_page, skipped_reasons};
use super::*;
use crate::model::Untrusted;

#[test]
fn an_answer_without_change_confirms_the_newest_capture_before_it() {
    let fixture = ImportFixture::new();
    let page = "http://a.example/page";
    let answer = |body: &str| answer_block("", body.as_bytes());
    let not_modified = b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n";
    let profile = "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/server-not-modified\r\n";
    let at = |date: &str, record_type: &str, more: &str, block: &[u8]| {
        dated_record(date, record_type, page, more, block)
    };
    let refers =
        "WARC-Refers-To-Target-URI: http://a.example/page\r\nWARC-Refers-To-Date: 2018-01-01T00:00:00Z\r\n";
    let records = [
        // Before any capture: there is nothing that it confirms.
        at("2017-01-01T00:00:00Z", "revisit", profile, not_modified),
        // The captures come later in the file than what confirms them.
        at("2018-06-01T00:00:00Z", "revisit", profile, not_modified),
        at("2020-06-01T00:00:00Z", "revisit", profile, b""),
        at("2020-07-01T00:00:00Z", "response", "", not_modified),
        at("2020-08-01T00:00:00Z", "revisit", &format!("{profile}{refers}"), not_modified),
        at("2018-01-01T00:00:00Z", "response", "", &answer("first")),
        at("2020-01-01T00:00:00Z", "response", "", &answer("second")),
    ];
    let report = fixture.import(&records);
    assert_eq!((report.captures, report.unchanged), (2, 4), "{report:?}");
    assert_eq!(skipped_reasons(&report), [("a 304 whose page is neither in the files nor in the store", 1)]);
    let visits = fixture.store.read_visits(url(page).key()).unwrap();
    let snapshots = fixture.snapshots(page);
    let confirmed: Vec<(String, bool, usize)> = visits
        .iter()
        .map(|visit| {
            let id = visit.snapshot.unwrap();
            let number = snapshots.iter().position(|snapshot| snapshot.id == id).unwrap();
            (visit.at.strftime("%Y-%m").to_string(), visit.unchanged, number)
        })
        .collect();
    let expected = [
        ("2018-01", false, 0),
        ("2018-06", true, 0),
        ("2020-01", false, 1),
        ("2020-06", true, 1),
        ("2020-07", true, 1),
        ("2020-08", true, 0),
    ];
    assert_eq!(confirmed, expected.map(|(month, unchanged, number)| (month.to_owned(), unchanged, number)));
    let again = fixture.import(&records);
    assert_eq!((again.captures, again.unchanged, again.known), (0, 0, 6), "{again:?}");
    // The journal gives the same.
    let ImportFixture { dir, store } = fixture;
    store.close().unwrap();
    std::fs::remove_dir_all(dir.path().join("store/db")).unwrap();
    let store = SledStore::open(&dir.path().join("store"), &with_journal()).unwrap().0;
    assert_eq!(store.read_visits(url(page).key()).unwrap(), visits);
}

#[test]
fn thousands_of_revisits_between_their_originals_are_settled_together() {
    let dir = tempfile::tempdir().unwrap();
    let mut records = Vec::new();
    for number in 0..2_000 {
        let page = format!("http://a.example/{number}");
        let date = format!("2021-03-04T05:{:02}:{:02}Z", number / 60 % 60, number % 60);
        let body = format!("page {number}");
        records.push(dated_record(&date, "response", &page, "", &answer_block("", body.as_bytes())));
        // Neither names a digest: one names the date, and the other one nothing, so that it waits in vain.
        let refers = format!("WARC-Refers-To-Target-URI: {page}\r\nWARC-Refers-To-Date: {date}\r\n");
        let head = answer_block("", b"");
        records.push(dated_record("2022-01-01T00:00:00Z", "revisit", &page, &refers, &head));
        records.push(dated_record("2022-01-01T00:00:00Z", "revisit", "http://a.example/0", "", &head));
    }
    let path = dir.path().join("many.warc");
    std::fs::write(&path, records.concat()).unwrap();
    let store = open_without_journal(&dir.path().join("store"));
    let counted = CountingStore { store: &store, flushes: AtomicU64::new(0), reads: AtomicU64::new(0) };
    let digests = store.key_value_tree("payloads").unwrap();
    let reports = crate::store::import_export::import_files(
        &counted,
        (digests, dir.path()),
        &[path],
        RunId(77),
        ImportOptions::default(),
        keep_every_page,
    )
    .unwrap();
    let report = &reports[0];
    assert_eq!((report.captures, report.faults.len()), (4_000, 0), "{report:?}");
    assert_eq!(report.skipped.values().sum::<u64>(), 2_000, "{report:?}");
    let (flushes, reads) = (counted.flushes.into_inner(), counted.reads.into_inner());
    assert!(flushes < 20, "{flushes} flushes");
    assert!(reads < 20_000, "the snapshots of a URL were read {reads} times");
}

/// A store that counts the calls whose number must not grow with the number of revisits.
struct CountingStore<'a> {
    store: &'a SledStore,
    flushes: AtomicU64,
    reads: AtomicU64,
}

impl SnapshotStore for CountingStore<'_> {
    fn write_page(&self, page_write: PageWrite) -> Result<(), StoreError> {
        self.store.write_page(page_write)
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.flushes.fetch_add(1, Ordering::Relaxed);
        self.store.flush()
    }

    fn read_url(&self, key: UrlKey) -> Result<Option<UrlRecord>, StoreError> {
        self.store.read_url(key)
    }

    fn read_visits(&self, key: UrlKey) -> Result<Vec<VisitRecord>, StoreError> {
        self.store.read_visits(key)
    }

    fn read_visit_in_run(&self, key: UrlKey, run: RunId) -> Result<Option<VisitRecord>, StoreError> {
        self.store.read_visit_in_run(key, run)
    }

    fn read_snapshots(&self, key: UrlKey) -> Result<Vec<Snapshot>, StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.store.read_snapshots(key)
    }

    fn read_snapshot(&self, id: SnapshotId) -> Result<Option<Snapshot>, StoreError> {
        self.store.read_snapshot(id)
    }

    fn read_body(&self, hash: ContentHash) -> Result<Untrusted, StoreError> {
        self.store.read_body(hash)
    }

    fn read_comparisons(
        &self,
        key: UrlKey,
        article: &ArticleId,
    ) -> Result<Vec<ComparisonRecord>, StoreError> {
        self.store.read_comparisons(key, article)
    }

    fn store_blob(&self, bytes: &[u8]) -> Result<ContentHash, StoreError> {
        self.store.store_blob(bytes)
    }

    fn read_blob(&self, hash: ContentHash) -> Result<Vec<u8>, StoreError> {
        self.store.read_blob(hash)
    }

    fn write_run(&self, run: &RunRecord) -> Result<(), StoreError> {
        self.store.write_run(run)
    }

    fn read_runs(&self) -> Result<Vec<RunRecord>, StoreError> {
        self.store.read_runs()
    }
}
