//! Tests runs over time: what a second run says of the first, pages that are not due, budgets, and a web
//! in which nobody answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use driftline::app::demo::server::Reply;
use driftline::model::Role;
use driftline::report::{LinkChange, LinkReport};
use driftline::verdict::{Cause, LinkState, Verdict};

use crate::kit::{self, Bench, Report, page, repost_markdown, story};

const PAGES: usize = 60;

/// An archive whose originals lie on a few hosts, each an invented story of its own.
fn sixty_articles(delay: Duration) -> Bench {
    let bench = Bench::new(move |request| {
        let number = request.path.trim_start_matches("/articles/").parse::<u64>();
        let reply = match number {
            Ok(number) => page(&format!("故事{number}"), &texts(number)),
            Err(_) => Reply::status(404),
        };
        reply.after(delay)
    });
    index(&bench);
    for number in 0..PAGES as u64 {
        let url = format!("http://h{}.example/articles/{number}", number % 6);
        bench.repost(&format!("{number}.md"), &url, &format!("故事{number}"), &texts(number));
    }
    bench
}

/// The index that every article's header leads back to.
fn index(bench: &Bench) {
    bench.write("README.md", "# 目录\n");
}

fn reposts(report: &Report) -> Vec<&LinkReport> {
    report.links.iter().filter(|link| link.role == Role::Repost).collect()
}

fn texts(number: u64) -> Vec<&'static str> {
    // A test's texts live as long as the test.
    story(number, 12).into_iter().map(|text| &*text.leak()).collect()
}

/// How often each page was asked for, robots files left out.
fn asked(bench: &Bench) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for entry in bench.server().log().into_iter().filter(|entry| entry.path != "/robots.txt") {
        *counts.entry(format!("{}{}", entry.host, entry.path)).or_default() += 1;
    }
    counts
}

#[test]
fn a_fresh_run_starts_anew() {
    let bench = sixty_articles(Duration::from_millis(30));
    let first = bench.start(&["run"]);
    kit::eventually("some pages are asked for", || asked(&bench).len() >= 12);
    first.signal("INT");
    first.wait();
    let done_before = asked(&bench).len();
    bench.run(&["run", "--fresh"]).expect_code(0);
    let twice = asked(&bench).values().filter(|count| **count > 1).count();
    assert!(twice >= done_before / 2, "{twice} of {done_before}");
}

#[test]
fn what_a_pruned_visit_found_is_still_told() {
    let version = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&version);
    let bench = Bench::new(move |request| {
        let mut texts = texts(3);
        // A sentence is removed, then the page stays the same, then another sentence is removed.
        texts.truncate(texts.len() - [0, 1, 1, 2][now.load(Ordering::SeqCst).min(3)]);
        if request.path == "/edited" { page("改动的故事", &texts) } else { Reply::status(404) }
    });
    index(&bench);
    let url = "http://news.example/edited";
    bench.repost("edited.md", url, "改动的故事", &texts(3));
    for number in 0..4 {
        version.store(number, Ordering::SeqCst);
        bench.run(&["run", "--set", "report.fail_on=[]"]).expect_code(0);
    }
    let classes = || -> Vec<serde_json::Value> {
        let found = bench.run(&["history", url, "--format", "jsonl"]).expect_code(0).stdout;
        found
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["drift"].clone())
            .collect()
    };
    let before = classes();
    assert_eq!(before.len(), 4);
    assert!(before.iter().all(|class| !class.is_null()) && before[0] != before[1], "{before:?}");
    // Each version is a snapshot of its own, so a selector that is given twice has others beside it.
    let said = bench.run(&["diff", url, "--from", "latest"]).expect_code(0).stderr;
    assert!(said.contains("the store has others") && !said.contains("the only one"), "{said}");
    bench.run(&["store", "prune", "--keep", "last", "--apply"]).expect_code(0);
    assert_eq!(classes(), before);
    let said = bench.run(&["diff", url, "--from", "first", "--to", "latest"]).expect_code(0).stderr;
    assert!(said.contains("the only one in the store") && !said.contains("the same page"), "{said}");
}

