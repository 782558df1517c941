//! A store that is rebuilt from its journal equals the one before.

use std::process::Command;

use super::filled_store::{fill_store, segment_files};
use super::store_dump::{Dump, assert_same_dump, dump_store};
use super::*;

#[test]
fn a_rebuilt_store_equals_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    fill_store(&store);
    let before = dump_store(&store);
    assert!(before.len() > 55);
    store.close().unwrap();
    let names = segment_files(dir.path());
    assert_eq!(names.len(), 1);
    assert!(names[0].to_string_lossy().ends_with(".warc.gz"), "a finished segment loses .open");

    let report = SledStore::rebuild(dir.path(), &with_journal()).unwrap();
    assert_eq!((report.faults, report.repaired), (Vec::new(), RepairReport::default()));
    assert_eq!(
        (report.visits, report.captures, report.runs),
        (15, 13, 1),
        "the counts are those of the store"
    );
    assert!(report.quarantined.unwrap().path.is_dir());
    let (store, report) = SledStore::open(dir.path(), &with_journal()).unwrap();
    assert_eq!(report, OpenReport::default(), "nothing is applied twice");
    assert_same_dump(&dump_store(&store), &before);
    store.close().unwrap();

    // The same without sled's folder.
    std::fs::remove_dir_all(dir.path().join("db")).unwrap();
    let (store, report) = SledStore::open_existing(dir.path(), &with_journal()).unwrap();
    assert_eq!(report.replay.visits, 15);
    assert_same_dump(&dump_store(&store), &before);
    store.write_page(stored_page("http://new.example/", 3, 100, &incompressible_bytes(7, 9_000))).unwrap();
    store.close().unwrap();
    assert_eq!(segment_files(dir.path()).len(), 2, "a finished segment is not appended to");
    let (store, _) = SledStore::open(dir.path(), &with_journal()).unwrap();
    let before = dump_store(&store);
    store.close().unwrap();
    SledStore::rebuild(dir.path(), &with_journal()).unwrap();
    assert_same_dump(&dump_store(&SledStore::open(dir.path(), &with_journal()).unwrap().0), &before);
}

#[test]
fn a_run_that_was_written_twice_is_counted_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    for id in 1..=3 {
        let started = jiff::Timestamp::from_second(1_600_000_000).unwrap();
        let mut run = RunRecord {
            id: RunId(id),
            started,
            finished: None,
            command: "run".to_owned(),
            link_table: Vec::new(),
            details: run_details(),
        };
        store.write_run(&run).unwrap();
        run.finished = Some(started);
        store.write_run(&run).unwrap();
    }
    store.close().unwrap();
    assert_eq!(SledStore::rebuild(dir.path(), &with_journal()).unwrap().runs, 3);
    std::fs::remove_dir_all(dir.path().join("db")).unwrap();
    let (store, report) = SledStore::open_existing(dir.path(), &with_journal()).unwrap();
    assert_eq!((report.replay.runs, store.read_runs().unwrap().len()), (3, 3));
}

#[test]
fn the_journal_holds_equal_bodies_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    for number in 0..10 {
        store
            .write_page(stored_page(
                &format!("http://a.example/{number}"),
                1,
                number,
                &incompressible_bytes(1, 100_000),
            ))
            .unwrap();
        if number == 5 {
            store.flush().unwrap();
        }
    }
    store.close().unwrap();
    let len = std::fs::metadata(&segment_files(dir.path())[0]).unwrap().len();
    assert!(len > 100_000 && len < 120_000, "{len} bytes for ten captures of one body");
}

/// A page whose text is surrounded by the common frame of a host.
fn page_in_frame(number: i64) -> Vec<u8> {
    let frame: String =
        incompressible_bytes(77, 6_000).iter().map(|byte| char::from(b'0' + byte % 64)).collect();
    let text: String = incompressible_bytes(number.unsigned_abs() + 1_000, 300)
        .iter()
        .map(|byte| char::from(b'0' + byte % 64))
        .collect();
    format!("<html>{frame}<p>{text}</p>{frame}</html>").into_bytes()
}

