//! Tests `driftline run` as a whole: every URL is judged once, nothing is requested twice, nothing is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use driftline::app::demo::server::{Reply, Request};
use driftline::model::Role;
use driftline::text_diff::DriftClass;
use driftline::verdict::{Cause, Verdict};

use crate::kit::{self, Bench};

/// The invented article that stands at `/a/N`.
fn text(number: u64) -> (String, Vec<String>) {
    (format!("第{number}号消息"), kit::story(number, 9))
}

fn article_page(request: &Request) -> Reply {
    let number = request.path.strip_prefix("/a/").and_then(|number| number.parse().ok());
    let Some((title, paragraphs)) = number.map(text) else { return Reply::status(404) };
    let paragraphs: Vec<&str> = paragraphs.iter().map(String::as_str).collect();
    kit::page(&title, &paragraphs)
}

/// `articles` articles with one original each, spread over `hosts` hosts.
fn fill(bench: &Bench, articles: u64, hosts: u64) -> Vec<String> {
    let mut urls = Vec::new();
    for number in 0..articles {
        let url = format!("https://h{}.test/a/{number}", number % hosts);
        let (title, paragraphs) = text(number);
        let paragraphs: Vec<&str> = paragraphs.iter().map(String::as_str).collect();
        bench.repost(&format!("news/{number}.md"), &url, &title, &paragraphs);
        urls.push(url);
    }
    urls
}

/// How often each page was asked for; robots files left out.
fn asked(bench: &Bench) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for entry in bench.server().log() {
        if entry.path != "/robots.txt" {
            *counts.entry(format!("https://{}{}", entry.host, entry.path)).or_default() += 1;
        }
    }
    counts
}

#[test]
fn a_web_that_has_nothing_gives_each_url_its_verdict_and_is_asked_once_for_each() {
    let bench = Bench::new(|_| Reply::status(404));
    let urls = fill(&bench, 40, 8);
    // Cited from everywhere, asked for once.
    for number in 0..40 {
        let file = bench.root().join(format!("news/{number}.md"));
        let markdown = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, format!("{markdown}信息源：[同一处](https://shared.test/page)\n")).unwrap();
    }
    let run = bench.run(&["run", "--format", "jsonl"]).expect_code(2);
    let report = run.report();
    assert_eq!((report.run.summary.urls, report.run.summary.judged), (41, 41));
    for url in &urls {
        let link = report.links.iter().find(|link| link.url.as_deref() == Some(url)).unwrap();
        assert_eq!((link.verdict, link.cause, link.status), (Verdict::Dead, Some(Cause::Http404), Some(404)));
    }
    assert_eq!(
        report.links.iter().filter(|link| link.url.as_deref() == Some("https://shared.test/page")).count(),
        40
    );
    let asked = asked(&bench);
    assert_eq!(asked.len(), 41, "{asked:#?}");
    assert!(asked.values().all(|count| *count == 1), "{asked:#?}");
}

#[test]
fn a_second_run_stores_nothing_new_and_the_report_can_be_had_again() {
    let bench = Bench::new(|request| {
        let reply = article_page(request);
        // Half of the pages have a validator, the others are equal by their bytes.
        if !request.path.ends_with(['0', '2', '4', '6', '8']) || reply.status != 200 {
            return reply;
        }
        match request.header("if-none-match") {
            Some("\"v1\"") => Reply::status(304).with_header("ETag", "\"v1\""),
            _ => reply.with_header("ETag", "\"v1\""),
        }
    });
    fill(&bench, 10, 2);
    let first = bench.run(&["run", "--format", "jsonl"]).expect_code(0);
    let again = bench.run(&["report", "--format", "jsonl"]);
    assert_eq!(again.stdout, first.stdout, "{}", again.stderr);
    let first = first.report();
    bench.server().clear_log();
    let second = bench.run(&["run", "--format", "jsonl"]).expect_code(0).report();
    let conditional = bench.server().log().iter().filter(|entry| entry.conditional).count();
    assert_eq!(conditional, 5);
    for link in second.links.iter().filter(|link| link.role == Role::Repost) {
        let before = first.link(&link.article, link.url.as_deref().unwrap());
        assert!(link.unchanged && !before.unchanged, "{link:#?}");
        assert!(link.snapshot.is_some() && link.snapshot == before.snapshot, "{link:#?}");
        assert_eq!(link.drift.as_ref().map(|drift| drift.class), Some(DriftClass::Identical));
        assert_eq!(link.change, None);
    }
    assert_ne!(second.run.id, first.run.id);
}

