//! No drift goes unseen, and none is invented, however much stands around the text.

use driftline::app::demo::server::Reply;
use driftline::text_diff::DriftClass;

use crate::kit::{self, Bench};

/// A page with readers' comments in the article's own element, where no reader can tell them apart.
fn crowded(paragraphs: &[String]) -> Reply {
    let comments = [
        "北街小李：看完以后心里很暖和。",
        "过路人甲：明天我也去看一看，顺便带上孩子。",
        "老读者：希望多登这样的消息。",
    ];
    let all: Vec<&str> = paragraphs.iter().map(String::as_str).chain(comments).collect();
    kit::page("第5号消息", &all)
}

#[test]
fn an_edit_is_listed_though_comments_stand_below_it_and_comments_alone_are_not() {
    let local = kit::story(5, 12);
    let mut edited = local.clone();
    edited[1] = edited[1].replacen("编号为", "编号不再是", 1);
    let (same, other) = (local.clone(), edited);
    let bench = Bench::new(move |request| match (request.host.as_str(), request.path.as_str()) {
        (_, "/robots.txt") => Reply::status(404),
        ("edited.test", _) => crowded(&other),
        _ => crowded(&same),
    });
    let paragraphs: Vec<&str> = local.iter().map(String::as_str).collect();
    bench.repost("edited.md", "http://edited.test/5", "第5号消息", &paragraphs);
    bench.repost("same.md", "http://same.test/5", "第5号消息", &paragraphs);
    let report = bench.run(&["run", "--format", "jsonl"]).expect_code(2).report();
    let drift = |article: &str, url: &str| report.link(article, url).drift.clone().unwrap();
    let edited = drift("edited.md", "http://edited.test/5");
    assert!(edited.class.is_drift() && !edited.noise, "{edited:#?}");
    let same = drift("same.md", "http://same.test/5");
    assert_eq!((same.class, same.noise), (DriftClass::Identical, true));
    let text = bench.run(&["report"]).stdout;
    assert!(text.contains("edited.md:6") && !text.contains("same.md"), "{text}");
}
