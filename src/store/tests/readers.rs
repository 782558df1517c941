//! Readers of a store that another process or handle has open for writing.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use super::filled_store::fill_store;
use super::*;

fn open_reader(dir: &Path) -> StoreReader {
    StoreReader::open(dir, &with_journal()).unwrap().0
}

#[test]
fn a_reader_sees_the_same_as_the_holder_of_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    fill_store(&store);
    let reader = open_reader(dir.path());
    assert!(reader.is_shared());
    assert_eq!(reader.read_runs().unwrap(), store.read_runs().unwrap());
    assert_eq!(reader.read_blob(ContentHash::of(b"table")).unwrap(), b"table");
    let mut captures = 0;
    for address in ["http://r.example/start", "http://dead.example/", "http://h1.example/1?q=é"] {
        let key = url(address).key();
        assert_eq!(reader.read_url(key).unwrap(), store.read_url(key).unwrap());
        let visits = store.read_visits(key).unwrap();
        assert_eq!(reader.read_visits(key).unwrap(), visits);
        assert_eq!(
            reader.read_visit_in_run(key, RunId(2)).unwrap(),
            store.read_visit_in_run(key, RunId(2)).unwrap()
        );
        let article = ArticleId::new("a.md");
        assert_eq!(
            reader.read_comparisons(key, &article).unwrap(),
            store.read_comparisons(key, &article).unwrap()
        );
        let snapshots = store.read_snapshots(key).unwrap();
        assert_eq!(reader.read_snapshots(key).unwrap(), snapshots);
        for snapshot in snapshots {
            captures += 1;
            assert_eq!(reader.read_body(snapshot.body).unwrap(), store.read_body(snapshot.body).unwrap());
            assert_eq!(reader.read_snapshot(snapshot.id).unwrap(), Some(snapshot));
        }
    }
    assert_eq!(captures, 2);
    // New visits are seen at once.
    let late = url("http://late.example/").key();
    assert_eq!(reader.read_url(late).unwrap(), None);
    store.write_page(stored_page("http://late.example/", 3, 99, b"late")).unwrap();
    store.flush().unwrap();
    assert!(reader.read_url(late).unwrap().is_some());
    // Damage is reported as such, and the connection stays usable.
    let error = reader.read_body(ContentHash::of(b"never stored")).unwrap_err();
    assert!(matches!(&error, StoreError::Damaged { reason, .. } if reason.contains("not in the store")));
    assert!(reader.read_url(late).unwrap().is_some());
    assert!(matches!(reader.store_blob(b"x").unwrap_err(), StoreError::ReadOnly { .. }));
    let page_write = stored_page("http://late.example/", 3, 99, b"late");
    assert!(matches!(reader.write_page(page_write).unwrap_err(), StoreError::ReadOnly { .. }));
}

#[test]
fn a_reader_goes_on_after_the_holder_has_closed_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    fill_store(&store);
    let key = url("http://r.example/start").key();
    let (first, second) = (open_reader(dir.path()), open_reader(dir.path()));
    let before = first.read_visits(key).unwrap();
    store.close().unwrap();
    assert!(!dir.path().join("readers.sock").exists());
    // The first reader opens the store, the second one asks the first.
    assert_eq!(first.read_visits(key).unwrap(), before);
    assert!(!first.is_shared());
    assert_eq!(second.read_visits(key).unwrap(), before);
    assert!(second.is_shared());
    drop(first);
    assert_eq!(second.read_visits(key).unwrap(), before);
    drop(second);
    SledStore::open(dir.path(), &with_journal()).unwrap();
}

#[test]
fn a_writer_waits_until_a_reader_closes_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    fill_store(&store);
    store.close().unwrap();
    let reader = open_reader(dir.path());
    assert!(!reader.is_shared());
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| SledStore::open(dir.path(), &with_journal()).map(|_| ()));
        std::thread::sleep(Duration::from_millis(60));
        assert_eq!(reader.read_runs().unwrap().len(), 1);
        drop(reader);
        writer.join().unwrap().unwrap();
    });
}

