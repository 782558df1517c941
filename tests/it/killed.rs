//! Kills crawls of changing pages with `kill -9`: what was reported as stored is there, whole, and once.
//!
//! "Reported" is what a user sees: the line `stored SNAPSHOT HASH URL` that `-v` prints once a
//! capture is durable. The long form is in docs/operations.md; the suite kills three times.
#![cfg(unix)]

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use driftline::app::demo::server::Reply;
use driftline::model::CanonicalUrl;
use driftline::model::ContentHash;
use driftline::store::{SledStore, SnapshotId, SnapshotStore, StoreOptions};

use crate::kit::{self, Bench};

const HOSTS: u64 = 20;

fn number_from(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The page that stands at `/a/N` in a generation: one in five changes with each.
fn page(number: u64, generation: u64) -> String {
    let version = (generation + number % 5) / 5;
    let paragraphs = kit::story(number * 1_000 + version, 12);
    let paragraphs: Vec<&str> = paragraphs.iter().map(String::as_str).collect();
    kit::page_html(&format!("第{number}号消息"), &paragraphs)
}

fn bench(pages: u64, generation: &Arc<AtomicU64>) -> Bench {
    let generation = Arc::clone(generation);
    let mut bench = Bench::new(move |request| {
        let number = request.path.strip_prefix("/a/").and_then(|number| number.parse().ok());
        let now = generation.load(Ordering::Relaxed);
        number.map_or(Reply::status(404), |number| {
            Reply::html(page(number, now)).after(Duration::from_millis(3))
        })
    });
    bench.set("report.fail_on=[]");
    for number in 0..pages {
        let url = format!("https://h{}.test/a/{number}", number % HOSTS);
        let paragraphs = kit::story(number * 1_000, 12);
        let paragraphs: Vec<&str> = paragraphs.iter().map(String::as_str).collect();
        bench.repost(&format!("{number}.md"), &url, &format!("第{number}号消息"), &paragraphs);
    }
    bench
}

/// What was reported stored: snapshots, with the hash of their body and their URL.
#[derive(Default)]
struct Reported(BTreeMap<String, (String, String)>);

impl Reported {
    fn read(&mut self, said: &str) {
        // The last line may be cut short by the kill.
        let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
        for line in whole.lines() {
            let Some((_, rest)) = line.split_once("stored ") else { continue };
            let mut words = rest.split_whitespace();
            let (Some(id), Some(hash), Some(url)) = (words.next(), words.next(), words.next()) else {
                continue;
            };
            if id.parse::<SnapshotId>().is_ok() {
                let before = self.0.insert(id.to_owned(), (hash.to_owned(), url.to_owned()));
                assert_eq!(before, None, "reported twice: {line}");
            }
        }
    }

    /// Opens the store and looks for all of it. Gives how many pages have a snapshot.
    fn check(&self, dir: &Path, pages: u64, generations: u64) -> u64 {
        let mut there = 0;
        let (store, report) = SledStore::open_existing(dir, &StoreOptions::default()).unwrap();
        if let Some(quarantine) = &report.quarantined {
            println!("put aside and made anew: {}", quarantine.reason);
        }
        for (id, (hash, url)) in &self.0 {
            let snapshot = store.read_snapshot(id.parse().unwrap()).unwrap();
            let snapshot = snapshot.unwrap_or_else(|| panic!("{id} of {url} was reported and is lost"));
            assert_eq!((&snapshot.body.to_string(), snapshot.url.as_str()), (hash, url.as_str()));
            let body = store.read_body(snapshot.body).unwrap();
            assert_eq!(ContentHash::of(body.expose()), snapshot.body);
        }
        for number in 0..pages {
            let url = format!("https://h{}.test/a/{number}", number % HOSTS);
            let key = CanonicalUrl::parse(&url).unwrap().key();
            let served: HashSet<ContentHash> = (0..=generations)
                .map(|generation| ContentHash::of(page(number, generation).as_bytes()))
                .collect();
            let snapshots = store.read_snapshots(key).unwrap();
            there += u64::from(!snapshots.is_empty());
            assert!(snapshots.iter().all(|snapshot| served.contains(&snapshot.body)), "{url}: never served");
            let twice = snapshots.windows(2).find(|pair| pair[0].body == pair[1].body);
            assert!(twice.is_none(), "{url}: stored twice: {twice:#?}");
            let mut runs = HashSet::new();
            let visits = store.read_visits(key).unwrap();
            assert!(visits.iter().all(|visit| runs.insert(visit.run)), "{url}: two visits in a run");
        }
        let found = store.verify().unwrap();
        assert_eq!(found.faults, Vec::new());
        store.close().unwrap();
        there
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy(&entry.path(), &target);
        } else if kind.is_file() {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn last_segment(dir: &Path) -> std::path::PathBuf {
    let mut found: Vec<_> =
        fs::read_dir(dir.join("segments")).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found.pop().unwrap()
}

#[test]
fn a_crawl_that_is_killed_again_and_again_loses_nothing_that_it_reported() {
    let (pages, kills) = (number_from("DRIFTLINE_KILL_PAGES", 100), number_from("DRIFTLINE_KILLS", 3));
    let generation = Arc::new(AtomicU64::new(0));
    let bench = bench(pages, &generation);
    let store = bench.root().join(".driftline");
    let mut reported = Reported::default();
    let mut random = fastrand::Rng::new();
    let (mut killed, mut ended) = (0, 0);
    while killed < kills {
        let mut running = bench.start(&["run", "-v", "-o", "report.txt"]);
        // Some are killed while they open the store or read the archive, most between two pages.
        let wait = Duration::from_micros(random.u64(0..400 + pages * 6) * 1_000);
        let started = std::time::Instant::now();
        while started.elapsed() < wait && !running.has_ended() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let alive = !running.has_ended();
        if alive {
            running.signal("KILL");
        }
        let finished = running.wait();
        reported.read(&finished.stderr);
        if finished.code.is_none() {
            killed += 1;
        } else {
            assert_eq!(finished.code, Some(0), "{}", finished.stderr);
            ended += 1;
            generation.fetch_add(1, Ordering::Relaxed);
        }
        if killed % 10 == 0 {
            reported.check(&store, pages, generation.load(Ordering::Relaxed));
        }
    }
    let last = bench.run(&["run", "-v", "-o", "report.txt"]).expect_code(0);
    reported.read(&last.stderr);
    let generations = generation.load(Ordering::Relaxed);
    // A kill may come after a page was stored and before it was reported, so fewer may be reported.
    assert_eq!(reported.check(&store, pages, generations), pages);
    println!("{killed} kills, {ended} runs ended by themselves; {} captures reported", reported.0.len());
    assert!(!reported.0.is_empty());

    // Then the store is damaged in other ways.
    for (round, what) in ["cut", "flip", "flip", "delete", "journal", "gap"].into_iter().enumerate() {
        let damaged = bench.root().join(format!("../damaged-{round}"));
        copy(&store, &damaged);
        match what {
            "cut" => {
                let path = last_segment(&damaged);
                let file = fs::File::options().write(true).open(&path).unwrap();
                file.set_len(random.u64(..file.metadata().unwrap().len())).unwrap();
                // The database holds what the journal lost.
                let (opened, _) = SledStore::open_existing(&damaged, &StoreOptions::default()).unwrap();
                for id in reported.0.keys() {
                    assert!(opened.read_snapshot(id.parse().unwrap()).unwrap().is_some(), "{id} is lost");
                }
                continue;
            }
            "flip" => {
                let path = damaged.join("db/db");
                let mut bytes = fs::read(&path).unwrap();
                let at = random.usize(..bytes.len());
                bytes[at] ^= 1 << random.u8(..8);
                fs::write(&path, bytes).unwrap();
                let rebuilt =
                    kit::call(&bench.root(), &["--store", damaged.to_str().unwrap(), "store", "rebuild"]);
                rebuilt.expect_code(0);
            }
            "delete" => fs::remove_dir_all(damaged.join("db")).unwrap(),
            // The journal gets back what it lost, and then it alone gives everything.
            _ => {
                let path = last_segment(&damaged);
                if what == "gap" {
                    fs::remove_file(path).unwrap();
                } else {
                    let mut bytes = fs::read(&path).unwrap();
                    let at = random.usize(..bytes.len());
                    bytes[at] ^= 1 << random.u8(..8);
                    fs::write(&path, bytes).unwrap();
                }
                let folder = damaged.to_str().unwrap();
                kit::call(&bench.root(), &["--store", folder, "store", "verify", "--repair"]).expect_code(0);
                fs::remove_dir_all(damaged.join("db")).unwrap();
            }
        }
        reported.check(&damaged, pages, generations);
    }
}
