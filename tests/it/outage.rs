//! Tests a network that fails in the middle of a run, and returns, or does not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use driftline::app::demo::server::{Conduct, Reply};
use driftline::model::Role;
use driftline::verdict::{LinkState, Verdict};

use crate::kit::{self, Bench};

const HOSTS: usize = 12;
const PAGES: usize = 96;

/// The number of pages that are served before every connection breaks.
const SERVED: usize = 30;

/// Originals on a dozen hosts. In the middle of the run every connection breaks, until the switch is
/// set.
fn web() -> (Bench, Arc<AtomicBool>) {
    let returned = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&returned);
    let served = AtomicUsize::new(0);
    let mut bench = Bench::new(move |request| {
        if served.load(Ordering::SeqCst) >= SERVED && !returned.load(Ordering::SeqCst) {
            return Reply::misbehaving(Conduct::Reset);
        }
        if request.path == "/robots.txt" {
            return Reply::status(404);
        }
        served.fetch_add(1, Ordering::SeqCst);
        kit::story_page(request.path.len() as u64)
    });
    bench.set("politeness.per_host_concurrency=1");
    for number in 0..PAGES {
        let url = format!("http://h{}.test/{number}", number % HOSTS);
        bench.repost(&format!("{number}.md"), &url, "题", &["正文一句。"]);
    }
    (bench, switch)
}

fn pages_asked(bench: &Bench) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for entry in bench.server().log().into_iter().filter(|entry| entry.path != "/robots.txt") {
        *counts.entry(format!("{}{}", entry.host, entry.path)).or_default() += 1;
    }
    counts
}

#[test]
fn an_outage_is_waited_out_and_what_failed_in_it_is_asked_again() {
    let (bench, returned) = web();
    let run = bench.start(&["run", "--format", "jsonl"]);
    kit::eventually("the outage is noticed", || run.stderr().contains("the crawl waits for it"));
    let before = bench.server().hits();
    returned.store(true, Ordering::SeqCst);
    let run = run.wait();
    assert!(run.stderr.contains("the network is back"), "{}", run.stderr);
    // Robots files, pages, one or two failures for each host, and the hosts that were asked as canaries.
    assert!(before <= HOSTS + SERVED + 3 * HOSTS, "requests were wasted: {before}");
    let report = run.report();
    let reposts: Vec<_> = report.links.iter().filter(|link| link.role == Role::Repost).collect();
    assert_eq!(reposts.len(), PAGES);
    for link in reposts {
        assert_eq!((link.verdict, link.state, link.strikes), (Verdict::Alive, LinkState::Ok, 0), "{link:?}");
    }
    // No visit was recorded for a request that failed in the outage: each page has one visit.
    let twice: Vec<String> =
        pages_asked(&bench).into_iter().filter(|(_, count)| *count > 1).map(|(url, _)| url).collect();
    assert!(!twice.is_empty(), "some page was hit by the outage");
    for url in &twice {
        let history = bench.run(&["history", &format!("http://{url}")]).expect_code(0).stdout;
        assert_eq!(history.matches("\n  20").count(), 1, "{history}");
    }
}

#[test]
fn an_outage_without_end_ends_the_run_and_the_next_one_goes_on() {
    let (mut bench, returned) = web();
    bench.set("network.outage_patience=1s");
    let run = bench.run(&["run"]).expect_code(1);
    let said: Vec<&str> = run.stderr.lines().filter(|line| line.starts_with("error:")).collect();
    assert_eq!(said.len(), 1, "{}", run.stderr);
    assert!(said[0].contains("did not come back within 1s"), "{}", run.stderr);
    assert!(run.stderr.contains("no link was judged by this failure"), "{}", run.stderr);

    returned.store(true, Ordering::SeqCst);
    bench.server().clear_log();
    let report = bench.run(&["run", "--format", "jsonl"]).report();
    let asked = pages_asked(&bench);
    assert!(asked.len() <= PAGES - SERVED + 2, "what was judged before is not asked again: {}", asked.len());
    for link in report.links.iter().filter(|link| link.role == Role::Repost) {
        assert_eq!(link.verdict, Verdict::Alive, "{link:?}");
    }
    assert!(report.links.iter().all(|link| link.strikes == 0));
}

