//! Tests that every page of a host has its turn, whatever one of its pages or the host itself does.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use driftline::app::demo::server::{Conduct, Reply};
use driftline::verdict::{Cause, LinkState, Verdict};

use crate::kit::{self, Bench, Report};

/// An article that cites the pages with these numbers of `one.test`, in this order: the even ones as sources,
/// the odd ones in its text.
fn cite(bench: &Bench, numbers: impl IntoIterator<Item = usize>) {
    let (mut mentions, mut sources) = (String::new(), String::new());
    for number in numbers {
        if number % 2 == 0 {
            writeln!(sources, "- [来源{number}](http://one.test/p{number})").unwrap();
        } else {
            writeln!(mentions, "这里提到[另一页](http://one.test/p{number})，另有说明。\n").unwrap();
        }
    }
    bench.write("a.md", &format!("# 题\n\n正文一句。\n\n{mentions}参考链接：\n\n{sources}"));
}

fn pages_asked(bench: &Bench) -> BTreeSet<String> {
    bench.asked("one.test").into_iter().collect()
}

fn said(report: &Report, number: usize) -> (Verdict, Option<Cause>) {
    let link = report.link("a.md", &format!("http://one.test/p{number}"));
    (link.verdict, link.cause)
}

#[test]
fn one_page_that_is_always_refused_costs_no_other_page_its_turn() {
    for status in [503, 429] {
        for order in [vec![0, 1, 2, 3, 4, 5, 6, 7], vec![4, 1, 2, 0, 3, 5, 6, 7]] {
            let mut bench = Bench::new(move |request| match request.path.as_str() {
                "/robots.txt" => Reply::status(404),
                "/p0" => Reply::status(status),
                _ => kit::story_page(1),
            });
            bench.set("politeness.backoff=240ms").set("politeness.per_host_concurrency=1");
            bench.set("network.retries=2");
            cite(&bench, order);
            let report = bench.run(&["run", "--format", "jsonl"]).report();
            assert_eq!(pages_asked(&bench).len(), 8, "{status}: {:?}", bench.asked("one.test"));
            for number in 1..8 {
                assert_eq!(said(&report, number), (Verdict::Alive, None), "{status}, page {number}");
            }
            assert_eq!(said(&report, 0).0, Verdict::Failing);
            assert_eq!(bench.asked("one.test").iter().filter(|path| *path == "/p0").count(), 3);
            assert!(report.run.summary.waiting.is_empty());
        }
    }
}

#[test]
fn of_twenty_pages_beside_one_that_is_always_refused_none_is_ever_left_over() {
    let mut bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        "/p0" => Reply::status(503),
        _ => kit::story_page(1),
    });
    bench.set("politeness.backoff=240ms").set("politeness.per_host_concurrency=1");
    bench.set("network.retries=2");
    cite(&bench, (1..=10).chain([0]).chain(11..20));
    for run in 1..=3 {
        bench.server().clear_log();
        let report = bench.run(&["run", "--format", "jsonl"]).report();
        assert!(report.run.summary.waiting.is_empty(), "run {run}: {:?}", report.run.summary.waiting);
        let asked = bench.asked("one.test");
        if run == 1 {
            assert_eq!(pages_asked(&bench).len(), 20, "{asked:?}");
        }
        let again = asked.iter().position(|path| path == "/p0").unwrap();
        let after: Vec<&String> = asked.iter().skip(again + 1).collect();
        let others = after.iter().rposition(|path| *path != "/p0").unwrap_or_default();
        let retried = after.iter().position(|path| *path == "/p0").unwrap();
        assert!(retried >= others, "run {run}: it is tried again after the others: {asked:?}");
    }
}

#[test]
fn a_host_that_hangs_is_given_up_and_its_other_pages_wait_without_a_strike() {
    let mut bench = Bench::new(|request| match (request.host.as_str(), request.path.as_str()) {
        (_, "/robots.txt") => Reply::status(404),
        ("one.test", _) => Reply::misbehaving(Conduct::Silent),
        _ => kit::story_page(1),
    });
    bench.set("network.timeout=300ms").set("politeness.per_host_concurrency=1");
    cite(&bench, 0..60);
    bench.repost("b.md", "http://good.test/1", "题", &["正文一句。"]);
    let run = bench.run(&["check", "--format", "jsonl"]);
    assert!(run.elapsed < Duration::from_secs(20), "{:?}", run.elapsed);
    let asked = pages_asked(&bench);
    assert_eq!(asked.len(), 8, "{asked:?}");
    let report = run.report();
    for number in 0..60 {
        let link = report.link("a.md", &format!("http://one.test/p{number}"));
        if asked.contains(&format!("/p{number}")) {
            assert_eq!((link.verdict, link.cause), (Verdict::Failing, Some(Cause::Timeout)));
            continue;
        }
        assert_eq!((link.verdict, link.cause), (Verdict::Skipped, Some(Cause::OverBudget)));
        assert_eq!((link.strikes, link.state, link.attempts), (0, LinkState::Ok, 0));
        let evidence = link.evidence.join(" ");
        assert!(evidence.contains("politeness.give_up_after"), "{evidence}");
        assert!(evidence.contains("comes first on its host in the next run"), "{evidence}");
    }
    assert_eq!(report.run.summary.waiting, [("one.test".to_owned(), 52)].into());
    let text = bench.run(&["report"]).stdout;
    assert!(text.contains("wait for their hosts until the next run: 52 one.test"), "{text}");
    let history = bench.run(&["history", "http://one.test/p59"]);
    assert!(!history.stdout.contains("timeout"), "a page without a request has no visit: {}", history.stdout);
}

#[test]
fn what_waits_is_asked_in_turn_over_the_runs_whatever_kind_it_is() {
    let served = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&served);
    let mut bench = Bench::new(move |request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ if counter.fetch_add(1, Ordering::SeqCst) < 3 => kit::story_page(1),
        _ => Reply::misbehaving(Conduct::Silent),
    });
    bench.set("network.timeout=300ms").set("politeness.per_host_concurrency=1").set("network.retries=0");
    bench.set("politeness.give_up_after=2");
    cite(&bench, 0..15);
    // Each run asks three pages that answer and two that hang.
    let mut asked = BTreeSet::new();
    for run in 1..=3 {
        served.store(0, Ordering::SeqCst);
        bench.server().clear_log();
        bench.run(&["check"]);
        let now = pages_asked(&bench);
        assert_eq!(now.len(), 5, "run {run}: {now:?}");
        assert!(now.is_disjoint(&asked), "run {run} asked again: {now:?}");
        asked.extend(now);
    }
    assert_eq!(asked.len(), 15);
}
