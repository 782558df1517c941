//! Tests mistakes of users and faults of disks: each gives a message that says what failed and what to
//! do, the right exit code, and no lost data.

use std::time::Duration;

use driftline::app::demo::server::Reply;
use driftline::verdict::Verdict;

use crate::kit::{self, Bench};

const WORDS: [&str; 2] = ["渔民合作社修好了旧码头。", "图书馆公布了新的时间表。"];

fn bench() -> Bench {
    Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::page("题目", &WORDS),
    })
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let bench = bench();
    for command in ["run", "check", "links"] {
        let run = bench.run(&[command, "no-such-folder"]);
        assert!(run.code == Some(1), "{run:#?}");
        assert!(run.stderr.contains("no-such-folder") && run.stdout.is_empty(), "{run:#?}");
    }
}

#[test]
fn a_folder_without_articles_is_said_to_be_one() {
    let bench = bench();
    let run = bench.run(&["run", "--format", "jsonl"]);
    assert!(run.code == Some(1), "a typing error in the path must not look like success: {run:#?}");
    assert!(run.stderr.contains("no article in "), "{}", run.stderr);
    assert_eq!(bench.server().hits(), 0);
}

#[test]
fn a_wrong_setting_names_its_place_and_the_nearest_key() {
    let mut bench = bench();
    let config = bench.write("other.toml", "[network]\ntimeout = \"5s\"\nretrys = 3\n");
    let run = bench.run(&["run", "--config", "other.toml"]).expect_code(3);
    for word in [config.file_name().unwrap().to_str().unwrap(), "3", "retrys", "retries"] {
        assert!(run.stderr.contains(word), "\"{word}\" is missing: {}", run.stderr);
    }
    bench.write("type.toml", "[network]\nretries = \"many\"\n");
    let run = bench.run(&["run", "--config", "type.toml"]).expect_code(3);
    assert!(run.stderr.contains("type.toml") && run.stderr.contains("retries"), "{}", run.stderr);
    bench.set("politeness.robot=true");
    let run = bench.run(&["run"]).expect_code(3);
    assert!(run.stderr.contains("politeness.robots"), "{}", run.stderr);
    let run = kit::call(&bench.root(), &["no-such-command"]).expect_code(3);
    assert!(run.stderr.contains("no-such-command"), "{}", run.stderr);
}

#[test]
fn a_file_that_cannot_be_read_is_reported_and_the_others_are_done() {
    let bench = bench();
    bench.repost("good.md", "http://one.test/1", "题目", &WORDS);
    std::fs::write(bench.root().join("bad.md"), [b'#', b' ', 0xC4, 0xE3, 0xBA, 0xC3, b'\n']).unwrap();
    let run = bench.run(&["run", "--format", "jsonl"]);
    let report = run.report();
    assert_eq!(report.link("good.md", "http://one.test/1").verdict, Verdict::Alive);
    let unreadable = &report.run.summary.unreadable;
    assert!(unreadable.len() == 1 && unreadable[0].contains("bad.md"), "{unreadable:?}");
    assert!(unreadable[0].contains("UTF-8"), "{unreadable:?}");
}

#[test]
fn a_store_in_use_is_left_alone() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::page("题目", &WORDS).after(Duration::from_secs(3)),
    });
    bench.repost("a.md", "http://one.test/1", "题目", &WORDS);
    let running = bench.start(&["run", "--format", "jsonl"]);
    kit::eventually("the page is asked for", || !bench.asked("one.test").is_empty());
    let second = bench.run(&["run"]).expect_code(1);
    assert!(second.stderr.contains(".driftline"), "{}", second.stderr);
    assert!(second.elapsed < Duration::from_secs(3), "it does not wait: {:?}", second.elapsed);
    let first = running.wait().expect_code(0);
    assert_eq!(first.report().link("a.md", "http://one.test/1").verdict, Verdict::Alive);
    assert_eq!(bench.asked("one.test").len(), 1);
}

#[test]
fn control_characters_from_outside_do_not_reach_a_terminal() {
    let bench = Bench::new(|request| match request.path.as_str() {
        "/robots.txt" => Reply::status(404),
        _ => kit::page(
            "\u{1b}]0;owned\u{7}题目\u{1b}[31m",
            &["另一篇\u{1b}[2J文章说的是完全不同的事情。", WORDS[0]],
        ),
    });
    bench.repost("a.md", "http://one.test/1", "题\u{1b}[5m目", &WORDS);
    for args in [
        &["run", "--color", "never"][..],
        &["report"],
        &["history", "a.md"],
        &["diff", "a.md"],
        &["show", "http://one.test/1"],
    ] {
        let run = bench.run(args);
        assert!(matches!(run.code, Some(0 | 2)), "{args:?} {run:#?}");
        let shown = run.stdout.chars().chain(run.stderr.chars());
        let bad: Vec<char> = shown.filter(|c| c.is_control() && !matches!(c, '\n' | '\t')).collect();
        assert!(bad.is_empty(), "{args:?}: {bad:?}\n{}", run.stdout);
    }
}
