//! Verifications of a part of the store: a sample, and what was written since the last one.

use super::filled_store::segment_files;
use super::*;

const PAGES: u64 = 60;

fn options() -> StoreOptions {
    StoreOptions { compaction: Compaction::Never, ..with_journal() }
}

fn address(number: u64) -> String {
    format!("http://h{}.example/{number}", number % 7)
}

/// A body that does not compress, and is different for each page.
fn body(number: u64) -> Vec<u8> {
    incompressible_bytes(number + 1, 12_000)
}

/// Writes pages in a session of its own, so that they get a segment of their own.
fn write_pages(dir: &Path, numbers: std::ops::Range<u64>) {
    let store = SledStore::open(dir, &options()).unwrap().0;
    for number in numbers {
        let seconds = i64::try_from(number).unwrap();
        store.write_page(stored_page(&address(number), 1, seconds, &body(number))).unwrap();
    }
    store.close().unwrap();
}

fn sample(percent: u32, seed: u64) -> VerifyScope {
    VerifyScope { sample: Some(Sample { of_million: percent * 10_000, seed }), since_last: false }
}

const SINCE_LAST: VerifyScope = VerifyScope { sample: None, since_last: true };

fn verify(dir: &Path, scope: VerifyScope) -> VerifyReport {
    let store = SledStore::open(dir, &options()).unwrap().0;
    let report = store.verify_scope(&scope).unwrap();
    store.close().unwrap();
    report
}

/// Damages the stored body of a page in the database.
fn damage_body(dir: &Path, number: u64) {
    let store = SledStore::open(dir, &options()).unwrap().0;
    let (chunks, key) = first_chunk(&store, ContentHash::of(&body(number)));
    chunks.insert(key, b"\x01rotten.").unwrap();
    drop(chunks);
    store.close().unwrap();
}

/// Flips a bit in the middle of a segment.
fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_sample_looks_at_its_share_and_finds_what_is_in_it() {
    let dir = tempfile::tempdir().unwrap();
    write_pages(dir.path(), 0..PAGES);
    damage_body(dir.path(), 33);
    let found: Vec<VerifyReport> = (0..40).map(|seed| verify(dir.path(), sample(10, seed))).collect();
    let with_fault = found.iter().filter(|report| !report.faults.is_empty()).count();
    assert!((1..30).contains(&with_fault), "{with_fault} of 40 samples of a tenth");
    for report in &found {
        let coverage = report.coverage.as_ref().unwrap();
        assert_eq!((coverage.pages, coverage.all_pages), (6, PAGES));
        assert_eq!((report.contents, report.urls), (6, 6), "no more is read");
        assert!(coverage.journal_bytes <= coverage.all_journal_bytes / 2, "{coverage:?}");
        let fault = report.faults.first();
        assert!(fault.is_none_or(|fault| fault.affects[0].contains(&address(33))), "{:#?}", report.faults);
    }
    for (seed, report) in (0..3).zip(&found) {
        assert_eq!(&verify(dir.path(), sample(10, seed)), report, "the same seed draws the same");
    }
    assert_eq!(verify(dir.path(), sample(100, 1)).faults.len(), 1);
}

#[test]
fn a_sample_finds_damage_in_the_journal_and_is_not_misled_by_archives_in_it() {
    let dir = tempfile::tempdir().unwrap();
    // The bodies of these pages are segments themselves.
    let inner = tempfile::tempdir().unwrap();
    write_pages(inner.path(), 0..40);
    let archive = std::fs::read(&segment_files(inner.path())[0]).unwrap();
    let store = SledStore::open(dir.path(), &options()).unwrap().0;
    for number in 0..3 {
        let mut body = archive.clone();
        body.push(u8::try_from(number).unwrap());
        store.write_page(stored_page(&address(number), 1, 1, &body)).unwrap();
    }
    store.close().unwrap();
    let segment = &segment_files(dir.path())[0];
    assert!(segment.metadata().unwrap().len() > 1 << 20);
    for seed in 0..12 {
        assert_eq!(verify(dir.path(), sample(30, seed)).faults, Vec::new(), "{seed}");
    }
    flip(segment);
    let report = verify(dir.path(), sample(100, 1));
    assert!(report.faults.iter().all(|fault| fault.place == FaultPlace::Journal), "{:#?}", report.faults);
    assert!(report.faults.iter().any(|fault| fault.what.contains("offset")), "{:#?}", report.faults);
}

