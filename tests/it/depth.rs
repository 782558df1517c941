//! Tests `crawl.depth = 2`: the originals and sources that fetched originals name in their turn.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use driftline::app::demo::server::Reply;
use driftline::model::Role;
use driftline::report::LinkReport;
use driftline::verdict::{Cause, Verdict};

use crate::kit::{self, Bench, Finished};

const SECOND: &str = "http://second.test/1";
const THIRD: &str = "http://third.test/1";
const FIRST: &str = "http://first.test/1";

/// A page with a story of its own, between the markup `above` and `below`.
fn page(seed: u64, above: &str, below: &str) -> Reply {
    let story = kit::story(seed, 12);
    let text = format!("<p>{}</p>", story.join("</p><p>"));
    Reply::html(format!(
        "<html><head><title>第{seed}号消息</title></head><body><nav><a href='http://menu.test/'>来源</a></nav>\
         <article><h1>第{seed}号消息</h1>{above}{text}{below}</article><aside>转载自\
         <a href='http://aside.test/1'>某站</a></aside></body></html>"
    ))
}

/// The archive's original is a repost of a repost, and cites two sources; two others repost each other.
fn web(etags: Arc<AtomicBool>) -> Bench {
    let bench = Bench::new(move |request| {
        let tagged = |reply: Reply| {
            if !etags.load(Ordering::SeqCst) {
                return reply;
            }
            if request.is_conditional() { Reply::status(304) } else { reply.with_header("ETag", "\"same\"") }
        };
        match (request.host.as_str(), request.path.as_str()) {
            ("third.test", "/1") => tagged(page(
                1,
                "<p>本文转载自：<a href='http://second.test/1'>二报</a></p>",
                "<p>信息来源：<a href='http://source.test/alive'>一</a> <a href='http://source.test/gone'>二</a></p>",
            )),
            ("second.test", "/1") => {
                tagged(page(1, "<p>Reposted from <a href=http://first.test/1>First</a></p>", ""))
            }
            ("first.test", "/1") => page(1, "", "<p>参考链接：<a href='http://source.test/first'>甲</a></p>"),
            ("loop-a.test", "/1") => page(2, "<p>转载自<a href='http://loop-b.test/1'>乙</a></p>", ""),
            ("loop-b.test", "/1") => page(2, "<p>转载自<a href='http://loop-a.test/1'>甲</a></p>", ""),
            ("source.test", "/alive" | "/first") => page(3, "", ""),
            _ => Reply::status(404),
        }
    });
    for (name, url, seed) in [("a", THIRD, 1), ("b", "http://loop-a.test/1", 2)] {
        let story = kit::story(seed, 12);
        let paragraphs: Vec<&str> = story.iter().map(String::as_str).collect();
        bench.repost(&format!("{name}.md"), url, &format!("第{seed}号消息"), &paragraphs);
    }
    bench
}

fn asked(bench: &Bench) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for entry in bench.server().log().into_iter().filter(|entry| entry.path != "/robots.txt") {
        *counts.entry(format!("http://{}{}", entry.host, entry.path)).or_default() += 1;
    }
    counts
}

fn original(run: &Finished, article: &str) -> LinkReport {
    let report = run.report();
    let of_article = report.of(article).into_iter().find(|link| link.role == Role::Repost);
    of_article.unwrap().clone()
}

fn verdicts(link: &LinkReport) -> BTreeMap<String, (Role, Option<Verdict>)> {
    link.found.iter().map(|found| (found.url.clone(), (found.role, found.verdict))).collect()
}

#[test]
fn the_chain_of_reposts_is_followed_to_the_first_publisher() {
    let bench = web(Arc::new(AtomicBool::new(false)));
    let flat = bench.run(&["run", "--format", "jsonl"]).expect_code(0);
    assert!(original(&flat, "a.md").chain.is_empty());
    assert_eq!(asked(&bench).len(), 2, "depth 1 asks for the archive's links");

    let deep = ["run", "--set", "crawl.depth=2", "--format", "jsonl"];
    for round in 0..2 {
        bench.server().clear_log();
        let run = bench.run(&deep).expect_code(0);
        let link = original(&run, "a.md");
        assert_eq!(link.chain, [THIRD, SECOND, FIRST], "round {round}");
        assert_eq!(link.verdict, Verdict::Alive);
        let expected = [
            (FIRST, Role::Repost, Verdict::Alive),
            (SECOND, Role::Repost, Verdict::Alive),
            ("http://source.test/alive", Role::Source, Verdict::Alive),
            ("http://source.test/first", Role::Source, Verdict::Alive),
            ("http://source.test/gone", Role::Source, Verdict::Dead),
        ];
        let expected: BTreeMap<_, _> =
            expected.map(|(url, role, verdict)| (url.to_owned(), (role, Some(verdict)))).into();
        assert_eq!(verdicts(&link), expected, "round {round}");
        let gone = link.found.iter().find(|found| found.url.ends_with("/gone")).unwrap();
        assert_eq!((gone.on.as_str(), gone.cause, gone.status), (THIRD, Some(Cause::Http404), Some(404)));
        assert!(
            link.found
                .iter()
                .filter(|found| found.verdict == Some(Verdict::Alive))
                .all(|f| f.snapshot.is_some())
        );

        // A circle is cut, and no page is asked for twice.
        assert_eq!(original(&run, "b.md").chain, ["http://loop-a.test/1", "http://loop-b.test/1"]);
        let asked = asked(&bench);
        assert_eq!(asked.len(), 8, "{asked:?}");
        assert!(asked.values().all(|count| *count == 1), "{asked:?}");
        assert!(
            !asked.keys().any(|url| url.contains("menu.test") || url.contains("aside.test")),
            "{asked:?}"
        );
    }
    // The pages behind have their snapshots and their history like any other.
    let text = bench.run(&["show", FIRST]).expect_code(0).stdout;
    assert!(text.contains(&kit::story(1, 12)[0]), "{text}");
    let history = bench.run(&["history", FIRST]).expect_code(0).stdout;
    assert_eq!(history.matches("\n  20").count(), 2, "{history}");
    let report = bench.run(&["report"]).expect_code(0).stdout;
    assert!(report.contains(&format!("reposted from {SECOND}, which is reposted from {FIRST}")), "{report}");
    assert!(report.contains("source http://source.test/gone: dead (http-404)"), "{report}");
}

