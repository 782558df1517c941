//! Stores of older schemas: `schema_1` is one that driftline 0.1 wrote when the schema was 1.

use super::journal::{Dump, assert_same, dump};
use super::*;

fn store_of_schema_1() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/tests/schema_1");
    copy_folder(&from, dir.path());
    dir
}

/// Everything that a store says, record by record, in words.
fn told(store: &SledStore) -> Vec<String> {
    let mut all = Vec::new();
    for key in store.database.urls.iter().keys() {
        let key = UrlKey::from_bytes(key.unwrap().as_ref().try_into().unwrap());
        all.push(format!("{:?}", store.url(key).unwrap()));
        all.extend(store.visits(key).unwrap().iter().map(|visit| format!("{visit:?}")));
        for snapshot in store.snapshots(key).unwrap() {
            let body = store.body(snapshot.body).unwrap();
            all.push(format!("{snapshot:?} {}", body.expose().len()));
        }
        let compared = store.comparisons(key, &ArticleId::new("a.md")).unwrap();
        all.extend(compared.iter().map(|comparison| format!("{comparison:?}")));
    }
    all.extend(store.runs().unwrap().iter().map(|run| format!("{run:?}")));
    all.push(format!("{:?}", store.blob(ContentHash::of(b"table")).unwrap()));
    all
}

#[test]
fn a_store_of_schema_1_is_read_written_compacted_and_rebuilt() {
    let dir = store_of_schema_1();
    assert_eq!(std::fs::read_to_string(dir.path().join("schema")).unwrap(), "driftline store schema 1\n");
    let (store, report) = SledStore::open(dir.path(), &journaled()).unwrap();
    assert_eq!(report, OpenReport::default(), "nothing is put aside or taken anew");
    assert_eq!(std::fs::read_to_string(dir.path().join("schema")).unwrap(), "driftline store schema 2\n");
    let found = store.verify().unwrap();
    assert_eq!((found.faults, found.orphan_chunks), (Vec::new(), 0));
    assert_eq!((found.urls, found.visits, found.snapshots), (19, 20, 18));
    assert!(!store.database.content.chunks.is_empty(), "the chunks are where schema 1 put them");
    let before = told(&store);
    store.close().unwrap();

    // What the journal of schema 1 says is the same.
    let rebuilt = store_of_schema_1();
    let report = SledStore::rebuild(rebuilt.path(), &journaled()).unwrap();
    assert_eq!(report.faults, Vec::<String>::new());
    let anew = SledStore::open(rebuilt.path(), &journaled()).unwrap().0;
    assert!(anew.database.content.chunks.is_empty());
    assert_eq!(told(&anew), before);

    // Visits old and new, equal bodies, an import from the past: old and new records side by side.
    let more = |store: &SledStore| {
        store.deposit(page("http://h1.example/1?q=é", 5, 5_000, &noise(7, 9_000))).unwrap();
        store.deposit(page("http://h0.example/0", 5, 5_001, b"changed")).unwrap();
        store.deposit(page("http://h2.example/2", 4, -9_000, b"from the past")).unwrap();
        store.deposit(page("http://new.example/", 5, 5_002, &noise(9, 30_000))).unwrap();
        // Schema 1 did not note of a table that the journal holds it: it is written once more.
        store.put_blob(b"table").unwrap();
        store.flush().unwrap();
        assert_eq!(store.verify().unwrap().faults, Vec::new());
    };
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    more(&store);
    more(&anew);
    assert_eq!(told(&store), told(&anew));
    store.close().unwrap();

    SledStore::compact(dir.path(), &journaled()).unwrap();
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    assert!(store.database.content.chunks.is_empty(), "a compaction brings all chunks to their places");
    assert_eq!(told(&store), told(&anew));
    // A long record is content too, in the form of the schema that wrote it.
    let is_page = |((tree, _), value): &((&str, Vec<u8>), Vec<u8>)| {
        *tree == "contents" && !value.starts_with(b"Record")
    };
    let pages = |dump: Dump| dump.into_iter().filter(is_page).collect::<Dump>();
    assert_same(&pages(dump(&store)), &pages(dump(&anew)));
}