#[test]
fn a_second_run_stores_nothing_new_and_says_what_changed() {
    let later = Arc::new(AtomicBool::new(false));
    let changed = Arc::clone(&later);
    let bench = Bench::new(move |request| {
        let later = changed.load(Ordering::SeqCst);
        match request.path.as_str() {
            "/same" => page("不变的故事", &texts(1)).with_header("ETag", "\"one\""),
            "/plain" => page("平常的故事", &texts(2)),
            "/edited" if later => {
                let mut edited = texts(3);
                edited.remove(edited.len() / 2);
                page("改动的故事", &edited)
            }
            "/edited" => page("改动的故事", &texts(3)),
            "/dies" if !later => page("消失的故事", &texts(4)),
            "/returns" if later => page("回来的故事", &texts(5)),
            _ => Reply::status(404),
        }
    });
    index(&bench);
    for (name, number, title) in [
        ("same", 1, "不变的故事"),
        ("plain", 2, "平常的故事"),
        ("edited", 3, "改动的故事"),
        ("dies", 4, "消失的故事"),
        ("returns", 5, "回来的故事"),
    ] {
        let url = format!("http://news.example/{name}");
        bench.repost(&format!("{name}.md"), &url, title, &texts(number));
    }
    let first = bench.run(&["run", "--format", "jsonl"]).expect_code(2).report();
    assert_eq!(first.run.summary.changes, BTreeMap::from([("newly-dead".to_owned(), 1)]));
    let dead = first.link("returns.md", "http://news.example/returns");
    assert_eq!((dead.verdict, dead.state, dead.strikes), (Verdict::Dead, LinkState::Dead, 1));

    later.store(true, Ordering::SeqCst);
    bench.server().clear_log();
    let second = bench.run(&["run", "--format", "jsonl"]).expect_code(2).report();
    let of = |name: &str| second.link(&format!("{name}.md"), &format!("http://news.example/{name}"));
    assert_eq!(of("same").change, None);
    assert!(of("same").unchanged && of("plain").unchanged);
    assert_eq!(of("dies").change, Some(LinkChange::NewlySuspect));
    assert_eq!(of("edited").change, Some(LinkChange::NewlyDrifted));
    assert_eq!(
        (of("returns").change, of("returns").state),
        (Some(LinkChange::Recovered), LinkState::Revived)
    );
    let log = bench.server().log();
    let same = log.iter().find(|entry| entry.path == "/same").unwrap();
    assert_eq!(same.header("if-none-match"), Some("\"one\""));
    assert!(!log.iter().any(|entry| entry.path == "/robots.txt"), "the robots file is a day old at most");

    // A third run, with nothing changed since, needs nobody's attention.
    bench.run(&["run"]).expect_code(0);
    let history = bench.run(&["history", "http://news.example/edited", "-v"]).expect_code(0).stdout;
    assert_eq!(history.matches("\n  20").count(), 3, "{history}");
    let shown = bench.run(&["show", "http://news.example/dies"]).expect_code(0).stdout;
    assert!(shown.contains(texts(4)[0]), "the last snapshot of a dead page is kept: {shown}");
    let said = |article: &str| bench.run(&["diff", article]).expect_code(0).stderr;
    assert!(said("dies.md").contains("dead (http-404) at the newest visit"), "{}", said("dies.md"));
    assert!(!said("same.md").contains("dead"), "{}", said("same.md"));
    let again = bench.run(&["report", "--format", "jsonl"]).expect_code(0).report();
    assert_eq!(reposts(&again).len(), 5);
    let earlier =
        bench.run(&["report", "--format", "jsonl", "--run", &second.run.id]).expect_code(2).report();
    assert_eq!(earlier.links, second.links);
}

#[test]
fn a_local_edit_is_told_from_one_of_the_original() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/a" => page("一个故事", &texts(7)).with_header("ETag", "\"a\""),
        _ => Reply::status(404),
    });
    index(&bench);
    bench.repost("a.md", "http://news.example/a", "一个故事", &texts(7));
    bench.run(&["run"]).expect_code(0);
    let mut shorter = texts(7);
    shorter.remove(1);
    bench.write("a.md", &repost_markdown("http://news.example/a", "一个故事", &shorter));
    let report = bench.run(&["run", "--format", "jsonl"]).expect_code(2).report();
    let drift = reposts(&report)[0].drift.as_ref().unwrap();
    assert_eq!(drift.moved_side, driftline::text_diff::MovedSide::Local);
    assert!(drift.class.is_drift());
}

#[test]
fn check_judges_and_keeps_no_bodies() {
    let bench = sixty_articles(Duration::ZERO);
    let report = bench.run(&["check", "--format", "jsonl"]).expect_code(0).report();
    assert_eq!(reposts(&report).len(), PAGES);
    assert!(report.links.iter().all(|link| link.drift.is_none() && link.snapshot.is_none()));
    bench.run(&["show", "http://h0.example/articles/0"]).expect_code(1);
}

#[test]
fn two_articles_that_cite_one_page_cause_one_request() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/cited" => page("被引用的", &texts(3)),
        _ => Reply::status(404),
    });
    for name in ["a", "b", "c"] {
        bench.write(
            &format!("{name}.md"),
            &format!(
                "## 题目{name}\n\n正文一句。\n\n信息源：[某报](http://News.example:80/cited#part-{name})\n"
            ),
        );
    }
    let report = bench.run(&["run", "--format", "jsonl"]).expect_code(0).report();
    assert_eq!(bench.asked("news.example"), ["/cited"]);
    assert_eq!(report.links.len(), 3);
    assert!(report.links.iter().all(|link| link.verdict == Verdict::Alive));
}

