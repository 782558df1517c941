//! What is stored is read back unchanged, and stored once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

#[test]
fn a_redirected_page_is_read_back_whole_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let address = "http://a.example/old?x=1";
    let start = url(address);
    let moved = vec![
        header_field("location", "/new"),
        header_field("server", "s"),
        header_field("set-cookie", "a=b"),
    ];
    let (headers, body) = html_answer("<p>正文 body</p>".as_bytes(), "\"v1\"");
    let exchanges = vec![
        answered_exchange(address, 0, 301, moved, b""),
        answered_exchange("http://a.example/new", 1, 200, headers, &body),
    ];
    let id = SnapshotId { url: start.key(), at_ms: millisecond_of(1) };
    let given = PageWrite {
        visit: visit_record(&start, 7, &exchanges, Some(id)),
        exchanges: exchanges.clone(),
        keep_body: true,
        body_hash: None,
        state: json!({"state": "ok", "last_ok": "2023-11-14T22:13:21Z"}).into(),
        comparisons: vec![comparison_record("a.md", 1, "local", "identical")],
    };
    let store = open_without_journal(dir.path());
    store.write_page(given.clone()).unwrap();
    store.flush().unwrap();
    drop(store);

    let store = SledStore::open_existing(dir.path(), &without_journal()).unwrap().0;
    let record = store.read_url(start.key()).unwrap().unwrap();
    assert_eq!(record.url, start);
    assert_eq!(record.first_snapshot, Some(id));
    assert_eq!(record.latest_snapshot, Some(id));
    assert_eq!(record.latest_body, Some(ContentHash::of(&body)));
    assert_eq!(record.last_run, RunId(7));
    assert_eq!(record.last_visit_ms, millisecond_of(1));
    assert_eq!(record.state, given.state);
    let (from, validators) = record.validators.unwrap();
    assert_eq!(from, "http://a.example/new", "validators are those of the hop that sent them");
    assert_eq!(validators.etag.as_deref(), Some("\"v1\""));

    assert_eq!(store.read_visits(start.key()).unwrap(), vec![given.visit.clone()]);
    assert_eq!(store.read_visit_in_run(start.key(), RunId(7)).unwrap(), Some(given.visit.clone()));
    assert_eq!(store.read_visit_in_run(start.key(), RunId(8)).unwrap(), None);
    let snapshot = store.read_snapshot(id).unwrap().unwrap();
    assert_eq!(store.read_snapshots(start.key()).unwrap(), vec![snapshot.clone()]);
    assert_eq!(snapshot.hops.len(), 2);
    for (hop, exchange) in snapshot.hops.iter().zip(&exchanges) {
        let response = exchange.outcome.as_ref().unwrap();
        assert_eq!(
            (hop.url.as_str(), hop.at, hop.status),
            (exchange.url.as_str(), exchange.at, response.status)
        );
        assert_eq!(hop.headers, response.headers);
    }
    assert_eq!(store.read_body(snapshot.body).unwrap().expose().as_ref(), body.as_slice());
    assert_eq!(store.read_comparisons(start.key(), &ArticleId::new("a.md")).unwrap(), given.comparisons);
    assert!(store.read_comparisons(start.key(), &ArticleId::new("b.md")).unwrap().is_empty());
}

#[test]
fn an_equal_body_is_stored_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    let body = incompressible_bytes(1, 50_000);
    store.write_page(stored_page("http://a.example/1", 1, 0, &body)).unwrap();
    store.flush().unwrap();
    let filled = |store: &SledStore| {
        let entries = store.database.content.slots.tree().iter();
        entries.filter(|entry| !entry.as_ref().unwrap().1.is_empty()).count()
    };
    assert_eq!(filled(&store), 8, "50,000 bytes in chunks of 6,999");
    store.write_page(stored_page("http://b.example/2", 1, 5, &body)).unwrap();
    store.flush().unwrap();
    assert_eq!(filled(&store), 8);
    assert_eq!(store.database.content.manifests.count().unwrap(), 1);
    let key = url("http://b.example/2").key();
    let second = store.read_snapshots(key).unwrap();
    assert_eq!(store.read_body(second[0].body).unwrap().expose().as_ref(), body.as_slice());
}

