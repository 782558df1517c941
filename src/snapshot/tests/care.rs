//! Verify, stats, compact.

use super::journal::{assert_same, dump, fill, segments};
use super::*;

#[test]
fn a_sound_store_has_no_faults() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    fill(&store);
    let report = store.verify().unwrap();
    assert_eq!(report.faults, Vec::new());
    assert_eq!((report.urls, report.visits, report.snapshots), (14, 15, 13));
    assert_eq!((report.comparisons, report.runs, report.segments), (12, 1, 1));
    // Three bodies and a link table.
    assert_eq!((report.contents, report.orphan_chunks, report.visits_not_in_journal), (4, 0, 0));
}

#[test]
fn every_kind_of_damage_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    fill(&store);
    let database = &store.database;
    let faults = || {
        let found = store.verify().unwrap().faults;
        assert!(!found.is_empty());
        serde_json::to_string(&found).unwrap()
    };
    let trees = [
        (&database.content.chunks, "is missing"),
        (&database.content.manifests, "not in the store"),
        (&database.urls, "URL has no record"),
        (&database.snapshots, "not in the store"),
        (&database.visits, "lacks 1 visits that the journal holds"),
    ];
    for (tree, wanted) in trees {
        let (key, value) = tree.first().unwrap().unwrap();
        tree.remove(&key).unwrap();
        let found = faults();
        assert!(found.contains(wanted), "{found}");
        tree.insert(&key, &value[..value.len() - 1]).unwrap();
        faults();
        tree.insert(&key, &value).unwrap();
        assert_eq!(store.verify().unwrap().faults, Vec::new());
    }
    let body = ContentHash::of(b"reached");
    let chunks = &database.content.chunks;
    let (key, value) = chunks.scan_prefix(body.as_bytes()).next().unwrap().unwrap();
    chunks.insert(&key, b"\x01rotten.").unwrap();
    let id = SnapshotId { url: url("http://r.example/start").key(), at_ms: ms(22) };
    let found = faults();
    assert!(found.contains(&id.to_string()), "{found}");
    chunks.insert(&key, value).unwrap();

    let path = &segments(dir.path())[0];
    let whole = std::fs::read(path).unwrap();
    let mut bad = whole.clone();
    bad[whole.len() / 2] ^= 0x10;
    std::fs::write(path, &bad).unwrap();
    let found = faults();
    assert!(found.contains("offset"), "{found}");
}

#[test]
fn what_only_the_database_holds_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.deposit(page("http://a.example/", 1, 0, b"body")).unwrap();
    let report = store.verify().unwrap();
    assert_eq!((report.visits_not_in_journal, report.faults.len()), (1, 0));
}

#[test]
fn the_store_in_figures() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    let text = "很长的正文。".repeat(1_000);
    for number in 0..4 {
        let address = format!("http://h{}.example/{number}", number % 2);
        store.deposit(page(&address, 1, number, text.as_bytes())).unwrap();
    }
    store.deposit(page("http://h1.example/1", 2, 100, b"changed")).unwrap();
    let stats = store.stats().unwrap();
    let len = text.len() as u64;
    assert_eq!((stats.urls, stats.visits, stats.snapshots), (4, 5, 5));
    assert_eq!(stats.captured_bytes, 4 * len + 7);
    assert_eq!((stats.bodies.count, stats.bodies.plain_bytes), (2, len + 7));
    assert!(stats.dedupe_ratio() > 3.9 && stats.compression_ratio() > 50.0);
    let hosts: Vec<_> =
        stats.hosts.iter().map(|host| (host.host.as_str(), host.urls, host.snapshots)).collect();
    assert_eq!(hosts, [("h1.example", 2, 3), ("h0.example", 2, 2)]);
    let runs: Vec<_> =
        stats.by_run.iter().map(|run| (run.run, run.visits, run.snapshots, run.captured_bytes)).collect();
    assert_eq!(runs, [(1, 4, 4, 4 * len), (2, 1, 1, 7)]);
    assert!(stats.database_bytes > 0 && stats.journal_bytes > 0);
}

#[test]
fn a_compacted_store_is_equal_and_smaller() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    fill(&store);
    let frontier = store.tree("frontier").unwrap();
    frontier.insert("key", "value").unwrap();
    for round in 0..30_u32 {
        let noise = noise(u64::from(round), 50_000);
        for (number, piece) in noise.chunks(5_000).enumerate() {
            frontier.insert(number.to_be_bytes(), piece).unwrap();
        }
        store.database.db.flush().unwrap();
    }
    for number in 0_u64..10 {
        frontier.remove(number.to_be_bytes()).unwrap();
    }
    // A chunk of an interrupted write.
    store.database.content.chunks.insert([7; 36], &[1, 2, 3]).unwrap();
    let mut before = dump(&store);
    before.remove(&("chunks", vec![7; 36]));
    drop(frontier);
    store.close().unwrap();
    let report = SledStore::compact(dir.path(), &journaled()).unwrap();
    assert!(report.after_bytes < report.before_bytes, "{report:?}");
    assert_eq!(report.dropped, 1);
    let (store, opened) = SledStore::open(dir.path(), &journaled()).unwrap();
    assert_eq!(opened, OpenReport::default());
    assert_same(&dump(&store), &before);
    assert_eq!(store.tree("frontier").unwrap().get("key").unwrap().unwrap().as_ref(), b"value");
}

#[test]
fn an_interrupted_compaction_is_finished_or_undone() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.deposit(page("http://a.example/", 1, 0, b"body")).unwrap();
    store.close().unwrap();
    let whole = |what: &str| {
        let store = open(dir.path());
        assert!(store.url(url("http://a.example/").key()).unwrap().is_some(), "{what}");
        drop(store);
        assert!(
            !dir.path().join("db.compact").exists() && !dir.path().join("db.replaced").exists(),
            "{what}"
        );
    };
    let path = |name: &str| dir.path().join(name);
    std::fs::create_dir(path("db.compact")).unwrap();
    std::fs::write(path("db.compact/db"), b"half").unwrap();
    whole("while copying");
    std::fs::create_dir(path("db.compact")).unwrap();
    std::fs::rename(path("db"), path("db.replaced")).unwrap();
    whole("between the renames");
    copy_folder(&path("db"), &path("db.replaced"));
    whole("before the old one was removed");
}
