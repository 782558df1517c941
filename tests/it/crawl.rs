//! Tests the crawl as hosts see it: budgets, retries, back-off over several processes, and hosts that
//! share one rate limit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use driftline::app::demo::server::{Conduct, Reply};
use driftline::verdict::{Cause, Verdict};

use crate::kit::{self, Bench, Report};

/// An article a URL, each a copy of what [`kit::story_page`] shows for 1.
fn reposts(bench: &Bench, urls: &[String]) {
    let story = kit::story(1, 12);
    let paragraphs: Vec<&str> = story.iter().map(String::as_str).collect();
    for (number, url) in urls.iter().enumerate() {
        bench.repost(&format!("{number:03}.md"), url, "第1号消息", &paragraphs);
    }
}

/// How often each page was asked for, robots files left out.
fn asked(bench: &Bench) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for entry in bench.server().log().into_iter().filter(|entry| entry.path != "/robots.txt") {
        *counts.entry(format!("http://{}{}", entry.host, entry.path)).or_default() += 1;
    }
    counts
}

fn of<'a>(report: &'a Report, url: &str) -> &'a driftline::report::LinkReport {
    report.links.iter().find(|link| link.url.as_deref() == Some(url)).unwrap_or_else(|| panic!("no {url}"))
}

#[test]
fn each_host_has_a_budget_and_what_is_left_over_comes_first_next_time() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::story_page(1),
    });
    let urls: Vec<String> = (0..30).map(|n| format!("http://h{}.test/{n}", n % 3)).collect();
    reposts(&bench, &urls);
    let args = ["run", "--max-pages-per-host", "4", "--format", "jsonl"];
    let report = bench.run(&args).expect_code(0).report();
    let first: BTreeSet<String> = asked(&bench).into_keys().collect();
    assert_eq!(first.len(), 12);
    for url in &urls {
        let link = of(&report, url);
        if first.contains(url) {
            assert_eq!(link.verdict, Verdict::Alive);
            continue;
        }
        assert_eq!((link.verdict, link.cause), (Verdict::Skipped, Some(Cause::OverBudget)));
        let said = link.evidence.join(" ");
        assert!(said.contains("reached max_pages_per_host before"), "{said}");
    }
    bench.server().clear_log();
    bench.run(&["run", "--max-pages-per-host", "6"]).expect_code(0);
    let second: BTreeSet<String> = asked(&bench).into_keys().collect();
    assert_eq!(second.len(), 18);
    assert!(second.is_disjoint(&first), "never seen goes before seen");
    // Then all are seen: the longest ago first.
    bench.server().clear_log();
    bench.run(&["run", "--max-pages-per-host", "4"]).expect_code(0);
    assert_eq!(asked(&bench).into_keys().collect::<BTreeSet<_>>(), first);
}

#[test]
fn bytes_end_a_run_and_a_page_that_is_begun_is_finished() {
    let mut bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        "/moved" => Reply::redirect(301, "/there"),
        _ => kit::story_page(1),
    });
    bench.set("politeness.concurrency=1");
    let mut urls = vec!["http://a.test/moved".to_owned()];
    urls.extend((0..20).map(|n| format!("http://b.test/{n}")));
    reposts(&bench, &urls);
    let report = bench.run(&["run", "--max-pages", "1", "--format", "jsonl"]).expect_code(0).report();
    assert_eq!(of(&report, &urls[0]).verdict, Verdict::Moved);
    let said = of(&report, &urls[1]).evidence.join(" ");
    assert!(said.contains("the run reached max_pages before"), "{said}");
    bench.server().clear_log();
    let report = bench.run(&["run", "--max-bytes", "5 KB", "--format", "jsonl"]).expect_code(0).report();
    let begun = asked(&bench).len();
    assert!((2..8).contains(&begun), "{begun} pages");
    let said = of(&report, &urls[20]).evidence.join(" ");
    assert!(said.contains("the run reached max_bytes before"), "{said}");
}

