//! The journal: what it holds gives an equal store.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use super::*;

/// Every record of a store, raw, and every content as it reads, wherever its chunks lie.
pub(super) type Dump = BTreeMap<(&'static str, Vec<u8>), Vec<u8>>;

pub(super) fn dump(store: &SledStore) -> Dump {
    dump_with(store, true)
}

/// The same without what contents are kept for: another order of captures changes what a body is the
/// first capture of, and another way into the store whether a table stands in the journal.
pub(super) fn dump_of_any_order(store: &SledStore) -> Dump {
    dump_with(store, false)
}

fn dump_with(store: &SledStore, origins: bool) -> Dump {
    let database = &store.database;
    let mut all = Dump::new();
    for (name, tree) in [
        ("urls", &database.urls),
        ("snapshots", &database.snapshots),
        ("comparisons", &database.comparisons),
        ("runs", &database.runs),
    ] {
        for entry in tree.iter() {
            let (key, value) = entry.unwrap();
            all.insert((name, key.to_vec()), value.to_vec());
        }
    }
    crate::store::db::folded_visits::each_visit(database, |key, value| {
        all.insert(("visits", key.to_vec()), value.to_vec());
        Ok(())
    })
    .unwrap();
    for key in database.content.manifests.keys().unwrap() {
        let hash = ContentHash::from_bytes(key.as_ref().try_into().unwrap());
        let mut kind =
            format!("{:?} ", content::manifest::manifest(&database.content, hash).unwrap().unwrap().kind);
        if !origins {
            kind.clear();
        }
        let mut value = kind.into_bytes();
        value.extend(content::read::read_content(&database.content, hash).unwrap());
        all.insert(("contents", hash.as_bytes().to_vec()), value);
    }
    all
}

/// Fails with the names of the records that differ.
#[track_caller]
pub(super) fn assert_same(found: &Dump, expected: &Dump) {
    let named = |(tree, key): &(&'static str, Vec<u8>)| format!("{tree} {:02x?}", &key[..key.len().min(24)]);
    let lost: Vec<_> = expected.keys().filter(|key| !found.contains_key(*key)).map(named).collect();
    let added: Vec<_> = found.keys().filter(|key| !expected.contains_key(*key)).map(named).collect();
    let other: Vec<_> = found
        .iter()
        .filter(|(key, value)| expected.get(*key).is_some_and(|other| other != *value))
        .map(|(key, value)| {
            let show = |value: &[u8]| {
                value.iter().take(300).map(|b| b.escape_ascii().to_string()).collect::<String>()
            };
            format!("{}\n  found {}\n  not   {}", named(key), show(value), show(&expected[key]))
        })
        .collect();
    assert!(
        lost.is_empty() && added.is_empty() && other.is_empty(),
        "lost {lost:#?}\nadded {added:#?}\ndifferent {}",
        other.join("\n")
    );
}

pub(super) fn segments(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir.join("segments")) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// A store with something of each kind: redirects, equal bodies, unchanged visits, failures,
/// comparisons, runs, contents.
pub(super) fn fill(store: &SledStore) {
    let run = |id, finished| RunRecord {
        id: RunId(id),
        command: "run".to_owned(),
        started: at(0),
        finished,
        link_table: vec![ContentHash::of(b"table")],
        detail: json!({"summary": {"links": 12}, "ratio": 0.1}),
    };
    store.put_run(&run(1, None)).unwrap();
    store.put_blob(b"table").unwrap();
    for number in 0..12_i64 {
        let mut one =
            page(&format!("http://h{}.example/{number}?q=é", number % 3), 1, number, &noise(7, 9_000));
        if number % 2 == 0 {
            one = page(&format!("http://h{}.example/{number}", number % 3), 1, number, b"<p>\r\n\r\n</p>");
        }
        one.comparisons = vec![comparison("a.md", number, "x", "identical")];
        store.deposit(one).unwrap();
        if number % 5 == 0 {
            store.flush().unwrap();
        }
    }
    let address = "http://r.example/start";
    let mut headers = vec![field("content-type", "text/html"), field("transfer-encoding", "chunked")];
    headers.push(field("x-archive-orig-content-length", "9"));
    headers.push(field("content-length", "999"));
    let exchanges = vec![
        failure(address, 20),
        answer(address, 21, 302, vec![field("location", "/end"), field("content-length", "0")], b""),
        answer("http://r.example/end", 22, 299, headers, b"reached"),
    ];
    let id = SnapshotId { url: url(address).key(), at_ms: ms(22) };
    let visit_of = visit(&url(address), 1, &exchanges, Some(id));
    let mut cut = exchanges;
    if let Ok(response) = &mut cut[2].outcome {
        response.truncated = Some(Truncation::Time);
        response.protocol = Protocol::H2;
    }
    let state = json!({"strikes": 2}).into();
    store
        .deposit(Deposit {
            exchanges: cut,
            keep_body: true,
            body_hash: None,
            visit: visit_of,
            state,
            comparisons: vec![],
        })
        .unwrap();
    let exchanges = vec![failure("http://dead.example/", 30)];
    let visit_of = visit(&url("http://dead.example/"), 1, &exchanges, None);
    let state = json!({"strikes": 1}).into();
    store
        .deposit(Deposit {
            exchanges,
            keep_body: false,
            body_hash: None,
            visit: visit_of,
            state,
            comparisons: vec![],
        })
        .unwrap();
    let exchanges = vec![answer(address, 40, 304, vec![field("etag", "\"n\"")], b"")];
    let mut visit_of = visit(&url(address), 2, &exchanges, Some(id));
    visit_of.unchanged = true;
    store
        .deposit(Deposit {
            exchanges,
            keep_body: false,
            body_hash: None,
            visit: visit_of,
            state: json!({}).into(),
            comparisons: vec![],
        })
        .unwrap();
    store.put_run(&run(1, Some(at(50)))).unwrap();
    store.flush().unwrap();
}

#[test]
fn a_rebuilt_store_is_equal() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    fill(&store);
    let before = dump(&store);
    assert!(before.len() > 55);
    store.close().unwrap();
    let names = segments(dir.path());
    assert_eq!(names.len(), 1);
    assert!(names[0].to_string_lossy().ends_with(".warc.gz"), "a closed segment loses .open");

    let report = SledStore::rebuild(dir.path(), &journaled()).unwrap();
    assert_eq!((report.faults, report.mended), (Vec::new(), Mended::default()));
    assert_eq!((report.visits, report.captures, report.runs), (15, 13, 1), "what is in the store");
    assert!(report.quarantined.unwrap().path.is_dir());
    let (store, report) = SledStore::open(dir.path(), &journaled()).unwrap();
    assert_eq!(report, OpenReport::default(), "nothing is taken twice");
    assert_same(&dump(&store), &before);
    store.close().unwrap();

    // The same with sled's folder gone.
    std::fs::remove_dir_all(dir.path().join("db")).unwrap();
    let (store, report) = SledStore::open_existing(dir.path(), &journaled()).unwrap();
    assert_eq!(report.replay.visits, 15);
    assert_same(&dump(&store), &before);
    store.deposit(page("http://new.example/", 3, 100, &noise(7, 9_000))).unwrap();
    store.close().unwrap();
    assert_eq!(segments(dir.path()).len(), 2, "an ended segment is not appended to");
    let (store, _) = SledStore::open(dir.path(), &journaled()).unwrap();
    let before = dump(&store);
    store.close().unwrap();
    SledStore::rebuild(dir.path(), &journaled()).unwrap();
    assert_same(&dump(&SledStore::open(dir.path(), &journaled()).unwrap().0), &before);
}

#[test]
fn an_equal_body_is_in_the_journal_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    for number in 0..10 {
        store.deposit(page(&format!("http://a.example/{number}"), 1, number, &noise(1, 100_000))).unwrap();
        if number == 5 {
            store.flush().unwrap();
        }
    }
    store.close().unwrap();
    let len = std::fs::metadata(&segments(dir.path())[0]).unwrap().len();
    assert!(len > 100_000 && len < 120_000, "{len} bytes for ten captures of one body");
}

