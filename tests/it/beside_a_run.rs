//! Tests the commands that read the store while a run writes it.
#![cfg(unix)]

use std::time::Duration;

use driftline::app::demo::server::Reply;

use crate::kit::{self, Bench};

/// A bench of 60 articles on six hosts, whose pages come slowly.
fn slow_bench() -> Bench {
    let mut bench = Bench::new(|request| {
        let number = request.path.strip_prefix("/a/").and_then(|number| number.parse().ok());
        number.map_or(Reply::status(404), |number| kit::story_page(number).after(Duration::from_millis(80)))
    });
    bench.set("politeness.per_host_concurrency=1");
    for number in 0..60_u64 {
        let url = format!("https://h{}.test/a/{number}", number % 6);
        let paragraphs = kit::story(number, 12);
        let paragraphs: Vec<&str> = paragraphs.iter().map(String::as_str).collect();
        bench.repost(&format!("{number}.md"), &url, &format!("第{number}号消息"), &paragraphs);
    }
    bench
}

#[test]
fn show_history_diff_and_report_work_while_a_run_is_on() {
    let bench = slow_bench();
    let mut running = bench.start(&["run", "--format", "jsonl"]);
    let url = "https://h0.test/a/0";
    kit::eventually("the first page is stored", || {
        !running.has_ended() && bench.run(&["history", url]).code == Some(0)
    });
    let shown = bench.run(&["show", url, "--raw"]).expect_code(0);
    assert!(shown.stdout.contains("<title>第0号消息</title>"), "{}", shown.stdout);
    let diff = bench.run(&["diff", "0.md"]).expect_code(0);
    assert!(diff.stdout.contains("identical"), "{}", diff.stdout);
    let report = bench.run(&["report", "--format", "jsonl"]).expect_code(0);
    assert!(report.stderr.contains("has not ended"), "{}", report.stderr);
    let report = report.report();
    assert!(report.run.interrupted && report.links.iter().any(|link| link.url.as_deref() == Some(url)));
    // A second writer gets a message that names the process that holds the store.
    let second = bench.run(&["run"]).expect_code(1);
    assert!(second.stderr.contains("in use by process"), "{}", second.stderr);
    assert!(!running.has_ended(), "the run was too quick to be read beside");
    let whole = running.wait().expect_code(0).report();
    assert_eq!(whole.run.summary.judged, 60);
    let after = bench.run(&["report", "--format", "jsonl"]).expect_code(0);
    assert!(!after.stderr.contains("has not ended") && !after.report().run.interrupted);
    bench.run(&["store", "verify"]).expect_code(0);
}

#[test]
fn a_reader_beside_a_killed_run_ends_with_an_answer() {
    let bench = slow_bench();
    let running = bench.start(&["run"]);
    kit::eventually("a page is stored", || bench.run(&["history", "https://h0.test/a/0"]).code == Some(0));
    let readers: Vec<_> = (0..3).map(|_| bench.start(&["report", "--format", "jsonl"])).collect();
    running.signal("KILL");
    assert_eq!(running.wait().code, None);
    for reader in readers {
        assert!(!reader.wait().expect_code(0).report().links.is_empty());
    }
    bench.run(&["store", "verify"]).expect_code(0);
}