#[test]
fn what_may_pass_is_tried_again_and_nothing_else_is() {
    let mut bench = Bench::new(|request| match (request.host.as_str(), request.path.as_str()) {
        (_, "/robots.txt") => Reply::status(404),
        ("reset.test", _) => Reply::misbehaving(Conduct::Reset),
        ("close.test", _) => Reply::misbehaving(Conduct::Close),
        ("short.test", _) => kit::story_page(1).sent(Conduct::Short(100)),
        (host, _) => {
            let status = host.trim_start_matches('s').trim_end_matches(".test").parse().unwrap();
            Reply::status(status).with_header("Retry-After", "0")
        }
    });
    bench.set("network.retries=2").set("network.retry_wait=10ms");
    let again = ["s408", "s425", "s429", "s500", "s502", "s503", "s504", "reset", "close", "short"];
    let once = ["s400", "s401", "s403", "s404", "s405", "s410", "s418", "s451"];
    let urls: Vec<String> = again.iter().chain(&once).map(|host| format!("http://{host}.test/x")).collect();
    reposts(&bench, &urls);
    let report = bench.run(&["run", "--format", "jsonl"]).report();
    let asked = asked(&bench);
    for (url, expected) in urls.iter().zip(std::iter::repeat_n(3, again.len()).chain([1].repeat(once.len())))
    {
        assert_eq!(asked.get(url), Some(&expected), "{url}");
        assert_eq!(of(&report, url).attempts as usize, expected, "{url}");
    }
}

#[test]
fn a_rest_is_kept_for_the_next_process_however_it_was_asked_for() {
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(2);
    let date = later.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut bench = Bench::new(move |request| match (request.host.as_str(), request.path.as_str()) {
        (_, "/robots.txt") => Reply::status(404),
        ("seconds.test", _) => Reply::status(429).with_header("Retry-After", "7200"),
        ("date.test", _) => Reply::status(503).with_header("Retry-After", &date),
        ("bare.test", _) => Reply::status(429),
        _ => kit::story_page(1),
    });
    bench.set("politeness.backoff=2h").set("politeness.per_host_concurrency=1").set("network.retries=2");
    let hosts = ["seconds", "date", "bare"];
    let urls: Vec<String> =
        hosts.iter().flat_map(|host| [1, 2].map(|n| format!("http://{host}.test/{n}"))).collect();
    reposts(&bench, &urls);
    for process in 0..3 {
        let report = bench.run(&["run", "--format", "jsonl"]).report();
        for url in &urls {
            let link = of(&report, url);
            let own = process == 0 && url.ends_with("/1");
            assert_eq!(link.verdict, Verdict::Failing, "{url}");
            let said = link.evidence.join(" ");
            let due = later.strftime("%Y-%m-%d %H:%M").to_string();
            let near = (later + jiff::SignedDuration::from_mins(1)).strftime("%Y-%m-%d %H:%M").to_string();
            // What the host stated is told from the pause that is ours.
            let (stated, chosen) = ("asked to wait until", "driftline leaves it alone until");
            let (expected, other) = if url.contains("bare") { (chosen, stated) } else { (stated, chosen) };
            assert!(said.contains(expected) && !said.contains(other), "{url}: {said}");
            assert!(said.contains(&due) || said.contains(&near), "{url}: {said}");
            assert!(said.contains("(politeness.retry_after_cap)"), "{url}: {said}");
            // A 503 of one page is a failure of that page; a `Retry-After` is not.
            let answered_503 = url.contains("date");
            assert_eq!(link.strikes, u32::from(answered_503 && url.ends_with("/1")), "{url}");
            if own && !answered_503 {
                assert_eq!(link.cause, Some(Cause::Http429));
            }
        }
        assert_eq!(asked(&bench).len(), hosts.len(), "process {process}: {:?}", asked(&bench));
        assert!(asked(&bench).values().all(|count| *count == 1));
    }
}