/// Pages of one host around one frame.
fn framed(number: i64) -> Vec<u8> {
    let frame: String = noise(77, 6_000).iter().map(|byte| char::from(b'0' + byte % 64)).collect();
    let text: String =
        noise(number.unsigned_abs() + 1_000, 300).iter().map(|byte| char::from(b'0' + byte % 64)).collect();
    format!("<html>{frame}<p>{text}</p>{frame}</html>").into_bytes()
}

#[test]
fn pages_of_a_host_are_packed_against_one_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    for number in 0..30 {
        store.deposit(page(&format!("http://a.example/{number}"), 1, number, &framed(number))).unwrap();
    }
    // A new design: after some pages, one of them is the base.
    for number in 30..60 {
        let body: Vec<u8> = framed(number).iter().map(|byte| byte ^ 1).collect();
        store.deposit(page(&format!("http://a.example/{number}"), 1, number, &body)).unwrap();
    }
    let stats = store.stats().unwrap().bodies;
    assert!(stats.packed_bytes < stats.plain_bytes / 8, "{stats:?}");
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    let before = dump(&store);
    let body_of = |store: &SledStore, number: i64| {
        let record = store.url(url(&format!("http://a.example/{number}")).key()).unwrap().unwrap();
        store.body(record.latest_body.unwrap()).map(|body| body.expose().to_vec())
    };
    assert_eq!(body_of(&store, 17).unwrap(), framed(17));
    // The base is forgotten, and stays as long as others need it.
    store.deposit(page("http://a.example/0", 2, 100, b"something else")).unwrap();
    assert_eq!(store.prune(&PrunePolicy::default(), true).unwrap().forgotten, 1);
    store.close().unwrap();
    SledStore::compact(dir.path(), &journaled()).unwrap();
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    assert_eq!(store.verify().unwrap().faults, Vec::new());
    assert_eq!(body_of(&store, 17).unwrap(), framed(17));
    let base = ContentHash::of(&framed(0));
    store.database.content.manifests.remove(base.as_bytes()).unwrap();
    let error = body_of(&store, 17).unwrap_err().to_string();
    assert!(error.contains("packed against"), "{error}");
    store.close().unwrap();
    SledStore::rebuild(dir.path(), &journaled()).unwrap();
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    assert_eq!(body_of(&store, 17).unwrap(), framed(17));
    let contents = |dump: &Dump| dump.keys().filter(|(tree, _)| *tree == "contents").count();
    assert!(contents(&dump(&store)) >= contents(&before));
}

