//! The chain of the segments: what it notices, and what is no fault.

use std::path::PathBuf;

use super::filled_store::{fill_store, segment_files, small_segments};
use super::*;

/// A closed store with something of each kind in several segments.
fn filled(dir: &Path) {
    let store = SledStore::open(dir, &small_segments()).unwrap().0;
    fill_store(&store);
    store.close().unwrap();
}

/// The faults of the store, as "what: reason".
#[track_caller]
fn faults(dir: &Path) -> Vec<String> {
    let store = SledStore::open(dir, &small_segments()).unwrap().0;
    let report = store.verify().unwrap();
    assert!(report.faults.iter().all(|fault| fault.place == FaultPlace::Journal), "{:#?}", report.faults);
    report.faults.iter().map(|fault| format!("{}: {}", fault.what, fault.reason)).collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn copy_of(dir: &Path, name: &str) -> PathBuf {
    let copy = dir.join(name);
    copy_folder(&dir.join("original"), &copy);
    copy
}

/// Repairs the store. Then nothing is wrong with it, nor with what its journal alone gives.
#[track_caller]
fn assert_repairable(dir: &Path) {
    assert_eq!(SledStore::repair(dir, &small_segments()).unwrap().lost, Vec::<String>::new());
    assert_eq!(faults(dir), Vec::<String>::new());
    assert_eq!(SledStore::repair(dir, &small_segments()).unwrap(), RepairReport::default());
    std::fs::remove_dir_all(dir.join("db")).unwrap();
    let store = SledStore::open(dir, &small_segments()).unwrap().0;
    let report = store.verify().unwrap();
    assert_eq!((report.faults, report.visits, report.snapshots), (Vec::new(), 15, 13));
}

#[test]
fn exchanged_and_reordered_segments_are_named_although_each_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    filled(&dir.path().join("original"));
    let other = dir.path().join("other");
    let store = SledStore::open(&other, &with_journal()).unwrap().0;
    store.write_page(stored_page("http://other.example/", 1, 1, b"another store")).unwrap();
    store.close().unwrap();

    let reordered = copy_of(dir.path(), "reordered");
    let segments = segment_files(&reordered);
    assert!(segments.len() > 3, "{segments:?}");
    let (first, second) = (std::fs::read(&segments[0]).unwrap(), std::fs::read(&segments[1]).unwrap());
    std::fs::write(&segments[0], second).unwrap();
    std::fs::write(&segments[1], first).unwrap();
    let found = faults(&reordered);
    for segment in &segments[..2] {
        let named = found.iter().any(|fault| fault.starts_with(&format!("segment {}: it", name(segment))));
        assert!(named, "{found:#?}");
    }
    assert_repairable(&reordered);

    // The last one is known by the database alone, the others by the next one.
    for (round, place) in [0, 1, segments.len() - 1].into_iter().enumerate() {
        let exchanged = copy_of(dir.path(), &format!("exchanged{round}"));
        let segment = &segment_files(&exchanged)[place];
        std::fs::copy(&segment_files(&other)[0], segment).unwrap();
        let store = SledStore::open(&exchanged, &small_segments()).unwrap().0;
        let found = serde_json::to_string(&store.verify().unwrap().faults).unwrap();
        assert!(found.contains(&format!("segment {}", name(segment))), "{found}");
        drop(store);
        let rebuilt = SledStore::rebuild(&exchanged, &small_segments()).unwrap();
        let said = rebuilt.repaired.faults.iter().any(|fault| fault.contains(&name(segment)));
        assert!(said, "{rebuilt:?}");
        let store = SledStore::open(&exchanged, &small_segments()).unwrap().0;
        let report = store.verify().unwrap();
        assert_eq!(report.faults, Vec::new());
        // Nothing of its own is lost, and what the foreign segment holds was added.
        assert_eq!((report.visits, report.snapshots), (16, 14));
    }

    // Without the database, the journal alone tells it.
    let rebuilt = copy_of(dir.path(), "rebuilt");
    let segment = &segment_files(&rebuilt)[1];
    std::fs::copy(&segment_files(&other)[0], segment).unwrap();
    std::fs::remove_dir_all(rebuilt.join("db")).unwrap();
    let report = SledStore::rebuild(&rebuilt, &small_segments()).unwrap();
    assert!(report.faults.iter().any(|fault| fault.contains(&name(segment))), "{report:?}");
}

