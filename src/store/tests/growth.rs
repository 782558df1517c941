//! A store grows with the number of changed pages, not with the number of runs.
//!
//! The ignored test prints a table: `cargo test --release --lib store::tests::growth -- --ignored
//! --nocapture`. `DRIFTLINE_PAGES` sets the number of pages.

#![allow(clippy::cast_possible_wrap)]

use std::time::Instant;

use super::measure::{host_frame, judgement_of_run, page_body};
use super::*;

/// Measurements of one run. Sizes are in bytes.
struct RunFigures {
    database: u64,
    journal: u64,
    changed: u64,
    /// How long opening the store took.
    opened: Duration,
    /// The peak of the process's memory in this run, in KiB; 0 where the system does not report it.
    peak_kib: u64,
}

fn bytes_in(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().metadata().unwrap());
    entries.map(|metadata| if metadata.is_dir() { 0 } else { metadata.len() }).sum()
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Simulates `count` runs over `pages` pages, of which one in twenty changes in each run.
fn simulate_runs(pages: usize, count: u64) -> Vec<RunFigures> {
    let dir = tempfile::tempdir().unwrap();
    let frames: Vec<_> = (0..50).map(host_frame).collect();
    // A long crawl would compact the store when it is closed.
    let options = StoreOptions { compaction: Compaction::Always, ..StoreOptions::default() };
    let mut rows = Vec::new();
    for run in 1..=count {
        // This resets the peak on Linux.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        let start = Instant::now();
        let (store, report) = SledStore::open(dir.path(), &options).unwrap();
        let opened = start.elapsed();
        assert_eq!((report.quarantined, report.replay), (None, Replay::default()));
        let mut changed = 0;
        for number in 0..pages {
            let address = format!("http://host{}.example/articles/{number}", number % 50);
            let seconds = run as i64 * 1_000_000 + number as i64;
            let mut page_write = if run == 1 || (number as u64 + run).is_multiple_of(20) {
                changed += u64::from(run > 1);
                let seed = number + usize::try_from(run).unwrap() * 1_000_000;
                stored_page(&address, run, seconds, page_body(seed, &frames[number % 50]).as_bytes())
            } else {
                let key = url(&address).key();
                let latest = store.read_url(key).unwrap().unwrap().latest_snapshot;
                let exchanges = vec![answered_exchange(&address, seconds, 304, Vec::new(), b"")];
                let mut visit = visit_record(&url(&address), run, &exchanges, latest);
                visit.unchanged = true;
                PageWrite { exchanges, state: JsonText::default(), ..PageWrite::of_visit(visit) }
            };
            page_write.state = judgement_of_run(&page_write.visit, "the body equals the last snapshot's");
            page_write.visit.judgement = page_write.state.clone();
            store.write_page(page_write).unwrap();
        }
        store.close().unwrap();
        rows.push(RunFigures {
            database: bytes_in(&dir.path().join("db")),
            journal: bytes_in(&dir.path().join("segments")),
            changed,
            opened,
            peak_kib: peak_kib(),
        });
    }
    let store = SledStore::open(dir.path(), &options).unwrap().0;
    let found = store.verify().unwrap();
    assert_eq!((found.faults, found.visits), (Vec::new(), pages as u64 * count));
    rows
}

#[test]
fn a_store_grows_with_changes_and_not_with_runs() {
    let pages = 400;
    let rows = simulate_runs(pages, 6);
    let first = rows[0].database + rows[0].journal;
    let last = rows.last().map(|row| row.database + row.journal).unwrap();
    let changed: u64 = rows.iter().map(|row| row.changed).sum();
    assert_eq!(changed, 100);
    // A changed page may take as much as a new one, an unchanged visit 200 bytes. sled's file grows in steps
    // of half a megabyte.
    let unchanged = pages as u64 * 5 - changed;
    let most = first + changed * first / pages as u64 + unchanged * 200 + (1 << 20);
    assert!(last <= most, "{last} bytes after six runs, {first} after one; at most {most}");
}

#[test]
#[ignore = "a measurement"]
fn ten_runs_over_one_store() {
    let pages = std::env::var("DRIFTLINE_PAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    println!("run  database    journal  a page more  a changed one  peak MB  opened ms");
    let mut before = 0;
    for (run, row) in (1..).zip(simulate_runs(pages, 10)) {
        let size = row.database + row.journal;
        let more = size as f64 - f64::from(u32::try_from(before).unwrap());
        println!(
            "{run:3}  {:8}  {:9}  {:11.0}  {:13.0}  {:7}  {:9}",
            row.database,
            row.journal,
            more / pages as f64,
            more / row.changed.max(1) as f64,
            row.peak_kib / 1024,
            row.opened.as_millis()
        );
        before = size;
    }
}