#[test]
fn an_original_that_is_not_modified_leads_on() {
    let etags = Arc::new(AtomicBool::new(true));
    let bench = web(Arc::clone(&etags));
    // The first run does not look for upstream links: the second finds them in the stored page.
    bench.run(&["run"]).expect_code(0);
    for round in 0..3 {
        bench.server().clear_log();
        let run = bench.run(&["run", "--set", "crawl.depth=2", "--format", "jsonl"]).expect_code(0);
        let link = original(&run, "a.md");
        assert_eq!(link.status, Some(304));
        assert_eq!(link.chain, [THIRD, SECOND, FIRST], "round {round}");
        assert_eq!(link.found.len(), 5, "round {round}");
        assert_eq!(asked(&bench).len(), 8);
    }
}

#[test]
fn chains_and_what_an_original_adds_are_capped() {
    let mut bench = web(Arc::new(AtomicBool::new(false)));
    bench.set("crawl.depth=2").set("crawl.max_chain=1");
    let link = original(&bench.run(&["run", "--format", "jsonl"]).expect_code(0), "a.md");
    assert_eq!(link.chain, [THIRD, SECOND]);
    assert!(!asked(&bench).contains_key(FIRST));

    bench.server().clear_log();
    bench.set("crawl.max_chain=5").set("crawl.max_found=1").set("crawl.exclude=[\"loop-b.test\"]");
    let run = bench.run(&["run", "--fresh", "--format", "jsonl"]).expect_code(0);
    assert_eq!(asked(&bench).len(), 3, "{:?}", asked(&bench));
    let link = original(&run, "a.md");
    let unasked = link.found.iter().filter(|found| found.verdict.is_none()).count();
    assert_eq!(unasked, link.found.len() - 1, "named all the same: {:?}", link.found);
    assert!(original(&run, "b.md").chain.is_empty());
}

#[test]
fn a_page_of_the_archive_can_be_a_step_of_a_chain() {
    let bench = web(Arc::new(AtomicBool::new(false)));
    // Another article cites the middle of the chain as a source: asked once, followed all the same.
    bench.write("c.md", &format!("## 题目\n\n正文一句。\n\n信息源：[某报]({SECOND})\n"));
    for _ in 0..2 {
        bench.server().clear_log();
        let run = bench.run(&["run", "--set", "crawl.depth=2", "--format", "jsonl"]).expect_code(0);
        assert_eq!(original(&run, "a.md").chain, [THIRD, SECOND, FIRST]);
        assert!(asked(&bench).values().all(|count| *count == 1));
    }
}

#[test]
fn a_run_that_is_interrupted_goes_on_with_its_chains() {
    let etags = Arc::new(AtomicBool::new(false));
    let mut bench = web(etags);
    // One page after the other, so that the run can be stopped between the steps of the chain.
    bench.set("crawl.depth=2").set("politeness.requests_per_second=3");
    let run = bench.start(&["run"]);
    kit::eventually("the chain is begun", || {
        let log = bench.server().log();
        log.iter().any(|entry| entry.host == "second.test" && entry.ended.is_some())
    });
    run.signal("INT");
    run.wait();
    let before = asked(&bench);
    assert!(before.contains_key(THIRD) && !before.contains_key(FIRST), "{before:?}");
    let run = bench.run(&["run", "--format", "jsonl"]).expect_code(0);
    let link = original(&run, "a.md");
    assert_eq!(link.chain, [THIRD, SECOND, FIRST]);
    assert!(link.found.iter().all(|found| found.verdict.is_some()), "{:?}", link.found);
    assert_eq!(asked(&bench).get(THIRD), Some(&1), "what was judged is not asked again");
}
