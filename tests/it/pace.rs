//! Measures the pace of a run from the server's own log: 2,000 pages on 40 hosts at 20 requests a second
//! for each host.
//!
//! However busy the machine is, no request may come before its place in the schedule. A request that was
//! delayed on its way may come close to the next one, which is not the program's fault. Therefore the
//! distance between two requests and the time of the whole run are printed, and checked to the
//! millisecond only by
//! `DRIFTLINE_PACE=1 cargo test --release --test it -- pace:: --nocapture --test-threads 1`, which
//! needs a machine with nothing else to do.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use driftline::app::demo::server::{LoggedRequest, Reply};
use driftline::verdict::Verdict;

use crate::kit::{self, Bench, Finished};

const HOSTS: u32 = 40;
/// Pages on each host.
const PAGES: u32 = 50;
/// The time between two requests to one host, at 20 a second.
const INTERVAL: Duration = Duration::from_millis(50);

/// By how much a clock may be wrong.
const SLACK: Duration = Duration::from_millis(1);

/// Whether this machine is free enough to hold it to the millisecond.
fn is_strict() -> bool {
    std::env::var_os("DRIFTLINE_PACE").is_some()
}

/// A run over all pages, each of which takes `delay` to answer.
fn run(concurrency: u32, answer_after: Duration) -> (Bench, Finished) {
    let mut bench = Bench::new(move |request| match request.path.as_str() {
        "/robots.txt" => Reply::text("User-agent: *\nAllow: /\n"),
        path => kit::story_page(path.len() as u64).after(answer_after),
    });
    for host in 0..HOSTS {
        let mut markdown = format!("## 题目{host}\n\n正文一句。\n\n参考链接：\n\n");
        for page in 0..PAGES {
            writeln!(markdown, "- [来源{page}](http://h{host}.test/page/{page})").unwrap();
        }
        let text = kit::story(1, 12);
        let text: Vec<&str> = text.iter().map(String::as_str).collect();
        let own = format!("http://h{host}.test/page/0");
        let markdown = kit::repost_markdown(&own, "题目", &text) + &markdown;
        bench.write(&format!("{host}.md"), &markdown);
    }
    bench.set("politeness.requests_per_second=20");
    bench.set(&format!("politeness.per_host_concurrency={concurrency}"));
    let run = bench.run(&["run", "--format", "jsonl"]);
    (bench, run)
}

/// What the server's log shows for one host.
struct Pace {
    robots: usize,
    pages: usize,
    closest: Duration,
    /// How much earlier than its place in the schedule a request came: the n-th after the first may
    /// not come before n intervals have passed.
    early: Duration,
    at_once: usize,
    /// From the first request to the end of the last answer.
    took: Duration,
}

fn pace(log: &[&LoggedRequest]) -> Pace {
    let mut starts: Vec<Instant> = log.iter().map(|entry| entry.at).collect();
    starts.sort_unstable();
    let closest = starts.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or_default();
    let due = |number: usize| starts[0] + INTERVAL * u32::try_from(number).unwrap();
    let early =
        starts.iter().enumerate().map(|(number, start)| due(number).saturating_duration_since(*start));
    let ends: Vec<Instant> = log.iter().map(|entry| entry.ended.unwrap()).collect();
    let open_at = |moment: Instant| {
        log.iter().filter(|entry| entry.at <= moment && entry.ended.is_some_and(|end| end > moment)).count()
    };
    Pace {
        robots: log.iter().filter(|entry| entry.path == "/robots.txt").count(),
        pages: log.iter().filter(|entry| entry.path != "/robots.txt").count(),
        closest,
        early: early.max().unwrap_or_default(),
        at_once: starts.iter().map(|start| open_at(*start)).max().unwrap_or_default(),
        took: *ends.iter().max().unwrap() - starts[0],
    }
}

fn hold(concurrency: u32, answer_after: Duration) {
    let (bench, run) = run(concurrency, answer_after);
    kit::eventually("the last answer is noted as sent", || {
        bench.server().log().iter().all(|entry| entry.ended.is_some())
    });
    let log = bench.server().log();
    let mut of_host: BTreeMap<&str, Vec<&LoggedRequest>> = BTreeMap::new();
    for entry in &log {
        of_host.entry(&entry.host).or_default().push(entry);
    }
    assert_eq!(of_host.len(), HOSTS as usize);
    let paces: BTreeMap<&str, Pace> = of_host.into_iter().map(|(host, log)| (host, pace(&log))).collect();
    for (host, pace) in &paces {
        assert_eq!((pace.robots, pace.pages), (1, PAGES as usize), "{host}: robots file and pages");
        assert!(pace.at_once <= concurrency as usize, "{host}: {} at once", pace.at_once);
        assert!(pace.early <= SLACK, "{host}: a request came {:?} before its time", pace.early);
    }
    let most_at_once = paces.values().map(|pace| pace.at_once).max();
    assert_eq!(most_at_once, Some(concurrency as usize), "what is agreed is also used");
    let alive = run.report().links.iter().filter(|link| link.verdict == Verdict::Alive).count();
    assert!(alive >= (HOSTS * PAGES) as usize, "{alive} alive");

    let closest = paces.values().map(|pace| pace.closest).min().unwrap();
    let first = log.iter().map(|entry| entry.at).min().unwrap();
    let last = log.iter().filter_map(|entry| entry.ended).max().unwrap();
    // The robots file is a request too. The duration of the last answer does not belong to the pace.
    let fastest = INTERVAL * (PAGES + 1) + answer_after;
    let ratio = (last - first).as_secs_f64() / fastest.as_secs_f64();
    println!(
        "{HOSTS} hosts, {PAGES} pages each, {concurrency} at once: closest {closest:.1?} of {INTERVAL:?}, \
         slowest host {:.2?}, all {:.2?} = {ratio:.3} of the least possible; the process {:.2?}",
        paces.values().map(|pace| pace.took).max().unwrap(),
        last - first,
        run.elapsed,
    );
    if is_strict() {
        assert!(closest + SLACK >= INTERVAL, "two requests {closest:?} apart");
        assert!(ratio <= 1.05, "{ratio:.3} of the least possible time");
    }
    assert!(ratio <= 3.0, "{ratio:.3} of the least possible time");
}

#[test]
fn no_host_is_asked_faster_than_agreed_and_none_waits_longer() {
    hold(1, Duration::from_millis(5));
}

#[test]
fn two_at_once_where_that_is_agreed_and_never_three() {
    // Answers take longer than the interval, so that two must be under way to keep the pace.
    hold(2, Duration::from_millis(70));
}