#[test]
fn an_unchanged_page_keeps_its_snapshot_and_takes_new_validators() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    let address = "http://a.example/";
    let key = url(address).key();
    store.write_page(stored_page(address, 1, 0, b"same")).unwrap();
    store.flush().unwrap();
    let first = store.read_url(key).unwrap().unwrap();

    let exchanges = vec![answered_exchange(address, 100, 304, vec![header_field("etag", "\"new\"")], b"")];
    let mut record = visit_record(&url(address), 2, &exchanges, first.latest_snapshot);
    record.unchanged = true;
    let unchanged =
        PageWrite { exchanges, state: json!({"state": "ok"}).into(), ..PageWrite::of_visit(record) };
    store.write_page(unchanged).unwrap();
    // A failure, and a `check` that stored nothing, leave the validators of the stored page.
    for (seconds, exchanges) in [
        (200, vec![failed_exchange(address, 200)]),
        (300, vec![answered_exchange(address, 300, 200, vec![header_field("etag", "\"other\"")], b"other")]),
    ] {
        let visit = visit_record(&url(address), seconds, &exchanges, None);
        let state = json!({"strikes": seconds}).into();
        store.write_page(PageWrite { exchanges, state, ..PageWrite::of_visit(visit) }).unwrap();
    }
    store.flush().unwrap();

    let record = store.read_url(key).unwrap().unwrap();
    assert_eq!(record.latest_snapshot, first.latest_snapshot);
    assert_eq!(record.latest_body, first.latest_body);
    assert_eq!(record.last_run, RunId(300));
    assert_eq!(record.state, json!({"strikes": 300}).into());
    assert_eq!(record.validators.unwrap().1.etag.as_deref(), Some("\"new\""));
    assert_eq!(store.read_snapshots(key).unwrap().len(), 1);
    assert_eq!(store.read_visits(key).unwrap().len(), 4);
}

#[test]
fn a_truncated_body_sets_no_validators() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    let mut cut = stored_page("http://a.example/", 1, 0, b"half of it");
    if let Ok(response) = &mut cut.exchanges[0].outcome {
        response.truncated = Some(Truncation::Disconnect);
    }
    store.write_page(cut).unwrap();
    store.flush().unwrap();
    let record = store.read_url(url("http://a.example/").key()).unwrap().unwrap();
    assert_eq!(record.validators, None, "a 304 would keep the truncated body");
    let snapshot = store.read_snapshot(record.latest_snapshot.unwrap()).unwrap().unwrap();
    assert_eq!(snapshot.truncated, Some(Truncation::Disconnect));
}

#[test]
fn no_value_in_the_database_is_longer_than_7_kib() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    let mut long = stored_page("http://a.example/", 1, 0, &incompressible_bytes(2, 300_000));
    let hex: String =
        incompressible_bytes(3, 40_000).iter().map(|byte| char::from(b'0' + byte % 64)).collect();
    if let Ok(response) = &mut long.exchanges[0].outcome {
        response.headers.push(header_field("content-security-policy", &hex));
    }
    long.visit.judgement = json!({ "evidence": hex }).into();
    long.state = json!({ "long": hex }).into();
    let mut compared = comparison_record("a.md", 0, "x", "minor-edit");
    compared.result = json!({ "telling": hex }).into();
    long.comparisons = vec![compared.clone()];
    store.write_page(long.clone()).unwrap();
    let run = RunRecord {
        id: RunId(1),
        command: "run".to_owned(),
        started: at_second(0),
        finished: None,
        link_table: (0..2_000_u32).map(|n| ContentHash::of(&n.to_be_bytes())).collect(),
        details: run_details(),
    };
    store.write_run(&run).unwrap();
    store.flush().unwrap();

    for name in store.database.tree_names().unwrap() {
        for entry in store.database.tree(&name).unwrap().iter() {
            let (_, value) = entry.unwrap();
            assert!(value.len() <= 7 * 1024, "{} bytes in {}", value.len(), String::from_utf8_lossy(&name));
        }
    }
    let key = url("http://a.example/").key();
    assert_eq!(store.read_visits(key).unwrap()[0].judgement, long.visit.judgement);
    assert_eq!(store.read_url(key).unwrap().unwrap().state, long.state);
    let response = long.exchanges[0].outcome.as_ref().unwrap();
    assert_eq!(store.read_snapshots(key).unwrap()[0].hops[0].headers, response.headers);
    assert_eq!(store.read_comparisons(key, &compared.article).unwrap(), vec![compared]);
    assert_eq!(store.read_runs().unwrap(), vec![run]);
}

