//! Crashes, full disks and damaged databases: what is lost, what is kept, and which error is reported.

use std::io::{Seek, SeekFrom, Write};
use std::process::Command;

use super::*;

#[test]
fn a_copy_of_an_open_store_holds_everything_that_was_flushed() {
    let dir = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    for number in 0..50_i64 {
        let body = incompressible_bytes(number.unsigned_abs(), 9_000);
        store.write_page(stored_page(&format!("http://a.example/{number}"), 1, number, &body)).unwrap();
    }
    store.flush().unwrap();
    let target = copy.path().join("store");
    copy_folder(dir.path(), &target);
    let (copied, report) = SledStore::open_existing(&target, &without_journal()).unwrap();
    assert_eq!(report, OpenReport::default());
    for number in 0..50_u64 {
        let record = copied.read_url(url(&format!("http://a.example/{number}")).key()).unwrap().unwrap();
        let body = copied.read_body(record.latest_body.unwrap()).unwrap();
        assert_eq!(body.expose().as_ref(), incompressible_bytes(number, 9_000).as_slice());
    }
}

#[test]
fn an_unflushed_deposit_is_written_when_the_store_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    store.write_page(stored_page("http://a.example/", 1, 0, b"body")).unwrap();
    drop(store);
    assert!(open_without_journal(dir.path()).read_url(url("http://a.example/").key()).unwrap().is_some());
}

#[test]
fn content_without_a_manifest_is_missing_and_can_be_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    let hash = store.store_blob(&incompressible_bytes(1, 20_000)).unwrap();
    store.flush().unwrap();
    store.database.content.manifests.remove(hash.as_bytes()).unwrap();
    let error = store.read_blob(hash).unwrap_err().to_string();
    assert!(error.contains("is not in the store"), "{error}");
    store.store_blob(&incompressible_bytes(1, 20_000)).unwrap();
    store.flush().unwrap();
    assert_eq!(store.read_blob(hash).unwrap(), incompressible_bytes(1, 20_000));
}

#[test]
fn reading_a_damaged_chunk_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    for (content, seen) in
        [(incompressible_bytes(1, 20_000), "have the hash"), (vec![b'x'; 20_000], "content")]
    {
        let hash = store.store_blob(&content).unwrap();
        store.flush().unwrap();
        let (chunks, key) = first_chunk(&store, hash);
        let value = chunks.get(key).unwrap().unwrap();
        let mut bad = value.to_vec();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        chunks.insert(key, bad).unwrap();
        let error = store.read_blob(hash).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains(seen), "{error}");
        chunks.remove(key).unwrap();
        let error = store.read_blob(hash).unwrap_err().to_string();
        assert!(error.contains("is missing"), "{error}");
    }
}

#[test]
fn reading_a_damaged_record_is_an_error_and_no_panic() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    let address = "http://a.example/";
    store.write_page(stored_page(address, 1, 0, b"body")).unwrap();
    store.flush().unwrap();
    let key = url(address).key();
    let whole = store.database.visits.first().unwrap().unwrap().1.to_vec();
    let visit_key = store.database.visits.first().unwrap().unwrap().0;
    for cut in 0..whole.len() {
        store.database.visits.insert(&visit_key, &whole[..cut]).unwrap();
        let error = store.read_visits(key).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{cut}: {error}");
    }
    let mut newer = whole;
    newer[0] = 9;
    store.database.visits.insert(&visit_key, newer).unwrap();
    let error = store.read_visits(key).unwrap_err().to_string();
    assert!(error.contains("version is 9"), "{error}");
}

#[test]
fn opening_a_store_in_use_names_the_process_that_holds_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    match SledStore::open(dir.path(), &without_journal()).unwrap_err() {
        StoreError::InUse { pid, .. } => assert_eq!(pid, std::process::id().to_string()),
        other => panic!("{other}"),
    }
    drop(store);
    open_without_journal(dir.path());
}

#[test]
fn opening_a_missing_store_for_reading_creates_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none");
    let error = SledStore::open_existing(&path, &without_journal()).unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    assert!(!path.exists());
}

#[test]
fn a_store_of_a_newer_schema_is_refused_and_not_changed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    store.write_page(stored_page("http://a.example/", 1, 0, b"body")).unwrap();
    store.flush().unwrap();
    // As a later version would leave it: both schema marks, and a database that this sled may not read.
    store.database.meta.insert("schema", 3_u32.to_be_bytes()).unwrap();
    drop(store);
    let newer = |dir: &Path| match SledStore::open(dir, &without_journal()).unwrap_err() {
        StoreError::NewerSchema { found, known, .. } => assert_eq!((found, known), (3, 2)),
        other => panic!("{other}"),
    };
    newer(dir.path());
    std::fs::write(dir.path().join("schema"), "driftline store schema 3\n").unwrap();
    std::fs::write(dir.path().join("db/conf"), "not for this version").unwrap();
    newer(dir.path());
    let kept = std::fs::read(dir.path().join("db/conf")).unwrap();
    assert_eq!(kept, b"not for this version");
}

