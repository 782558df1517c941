//! Measurements without assertions: `cargo test --release --lib store::tests::measure -- --ignored --nocapture`.
//!
//! Each page is the frame of its host (head, navigation, footer) around paragraphs of its own.
//! `DRIFTLINE_PAGES` sets the number of pages.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::format_push_string
)]

use std::time::Instant;

use super::*;

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: ?").to_owned()
}

/// A random character with a distribution as in text: few are common, many are rare.
fn random_character(random: &mut fastrand::Rng) -> char {
    let rank = (random.f64().powi(3) * 3_000.0) as u32;
    char::from_u32(0x4e00 + rank.wrapping_mul(7_919) % 20_000).unwrap()
}

pub(super) fn host_frame(host: usize) -> (String, String) {
    let mut random = fastrand::Rng::with_seed(host as u64);
    let mut word = |len: usize| (0..len).map(|_| random.alphanumeric()).collect::<String>();
    let mut head = String::from("<!doctype html><html><head><meta charset=utf-8>");
    for _ in 0..40 {
        head.push_str(&format!("<link rel=\"preload\" href=\"/assets/{}.js?v={}\">", word(12), word(8)));
    }
    head.push_str("</head><body><nav><ul>");
    for _ in 0..60 {
        head.push_str(&format!(
            "<li class=\"menu-item menu-{}\"><a href=\"/{}/\">{}</a></li>",
            word(3),
            word(7),
            word(9)
        ));
    }
    head.push_str("</ul></nav><article>");
    let mut foot = String::from("</article><footer>");
    for _ in 0..40 {
        foot.push_str(&format!("<div id=\"{}\"><a href=\"/{}\">{}</a></div>", word(6), word(10), word(14)));
    }
    foot.push_str("</footer></body></html>");
    (head, foot)
}

pub(super) fn page_body(number: usize, frame: &(String, String)) -> String {
    let mut random = fastrand::Rng::with_seed(number as u64);
    let mut text = frame.0.clone();
    for _ in 0..random.usize(4..16) {
        let words: String = (0..random.usize(60..180)).map(|_| random_character(&mut random)).collect();
        text.push_str(&format!("<p class=\"body\" data-id=\"{}\">{words}。</p>", random.u32(..)));
    }
    text.push_str(&frame.1);
    text
}

/// A judgement as a run stores it.
pub(super) fn judgement_of_run(visit: &VisitRecord, evidence: &str) -> JsonText {
    json!({"verdict": "alive", "cause": null, "evidence": [evidence], "over_time": {"state": "ok",
        "strikes": 0, "first_failed": null, "last_strike": null, "last_ok": visit.at}})
    .into()
}

#[test]
#[ignore = "a measurement"]
fn a_large_crawl() {
    let pages: usize =
        std::env::var("DRIFTLINE_PAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let dir = tempfile::tempdir().unwrap();
    let frames: Vec<_> = (0..50).map(host_frame).collect();
    let options = StoreOptions { compaction: Compaction::Always, ..StoreOptions::default() };
    let address = |number: usize| format!("http://host{}.example/articles/{number}", number % 50);
    let mut plain = 0;
    let mut store = SledStore::open(dir.path(), &options).unwrap().0;
    let start = Instant::now();
    for number in 0..pages {
        let text = page_body(number, &frames[number % 50]);
        plain += text.len();
        let mut page = stored_page(&address(number), 1, number as i64, text.as_bytes());
        page.state = judgement_of_run(&page.visit, "the page holds 98 % of the local copy");
        page.visit.judgement = page.state.clone();
        store.write_page(page).unwrap();
    }
    store.flush().unwrap();
    let spent = start.elapsed().as_secs_f64();
    println!("{pages} pages, {plain} bytes: {:.0} pages/s; {}", pages as f64 / spent, peak_memory());
    let report = |what: &str, store: &SledStore| {
        let stats = store.stats().unwrap();
        println!(
            "{what}: sled {} journal {} (ratio {:.2}), bodies packed {}",
            stats.database_bytes,
            stats.journal_bytes,
            stats.database_bytes as f64 / stats.journal_bytes as f64,
            stats.bodies.packed_bytes
        );
        stats.database_bytes + stats.journal_bytes
    };
    report("first run", &store);
    let start = Instant::now();
    store.close().unwrap();
    println!("closed in {:?}", start.elapsed());
    store = SledStore::open(dir.path(), &options).unwrap().0;
    let mut size = report("first run, closed", &store);
    for run in 2..=4_u64 {
        let start = Instant::now();
        for number in 0..pages {
            let at = (run as i64) * 1_000_000 + number as i64;
            let key = url(&address(number)).key();
            let latest = store.read_url(key).unwrap().unwrap().latest_snapshot;
            let exchanges =
                vec![answered_exchange(&address(number), at, 304, vec![header_field("etag", "\"1\"")], b"")];
            let mut visit = visit_record(&url(&address(number)), run, &exchanges, latest);
            visit.unchanged = true;
            let judged = judgement_of_run(&visit, "304: not modified since the last snapshot");
            visit.judgement = judged.clone();
            let state = judged;
            store.write_page(PageWrite { exchanges, state, ..PageWrite::of_visit(visit) }).unwrap();
        }
        store.flush().unwrap();
        let rate = pages as f64 / start.elapsed().as_secs_f64();
        store.close().unwrap();
        store = SledStore::open(dir.path(), &options).unwrap().0;
        let now = report("unchanged run", &store);
        println!(
            "run {run}: {rate:.0} visits/s, {:.0} bytes a page more",
            (now as f64 - size as f64) / pages as f64
        );
        size = now;
    }
    println!("{}", peak_memory());
    let start = Instant::now();
    store.close().unwrap();
    println!("closed in {:?}", start.elapsed());
    let start = Instant::now();
    let store = SledStore::open(dir.path(), &options).unwrap().0;
    println!("opened in {:?}", start.elapsed());
    report("after closing", &store);
    store.close().unwrap();
    let start = Instant::now();
    println!("{:?} in {:?}", SledStore::compact(dir.path(), &options).unwrap(), start.elapsed());
    let start = Instant::now();
    let rebuilt = SledStore::rebuild(dir.path(), &options).unwrap();
    println!("rebuilt {} visits in {:?}; {}", rebuilt.visits, start.elapsed(), peak_memory());
    let store = SledStore::open(dir.path(), &options).unwrap().0;
    report("rebuilt", &store);
    let start = Instant::now();
    println!("{} faults in {:?}", store.verify().unwrap().faults.len(), start.elapsed());
}