#[test]
fn pages_of_a_host_are_compressed_against_one_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    for number in 0..30 {
        store
            .write_page(stored_page(&format!("http://a.example/{number}"), 1, number, &page_in_frame(number)))
            .unwrap();
    }
    // The host changes its design: after some pages, one of the new ones becomes the dictionary.
    for number in 30..60 {
        let body: Vec<u8> = page_in_frame(number).iter().map(|byte| byte ^ 1).collect();
        store.write_page(stored_page(&format!("http://a.example/{number}"), 1, number, &body)).unwrap();
    }
    let stats = store.stats().unwrap().bodies;
    assert!(stats.packed_bytes < stats.plain_bytes / 8, "{stats:?}");
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    let before = dump_store(&store);
    let body_of = |store: &SledStore, number: i64| {
        let record = store.read_url(url(&format!("http://a.example/{number}")).key()).unwrap().unwrap();
        store.read_body(record.latest_body.unwrap()).map(|body| body.expose().to_vec())
    };
    assert_eq!(body_of(&store, 17).unwrap(), page_in_frame(17));
    // The dictionary's snapshot is forgotten, but its body stays as long as other bodies need it.
    store.write_page(stored_page("http://a.example/0", 2, 100, b"something else")).unwrap();
    assert_eq!(store.prune(&PrunePolicy::default(), true).unwrap().forgotten, 1);
    store.close().unwrap();
    SledStore::compact(dir.path(), &with_journal()).unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    assert_eq!(body_of(&store, 17).unwrap(), page_in_frame(17));
    let base = ContentHash::of(&page_in_frame(0));
    store.database.content.manifests.remove(base.as_bytes()).unwrap();
    let error = body_of(&store, 17).unwrap_err().to_string();
    assert!(error.contains("with which it was compressed"), "{error}");
    store.close().unwrap();
    SledStore::rebuild(dir.path(), &with_journal()).unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    assert_eq!(body_of(&store, 17).unwrap(), page_in_frame(17));
    let contents = |dump: &Dump| dump.keys().filter(|(tree, _)| *tree == "contents").count();
    assert!(contents(&dump_store(&store)) >= contents(&before));
}

#[test]
fn a_journal_of_many_segments_is_read_whole() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions { segment_bytes: 30_000, group_len: 2, ..with_journal() };
    let store = SledStore::open(dir.path(), &options).unwrap().0;
    for number in 0..20 {
        store
            .write_page(stored_page(
                &format!("http://a.example/{number}"),
                1,
                number,
                &incompressible_bytes(3 + millisecond_of(number), 9_000),
            ))
            .unwrap();
    }
    store.flush().unwrap();
    let before = dump_store(&store);
    store.close().unwrap();
    assert!(segment_files(dir.path()).len() >= 4);
    SledStore::rebuild(dir.path(), &options).unwrap();
    assert_same_dump(&dump_store(&SledStore::open(dir.path(), &options).unwrap().0), &before);
}

#[test]
fn a_torn_end_loses_nothing_that_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original");
    let store = SledStore::open(&original, &with_journal()).unwrap().0;
    fill_store(&store);
    let reported = dump_store(&store);
    let open = segment_files(&original)[0].clone();
    let whole = std::fs::metadata(&open).unwrap().len();
    store.write_page(stored_page("http://late.example/", 3, 99, &incompressible_bytes(9, 20_000))).unwrap();
    store.flush().unwrap();
    // As a killed writer leaves it: the name ends in `.open`, and the last group is cut somewhere.
    let full = dir.path().join("full");
    copy_folder(&original, &full);
    drop(store);
    let name = open.file_name().unwrap();
    assert!(name.to_string_lossy().ends_with(".open"));
    let end = std::fs::metadata(full.join("segments").join(name)).unwrap().len();
    let mut random = fastrand::Rng::with_seed(2);
    for round in 0..8 {
        let copy = dir.path().join(format!("copy{round}"));
        copy_folder(&full, &copy);
        let at = if round == 0 { end - 1 } else { random.u64(whole..end) };
        let file = std::fs::File::options().write(true).open(copy.join("segments").join(name)).unwrap();
        file.set_len(at).unwrap();
        drop(file);
        std::fs::remove_dir_all(copy.join("db")).unwrap();
        let (store, report) = SledStore::open(&copy, &with_journal()).unwrap();
        assert_eq!(report.replay.faults, Vec::<String>::new(), "an incomplete group is no fault");
        assert_same_dump(&dump_store(&store), &reported);
        drop(store);
        let left = &segment_files(&copy)[0];
        assert!(left.to_string_lossy().ends_with(".warc.gz"));
        assert_eq!(std::fs::metadata(left).unwrap().len(), whole);
        let (_, report) = SledStore::open(&copy, &with_journal()).unwrap();
        assert_eq!(report, OpenReport::default());
    }
}

