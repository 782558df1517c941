//! Verification, statistics, compaction and pruning.

use super::filled_store::{fill_store, segment_files};
use super::store_dump::{assert_same_dump, dump_store};
use super::*;

#[test]
fn a_sound_store_has_no_faults() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    fill_store(&store);
    let report = store.verify().unwrap();
    assert_eq!(report.faults, Vec::new());
    assert_eq!((report.urls, report.visits, report.snapshots), (14, 15, 13));
    assert_eq!((report.comparisons, report.runs, report.segments), (12, 1, 1));
    // Three bodies and a link table.
    assert_eq!((report.contents, report.orphan_chunks, report.visits_not_in_journal), (4, 0, 0));
}

#[test]
fn every_kind_of_damage_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    fill_store(&store);
    let database = &store.database;
    let faults = || {
        let found = store.verify().unwrap().faults;
        assert!(!found.is_empty());
        serde_json::to_string(&found).unwrap()
    };
    let trees = [
        (database.content.slots.tree(), "is missing"),
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
    let (chunks, key) = first_chunk(&store, body);
    let value = chunks.get(key).unwrap().unwrap();
    chunks.insert(key, b"\x01rotten.").unwrap();
    let id = SnapshotId { url: url("http://r.example/start").key(), at_ms: millisecond_of(22) };
    let found = faults();
    assert!(found.contains(&id.to_string()), "{found}");
    chunks.insert(key, value).unwrap();

    let path = &segment_files(dir.path())[0];
    let whole = std::fs::read(path).unwrap();
    let mut bad = whole.clone();
    bad[whole.len() / 2] ^= 0x10;
    std::fs::write(path, &bad).unwrap();
    let found = faults();
    assert!(found.contains("offset"), "{found}");
}

#[test]
fn visits_without_a_journal_are_counted_and_are_no_fault() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    store.write_page(stored_page("http://a.example/", 1, 0, b"body")).unwrap();
    let report = store.verify().unwrap();
    assert_eq!((report.visits_not_in_journal, report.faults.len()), (1, 0));
}

#[test]
fn statistics_count_urls_visits_bodies_hosts_and_runs() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    let text = "很长的正文。".repeat(1_000);
    for number in 0..4 {
        let address = format!("http://h{}.example/{number}", number % 2);
        store.write_page(stored_page(&address, 1, number, text.as_bytes())).unwrap();
    }
    store.write_page(stored_page("http://h1.example/1", 2, 100, b"changed")).unwrap();
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
fn a_compacted_store_holds_the_same_and_is_smaller() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    fill_store(&store);
    let frontier = store.database.tree(b"other:frontier").unwrap();
    frontier.insert(b"key", b"value").unwrap();
    for round in 0..30_u32 {
        let noise = incompressible_bytes(u64::from(round), 50_000);
        for (number, piece) in noise.chunks(5_000).enumerate() {
            frontier.insert(number.to_be_bytes(), piece).unwrap();
        }
        store.database.flush().unwrap();
    }
    for number in 0_u64..10 {
        frontier.remove(number.to_be_bytes()).unwrap();
    }
    // Chunks that an interrupted write leaves.
    content::write::write_chunks(&store.database.content, &incompressible_bytes(5, 9_000)).unwrap();
    assert_eq!(store.verify().unwrap().orphan_chunks, 2);
    let before = dump_store(&store);
    drop(frontier);
    // Not closed, because closing would compact it.
    drop(store);
    let report = SledStore::compact(dir.path(), &with_journal()).unwrap();
    assert!(report.after_bytes < report.before_bytes, "{report:?}");
    assert_eq!(report.dropped, 2);
    let (store, opened) = SledStore::open(dir.path(), &with_journal()).unwrap();
    assert_eq!(opened, OpenReport::default());
    assert_same_dump(&dump_store(&store), &before);
    assert_eq!(
        store.database.tree(b"other:frontier").unwrap().get(b"key").unwrap().unwrap().as_ref(),
        b"value"
    );
}