#[test]
fn without_a_network_nothing_is_held_against_any_link() {
    let mut bench = Bench::new(|_| Reply::status(200));
    for number in 0..30 {
        bench.repost(&format!("{number}.md"), &format!("http://h{number}.example/"), "题", &texts(1));
    }
    // A name server that nobody answers for, and no resolve entry.
    bench.write("driftline.toml", "[network]\nnameservers = [\"127.0.0.1:9\"]\nretries = 0\n");
    bench.set("network.connect_timeout=300ms").set("network.timeout=500ms");
    let run = bench.run(&["run"]).expect_code(1);
    assert!(run.stderr.contains("no network"), "{}", run.stderr);
    assert!(run.stderr.contains("no link was judged by this failure"), "{}", run.stderr);
    assert!(run.elapsed < Duration::from_secs(20), "{:?}", run.elapsed);
}

#[test]
fn bad_input_is_said_and_passed_over() {
    let bench = Bench::new(|_| Reply::status(404));
    let empty = bench.run(&["run"]).expect_code(1);
    assert!(empty.stderr.contains("no article in "), "{}", empty.stderr);
    std::fs::write(bench.root().join("bad.md"), b"\xff\xfe\x00bad").unwrap();
    bench.repost("good.md", "http://news.example/x", "题", &texts(1));
    let run = bench.run(&["run", "--format", "jsonl"]).expect_code(2);
    let report = run.report();
    assert_eq!(report.run.summary.unreadable.len(), 1, "{:?}", report.run.summary);
    assert!(report.run.summary.unreadable[0].contains("bad.md"));
    let link = report.link("good.md", "http://news.example/x");
    assert_eq!((link.verdict, link.cause), (Verdict::Dead, Some(Cause::Http404)));
    assert_eq!(link.change, Some(LinkChange::NewlyDead));
}

#[test]
fn budgets_and_exclusions_leave_the_rest_due() {
    let mut bench = sixty_articles(Duration::ZERO);
    let short = bench.run(&["run", "--max-pages", "10", "--format", "jsonl"]).expect_code(0).report();
    assert_eq!(asked(&bench).len(), 10);
    let over = short.links.iter().filter(|link| link.cause == Some(Cause::OverBudget)).count();
    assert_eq!(over, PAGES - 10);
    assert_eq!(short.run.summary.limits, ["max_pages"]);
    let told = bench.run(&["report"]).expect_code(0).stdout;
    assert!(told.contains("Left for the next run: 50 links, by the limit max_pages."), "{told}");
    assert!(told.contains(&format!("run: {}, started 20", short.run.id)), "{told}");
    bench.set("crawl.exclude=[\"h1.example\", \"*/articles/3\"]");
    bench.server().clear_log();
    let report = bench.run(&["run", "--format", "jsonl"]).expect_code(0).report();
    let excluded = report.links.iter().filter(|link| link.cause == Some(Cause::Excluded)).count();
    assert_eq!(excluded, PAGES / 6 + 1);
    assert_eq!(asked(&bench).len(), PAGES - excluded);
}

#[test]
fn history_says_in_words_what_each_visit_rests_on() {
    let later = Arc::new(AtomicBool::new(false));
    let changed = Arc::clone(&later);
    let mut bench = Bench::new(move |request| match request.path.as_str() {
        "/gone" if changed.load(Ordering::SeqCst) => page("回来的故事", &texts(5)),
        "/gone" => Reply::redirect(301, "/nowhere"),
        "/broken" => Reply::status(500),
        _ => Reply::status(404),
    });
    bench.set("network.retries=1").set("network.retry_wait=10ms");
    index(&bench);
    bench.repost("gone.md", "http://news.example/gone", "回来的故事", &texts(5));
    bench.repost("broken.md", "http://news.example/broken", "故事", &texts(6));
    bench.run(&["run"]).expect_code(2);
    let history = |url: &str| bench.run(&["history", url, "-v"]).expect_code(0).stdout;
    let holds = |text: &str, words: &[&str]| {
        for word in words {
            assert!(text.contains(word), "{word:?} is not in\n{text}");
        }
    };
    holds(
        &history("http://news.example/gone"),
        &[
            "dead (http-404), 1 strike",
            "301  http://news.example/gone",
            "404  http://news.example/nowhere",
            "status 404 Not Found",
            "1 redirect to http://news.example/nowhere",
            "dead, unconfirmed: it was never seen alive; it is confirmed as dead if it still fails on 2",
        ],
    );
    holds(
        &history("http://news.example/broken"),
        &["failing (http-5xx)", "status 500 Internal Server Error", "asked 2 times"],
    );
    later.store(true, Ordering::SeqCst);
    bench.run(&["run"]);
    holds(
        &history("http://news.example/gone"),
        &["alive (200)", "status 200 OK", "revived: it failed before, and answers again"],
    );
    let plain = bench.run(&["history", "http://news.example/gone"]).expect_code(0).stdout;
    assert!(!plain.contains("status 404 Not Found"), "evidence is for who asks for it: {plain}");
}