#[test]
fn a_rest_that_ends_after_the_runs_time_is_not_slept_for() {
    let mut bench = Bench::new(|request| match (request.host.as_str(), request.path.as_str()) {
        (_, "/robots.txt") => Reply::status(404),
        ("busy.test", _) => Reply::status(429).with_header("Retry-After", "60"),
        _ => kit::story_page(1),
    });
    bench.set("network.retries=1").set("politeness.per_host_concurrency=1");
    let urls = ["http://busy.test/1", "http://busy.test/2", "http://free.test/1"].map(str::to_owned);
    reposts(&bench, &urls);
    let run = bench.run(&["run", "--max-time", "30s", "--format", "jsonl"]);
    assert!(run.elapsed < Duration::from_secs(15), "{:?}", run.elapsed);
    let report = run.report();
    for url in &urls[..2] {
        let link = of(&report, url);
        assert_eq!((link.verdict, link.cause), (Verdict::Failing, Some(Cause::Http429)), "{url}");
        let said = link.evidence.join(" ");
        assert!(said.contains("asked to wait until") && said.contains("(crawl.max_time)"), "{said}");
    }
    assert_eq!(of(&report, &urls[2]).verdict, Verdict::Alive);
}

/// The time of each request, over all hosts whose names end in `suffix`.
fn arrivals(bench: &Bench, end: &str) -> Vec<Instant> {
    let mut at: Vec<Instant> =
        bench.server().log().iter().filter(|entry| entry.host.ends_with(end)).map(|e| e.at).collect();
    at.sort();
    at
}

#[test]
fn hosts_that_are_spared_together_are_asked_as_if_they_were_one() {
    let mut bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::story_page(1),
    });
    let urls: Vec<String> = ["a.news.test", "b.news.test", "c.other.test"]
        .iter()
        .flat_map(|host| [1, 2].map(|n| format!("http://{host}/{n}")))
        .collect();
    reposts(&bench, &urls);
    bench.set("politeness.requests_per_second=10").set("politeness.per_host_concurrency=1");
    for (unit, together) in [("domain", ".news.test"), ("address", ".test")] {
        bench.server().clear_log();
        let arg = format!("politeness.host_key={unit}");
        bench.run(&["run", "--fresh", "--set", &arg, "--store", unit]).expect_code(0);
        let at = arrivals(&bench, together);
        assert!(at.len() >= 6, "{unit}: {}", at.len());
        for pair in at.windows(2) {
            let apart = pair[1] - pair[0];
            // 100 ms apart when sent; a busy machine may deliver a little earlier or later.
            assert!(apart >= Duration::from_millis(70), "{unit}: {apart:?}");
        }
    }
    // robots.txt is each origin's own.
    let robots = bench.server().log().iter().filter(|entry| entry.path == "/robots.txt").count();
    assert_eq!(robots, 3);
}

#[test]
fn a_host_that_never_answers_delays_nobody() {
    let first_hung = Mutex::new(None);
    let mut bench = Bench::new(move |request| match (request.host.as_str(), request.path.as_str()) {
        (_, "/robots.txt") => Reply::status(404),
        ("hung.test", _) => {
            first_hung.lock().unwrap().get_or_insert_with(Instant::now);
            Reply::misbehaving(Conduct::Silent)
        }
        _ => kit::story_page(1),
    });
    bench.set("network.timeout=1500ms").set("politeness.per_host_concurrency=1");
    let mut urls: Vec<String> = (0..3).map(|n| format!("http://hung.test/{n}")).collect();
    urls.extend((0..40).map(|n| format!("http://quick{}.test/{n}", n % 4)));
    reposts(&bench, &urls);
    let run = bench.run(&["run", "--format", "jsonl"]);
    let report = run.report();
    let log = bench.server().log();
    let hung = log.iter().find(|entry| entry.host == "hung.test" && entry.path != "/robots.txt").unwrap();
    let last =
        log.iter().filter(|entry| entry.host.starts_with("quick")).map(|entry| entry.at).max().unwrap();
    assert!(last < hung.at + Duration::from_millis(1500), "the others waited {:?}", last - hung.at);
    for url in &urls {
        let expected = if url.contains("hung") { Verdict::Failing } else { Verdict::Alive };
        assert_eq!(of(&report, url).verdict, expected, "{url}");
    }
    assert!(run.elapsed < Duration::from_secs(15), "{:?}", run.elapsed);
}