#[test]
fn a_segment_that_is_set_back_to_an_earlier_group_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original");
    // One segment of several groups for each of two runs.
    for number in 0..6 {
        let store = SledStore::open(&original, &with_journal()).unwrap().0;
        for page in 0..3 {
            let address = format!("http://h{number}.example/{page}");
            store.write_page(stored_page(&address, 1, number * 10 + page, b"a body")).unwrap();
            store.flush().unwrap();
        }
        store.close().unwrap();
    }
    for place in [1, 5] {
        let copy = copy_of(dir.path(), &format!("cut{place}"));
        let segment = segment_files(&copy)[place].clone();
        let mut groups = Vec::new();
        let mut scan = |item| {
            if let warc::scan::ScannedItem::Record(record, end) = item
                && record.record_type() == "metadata"
            {
                groups.push(end);
            }
            Ok(())
        };
        journal::scan::scan_segment(&segment, 0, &mut scan).unwrap();
        assert!(groups.len() > 1, "{groups:?}");
        std::fs::File::options().write(true).open(&segment).unwrap().set_len(groups[0]).unwrap();
        let found = faults(&copy);
        let start = format!("segment {}: it is shorter than the segment", name(&segment));
        assert!(found.iter().any(|fault| fault.starts_with(&start)), "{found:#?}");
        // It stays a fault while more is written after it, until it is repaired.
        let store = SledStore::open(&copy, &with_journal()).unwrap().0;
        store.write_page(stored_page("http://more.example/", 2, 100, b"more")).unwrap();
        store.close().unwrap();
        let found = faults(&copy);
        assert!(found.iter().any(|fault| fault.starts_with(&start)), "{found:#?}");
        SledStore::repair(&copy, &with_journal()).unwrap();
        assert_eq!(faults(&copy), Vec::<String>::new());
        // Another change of the repaired segment is one again.
        let mut bytes = std::fs::read(&segment).unwrap();
        bytes.extend_from_slice(&std::fs::read(&segment_files(&copy)[0]).unwrap());
        std::fs::write(&segment, bytes).unwrap();
        let found = faults(&copy);
        assert!(found.iter().any(|fault| fault.contains(&name(&segment))), "{found:#?}");
    }
}

#[test]
fn what_a_killed_writer_leaves_is_no_fault_and_the_chain_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original");
    let store = SledStore::open(&original, &with_journal()).unwrap().0;
    fill_store(&store);
    // An older database beside a newer journal: killed after the journal was synced.
    let behind = copy_of(dir.path(), "behind");
    store.write_page(stored_page("http://late.example/", 3, 60, b"late")).unwrap();
    store.flush().unwrap();
    let open = segment_files(&original)[0].clone();
    std::fs::copy(&open, behind.join("segments").join(name(&open))).unwrap();
    let killed = copy_of(dir.path(), "killed");
    store.close().unwrap();
    // Killed after a segment was finished and the next was created, with and without its first record.
    let empty = copy_of(dir.path(), "empty");
    std::fs::write(empty.join("segments/00000002-20260131T000000Z.warc.gz.open"), b"").unwrap();
    let begun = copy_of(dir.path(), "begun");
    let mut first = Vec::new();
    warc::warcinfo::write_warcinfo(&mut first, None, at_second(0), None).unwrap();
    std::fs::write(begun.join("segments/00000002-20260131T000000Z.warc.gz.open"), &first).unwrap();

    for copy in [behind, killed, empty, begun] {
        assert_eq!(faults(&copy), Vec::<String>::new(), "{copy:?}");
        for run in 4..6 {
            let store = SledStore::open(&copy, &with_journal()).unwrap().0;
            let address = format!("http://late.example/{run}");
            store.write_page(stored_page(&address, run, 100, b"later")).unwrap();
            store.close().unwrap();
        }
        assert_eq!(segment_files(&copy).len(), 3, "no empty file is left: {copy:?}");
        let store = SledStore::open(&copy, &with_journal()).unwrap().0;
        let report = store.verify().unwrap();
        assert_eq!((report.faults, report.chain_links), (Vec::new(), 2), "{copy:?}");
        // The head is what any tool finds.
        let last = segment_files(&copy).pop().unwrap();
        let bytes = std::fs::read(&last).unwrap();
        let head = format!("{} {} {}", name(&last), bytes.len(), warc::digest::sha256_digest(&[&bytes]));
        assert_eq!(report.head.as_ref(), Some(&head));
        assert_eq!(store.stats().unwrap().head, Some(head));
    }
}

#[test]
fn the_chain_of_an_older_store_begins_with_its_next_segment() {
    let dir = tempfile::tempdir().unwrap();
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store_schema_2/store");
    copy_folder(&original, dir.path());
    let older = segment_files(dir.path());
    assert_eq!(faults(dir.path()), Vec::<String>::new());
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    store.write_page(stored_page("http://new.example/", 9, 100, b"new")).unwrap();
    let report = store.verify().unwrap();
    assert_eq!((report.faults, report.chain_links), (Vec::new(), 1));
    store.close().unwrap();
    // The last of the older ones is covered by the link, those before are not.
    let last = older.last().unwrap();
    let mut bytes = std::fs::read(last).unwrap();
    bytes.extend_from_slice(&std::fs::read(&older[0]).unwrap());
    std::fs::write(last, bytes).unwrap();
    let found = faults(dir.path());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with(&format!("segment {}: it is longer", name(last))), "{found:#?}");
}