/// A bench whose pages take a while, so that a run can be stopped in the middle.
fn slow_bench() -> Bench {
    let mut bench = Bench::new(|request| {
        if request.path == "/robots.txt" {
            return Reply::status(404);
        }
        article_page(request).after(Duration::from_millis(100))
    });
    bench.set("politeness.per_host_concurrency=1");
    bench
}

#[test]
fn an_interrupted_run_is_whole_and_goes_on_without_asking_twice() {
    let bench = slow_bench();
    let urls = fill(&bench, 80, 8);
    let running = bench.start(&["run", "--format", "jsonl"]);
    kit::eventually("a third of the pages is asked for", || asked(&bench).len() >= 25);
    running.signal("INT");
    let stopped = running.wait().expect_code(130);
    let partial = stopped.report();
    assert!(partial.run.interrupted);
    let judged = partial.links.iter().filter(|link| link.role == Role::Repost).count();
    assert!((1..80).contains(&judged), "{judged} of 80");
    let rest = bench.run(&["run", "--format", "jsonl"]).expect_code(0).report();
    for url in &urls {
        let link = rest.links.iter().find(|link| link.url.as_deref() == Some(url)).expect(url);
        assert_eq!(link.verdict, Verdict::Alive, "{link:#?}");
        assert_eq!(link.drift.as_ref().map(|drift| drift.class), Some(DriftClass::Identical), "{link:#?}");
    }
    let twice: Vec<_> = asked(&bench).into_iter().filter(|(_, count)| *count > 1).collect();
    assert!(twice.is_empty(), "asked twice: {twice:#?}");
}

#[test]
fn a_killed_run_goes_on_and_asks_for_nothing_whose_verdict_was_stored() {
    for after in [12, 45] {
        let bench = slow_bench();
        let urls = fill(&bench, 64, 8);
        let running = bench.start(&["run"]);
        kit::eventually("some pages are asked for", || asked(&bench).len() >= after);
        running.signal("KILL");
        assert_eq!(running.wait().code, None);
        // Pages that the store holds now must not be requested again.
        let report = bench.run(&["report", "--format", "jsonl"]);
        // Code 1: it was killed before the store had even the run's beginning.
        let links = if report.code == Some(1) { Vec::new() } else { report.report().links };
        let judged = links.into_iter().filter(|link| link.fetched_at.is_some());
        let stored: Vec<String> = judged.filter_map(|link| link.url).collect();
        assert!(after < 40 || !stored.is_empty(), "nothing was stored in half a second");
        let before = asked(&bench);
        let rest = bench.run(&["run", "--format", "jsonl"]).expect_code(0).report();
        for url in &urls {
            let link = rest.links.iter().find(|link| link.url.as_deref() == Some(url)).expect(url);
            assert_eq!(link.verdict, Verdict::Alive, "{link:#?}");
        }
        let now = asked(&bench);
        for url in &stored {
            assert_eq!(now.get(url), before.get(url), "{url} was asked for again");
        }
        println!(
            "killed after {} pages: {} were stored, {} asked twice",
            before.len(),
            stored.len(),
            now.values().filter(|count| **count > 1).count()
        );
    }
}

#[test]
fn a_server_that_breaks_on_a_condition_is_asked_again_without_one() {
    let bench = Bench::new(|request| match (request.path.as_str(), request.header("if-none-match")) {
        ("/robots.txt", _) => Reply::status(404),
        ("/precondition", Some(_)) => Reply::status(412),
        ("/fault", Some(_)) => Reply::status(500),
        _ => kit::story_page(1).with_header("ETag", "\"one\""),
    });
    for path in ["precondition", "fault"] {
        bench.repost(&format!("{path}.md"), &format!("http://one.test/{path}"), "题", &["正文一句。"]);
    }
    bench.run(&["run"]);
    let report = bench.run(&["run", "--format", "jsonl"]).report();
    for path in ["precondition", "fault"] {
        let link = report.link(&format!("{path}.md"), &format!("http://one.test/{path}"));
        assert_eq!((link.verdict, link.status, link.strikes), (Verdict::Alive, Some(200), 0), "{path}");
    }
}