#[test]
fn what_was_written_since_is_read_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    write_pages(dir.path(), 0..PAGES);
    let first = verify(dir.path(), SINCE_LAST);
    assert_eq!((first.coverage, first.contents), (None, PAGES), "there was none before, so all is read");
    let report = verify(dir.path(), SINCE_LAST);
    assert_eq!((report.contents, report.visits, report.records, report.faults), (0, 0, 0, Vec::new()));

    write_pages(dir.path(), PAGES..PAGES + 5);
    // A page of before is visited again and has another body now.
    let store = SledStore::open(dir.path(), &options()).unwrap().0;
    store.write_page(stored_page(&address(7), 2, 500, b"new")).unwrap();
    store.close().unwrap();
    // Damage of before is not seen, and new damage is.
    damage_body(dir.path(), 7);
    flip(&segment_files(dir.path())[0]);
    let before = dir.path().join("before");
    copy_folder(&dir.path().join("db"), &before.join("db"));
    copy_folder(&dir.path().join("segments"), &before.join("segments"));
    std::fs::copy(dir.path().join("schema"), before.join("schema")).unwrap();
    let report = verify(&before, SINCE_LAST);
    assert_eq!((report.faults, report.contents, report.urls), (Vec::new(), 6, 6));
    let coverage = report.coverage.unwrap();
    assert!(coverage.since.is_some() && coverage.journal_bytes < coverage.all_journal_bytes / 5);
    assert_eq!((coverage.pages, coverage.all_pages), (6, PAGES + 5));

    let all = VerifyScope { since_last: true, ..sample(100, 1) };
    let found = serde_json::to_string(&verify(dir.path(), all).faults).unwrap();
    assert!(found.contains(&address(7)) && found.contains("segment 00000001-"), "{found}");

    damage_body(dir.path(), PAGES + 2);
    flip(&segment_files(dir.path())[1]);
    for _ in 0..2 {
        // What is damaged is not passed over the next time.
        let report = verify(dir.path(), SINCE_LAST);
        let found = serde_json::to_string(&report.faults).unwrap();
        assert!(found.contains(&address(PAGES + 2)) && found.contains("segment 00000002-"), "{found}");
        assert!(!found.contains("segment 00000001-"), "{found}");
    }
    // A repair changes the journal, so everything is read again.
    SledStore::repair(dir.path(), &options()).unwrap();
    assert_eq!(verify(dir.path(), SINCE_LAST).coverage, None);
}

#[test]
fn what_costs_little_is_always_checked() {
    let dir = tempfile::tempdir().unwrap();
    for part in 0..3 {
        write_pages(dir.path(), part * 4..part * 4 + 4);
    }
    assert_eq!(verify(dir.path(), VerifyScope::default()).faults, Vec::new());
    let segments = segment_files(dir.path());
    let cut = |path: &Path| {
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_len(file.metadata().unwrap().len() - 1).unwrap();
    };
    let found = |scope| serde_json::to_string(&verify(dir.path(), scope).faults).unwrap();
    cut(&segments[0]);
    assert!(found(SINCE_LAST).contains("it is shorter than the segment"));
    assert!(found(sample(1, 1)).contains("it is shorter than the segment"));
    std::fs::remove_file(&segments[1]).unwrap();
    assert!(found(SINCE_LAST).contains("segment 2 is missing"));
    std::fs::remove_file(&segments[2]).unwrap();
    assert!(found(SINCE_LAST).contains("the verification of"), "the end that was read is gone");
    // A store that does not write everything into the journal cannot know what is new.
    let store = SledStore::open(dir.path(), &without_journal()).unwrap().0;
    assert_eq!(store.verify_scope(&SINCE_LAST).unwrap().coverage, None);
}