#[test]
fn a_database_that_lacks_the_last_groups_is_caught_up() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original");
    let store = SledStore::open(&original, &with_journal()).unwrap().0;
    store.write_page(stored_page("http://a.example/1", 1, 1, b"one")).unwrap();
    store.flush().unwrap();
    let early = dir.path().join("early");
    copy_folder(&original, &early);
    store.write_page(stored_page("http://a.example/2", 1, 2, b"two")).unwrap();
    store.flush().unwrap();
    let before = dump_store(&store);
    store.close().unwrap();
    std::fs::remove_dir_all(original.join("db")).unwrap();
    copy_folder(&early.join("db"), &original.join("db"));
    let (store, report) = SledStore::open(&original, &with_journal()).unwrap();
    assert_eq!((report.replay.visits, report.replay.faults), (1, Vec::new()));
    assert_same_dump(&dump_store(&store), &before);
}

#[test]
fn damage_in_a_segment_loses_only_its_record_and_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &StoreOptions { group_len: 1, ..with_journal() }).unwrap().0;
    for number in 0..10 {
        let body = incompressible_bytes(millisecond_of(number), 9_000);
        store.write_page(stored_page(&format!("http://a.example/{number}"), 1, number, &body)).unwrap();
    }
    store.close().unwrap();
    let path = &segment_files(dir.path())[0];
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    std::fs::write(path, &bytes).unwrap();
    std::fs::remove_dir_all(dir.path().join("db")).unwrap();
    let report = SledStore::rebuild(dir.path(), &with_journal()).unwrap();
    assert!(!report.faults.is_empty());
    assert!(report.faults.iter().all(|fault| fault.contains("offset")), "{:?}", report.faults);
    assert!(report.visits >= 9, "{report:?}");
    assert!(report.captures >= 9, "{report:?}");
    let (store, _) = SledStore::open(dir.path(), &with_journal()).unwrap();
    for number in 0..10 {
        let key = url(&format!("http://a.example/{number}")).key();
        for visit in store.read_visits(key).unwrap() {
            // A visit whose capture is lost names no snapshot.
            let Some(id) = visit.snapshot else { continue };
            let snapshot = store.read_snapshot(id).unwrap().unwrap();
            assert_eq!(
                store.read_body(snapshot.body).unwrap().expose().as_ref(),
                incompressible_bytes(millisecond_of(number), 9_000).as_slice()
            );
        }
    }
}

#[test]
fn a_shortened_segment_is_reported_once_and_the_database_keeps_everything() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    fill_store(&store);
    let before = dump_store(&store);
    store.close().unwrap();
    let path = segment_files(dir.path())[0].clone();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    let (store, report) = SledStore::open(dir.path(), &with_journal()).unwrap();
    assert_eq!(report.replay.faults.len(), 1);
    assert!(report.replay.faults[0].contains("gone from the journal"), "{:?}", report.replay.faults);
    assert_same_dump(&dump_store(&store), &before);
    drop(store);
    assert_eq!(SledStore::open(dir.path(), &with_journal()).unwrap().1, OpenReport::default());
}

#[test]
fn a_quarantined_database_is_rebuilt_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    fill_store(&store);
    let before = dump_store(&store);
    store.close().unwrap();
    std::fs::write(dir.path().join("db/conf"), b"\xff\xfe nothing that sled wrote").unwrap();
    let (store, report) = SledStore::open(dir.path(), &with_journal()).unwrap();
    assert!(report.quarantined.is_some());
    assert_eq!(report.replay.visits, 15);
    assert_same_dump(&dump_store(&store), &before);
}

#[test]
fn without_a_journal_there_is_nothing_to_rebuild_from() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    store.write_page(stored_page("http://a.example/1", 1, 1, b"one")).unwrap();
    store.close().unwrap();
    let error = SledStore::rebuild(dir.path(), &without_journal()).unwrap_err().to_string();
    assert!(error.contains("no journal"), "{error}");
    let store = open_without_journal(dir.path());
    assert!(store.read_url(url("http://a.example/1").key()).unwrap().is_some());
    drop(store);
    // A body that only the database holds is written in full once there is a journal.
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    store.write_page(stored_page("http://a.example/2", 2, 2, b"one")).unwrap();
    store.close().unwrap();
    SledStore::rebuild(dir.path(), &with_journal()).unwrap();
    let store = open_without_journal(dir.path());
    assert!(store.read_body(ContentHash::of(b"one")).is_ok());
}

/// Runs only where warcio is installed (`pip install warcio`).
#[test]
fn warcio_accepts_an_open_segment() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    fill_store(&store);
    let segment = segment_files(dir.path())[0].clone();
    let program = std::env::var("WARCIO").unwrap_or_else(|_| "warcio".to_owned());
    let Ok(output) = Command::new(program).arg("check").arg("-v").arg(&segment).output() else {
        println!("skipped: warcio is not installed");
        return;
    };
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("digest pass") && !text.contains("fail"), "{text}");
}