#[test]
fn an_equal_comparison_is_not_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    let address = "http://a.example/";
    for (seconds, local, class) in [
        (0, "one", "identical"),
        (10, "one", "identical"),
        (20, "two", "minor-edit"),
        (30, "one", "identical"),
    ] {
        let mut page_write = stored_page(address, 1, seconds, b"body");
        page_write.comparisons = vec![comparison_record("a.md", seconds, local, class)];
        store.write_page(page_write).unwrap();
    }
    store.flush().unwrap();
    let found = store.read_comparisons(url(address).key(), &ArticleId::new("a.md")).unwrap();
    let times: Vec<u64> = found.iter().map(|record| record.at_ms).collect();
    assert_eq!(times, [millisecond_of(0), millisecond_of(20), millisecond_of(30)]);
}

#[test]
fn runs_and_blobs_are_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    for content in [Vec::new(), b"short".to_vec(), incompressible_bytes(4, 100_000), vec![b'x'; 1_000_000]] {
        let hash = store.store_blob(&content).unwrap();
        store.flush().unwrap();
        assert_eq!(store.read_blob(hash).unwrap(), content);
    }
    for id in [300, 20, 1_000] {
        let details = run_details();
        let (command, started) = ("run".to_owned(), at_second(0));
        let (finished, link_table) = (Some(at_second(1)), Vec::new());
        let run = RunRecord { id: RunId(id), command, started, finished, link_table, details };
        store.write_run(&run).unwrap();
    }
    store.flush().unwrap();
    let ids: Vec<u64> = store.read_runs().unwrap().iter().map(|run| run.id.0).collect();
    assert_eq!(ids, [20, 300, 1_000]);
}

#[test]
fn two_captures_within_a_millisecond_are_both_stored() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    let address = "http://a.example/";
    for body in [&b"first"[..], b"second", b"first"] {
        store.write_page(stored_page(address, 1, 0, body)).unwrap();
    }
    store.flush().unwrap();
    let bodies: Vec<_> =
        store.read_snapshots(url(address).key()).unwrap().iter().map(|one| one.body).collect();
    assert_eq!(bodies, [ContentHash::of(b"first"), ContentHash::of(b"second")]);
}

#[test]
fn importing_an_older_visit_does_not_change_the_newest() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    let address = "http://a.example/";
    store.write_page(stored_page(address, 9, 1_000, b"new")).unwrap();
    store.write_page(stored_page(address, 3, 0, b"old")).unwrap();
    store.flush().unwrap();
    let record = store.read_url(url(address).key()).unwrap().unwrap();
    assert_eq!(record.first_snapshot.unwrap().at_ms, millisecond_of(0));
    assert_eq!(record.latest_snapshot.unwrap().at_ms, millisecond_of(1_000));
    assert_eq!(record.latest_body, Some(ContentHash::of(b"new")));
    assert_eq!(record.last_run, RunId(9));
    assert_eq!(record.validators.unwrap().1.etag.as_deref(), Some("\"1000\""));
}

#[test]
fn a_deposit_is_acknowledged_when_it_is_durable() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_without_journal(dir.path());
    let acked = Arc::new(AtomicU64::new(0));
    for number in 0..20 {
        let acked = Arc::clone(&acked);
        let one = stored_page(&format!("http://a.example/{number}"), 1, number, b"x");
        let ack = move || {
            acked.fetch_add(1, Ordering::SeqCst);
        };
        store.write_page_acked(one, Box::new(ack)).unwrap();
    }
    store.flush().unwrap();
    assert_eq!(store.count_durable_pages(), 20);
    store.close().unwrap();
    assert_eq!(acked.load(Ordering::SeqCst), 20);
}

#[test]
fn a_full_queue_makes_depositors_wait_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions { queue_bytes: 100_000, queue_len: 3, ..without_journal() };
    let store = Arc::new(SledStore::open(dir.path(), &options).unwrap().0);
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let store = Arc::clone(&store);
            std::thread::spawn(move || {
                for number in 0..15_i64 {
                    // The last one is larger than the queue.
                    let len = if number == 14 { 150_000 } else { 30_000 };
                    let address = format!("http://h{thread}.example/{number}");
                    store
                        .write_page(stored_page(
                            &address,
                            1,
                            number,
                            &incompressible_bytes(number.unsigned_abs(), len),
                        ))
                        .unwrap();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    store.flush().unwrap();
    assert_eq!(store.count_durable_pages(), 60);
    assert_eq!(store.database.urls.count().unwrap(), 60);
}
