//! Tests answers that hold only a part of the page: the missing part is never taken for a change.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use driftline::app::demo::server::{Conduct, Reply};
use driftline::text_diff::DriftClass;
use driftline::verdict::{Cause, LinkState, Verdict};

use crate::kit::{self, Bench};

fn texts() -> Vec<String> {
    kit::story(5, 40)
}

fn whole() -> Reply {
    kit::page("题目", &texts().iter().map(String::as_str).collect::<Vec<_>>())
}

/// The first four fifths of the page: far more than half of the text.
fn part() -> (bytes::Bytes, usize) {
    let all = whole().body;
    let sent = all.len() * 4 / 5;
    (all.slice(..sent), all.len())
}

/// A bench with a repost of the page and an article that cites it, and what the page does at each run.
fn bench(answers: fn(usize, bool) -> Reply) -> (Bench, Arc<AtomicUsize>) {
    let run = Arc::new(AtomicUsize::new(0));
    let at = Arc::clone(&run);
    let bench = Bench::new(move |request| match request.path.as_str() {
        "/own" | "/cited" => answers(at.load(Ordering::SeqCst), request.is_conditional()),
        _ => Reply::status(404),
    });
    bench.repost(
        "own.md",
        "http://less.test/own",
        "题目",
        &texts().iter().map(String::as_str).collect::<Vec<_>>(),
    );
    bench.write("citing.md", "## 别的题目\n\n正文一句。\n\n信息源：[某报](http://less.test/cited)\n");
    (bench, run)
}

type Told = (Verdict, Option<Cause>, Option<DriftClass>, LinkState);

/// The report of a run on the repost and on the cited page.
fn told(bench: &Bench) -> (Told, Told) {
    let report = bench.run(&["run", "--format", "jsonl"]).report();
    let of = |article: &str, url: &str| {
        let link = report.link(article, url);
        (link.verdict, link.cause, link.drift.as_ref().map(|drift| drift.class), link.state)
    };
    (of("own.md", "http://less.test/own"), of("citing.md", "http://less.test/cited"))
}

const SAME: Told = (Verdict::Alive, None, Some(DriftClass::Identical), LinkState::Ok);

#[test]
fn a_part_of_a_page_is_not_compared() {
    let range: fn(usize, bool) -> Reply = |run, _| {
        let (part, all) = part();
        let range = format!("bytes 0-{}/{all}", part.len() - 1);
        match run {
            1 => whole().with_body(part).with_status(206).with_header("Content-Range", &range),
            _ => whole(),
        }
    };
    let broken_off: fn(usize, bool) -> Reply = |run, _| {
        let (part, all) = part();
        let lacks = all - part.len();
        if run == 1 { whole().with_body(part).sent(Conduct::Short(lacks)) } else { whole() }
    };
    let incomplete = (Verdict::Failing, Some(Cause::BodyIncomplete), None, LinkState::Suspect);
    // Most of the local copy came: the page is there, and nothing of it was lost.
    let there = (Verdict::Alive, None, None, LinkState::Ok);
    for answers in [range, broken_off] {
        let (bench, run) = bench(answers);
        assert_eq!(told(&bench).0, SAME);
        run.store(1, Ordering::SeqCst);
        assert_eq!(told(&bench), (there, incomplete));
        run.store(2, Ordering::SeqCst);
        let (own, cited) = told(&bench);
        assert_eq!((own.0, own.2), (Verdict::Alive, Some(DriftClass::Identical)));
        assert_eq!(
            (cited.0, cited.2, cited.3),
            (Verdict::Alive, Some(DriftClass::Identical), LinkState::Revived)
        );
    }
}

#[test]
fn no_content_is_unverifiable_and_takes_no_snapshots_place() {
    let (bench, run) = bench(|run, _| match run {
        1 => Reply { status: 204, ..Reply::default() },
        _ => whole(),
    });
    assert_eq!(told(&bench).0, SAME);
    run.store(1, Ordering::SeqCst);
    let nothing = (Verdict::Alive, None, Some(DriftClass::Unverifiable), LinkState::Ok);
    assert_eq!(told(&bench), (nothing, nothing));
    run.store(2, Ordering::SeqCst);
    let (own, cited) = told(&bench);
    assert_eq!(own, SAME);
    assert!(cited.2.is_none_or(|class| class == DriftClass::Identical), "the same as before: {cited:?}");
}

#[test]
fn not_modified_is_believed_only_where_it_was_asked() {
    let (bench, run) = bench(|run, conditional| match run {
        0 => Reply::status(404),
        1 => Reply::status(304),
        2 => whole().with_header("ETag", "\"v1\""),
        _ if conditional => Reply::status(304),
        _ => Reply::status(500),
    });
    assert_eq!(told(&bench).0.1, Some(Cause::Http404));
    run.store(1, Ordering::SeqCst);
    let (own, _) = told(&bench);
    assert_eq!(own, (Verdict::Failing, Some(Cause::ProtocolError), None, LinkState::Dead));
    run.store(2, Ordering::SeqCst);
    assert_eq!(told(&bench).0.3, LinkState::Revived);
    run.store(3, Ordering::SeqCst);
    assert_eq!(told(&bench).0, SAME);
}

#[test]
fn a_large_picture_is_there() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/large.png" => Reply::bytes(200, "image/png", vec![7_u8; 200 << 10]),
        _ => Reply::status(404),
    });
    bench.write("a.md", "## 题目\n\n正文一句。\n\n![图](http://pictures.test/large.png)\n");
    let report = bench.run(&["run", "--format", "jsonl"]).expect_code(0).report();
    let link = report.link("a.md", "http://pictures.test/large.png");
    assert_eq!((link.verdict, link.cause), (Verdict::Alive, None));
}

#[test]
fn the_home_page_and_a_sibling_are_asked_for_once() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => Reply::html("<title>Site</title><p>We moved our machines. See you on Monday.</p>"),
    });
    let links: Vec<String> =
        (0..8).map(|number| format!("- [某报{number}](http://gate.test/n/p{number})\n")).collect();
    let file = bench.repost("a.md", "http://gate.test/n/p0", "题目", &["正文一句。", "参考链接："]);
    let article = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{article}{}", links.concat())).unwrap();
    let report = bench.run(&["run", "--format", "jsonl"]).expect_code(0).report();
    let judged: Vec<_> = report.links.iter().filter(|link| link.status.is_some()).collect();
    assert!(judged.len() >= 8, "{judged:#?}");
    assert!(judged.iter().all(|link| link.cause == Some(Cause::BotWall)), "{judged:#?}");
    let asked = bench.asked("gate.test");
    assert_eq!(asked.iter().filter(|path| *path == "/").count(), 1, "{asked:?}");
    assert_eq!(asked.len(), 8 + 2, "{asked:?}");
}
