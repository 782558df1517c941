//! Opening and rebuilding a store of an older schema.

use super::store_dump::{Dump, assert_same_dump, dump_of_any_order, dump_store};
use super::*;

#[test]
fn a_store_of_schema_1_is_refused_and_can_be_rebuilt_from_its_journal() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    store.write_page(stored_page("http://a.example/", 1, 1, b"a page")).unwrap();
    store.flush().unwrap();
    let before = dump_store(&store);
    store.close().unwrap();

    let schema = dir.path().join("schema");
    std::fs::write(&schema, "driftline store schema 1\n").unwrap();
    let refused = SledStore::open(dir.path(), &with_journal()).unwrap_err();
    assert!(matches!(refused, StoreError::OlderSchema { found: 1, known: 2, .. }), "{refused}");
    assert!(refused.to_string().contains("before the first release"), "{refused}");
    let refused = StoreReader::open(dir.path(), &with_journal()).err().unwrap();
    assert!(matches!(refused, StoreError::OlderSchema { .. }), "{refused}");

    let report = SledStore::rebuild(dir.path(), &with_journal()).unwrap();
    assert_eq!((report.visits, report.captures, report.faults), (1, 1, Vec::new()));
    assert!(report.quarantined.unwrap().path.is_dir(), "the old database is kept");
    let (store, opened) = SledStore::open(dir.path(), &with_journal()).unwrap();
    assert_eq!(opened, OpenReport::default());
    assert_same_dump(&dump_store(&store), &before);
    assert_eq!(std::fs::read_to_string(&schema).unwrap(), "driftline store schema 2\n");
}

/// The fixture is the store of three runs by the first version with schema 2: redirects, comparisons, unchanged
/// pages.
#[test]
fn a_store_of_the_first_version_with_schema_2_is_read_whole() {
    let dir = tempfile::tempdir().unwrap();
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store_schema_2/store");
    copy_folder(&original, dir.path());
    let (store, report) = SledStore::open(dir.path(), &with_journal()).unwrap();
    assert_eq!(report, OpenReport::default(), "nothing is quarantined or replayed");
    let report = store.verify().unwrap();
    assert_eq!((report.faults, report.orphan_chunks), (Vec::new(), 0));
    assert_eq!((report.urls, report.visits, report.snapshots), (4, 12, 4));
    assert_eq!((report.comparisons, report.runs, report.contents), (3, 3, 4));
    assert_eq!((report.segments, report.chain_links, report.visits_not_in_journal), (3, 0, 0));
    let before = dump_of_any_order(&store);
    store.close().unwrap();

    // The journal of that version gives the same store.
    std::fs::remove_dir_all(dir.path().join("db")).unwrap();
    let (store, report) = SledStore::open(dir.path(), &with_journal()).unwrap();
    assert_eq!(report.replay.captures, 4);
    assert_eq!(report.replay.faults, Vec::<String>::new());
    // Bytes of comparisons are left out: replaying reads their numbers without serde_json's
    // `float_roundtrip`, which can change the last digit of a fraction.
    let without_comparisons = |dump: &Dump| -> Dump {
        let entries = dump.iter().filter(|((tree, _), _)| *tree != "comparisons");
        entries.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let after = dump_of_any_order(&store);
    assert!(after.keys().eq(before.keys()));
    assert_same_dump(&without_comparisons(&after), &without_comparisons(&before));
}
