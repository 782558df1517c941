//! A store with something of each kind, and the files of its journal.

use std::path::PathBuf;

use super::*;

/// The files in the journal's folder, sorted.
pub(super) fn segment_files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir.join("segments")) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// Options with which a store gets several segments and is never compacted.
pub(super) fn small_segments() -> StoreOptions {
    StoreOptions { segment_bytes: 4_000, group_len: 2, compaction: Compaction::Never, ..with_journal() }
}

/// Fills a store with something of each kind: redirects, equal bodies, unchanged visits, failures,
/// comparisons, runs and contents.
pub(super) fn fill_store(store: &SledStore) {
    let run = |id, finished| RunRecord {
        id: RunId(id),
        command: "run".to_owned(),
        started: at_second(0),
        finished,
        link_table: vec![ContentHash::of(b"table")],
        details: run_details(),
    };
    store.write_run(&run(1, None)).unwrap();
    store.store_blob(b"table").unwrap();
    for number in 0..12_i64 {
        let mut one = stored_page(
            &format!("http://h{}.example/{number}?q=é", number % 3),
            1,
            number,
            &incompressible_bytes(7, 9_000),
        );
        if number % 2 == 0 {
            one = stored_page(
                &format!("http://h{}.example/{number}", number % 3),
                1,
                number,
                b"<p>\r\n\r\n</p>",
            );
        }
        one.comparisons = vec![comparison_record("a.md", number, "x", "identical")];
        store.write_page(one).unwrap();
        if number % 5 == 0 {
            store.flush().unwrap();
        }
    }
    let address = "http://r.example/start";
    let mut headers =
        vec![header_field("content-type", "text/html"), header_field("transfer-encoding", "chunked")];
    headers.push(header_field("x-archive-orig-content-length", "9"));
    headers.push(header_field("content-length", "999"));
    let exchanges = vec![
        failed_exchange(address, 20),
        answered_exchange(
            address,
            21,
            302,
            vec![header_field("location", "/end"), header_field("content-length", "0")],
            b"",
        ),
        answered_exchange("http://r.example/end", 22, 299, headers, b"reached"),
    ];
    let id = SnapshotId { url: url(address).key(), at_ms: millisecond_of(22) };
    let visit_of = visit_record(&url(address), 1, &exchanges, Some(id));
    let mut cut = exchanges;
    if let Ok(response) = &mut cut[2].outcome {
        response.truncated = Some(Truncation::Time);
        response.protocol = Protocol::H2;
    }
    let state = json!({"strikes": 2}).into();
    store
        .write_page(PageWrite {
            exchanges: cut,
            keep_body: true,
            body_hash: None,
            visit: visit_of,
            state,
            comparisons: vec![],
        })
        .unwrap();
    let exchanges = vec![failed_exchange("http://dead.example/", 30)];
    let visit_of = visit_record(&url("http://dead.example/"), 1, &exchanges, None);
    let state = json!({"strikes": 1}).into();
    store.write_page(PageWrite { exchanges, state, ..PageWrite::of_visit(visit_of) }).unwrap();
    let exchanges = vec![answered_exchange(address, 40, 304, vec![header_field("etag", "\"n\"")], b"")];
    let mut visit_of = visit_record(&url(address), 2, &exchanges, Some(id));
    visit_of.unchanged = true;
    store
        .write_page(PageWrite { exchanges, state: json!({}).into(), ..PageWrite::of_visit(visit_of) })
        .unwrap();
    store.write_run(&run(1, Some(at_second(50)))).unwrap();
    store.flush().unwrap();
}
