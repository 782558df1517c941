//! Opening and rebuilding a store of an older schema.

use super::store_dump::{assert_same_dump, dump_store};
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