#[test]
fn a_store_with_a_long_path_can_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let deep = dir.path().join("a-folder-with-a-long-name".repeat(6)).join("store");
    let store = SledStore::open(&deep, &with_journal()).unwrap().0;
    fill_store(&store);
    let reader = open_reader(&deep);
    assert!(reader.is_shared());
    assert_eq!(reader.read_runs().unwrap(), store.read_runs().unwrap());
    match SledStore::open(&deep, &without_journal()).unwrap_err() {
        StoreError::InUse { pid, .. } => assert_eq!(pid, std::process::id().to_string()),
        other => panic!("{other}"),
    }
}

#[test]
fn random_bytes_on_the_socket_do_no_harm() {
    use std::io::{Read, Write};
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &with_journal()).unwrap().0;
    fill_store(&store);
    let mut random = fastrand::Rng::with_seed(8);
    for round in 0..40 {
        let mut stream = std::os::unix::net::UnixStream::connect(dir.path().join("readers.sock")).unwrap();
        let mut bytes: Vec<u8> = (0..random.usize(0..200)).map(|_| random.u8(..)).collect();
        if round % 2 == 0 {
            bytes.splice(0..0, u32::try_from(bytes.len()).unwrap().to_be_bytes());
        }
        // The holder may close the connection before it has read everything.
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }
    assert_eq!(open_reader(dir.path()).read_runs().unwrap(), store.read_runs().unwrap());
}

const HOLDER: &str = "DRIFTLINE_TEST_HOLDER";

/// Run by the next test in a child process, which is killed.
#[test]
fn child_that_holds_the_store() {
    let Ok(dir) = std::env::var(HOLDER) else { return };
    let store = SledStore::open(Path::new(&dir), &with_journal()).unwrap().0;
    for number in 0..1_000_000_i64 {
        let body = incompressible_bytes(number.unsigned_abs(), 9_000);
        store.write_page(stored_page(&format!("http://a.example/{number}"), 1, number, &body)).unwrap();
    }
}

#[test]
fn readers_go_on_after_the_holder_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    SledStore::open(&path, &with_journal()).unwrap().0.close().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "store::tests::readers::child_that_holds_the_store", "--nocapture"])
        .env(HOLDER, &path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while !path.join("readers.sock").exists() {
        assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    // Readers that come and go while pages are written see complete pages.
    let seen = AtomicBool::new(false);
    let rounds = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4_u64)
            .map(|seed| {
                let (path, seen) = (&path, &seen);
                scope.spawn(move || {
                    let mut random = fastrand::Rng::with_seed(seed);
                    let mut read = 0;
                    for _ in 0..8 {
                        let reader = open_reader(path);
                        for _ in 0..10 {
                            let number = random.u64(0..60);
                            let key = url(&format!("http://a.example/{number}")).key();
                            let Some(record) = reader.read_url(key).unwrap() else { continue };
                            seen.fetch_or(reader.is_shared(), Ordering::Relaxed);
                            let body = reader.read_body(record.latest_body.unwrap()).unwrap();
                            assert_eq!(
                                body.expose().as_ref(),
                                incompressible_bytes(number, 9_000).as_slice()
                            );
                            read += 1;
                        }
                    }
                    read
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u32>()
    });
    println!("{rounds} pages read beside the writer");
    let reader = loop {
        let reader = open_reader(&path);
        if reader.is_shared() && reader.read_url(url("http://a.example/5").key()).unwrap().is_some() {
            break reader;
        }
        assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
    };
    child.kill().unwrap();
    child.wait().unwrap();
    let record = reader.read_url(url("http://a.example/5").key()).unwrap().unwrap();
    assert_eq!(
        reader.read_body(record.latest_body.unwrap()).unwrap().expose().as_ref(),
        incompressible_bytes(5, 9_000).as_slice()
    );
    assert!(!reader.is_shared());
}

#[test]
fn a_holder_that_does_not_answer_is_named_in_the_error() {
    let dir = tempfile::tempdir().unwrap();
    drop(SledStore::open(dir.path(), &with_journal()).unwrap());
    // As if the holder was stopped by a signal: the lock is held, the socket exists, and nothing answers.
    let _lock = lock::StoreLock::acquire(dir.path(), lock::LockPurpose::Write, &with_journal()).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(dir.path().join("readers.sock")).unwrap();
    let Err(error) = StoreReader::open(dir.path(), &with_journal()) else { panic!("it was opened") };
    assert!(matches!(error, StoreError::Holder { .. }), "{error}");
    let pid = format!("process {}", std::process::id());
    assert!(error.to_string().contains(&pid) && error.to_string().contains("hang"), "{error}");
}
