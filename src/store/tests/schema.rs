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

/// What may be in the place of a damaged schema file.
const DAMAGED_SCHEMAS: [&[u8]; 6] =
    [b"", b"\0\0\0\0", b"driftline store schema \xff\n", b"driftline store schema 2x", b"2", &[b'9'; 5000]];

fn kept_schema_file(dir: &Path) -> Vec<u8> {
    let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let is_kept = |path: &std::path::PathBuf| path.to_string_lossy().contains("/schema.damaged-");
    std::fs::read(names.into_iter().find(is_kept).unwrap()).unwrap()
}

#[test]
fn a_rebuild_replaces_an_unreadable_schema_file_and_loses_nothing() {
    for bytes in DAMAGED_SCHEMAS {
        let dir = tempfile::tempdir().unwrap();
        let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
        store.write_page(stored_page("http://a.example/", 1, 1, b"a page")).unwrap();
        store.close().unwrap();
        // The journal lacks this page; only the database has it.
        let store = SledStore::open(dir.path(), &without_journal()).unwrap().0;
        store.write_page(stored_page("http://b.example/", 1, 2, b"another page")).unwrap();
        store.close().unwrap();
        let schema = dir.path().join("schema");
        std::fs::write(&schema, bytes).unwrap();

        let refused = SledStore::open(dir.path(), &with_journal()).unwrap_err();
        assert!(matches!(refused, StoreError::UnreadableSchema { .. }), "{refused}");
        let refused = StoreReader::open(dir.path(), &with_journal()).err().unwrap();
        assert!(matches!(refused, StoreError::UnreadableSchema { .. }), "{refused}");
        assert_eq!(std::fs::read(&schema).unwrap(), bytes, "it is left as it is");

        let report = SledStore::rebuild(dir.path(), &with_journal()).unwrap();
        assert_eq!((report.visits, report.captures, report.repaired.visits), (2, 2, 1));
        assert!(report.quarantined.unwrap().path.is_dir(), "the old database is kept");
        assert_eq!(kept_schema_file(dir.path()), bytes);
        let (store, opened) = SledStore::open(dir.path(), &with_journal()).unwrap();
        assert_eq!(opened, OpenReport::default());
        assert_eq!(store.verify().unwrap().faults, Vec::new());
        assert_eq!(std::fs::read_to_string(&schema).unwrap(), "driftline store schema 2\n");
    }
}

#[test]
fn a_folder_in_the_place_of_the_schema_file_is_put_aside_by_a_rebuild() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    store.write_page(stored_page("http://a.example/", 1, 1, b"a page")).unwrap();
    store.close().unwrap();
    let schema = dir.path().join("schema");
    std::fs::remove_file(&schema).unwrap();
    std::fs::create_dir(&schema).unwrap();
    let refused = SledStore::open(dir.path(), &with_journal()).unwrap_err();
    assert!(matches!(refused, StoreError::UnreadableSchema { .. }), "{refused}");
    let report = SledStore::rebuild(dir.path(), &with_journal()).unwrap();
    assert_eq!(report.visits, 1);
    assert!(report.schema_aside.unwrap().is_dir() && schema.is_file());
}

#[test]
fn an_unreadable_schema_file_of_a_store_without_a_journal_is_written_anew() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    store.write_page(stored_page("http://a.example/", 1, 1, b"a page")).unwrap();
    store.flush().unwrap();
    let before = dump_store(&store);
    store.close().unwrap();
    let refused = SledStore::rebuild(dir.path(), &without_journal()).unwrap_err();
    assert!(matches!(refused, StoreError::NothingToRebuildFrom { .. }), "{refused}");
    std::fs::write(dir.path().join("schema"), b"\xff").unwrap();
    let report = SledStore::rebuild(dir.path(), &without_journal()).unwrap();
    assert_eq!((report.only_schema, report.visits, report.quarantined), (true, 1, None));
    assert_eq!(kept_schema_file(dir.path()), b"\xff");
    let store = open_without_journal(dir.path());
    assert_same_dump(&dump_store(&store), &before);
}

#[test]
fn a_rebuild_refuses_a_database_of_a_newer_version_whose_schema_file_is_unreadable() {
    for options in [with_journal(), without_journal()] {
        let dir = tempfile::tempdir().unwrap();
        let store = SledStore::open(dir.path(), &options).unwrap().0;
        store.write_page(stored_page("http://a.example/", 1, 1, b"a page")).unwrap();
        store.flush().unwrap();
        store.database.meta.insert("schema", 3_u32.to_be_bytes()).unwrap();
        drop(store);
        std::fs::write(dir.path().join("schema"), b"\xff").unwrap();
        let refused = SledStore::rebuild(dir.path(), &options).unwrap_err();
        assert!(matches!(refused, StoreError::NewerSchema { found: 3, .. }), "{refused}");
        assert_eq!(std::fs::read(dir.path().join("schema")).unwrap(), b"\xff");
        assert!(dir.path().join("db").is_dir());
    }
}