#[test]
fn segments_roll_and_are_all_read() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions { segment_bytes: 30_000, group_len: 2, ..journaled() };
    let store = SledStore::open(dir.path(), &options).unwrap().0;
    for number in 0..20 {
        store
            .deposit(page(&format!("http://a.example/{number}"), 1, number, &noise(3 + ms(number), 9_000)))
            .unwrap();
    }
    store.flush().unwrap();
    let before = dump(&store);
    store.close().unwrap();
    assert!(segments(dir.path()).len() >= 4);
    SledStore::rebuild(dir.path(), &options).unwrap();
    assert_same(&dump(&SledStore::open(dir.path(), &options).unwrap().0), &before);
}

#[test]
fn a_torn_end_costs_nothing_that_was_reported() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original");
    let store = SledStore::open(&original, &journaled()).unwrap().0;
    fill(&store);
    let reported = dump(&store);
    let open = segments(&original)[0].clone();
    let whole = std::fs::metadata(&open).unwrap().len();
    store.deposit(page("http://late.example/", 3, 99, &noise(9, 20_000))).unwrap();
    store.flush().unwrap();
    // As a killed writer leaves it: `.open`, and the last group cut somewhere.
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
        let (store, report) = SledStore::open(&copy, &journaled()).unwrap();
        assert_eq!(report.replay.faults, Vec::<String>::new(), "an unfinished group is no fault");
        assert_same(&dump(&store), &reported);
        drop(store);
        let left = &segments(&copy)[0];
        assert!(left.to_string_lossy().ends_with(".warc.gz"));
        assert_eq!(std::fs::metadata(left).unwrap().len(), whole);
        let (_, report) = SledStore::open(&copy, &journaled()).unwrap();
        assert_eq!(report, OpenReport::default());
    }
}