#[test]
fn pruning_keeps_what_the_policy_says_and_so_does_a_rebuild() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    let address = "http://a.example/";
    for (seconds, body) in [(0, "one"), (10, "two"), (20, "two"), (30, "three"), (40, "four")] {
        store.write_page(stored_page(address, 1, seconds, body.as_bytes())).unwrap();
    }
    store.write_page(stored_page("http://b.example/", 1, 0, b"only one")).unwrap();
    let key = url(address).key();
    let forgets = |policy: PrunePolicy| store.prune(&policy, false).unwrap().forgotten;
    assert_eq!(forgets(PrunePolicy { first: true, ..Default::default() }), 3);
    assert_eq!(forgets(PrunePolicy { changed: true, ..Default::default() }), 1);
    assert_eq!(forgets(PrunePolicy { since: Some(at_second(20)), ..Default::default() }), 2);
    assert_eq!(store.read_snapshots(key).unwrap().len(), 5, "a dry run changes nothing");

    let report =
        store.prune(&PrunePolicy { since: Some(at_second(20)), ..Default::default() }, true).unwrap();
    // The body "two" is still needed by the snapshot at second 20.
    assert_eq!((report.forgotten, report.urls, report.bodies), (2, 1, 1));
    let times = |store: &SledStore| -> Vec<u64> {
        store.read_snapshots(key).unwrap().iter().map(|snapshot| snapshot.id.at_ms).collect()
    };
    assert_eq!(times(&store), [millisecond_of(20), millisecond_of(30), millisecond_of(40)]);
    assert_eq!(store.read_url(key).unwrap().unwrap().first_snapshot.unwrap().at_ms, millisecond_of(20));
    let visits = store.read_visits(key).unwrap();
    assert_eq!(visits.len(), 5, "pruning forgets no visit");
    assert_eq!(visits.iter().filter(|visit| visit.snapshot.is_none()).count(), 2);
    assert_eq!(store.read_snapshots(url("http://b.example/").key()).unwrap().len(), 1);
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    let mut before = dump_store(&store);
    store.close().unwrap();

    SledStore::compact(dir.path(), &with_journal()).unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    let gone = ContentHash::of(b"one");
    assert!(store.read_body(gone).is_err());
    before.retain(|(_, key), _| !key.starts_with(gone.as_bytes()));
    assert_same_dump(&dump_store(&store), &before);
    store.close().unwrap();
    SledStore::rebuild(dir.path(), &with_journal()).unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    assert_eq!(times(&store), [millisecond_of(20), millisecond_of(30), millisecond_of(40)]);
    assert_eq!(store.verify().unwrap().faults, Vec::new());
}