#[test]
fn a_snapshot_that_sled_did_not_finish_is_no_damage() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    store.write_page(stored_page("http://a.example/", 1, 0, b"body")).unwrap();
    drop(store);
    for content in ["", "torn"] {
        let torn = dir.path().join("db/snap.00000000FFFFFFFF.generating");
        std::fs::write(&torn, content).unwrap();
        let (store, report) = SledStore::open(dir.path(), &without_journal()).unwrap();
        assert_eq!(report, OpenReport::default());
        assert!(store.read_url(url("http://a.example/").key()).unwrap().is_some());
        assert!(!torn.exists());
    }
}

#[test]
fn a_damaged_database_without_a_journal_is_refused_and_not_changed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    store.write_page(stored_page("http://a.example/", 1, 0, b"body")).unwrap();
    drop(store);
    let conf = dir.path().join("db/conf");
    let whole = std::fs::read(&conf).unwrap();
    std::fs::write(&conf, b"\xff\xfe nothing that sled wrote").unwrap();
    for error in [
        SledStore::open(dir.path(), &without_journal()).unwrap_err(),
        SledStore::open(dir.path(), &with_journal()).unwrap_err(),
        StoreReader::open(dir.path(), &without_journal()).map(|_| ()).unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::NoJournal { .. }), "{error}");
        assert!(error.to_string().contains("left as it is"), "{error}");
    }
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        3,
        "db, lock, schema: and no quarantined database"
    );
    std::fs::write(&conf, whole).unwrap();
    let (store, report) = SledStore::open(dir.path(), &without_journal()).unwrap();
    assert_eq!(report, OpenReport::default());
    assert!(store.read_url(url("http://a.example/").key()).unwrap().is_some());
    drop(store);
    // A deleted database is not mistaken for a new store.
    std::fs::remove_dir_all(dir.path().join("db")).unwrap();
    let error = SledStore::open(dir.path(), &without_journal()).unwrap_err();
    assert!(matches!(error, StoreError::NoJournal { .. }), "{error}");
    assert!(!dir.path().join("db").exists());
}

#[test]
fn a_flipped_byte_gives_an_error_or_the_right_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original");
    let store = open_without_journal(&original);
    for number in 0..30_i64 {
        let body = incompressible_bytes(number.unsigned_abs(), 9_000);
        store.write_page(stored_page(&format!("http://a.example/{number}"), 1, number, &body)).unwrap();
    }
    store.close().unwrap();
    let mut random = fastrand::Rng::with_seed(5);
    for round in 0..12 {
        let copy = dir.path().join(format!("copy{round}"));
        copy_folder(&original, &copy);
        let path = copy.join("db/db");
        let mut file = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let offset = random.u64(..file.metadata().unwrap().len());
        file.seek(SeekFrom::Start(offset)).unwrap();
        file.write_all(&[random.u8(..)]).unwrap();
        drop(file);
        let Ok((store, _)) = SledStore::open(&copy, &without_journal()) else { continue };
        for number in 0..30_u64 {
            let Ok(Some(record)) = store.read_url(url(&format!("http://a.example/{number}")).key()) else {
                continue;
            };
            let Ok(body) = store.read_body(record.latest_body.unwrap()) else { continue };
            assert_eq!(
                body.expose().as_ref(),
                incompressible_bytes(number, 9_000).as_slice(),
                "offset {offset}"
            );
        }
    }
}

const CHILD: &str = "DRIFTLINE_TEST_FULL_DISK";
const CHILD_WARC: &str = "DRIFTLINE_TEST_FULL_DISK_WARC";

/// Run by the next test in a child process, under a limit on the size of files.
#[test]
fn child_that_fills_its_disk() {
    let Ok(dir) = std::env::var(CHILD) else { return };
    let options = StoreOptions { warc: std::env::var(CHILD_WARC).is_ok(), ..without_journal() };
    let store = SledStore::open(Path::new(&dir), &options).unwrap().0;
    let mut last = Ok(());
    for number in 0..2_000_i64 {
        let body = incompressible_bytes(number.unsigned_abs(), 20_000);
        last = store.write_page(stored_page(&format!("http://a.example/{number}"), 1, number, &body));
        if number % 20 == 0 && last.is_ok() {
            last = store.flush();
            if last.is_ok() {
                std::fs::write(Path::new(&dir).join("reported"), number.to_string()).unwrap();
            }
        }
        if last.is_err() {
            break;
        }
    }
    let error = last.unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
    let again = store.flush().unwrap_err();
    assert!(matches!(again, StoreError::Io { .. }), "{again}");
    println!("REPORTED: {error}");
}