#[test]
fn hosts_that_are_down_are_judged_where_others_still_answer() {
    let mut bench = Bench::new(|request| match (request.host.as_str(), request.path.as_str()) {
        // A robots file that breaks off would block its pages and leave them untested.
        (_, "/robots.txt") => Reply::status(404),
        (host, _) if host.starts_with("gone") => Reply::misbehaving(Conduct::Reset),
        _ => kit::story_page(1),
    });
    bench.set("politeness.concurrency=4");
    for number in 0..6 {
        bench.repost(&format!("up{number}.md"), &format!("http://up{number}.test/"), "题", &["正文一句。"]);
    }
    for number in 0..6 {
        let url = format!("http://gone{number}.test/");
        bench.repost(&format!("z-gone{number}.md"), &url, "题", &["正文一句。"]);
    }
    let run = bench.run(&["run", "--format", "jsonl"]);
    assert!(!run.stderr.contains("network here"), "{}", run.stderr);
    let report = run.report();
    let failing = report.links.iter().filter(|link| link.verdict == Verdict::Failing);
    assert_eq!(failing.filter(|link| link.strikes == 1).count(), 6);
}

/// A port on loopback on which nothing listens.
fn closed_port() -> std::net::SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Articles with originals on these hosts; those whose names begin with `down` refuse connections.
fn cite_hosts(bench: &mut Bench, scheme: &str, hosts: &[String]) {
    let mut entries = Vec::new();
    for (number, host) in hosts.iter().enumerate() {
        bench.repost(&format!("{number:02}.md"), &format!("{scheme}://{host}/story"), "题", &["正文一句。"]);
        if host.starts_with("down") {
            entries.push(format!("\"{host}\" = \"{}\"", closed_port()));
        }
    }
    entries.push(format!("\"*\" = \"{}\"", bench.server().http_addr()));
    bench.set(&format!("network.resolve={{{}}}", entries.join(", ")));
}

fn hosts(down: usize, up: usize) -> Vec<String> {
    let down = (0..down).map(|n| format!("down{n}.test"));
    down.chain((0..up).map(|n| format!("up{n}.test"))).collect()
}

#[test]
fn a_run_reports_and_counts_where_most_hosts_are_dead_and_any_other_answers_properly() {
    for (scheme, down, up) in [("http", 3, 1), ("http", 8, 5), ("https", 6, 1)] {
        let mut bench = Bench::new(|request| match request.path.as_str() {
            "/robots.txt" => Reply::status(404),
            _ => kit::story_page(1),
        });
        cite_hosts(&mut bench, scheme, &hosts(down, up));
        for _ in 0..2 {
            let report = bench.run(&["check", "--format", "jsonl"]).expect_code(0).report();
            let reposts = report.links.iter().filter(|link| link.role == Role::Repost);
            for link in reposts {
                let is_down = link.url.as_deref().unwrap().contains("//down");
                let expected = if is_down { (Verdict::Failing, 1) } else { (Verdict::Alive, 0) };
                assert_eq!((link.verdict, link.strikes), expected, "{scheme} {down} {up}: {link:?}");
            }
        }
    }
}

#[test]
fn a_captive_portal_is_no_proof_and_its_run_is_reported_all_the_same() {
    // The portal shows its page for every address, robots.txt included; TLS to other hosts is refused.
    let mut bench = Bench::new(|_| {
        kit::page("Free network", &["Accept the terms of use, then go online with your room number."])
    });
    cite_hosts(&mut bench, "http", &hosts(5, 1));
    let file = bench.root().join("report.jsonl");
    let run = bench.run(&["run", "--format", "jsonl", "-o", file.to_str().unwrap()]).expect_code(1);
    assert!(run.stderr.contains("5 of 6 hosts could not be reached"), "{}", run.stderr);
    assert!(run.stderr.contains("network.canaries"), "{}", run.stderr);
    let report = std::fs::read_to_string(file).unwrap();
    assert_eq!(report.matches("\"connection-refused\"").count(), 5 + 1, "five links and a count: {report}");
    assert!(!report.contains("\"strikes\":1"), "{report}");
}

#[test]
fn a_network_that_is_entirely_down_is_reported_and_ends_with_an_error() {
    let mut bench = Bench::new(|_| Reply::status(404));
    cite_hosts(&mut bench, "http", &hosts(5, 0));
    let run = bench.run(&["run"]).expect_code(1);
    assert!(run.stdout.contains("5 connection-refused"), "{}", run.stdout);
    assert!(run.stderr.contains("network.canaries"), "{}", run.stderr);
}