#[test]
fn an_interrupted_compaction_is_finished_or_undone_at_the_next_opening() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    store.write_page(stored_page("http://a.example/", 1, 0, b"body")).unwrap();
    store.close().unwrap();
    let whole = |what: &str| {
        let store = open_without_journal(dir.path());
        assert!(store.read_url(url("http://a.example/").key()).unwrap().is_some(), "{what}");
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

#[test]
fn older_visits_are_joined_and_read_back_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions { compaction: Compaction::Never, ..with_journal() };
    let addresses = ["http://a.example/", "http://b.example/"].map(url);
    let again = |store: &SledStore, run: u64| {
        for address in &addresses {
            let seconds = i64::try_from(run).unwrap() * 100;
            let exchanges = [answered_exchange(address.as_str(), seconds, 200, Vec::new(), b"")];
            let first = SnapshotId { url: address.key(), at_ms: millisecond_of(100) };
            let mut visit = visit_record(address, run, &exchanges, Some(first));
            visit.unchanged = true;
            // One visit that is too long to be joined.
            visit.content_type = (run == 7)
                .then(|| {
                    incompressible_bytes(7, 20_000).iter().map(|byte| char::from(b'a' + byte % 26)).collect()
                })
                .or(visit.content_type);
            let page_write = PageWrite::of_visit(visit);
            store.write_page(page_write).unwrap();
        }
        store.flush().unwrap();
    };
    let store = SledStore::open(dir.path(), &options).unwrap().0;
    for (number, address) in addresses.iter().enumerate() {
        store.write_page(stored_page(address.as_str(), 1, 100, format!("body {number}").as_bytes())).unwrap();
    }
    (2..200).for_each(|run| again(&store, run));
    let mut before = dump_store(&store);
    store.close().unwrap();
    for runs in [200..203_u64, 203..206] {
        SledStore::compact(dir.path(), &options).unwrap();
        let store = SledStore::open(dir.path(), &options).unwrap().0;
        assert_same_dump(&dump_store(&store), &before);
        let alone = store.database.visits.iter().count();
        assert_eq!(alone, 4, "the newest visit of each URL, and the long ones");
        assert_eq!(store.verify().unwrap().faults, Vec::new());
        assert_eq!(
            store.stats().unwrap().visits,
            before.keys().filter(|(tree, _)| *tree == "visits").count() as u64
        );
        let old = store.read_visit_in_run(addresses[0].key(), RunId(50)).unwrap().unwrap();
        assert_eq!((old.at, old.unchanged), (at_second(5_000), true));
        runs.for_each(|run| again(&store, run));
        before = dump_store(&store);
        store.close().unwrap();
    }
    SledStore::compact(dir.path(), &options).unwrap();
    // A visit that is written again replaces the joined one.
    let store = SledStore::open(dir.path(), &options).unwrap().0;
    let mut visit = store.read_visit_in_run(addresses[1].key(), RunId(60)).unwrap().unwrap();
    visit.attempts = 9;
    store.write_page(PageWrite::of_visit(visit)).unwrap();
    store.flush().unwrap();
    let attempts =
        |store: &SledStore| store.read_visit_in_run(addresses[1].key(), RunId(60)).unwrap().unwrap().attempts;
    let visits = store.read_visits(addresses[1].key()).unwrap();
    assert_eq!((attempts(&store), visits.len()), (9, 205));
    assert!(visits.is_sorted_by_key(|visit| visit.at));
    store.close().unwrap();
    SledStore::compact(dir.path(), &options).unwrap();
    let store = SledStore::open(dir.path(), &options).unwrap().0;
    assert_eq!((attempts(&store), store.read_visits(addresses[1].key()).unwrap().len()), (9, 205));

    let (key, value) = store.database.folded_visits.first().unwrap().unwrap();
    store.database.folded_visits.insert(&key, &value[..value.len() - 1]).unwrap();
    let found = serde_json::to_string(&store.verify().unwrap().faults).unwrap();
    assert!(found.contains("the past visits of"), "{found}");
    store.close().unwrap();
    SledStore::rebuild(dir.path(), &options).unwrap();
    let store = SledStore::open(dir.path(), &options).unwrap().0;
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    assert_eq!((attempts(&store), store.read_visits(addresses[0].key()).unwrap().len()), (9, 205));
}

#[test]
fn what_needs_room_is_refused_before_it_writes_where_there_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    fill_store(&store);
    store.close().unwrap();
    let with_free = |free: u64| {
        let gauge = SpaceGauge::new(move |_| Ok(DiskSpace { total: 1 << 40, free }));
        StoreOptions { space: SpaceRule { min_free: MinFree::Auto, gauge }, ..with_journal() }
    };
    let full = with_free(1 << 10);
    let is_low = |error: StoreError| assert!(matches!(error, StoreError::LowSpace { .. }), "{error}");
    is_low(SledStore::compact(dir.path(), &full).unwrap_err());
    is_low(SledStore::rebuild(dir.path(), &full).unwrap_err());
    let store = SledStore::open(dir.path(), &full).unwrap().0;
    let export = dir.path().join("all.warc.gz");
    is_low(store.export_warc(&ExportFilter::default(), &export).unwrap_err());
    is_low(store.check_room_to_import(&segment_files(dir.path())[0]).unwrap_err());
    assert!(!export.exists());
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    store.close().unwrap();
    // The reserve is for runs and imports: what gives room in the end may use it.
    let some = with_free(100 << 20);
    SledStore::compact(dir.path(), &some).unwrap();
    SledStore::rebuild(dir.path(), &some).unwrap();
    let store = SledStore::open(dir.path(), &some).unwrap().0;
    store.export_warc(&ExportFilter::default(), &export).unwrap();
    is_low(store.check_room_to_import(&export).unwrap_err());
}