#[test]
#[cfg(unix)]
fn a_full_disk_is_reported_and_flushed_pages_are_kept() {
    check_full_disk(&without_journal());
}

#[test]
#[cfg(unix)]
fn a_full_disk_leaves_the_journal_whole() {
    check_full_disk(&with_journal());
}

#[cfg(unix)]
fn check_full_disk(options: &StoreOptions) {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    let mut command = Command::new("sh");
    if options.warc {
        command.env(CHILD_WARC, "1");
    }
    let output = command
        .arg("-c")
        .arg("trap '' XFSZ; ulimit -f 8192; exec \"$0\" --exact store::tests::faults::child_that_fills_its_disk --nocapture")
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, &store)
        .output()
        .unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("REPORTED: "), "{text}");
    let reported: u64 = std::fs::read_to_string(store.join("reported")).unwrap().parse().unwrap();
    assert!(reported > 0);
    let (store, report) = SledStore::open(&store, options).unwrap();
    assert_eq!((report.quarantined, report.replay.faults), (None, Vec::new()));
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    for number in 0..=reported {
        let record = store.read_url(url(&format!("http://a.example/{number}")).key()).unwrap().unwrap();
        let body = store.read_body(record.latest_body.unwrap()).unwrap();
        assert_eq!(body.expose().as_ref(), incompressible_bytes(number, 20_000).as_slice());
    }
    store.write_page(stored_page("http://b.example/", 2, 0, b"room again")).unwrap();
    store.close().unwrap();
}

const KILLED: &str = "DRIFTLINE_TEST_KILLED";

/// Run by the next test in a child process, which is killed.
#[test]
fn child_that_is_killed() {
    use std::io::Write as _;
    use std::sync::{Arc, Mutex};
    let Ok(dir) = std::env::var(KILLED) else { return };
    let reported =
        std::fs::File::options().append(true).create(true).open(format!("{dir}.reported")).unwrap();
    let reported = Arc::new(Mutex::new(reported));
    let start: i64 = std::fs::read_to_string(format!("{dir}.next")).unwrap().parse().unwrap();
    let options =
        StoreOptions { group_delay: Duration::from_millis(5), segment_bytes: 400_000, ..with_journal() };
    let store = SledStore::open(Path::new(&dir), &options).unwrap().0;
    for number in start..start + 100_000_i64 {
        let body = incompressible_bytes(number.unsigned_abs(), 9_000);
        let one = stored_page(&format!("http://a.example/{number}"), 1, number, &body);
        let reported = Arc::clone(&reported);
        // One write for the whole line: a kill between a number and its end would join it with the next.
        let line = format!("{number}\n");
        let ack = move || reported.lock().unwrap().write_all(line.as_bytes()).unwrap();
        store.write_page_acked(one, Box::new(ack)).unwrap();
    }
}

#[test]
#[cfg(unix)]
fn a_killed_writer_loses_no_page_that_it_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let store_dir = dir.path().join("store");
    let reported_path = dir.path().join("store.reported");
    let rounds = std::env::var("DRIFTLINE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(6);
    let mut random = fastrand::Rng::new();
    let numbers = |path: &Path| -> Vec<i64> {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        // The last line may be incomplete.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(|line| line.parse().unwrap()).collect()
    };
    let check = |store: &SledStore| {
        for number in numbers(&reported_path) {
            let key = url(&format!("http://a.example/{number}")).key();
            let record =
                store.read_url(key).unwrap().unwrap_or_else(|| panic!("{number} was reported and is lost"));
            let body = store.read_body(record.latest_body.unwrap()).unwrap();
            assert_eq!(body.expose().as_ref(), incompressible_bytes(number.unsigned_abs(), 9_000).as_slice());
            assert_eq!(store.read_snapshots(key).unwrap().len(), 1);
        }
    };
    for round in 0..rounds {
        let before = numbers(&reported_path).len();
        std::fs::write(dir.path().join("store.next"), (round * 100_000).to_string()).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::faults::child_that_is_killed", "--nocapture"])
            .env(KILLED, &store_dir)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let wanted = before + random.usize(1..120);
        while numbers(&reported_path).len() < wanted {
            assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_micros(random.u64(..8_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        if round % 2 == 0 {
            let (store, report) = SledStore::open(&store_dir, &with_journal()).unwrap();
            assert_eq!(report.replay.faults, Vec::<String>::new());
            check(&store);
        }
    }
    let (store, report) = SledStore::open(&store_dir, &with_journal()).unwrap();
    assert_eq!(report.quarantined, None);
    check(&store);
    drop(store);
    std::fs::remove_dir_all(store_dir.join("db")).unwrap();
    let (store, report) = SledStore::open(&store_dir, &with_journal()).unwrap();
    assert_eq!(report.replay.faults, Vec::<String>::new());
    check(&store);
}