#[test]
fn a_database_that_lags_is_caught_up() {
    let dir = tempfile::tempdir().unwrap();
    let original = dir.path().join("original");
    let store = SledStore::open(&original, &journaled()).unwrap().0;
    store.deposit(page("http://a.example/1", 1, 1, b"one")).unwrap();
    store.flush().unwrap();
    let early = dir.path().join("early");
    copy_folder(&original, &early);
    store.deposit(page("http://a.example/2", 1, 2, b"two")).unwrap();
    store.flush().unwrap();
    let before = dump(&store);
    store.close().unwrap();
    std::fs::remove_dir_all(original.join("db")).unwrap();
    copy_folder(&early.join("db"), &original.join("db"));
    let (store, report) = SledStore::open(&original, &journaled()).unwrap();
    assert_eq!((report.replay.visits, report.replay.faults), (1, Vec::new()));
    assert_same(&dump(&store), &before);
}

#[test]
fn damage_in_a_segment_costs_what_it_hit_and_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &StoreOptions { group_len: 1, ..journaled() }).unwrap().0;
    for number in 0..10 {
        let body = noise(ms(number), 9_000);
        store.deposit(page(&format!("http://a.example/{number}"), 1, number, &body)).unwrap();
    }
    store.close().unwrap();
    let path = &segments(dir.path())[0];
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    std::fs::write(path, &bytes).unwrap();
    std::fs::remove_dir_all(dir.path().join("db")).unwrap();
    let report = SledStore::rebuild(dir.path(), &journaled()).unwrap();
    assert!(!report.faults.is_empty());
    assert!(report.faults.iter().all(|fault| fault.contains("offset")), "{:?}", report.faults);
    assert!(report.visits >= 9, "{report:?}");
    assert!(report.captures >= 9, "{report:?}");
    let (store, _) = SledStore::open(dir.path(), &journaled()).unwrap();
    for number in 0..10 {
        let key = url(&format!("http://a.example/{number}")).key();
        for visit in store.visits(key).unwrap() {
            // A visit whose capture is lost names none.
            let Some(id) = visit.snapshot else { continue };
            let snapshot = store.snapshot(id).unwrap().unwrap();
            assert_eq!(
                store.body(snapshot.body).unwrap().expose().as_ref(),
                noise(ms(number), 9_000).as_slice()
            );
        }
    }
}

#[test]
fn a_cut_in_what_the_database_holds_is_said_once_and_costs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    fill(&store);
    let before = dump(&store);
    store.close().unwrap();
    let path = segments(dir.path())[0].clone();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    let (store, report) = SledStore::open(dir.path(), &journaled()).unwrap();
    assert_eq!(report.replay.faults.len(), 1);
    assert!(report.replay.faults[0].contains("gone from the journal"), "{:?}", report.replay.faults);
    assert_same(&dump(&store), &before);
    drop(store);
    assert_eq!(SledStore::open(dir.path(), &journaled()).unwrap().1, OpenReport::default());
}

#[test]
fn a_quarantined_database_is_rebuilt_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    fill(&store);
    let before = dump(&store);
    store.close().unwrap();
    std::fs::write(dir.path().join("db/conf"), b"\xff\xfe nothing that sled wrote").unwrap();
    let (store, report) = SledStore::open(dir.path(), &journaled()).unwrap();
    assert!(report.quarantined.is_some());
    assert_eq!(report.replay.visits, 15);
    assert_same(&dump(&store), &before);
}

#[test]
fn without_a_journal_there_is_nothing_to_rebuild_from() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.deposit(page("http://a.example/1", 1, 1, b"one")).unwrap();
    store.close().unwrap();
    let error = SledStore::rebuild(dir.path(), &plain()).unwrap_err().to_string();
    assert!(error.contains("no journal"), "{error}");
    let store = open(dir.path());
    assert!(store.url(url("http://a.example/1").key()).unwrap().is_some());
    drop(store);
    // A body that only the database holds is written whole once there is a journal.
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    store.deposit(page("http://a.example/2", 2, 2, b"one")).unwrap();
    store.close().unwrap();
    SledStore::rebuild(dir.path(), &journaled()).unwrap();
    let store = open(dir.path());
    assert!(store.body(ContentHash::of(b"one")).is_ok());
}

/// A validator that may be installed: `pip install warcio`.
#[test]
fn warcio_finds_no_fault_in_a_live_segment() {
    let dir = tempfile::tempdir().unwrap();
    let store = SledStore::open(dir.path(), &journaled()).unwrap().0;
    fill(&store);
    let segment = segments(dir.path())[0].clone();
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
